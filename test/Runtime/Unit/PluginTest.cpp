//===- PluginTest.cpp - A plug-in as the runtime sees it ------------------===//
//
// A small fake: its device doubles x, its compiler makes the artifact it runs.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "attn-c/AttnPlugin.h"
#include "attn/manifest/Manifest.h"
#include "attn/manifest/Sha256.h"

#include <cstring>

namespace {
struct Fake {
  int loaded = 0;
  int released = 0;
  std::string manifest, input = "the program", entry;
  AttnFile files[2];
};

AttnStatus load(void *self, const AttnPluginHost *host,
                const AttnArtifactView *view, void **program,
                AttnMessage *message) {
  Fake &fake = *static_cast<Fake *>(self);
  CHECK(host->threads == 3 && host->parallelFor && host->progress);
  CHECK(std::string(static_cast<const char *>(view->input), view->inputBytes) ==
        fake.input);
  host->progress(host->progressContext, 0.5);
  fake.entry = view->entry;
  ++fake.loaded;
  *program = self;
  return ATTN_OK;
}

void unload(void *self, void *) { --static_cast<Fake *>(self)->loaded; }

AttnStatus launch(void *, void *, const AttnLaunch *launch, AttnMessage *) {
  const AttnTensor &x = launch->arguments[0], &y = launch->results[0];
  CHECK(x.strides && x.strides[1] == 1); // filled in, though given as null
  for (int64_t i = 0; i < x.sizes[0]; ++i)
    for (int64_t j = 0; j < x.sizes[1]; ++j)
      static_cast<float *>(y.data)[i * y.strides[0] + j] =
          2 * static_cast<float *>(x.data)[i * x.strides[0] + j];
  return ATTN_OK;
}

AttnStatus checkResults(void *, void *, const AttnLaunch *launch,
                        const AttnCheckOptions *options,
                        AttnCheckResult *results, AttnMessage *) {
  const AttnTensor &y = launch->results[0];
  results[0].worstRatio = static_cast<float *>(y.data)[0] == 2 ? 0.25 : 4;
  results[0].rowsChecked = options->rowsPerHead;
  return ATTN_OK;
}

AttnStatus compile(void *self, const AttnSource *source, AttnFileSet *files,
                   AttnMessage *message) {
  Fake &fake = *static_cast<Fake *>(self);
  if (std::strcmp(source->path, "bad.mlir") == 0) {
    std::strcpy(message->text, "bad.mlir:1:1: error: no");
    return ATTN_COMPILE_ERROR;
  }
  fake.files[0] = {"manifest.json", fake.manifest.data(), fake.manifest.size()};
  fake.files[1] = {"input.mlirbc", fake.input.data(), fake.input.size()};
  *files = {fake.files, 2, self};
  return ATTN_OK;
}

void releaseFiles(void *self, AttnFileSet *files) {
  ++static_cast<Fake *>(files->owner)->released;
}

std::string manifestOf(const Fake &fake) {
  using namespace attn::manifest;
  Manifest manifest;
  manifest.compiler = {"fake", "1", "none", {}};
  manifest.input = {"input.mlirbc", sha256Hex(fake.input)};
  Entry entry;
  entry.name = "twice";
  Tensor x, y;
  x.name = "x";
  y.name = "y";
  x.shape = y.shape = {{"N", {}}, {"", 2}};
  entry.arguments = {x};
  entry.results = {y};
  entry.checks = {
      {Expr::binary(Expr::Kind::kLt, Expr::letter("N"), Expr::constant(5)),
       "N must be below 5"}};
  manifest.entries = {entry};
  CHECK(!validate(manifest));
  return writeManifest(manifest);
}

AttnMessage message{sizeof(AttnMessage), {0}};

bool says(const char *part) { return std::strstr(message.text, part); }

void runOn(AttnRuntime *runtime, const AttnArtifact *artifact, Fake &fake) {
  AttnDevice *device = nullptr;
  AttnProgram *program = nullptr;
  CHECK(attnDeviceOpen(runtime, "reference", &device, &message) == ATTN_OK);
  CHECK(attnProgramPrepare(device, artifact, 0, &program, &message) == ATTN_OK);
  CHECK(fake.loaded == 1 && fake.entry == "twice");
  float x[8] = {1, 2, 3, 4, 5, 6, 7, 8}, y[10] = {};
  int64_t sizes[] = {4, 2};
  AttnTensor in{x, sizes, nullptr, 2, ATTN_F32};
  AttnTensor out{y, sizes, nullptr, 2, ATTN_F32};
  AttnLaunch launch{sizeof(AttnLaunch),
                    sizeof(AttnTensor),
                    &in,
                    1,
                    &out,
                    1,
                    nullptr,
                    0,
                    nullptr};
  CHECK(attnProgramLaunch(program, &launch, &message) == ATTN_OK);
  CHECK(y[0] == 2 && y[7] == 16);
  AttnCheckOptions options{sizeof options, 9, 1};
  AttnCheckResult result{};
  result.structSize = sizeof result;
  CHECK(attnProgramCheck(program, &launch, &options, &result, &message) ==
        ATTN_OK);
  CHECK(result.worstRatio == 0.25 && result.rowsChecked == 9);
  // What a plug-in leaves out is said.
  AttnWork work{sizeof work, 0, 0, nullptr, nullptr};
  CHECK(attnProgramWork(program, &launch, &work, &message) != ATTN_OK);
  CHECK(says("cannot count visible pairs"));
  // The program's own conditions on its letters hold on every device.
  sizes[0] = 5;
  CHECK(attnProgramLaunch(program, &launch, &message) == ATTN_CONTRACT);
  CHECK(says("N must be below 5, but found N = 5"));
  attnProgramDestroy(program);
  CHECK(fake.loaded == 0);
  // The artifact has no plan for cpu.
  attnDeviceDestroy(device);
  CHECK(attnDeviceOpen(runtime, "cpu", &device, &message) == ATTN_OK);
  CHECK(attnProgramPrepare(device, artifact, 0, &program, &message) ==
        ATTN_DEVICE_UNAVAILABLE);
  CHECK(says("was not compiled for target 'cpu' (its targets: none)"));
  attnDeviceDestroy(device);
}

void refusePlugins(AttnRuntime *runtime, AttnPlugin plugin) {
  CHECK(attnRuntimeAddPlugin(runtime, &plugin, &message) ==
        ATTN_INVALID_ARGUMENT);
  CHECK(says("the device 'reference' is there already"));
  plugin.deviceName = "other";
  plugin.launch = nullptr;
  CHECK(attnRuntimeAddPlugin(runtime, &plugin, &message) ==
        ATTN_INVALID_ARGUMENT);
  CHECK(says("a device needs load, unload and launch"));
  plugin.structSize = 8;
  CHECK(attnRuntimeAddPlugin(runtime, &plugin, &message) ==
        ATTN_INVALID_ARGUMENT);
  CHECK(says("expected structSize"));
}
} // namespace

void testPlugin() {
  Fake fake;
  fake.manifest = manifestOf(fake);
  AttnRuntimeOptions options{};
  options.structSize = sizeof options;
  options.threads = 3;
  AttnRuntime *runtime = nullptr;
  AttnArtifact *artifact = nullptr;
  AttnDevice *device = nullptr;
  CHECK(attnRuntimeCreate(&options, &runtime, &message) == ATTN_OK);
  CHECK(attnDeviceOpen(runtime, "reference", &device, &message) ==
        ATTN_DEVICE_UNAVAILABLE);
  CHECK(says("this build has no compiler"));
  CHECK(attnArtifactCompileFile(runtime, "a.mlir", "", &artifact, &message) ==
        ATTN_COMPILE_ERROR);
  CHECK(says("this build has no compiler"));

  AttnPlugin plugin{};
  plugin.structSize = sizeof plugin;
  plugin.name = "fake";
  plugin.deviceName = "reference";
  plugin.self = &fake;
  plugin.load = load;
  plugin.unload = unload;
  plugin.launch = launch;
  plugin.check = checkResults;
  plugin.compile = compile;
  plugin.releaseFiles = releaseFiles;
  CHECK(attnRuntimeAddPlugin(runtime, &plugin, &message) == ATTN_OK);
  refusePlugins(runtime, plugin);
  CHECK(attnArtifactCompileFile(runtime, "bad.mlir", "", &artifact, &message) ==
        ATTN_COMPILE_ERROR);
  CHECK(says("bad.mlir:1:1"));
  AttnSource source{};
  source.path = "a.mlir";
  source.targets = "";
  CHECK(attnArtifactCompile(runtime, &source, &artifact, &message) ==
        ATTN_INVALID_ARGUMENT);
  CHECK(says("structSize"));
  CHECK(attnArtifactCompileFile(runtime, "a.mlir", nullptr, &artifact,
                                &message) == ATTN_INVALID_ARGUMENT);
  CHECK(attnArtifactCompileFile(runtime, "a.mlir", "", &artifact, &message) ==
        ATTN_OK);
  CHECK(fake.released == 1);
  runOn(runtime, artifact, fake);
  attnArtifactDestroy(artifact);

  fake.input = "another program";
  CHECK(attnArtifactCompileFile(runtime, "a.mlir", "", &artifact, &message) ==
        ATTN_OK);
  CHECK(attnDeviceOpen(runtime, "reference", &device, &message) == ATTN_OK);
  AttnProgram *program = nullptr;
  CHECK(attnProgramPrepare(device, artifact, 0, &program, &message) ==
        ATTN_INVALID_ARTIFACT);
  CHECK(says("input.mlirbc: its SHA-256 is"));
  attnDeviceDestroy(device);
  attnArtifactDestroy(artifact);
  attnRuntimeDestroy(runtime);
}
