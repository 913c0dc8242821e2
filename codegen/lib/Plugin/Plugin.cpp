//===- Plugin.cpp - The compiler as a plug-in of the runtime --------------===//
//
// The functions of AttnPlugin: converts between the C API and the libraries of
// the compiler. Errors of the latter become messages.
//
//===----------------------------------------------------------------------===//

#include "Diagnostics.h"
#include "LoadedProgram.h"
#include "attn-c/AttnCompiler.h"

#include "attn/codegen/Compiler.h"
#include "attn/codegen/OutOfMemory.h"

#include <algorithm>
#include <cstring>

using namespace mlir;

namespace attn {
namespace {

/// Writes `text` into the caller's message, cut to its size.
void setMessage(AttnMessage *message, StringRef text) {
  if (!message || message->structSize <= offsetof(AttnMessage, text))
    return;
  size_t room = message->structSize - offsetof(AttnMessage, text) - 1;
  size_t length = std::min(text.size(), room);
  std::memcpy(message->text, text.data(), length);
  message->text[length] = 0;
}

AttnStatus report(llvm::Error error, AttnStatus status, AttnMessage *message) {
  if (!error)
    return ATTN_OK;
  setMessage(message, llvm::toString(std::move(error)));
  return status;
}

const LoadedProgram &programOf(void *program) {
  return *static_cast<LoadedProgram *>(program);
}

AttnStatus load(void *, const AttnPluginHost *host,
                const AttnArtifactView *artifact, void **program,
                AttnMessage *message) {
  MemoryScope memory("");
  auto loaded = LoadedProgram::load(*host, *artifact);
  if (!loaded)
    return report(loaded.takeError(), ATTN_INVALID_ARTIFACT, message);
  *program = loaded->release();
  return ATTN_OK;
}

void unload(void *, void *program) {
  delete static_cast<LoadedProgram *>(program);
}

AttnStatus launch(void *, void *program, const AttnLaunch *launch,
                  AttnMessage *message) {
  return report(programOf(program).launch(*launch), ATTN_CONTRACT, message);
}

AttnStatus check(void *, void *program, const AttnLaunch *launch,
                 const AttnCheckOptions *options, AttnCheckResult *results,
                 AttnMessage *message) {
  return report(programOf(program).check(*launch, *options, results),
                ATTN_CONTRACT, message);
}

AttnStatus work(void *, void *program, const AttnLaunch *launch, AttnWork *work,
                AttnMessage *message) {
  return report(programOf(program).count(*launch, *work), ATTN_CONTRACT,
                message);
}

/// A compiled artifact and its files as the C API sees them.
struct OwnedFiles {
  Artifact artifact;
  std::vector<AttnFile> files;
};

CompileOptions optionsOf(const AttnSource &source) {
  CompileOptions options;
  options.targets.clear();
  SmallVector<StringRef> names;
  StringRef(source.targets)
      .split(names, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (StringRef name : names)
    options.targets.push_back(name.trim().str());
  return options;
}

OwningOpRef<ModuleOp> parse(MLIRContext &context, const AttnSource &source) {
  if (!source.text)
    return parseProgram(context, StringRef(source.path));
  StringRef text(static_cast<const char *>(source.text), source.textBytes);
  return parseProgram(context, text, source.path);
}

AttnStatus compileSource(void *, const AttnSource *source, AttnFileSet *files,
                         AttnMessage *message) {
  MemoryScope memory(source->path);
  MLIRContext context(getCompilerRegistry());
  DiagnosticText diagnostics(&context, source->diagnostics,
                             source->diagnosticsContext);
  FailureOr<Artifact> artifact = failure();
  if (!source->remarks || succeeded(enableRemarks(context)))
    if (OwningOpRef<ModuleOp> module = parse(context, *source))
      artifact = compile(*module, optionsOf(*source));
  if (failed(artifact)) {
    setMessage(message, diagnostics.str());
    return ATTN_COMPILE_ERROR;
  }
  auto *owner = new OwnedFiles{std::move(*artifact), {}};
  for (const ArtifactFile &file : owner->artifact.files)
    owner->files.push_back(
        {file.name.c_str(), file.bytes.data(), file.bytes.size()});
  *files = {owner->files.data(), owner->files.size(), owner};
  return ATTN_OK;
}

void releaseFiles(void *, AttnFileSet *files) {
  delete static_cast<OwnedFiles *>(files->owner);
  *files = {};
}

AttnPlugin makePlugin() {
  static const std::string version = getCompilerVersion();
  AttnPlugin plugin{};
  plugin.structSize = sizeof plugin;
  plugin.name = "compiler";
  plugin.version = version.c_str();
  plugin.deviceName = "reference";
  plugin.load = load;
  plugin.unload = unload;
  plugin.launch = launch;
  plugin.check = check;
  plugin.work = work;
  plugin.compile = compileSource;
  plugin.releaseFiles = releaseFiles;
  return plugin;
}

} // namespace
} // namespace attn

extern "C" const AttnPlugin *attnCompilerPlugin() {
  static const AttnPlugin plugin = attn::makePlugin();
  return &plugin;
}

extern "C" void attnCompilerExitWhenOutOfMemory(const char *tool,
                                                void (*cleanup)(void)) {
  attn::exitWhenOutOfMemory(tool, cleanup);
}
