/*===- HeaderTest.c - The C API from C ----------------------------------------*
 *
 * Compiled as strict C99 and linked with libattn_runtime.so alone.
 *
 *===----------------------------------------------------------------------===*/

#include "attn-c/AttnPlugin.h"
#include "attn-c/AttnRandom.h"
#include "attn-c/AttnRuntime.h"
#include "attn/manifest/CpuAbi.h"

#include <stdio.h>
#include <string.h>

int main(void) {
  AttnMessage message;
  AttnRuntime *runtime = NULL;
  AttnArtifact *artifact = NULL;
  message.structSize = sizeof message;
  if (attnRuntimeCreate(NULL, &runtime, &message) != ATTN_OK)
    return 1;
  if (attnArtifactLoadFolder(runtime, "/nonexistent", &artifact, &message) !=
      ATTN_INVALID_ARTIFACT)
    return 1;
  /* A message may be short, or not wanted at all. */
  message.structSize = offsetof(AttnMessage, text) + 8;
  strcpy(message.text, "untouched tail");
  attnArtifactLoadFolder(runtime, "/nonexistent", &artifact, &message);
  attnArtifactLoadFolder(runtime, "/nonexistent", &artifact, NULL);
  printf("%s|%s\n", message.text, message.text + 8);
  attnRuntimeDestroy(runtime);
  printf("runtime %s\n", attnRuntimeVersion());
  return 0;
}
