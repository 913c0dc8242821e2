/*===- launch.c - A C program that runs an artifact ---------------------------*
 *
 * Loads a folder, prepares its entry on device cpu, launches it once. With q =
 * 0 every key weighs the same: o is the mean of v, lse the log of the number of
 * keys, which is what it checks. usage: launch DIR.attn
 *
 *===----------------------------------------------------------------------===*/

#include "attn-c/AttnRuntime.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { B = 1, HQ = 2, HK = 1, LQ = 3, LK = 5, D = 8, DV = 4 };

static AttnMessage message = {sizeof(AttnMessage), ""};

static void require(AttnStatus status) {
  if (status == ATTN_OK)
    return;
  fprintf(stderr, "launch: error: %s\n", message.text);
  exit(1);
}

static int check(const float *o, const float *lse, const float *v) {
  for (int row = 0; row < B * HQ * LQ; ++row) {
    if (fabs(lse[row] - log(LK)) > 1e-6)
      return 0;
    for (int d = 0; d < DV; ++d) {
      double mean = 0;
      for (int j = 0; j < LK; ++j)
        mean += v[j * DV + d] / (double)LK;
      if (fabs(o[row * DV + d] - mean) > 1e-5)
        return 0;
    }
  }
  return 1;
}

int main(int argc, char **argv) {
  static float q[B * HQ * LQ * D], k[B * HK * LK * D], v[B * HK * LK * DV];
  static float o[B * HQ * LQ * DV], lse[B * HQ * LQ];
  for (int i = 0; i < B * HK * LK * D; ++i)
    k[i] = (float)(i % 7);
  for (int i = 0; i < B * HK * LK * DV; ++i)
    v[i] = (float)(i * i % 11);

  AttnRuntime *runtime = NULL;
  AttnArtifact *artifact = NULL;
  AttnDevice *device = NULL;
  AttnProgram *program = NULL;
  size_t entry = 0, bytes = 0;
  if (argc != 2)
    return 2;
  require(attnRuntimeCreate(NULL, &runtime, &message));
  require(attnArtifactLoadFolder(runtime, argv[1], &artifact, &message));
  require(attnArtifactFindEntry(artifact, "main", &entry, &message));
  require(attnDeviceOpen(runtime, "cpu", &device, &message));
  require(attnProgramPrepare(device, artifact, entry, &program, &message));

  int64_t qSizes[] = {B, HQ, LQ, D}, kSizes[] = {B, HK, LK, D};
  int64_t vSizes[] = {B, HK, LK, DV}, oSizes[] = {B, HQ, LQ, DV};
  AttnTensor in[] = {{q, qSizes, NULL, 4, ATTN_F32},
                     {k, kSizes, NULL, 4, ATTN_F32},
                     {v, vSizes, NULL, 4, ATTN_F32}};
  AttnTensor out[] = {{o, oSizes, NULL, 4, ATTN_F32},
                      {lse, oSizes, NULL, 3, ATTN_F32}};
  int64_t letters[8];
  require(attnArtifactBindLetters(artifact, entry, in, 3, letters, &message));
  require(attnProgramWorkspaceBytes(program, letters, &bytes, &message));
  void *workspace = aligned_alloc(64, (bytes + 63) / 64 * 64);

  AttnLaunch launch = {sizeof(AttnLaunch),
                       sizeof(AttnTensor),
                       in,
                       3,
                       out,
                       2,
                       workspace,
                       bytes,
                       NULL,
                       0};
  require(attnProgramLaunch(program, &launch, &message));
  printf("runtime %s: %s\n", attnRuntimeVersion(),
         check(o, lse, v) ? "good" : "wrong");

  free(workspace);
  attnProgramDestroy(program);
  attnDeviceDestroy(device);
  attnArtifactDestroy(artifact);
  attnRuntimeDestroy(runtime);
  return 0;
}
