//===- Launch.h - Compile in the process, launch through the C API -*- C++
//-*-===//
//
// What the programs of this folder share. An error ends them with its text.
//
//===----------------------------------------------------------------------===//

#ifndef CONSUMER_LAUNCH_H
#define CONSUMER_LAUNCH_H

#include "attn-c/AttnCompiler.h"
#include "attn-c/AttnRuntime.h"
#include "attn/codegen/Compiler.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

inline AttnMessage message = {sizeof(AttnMessage), ""};

inline void require(AttnStatus status) {
  if (status == ATTN_OK)
    return;
  std::fprintf(stderr, "error: %s\n", message.text);
  std::exit(1);
}

/// Numbers from -2.2 to 2.2.
inline std::vector<float> draw(int64_t count, uint32_t state) {
  std::vector<float> values(count);
  for (float &value : values)
    value = float(int32_t(state = state * 1664525 + 1013904223)) / 1e9f;
  return values;
}

/// The largest of the differences noted; a NaN is infinitely wrong.
struct Worst {
  double value = 0;
  void note(double found, double expected) {
    double error = std::fabs(found - expected);
    if (!(error <= value))
      value = std::isnan(error) ? INFINITY : error;
  }
};

inline AttnRuntime *makeRuntime() {
  AttnRuntime *runtime = nullptr;
  require(attnRuntimeCreate(nullptr, &runtime, &message));
  require(attnRuntimeAddPlugin(runtime, attnCompilerPlugin(), &message));
  return runtime;
}

/// Compiles `program` for the CPU; the files never touch the disk.
inline AttnArtifact *compile(AttnRuntime *runtime, mlir::ModuleOp program) {
  mlir::FailureOr<attn::Artifact> compiled = attn::compile(program, {});
  if (failed(compiled))
    std::exit(1);
  std::vector<AttnFile> files;
  for (const attn::ArtifactFile &file : compiled->files)
    files.push_back({file.name.c_str(), file.bytes.data(), file.bytes.size()});
  AttnArtifact *artifact = nullptr;
  require(attnArtifactLoadMemory(runtime, files.data(), files.size(), &artifact,
                                 &message));
  return artifact;
}

inline void launch(AttnRuntime *runtime, const AttnArtifact *artifact,
                   const char *name, const std::vector<AttnTensor> &in,
                   const std::vector<AttnTensor> &out) {
  AttnDevice *device = nullptr;
  AttnProgram *program = nullptr;
  require(attnDeviceOpen(runtime, name, &device, &message));
  require(attnProgramPrepare(device, artifact, 0, &program, &message));

  std::vector<int64_t> letters(attnArtifactLetterCount(artifact, 0));
  size_t bytes = 0;
  require(attnArtifactBindLetters(artifact, 0, in.data(), in.size(),
                                  letters.data(), &message));
  require(attnProgramWorkspaceBytes(program, letters.data(), &bytes, &message));
  void *workspace = std::aligned_alloc(64, (bytes + 63) / 64 * 64);
  AttnLaunch launch = {
      sizeof(AttnLaunch), sizeof(AttnTensor), in.data(), in.size(), out.data(),
      out.size(),         workspace,          bytes,     nullptr,   0};
  require(attnProgramLaunch(program, &launch, &message));
  std::free(workspace);
  attnProgramDestroy(program);
  attnDeviceDestroy(device);
}

#endif // CONSUMER_LAUNCH_H
