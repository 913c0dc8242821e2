//===- Session.cpp - Compiling and running one program --------------------===//

#include "Session.h"

#include "attn-c/AttnCompiler.h"
#include "attn-c/AttnPlugin.h"
#include "attn/codegen/Compiler.h"
#include "attn/tools/Launch.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

#include <cstdlib>

using namespace mlir;

namespace attn::fuzz {
namespace {

constexpr size_t kGuard = 256; ///< Bytes around the workspace.

/// Calls a function of the C API whose last argument is a message.
template <typename Function, typename... Args>
llvm::Error call(Function function, Args... args) {
  AttnMessage message;
  message.structSize = sizeof message;
  message.text[0] = 0;
  if (function(args..., &message) == ATTN_OK)
    return llvm::Error::success();
  return llvm::createStringError(std::string(message.text));
}

/// Collects errors while it lives.
class Errors {
public:
  explicit Errors(MLIRContext *context)
      : handler(context, [this](Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
            text += diagnostic.str() + "\n";
          return success();
        }) {}
  llvm::Error take(const char *what) {
    return llvm::createStringError(std::string(what) + ": " + text);
  }

private:
  std::string text;
  ScopedDiagnosticHandler handler;
};

std::vector<std::string> targetsOf(const std::string &device) {
  if (device == "reference")
    return {};
  return {device == "sim" ? "sm_90a" : "cpu"};
}

std::string print(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream(text) << module;
  return text;
}

std::vector<AttnTensor> describe(std::vector<HostTensor> &tensors) {
  std::vector<AttnTensor> described;
  for (HostTensor &tensor : tensors)
    described.push_back(tensor.describe());
  return described;
}

} // namespace

//===----------------------------------------------------------------------===//
// Compiled
//===----------------------------------------------------------------------===//

Compiled::~Compiled() {
  attnProgramDestroy(program);
  attnProgramDestroy(reference);
  attnArtifactDestroy(artifact);
}

llvm::Error Compiled::launch(std::vector<HostTensor> &arguments,
                             std::vector<HostTensor> &results,
                             uint64_t scheduleSeed) {
  std::vector<AttnTensor> inputs = describe(arguments);
  std::vector<int64_t> letters(attnArtifactLetterCount(artifact, 0));
  if (llvm::Error error = call(attnArtifactBindLetters, artifact, size_t(0),
                               inputs.data(), inputs.size(), letters.data()))
    return error;
  size_t bytes = 0;
  if (llvm::Error error =
          call(attnProgramWorkspaceBytes, program, letters.data(), &bytes))
    return error;
  for (HostTensor &result : results)
    result.clear();
  std::vector<AttnTensor> outputs = describe(results);
  AttnLaunch launch = makeLaunch(inputs, outputs);
  launch.scheduleSeed = scheduleSeed;
  std::vector<unsigned char> memory(bytes + 2 * kGuard + 64, 0xff);
  auto address = reinterpret_cast<uintptr_t>(memory.data()) + kGuard;
  size_t begin =
      (address + 63) / 64 * 64 - reinterpret_cast<uintptr_t>(memory.data());
  launch.workspace = memory.data() + begin;
  launch.workspaceBytes = bytes;
  if (llvm::Error error = call(attnProgramLaunch, program, &launch))
    return error;
  for (size_t n = 0; n < memory.size(); ++n)
    if ((n < begin || n >= begin + bytes) && memory[n] != 0xff)
      return llvm::createStringError("wrote outside the workspace");
  for (HostTensor &tensor : results)
    if (!tensor.isPaddingIntact())
      return llvm::createStringError("wrote outside a result");
  return llvm::Error::success();
}

llvm::Error Compiled::select(const std::string &variant) {
  attnProgramDestroy(program);
  program = nullptr;
  if (variant.empty())
    unsetenv("ATTN_CPU");
  else
    setenv("ATTN_CPU", variant.c_str(), /*overwrite=*/1);
  return call(attnProgramPrepare, device, artifact, size_t(0), &program);
}

llvm::Error Compiled::readAlignments() {
  size_t arguments = attnArtifactArgumentCount(artifact, 0);
  size_t all = arguments + attnArtifactResultCount(artifact, 0);
  for (size_t n = 0; n < all; ++n) {
    AttnTensorInfo info{};
    info.structSize = sizeof info;
    bool isResult = n >= arguments;
    if (llvm::Error error =
            call(isResult ? attnArtifactResult : attnArtifactArgument, artifact,
                 size_t(0), isResult ? n - arguments : n, &info))
      return error;
    alignments.push_back(
        std::max(info.baseAlignmentBytes, info.strideMultipleBytes));
  }
  return llvm::Error::success();
}

llvm::Expected<Ratios> Compiled::check(std::vector<HostTensor> &arguments,
                                       std::vector<HostTensor> &results) {
  std::vector<AttnTensor> inputs = describe(arguments);
  std::vector<AttnTensor> outputs = describe(results);
  AttnLaunch launch = makeLaunch(inputs, outputs);
  AttnCheckOptions options{sizeof options, 0, 0};
  std::vector<AttnCheckResult> checks(results.size());
  checks[0].structSize = sizeof(AttnCheckResult);
  if (llvm::Error error =
          call(attnProgramCheck, reference, &launch, &options, checks.data()))
    return error;
  Ratios ratios;
  for (const AttnCheckResult &check : checks)
    ratios.push_back(check.worstRatio);
  return ratios;
}

//===----------------------------------------------------------------------===//
// Session
//===----------------------------------------------------------------------===//

Session::Session()
    : context(getCompilerRegistry(), MLIRContext::Threading::DISABLED) {}

Session::~Session() {
  for (auto &[name, device] : devices)
    attnDeviceDestroy(device);
  attnRuntimeDestroy(runtime);
}

std::unique_ptr<Session> Session::create() {
  std::unique_ptr<Session> session(new Session());
  llvm::Error error = session->createRuntime();
  if (!error)
    return session;
  llvm::errs() << "attn-fuzz: error: " << llvm::toString(std::move(error))
               << "\n";
  return nullptr;
}

llvm::Error Session::createRuntime() {
  const AttnRuntimeOptions *defaults = nullptr;
  if (llvm::Error error = call(attnRuntimeCreate, defaults, &runtime))
    return error;
  return call(attnRuntimeAddPlugin, runtime, attnCompilerPlugin());
}

llvm::Expected<AttnDevice *> Session::open(const std::string &name) {
  AttnDevice *&device = devices[name];
  if (!device)
    if (llvm::Error error =
            call(attnDeviceOpen, runtime, name.c_str(), &device))
      return error;
  return device;
}

llvm::Expected<OwningOpRef<ModuleOp>> Session::parse(const std::string &text) {
  Errors errors(&context);
  OwningOpRef<ModuleOp> module = parseProgram(context, text, "fuzz.mlir");
  if (!module)
    return errors.take("does not parse");
  std::string printed = print(*module), bytes;
  OwningOpRef<ModuleOp> again = parseProgram(context, printed, "printed.mlir");
  if (!again || print(*again) != printed)
    return errors.take("parse(print(x)) differs from x");
  llvm::raw_string_ostream stream(bytes);
  if (failed(writeBytecodeToFile(*module, stream)))
    return errors.take("has no bytecode");
  OwningOpRef<ModuleOp> read = parseProgram(context, bytes, "fuzz.mlirbc");
  if (!read || print(*read) != printed)
    return errors.take("read(write(x)) differs from x");
  return module;
}

llvm::Expected<std::unique_ptr<Compiled>>
Session::compile(ModuleOp module, const std::string &deviceName,
                 const std::vector<std::string> &variants, bool withPtx) {
  auto device = open(deviceName), reference = open("reference");
  if (!device)
    return llvm::joinErrors(device.takeError(), reference.takeError());
  if (!reference)
    return reference.takeError();
  Errors errors(&context);
  CompileOptions options;
  options.targets = targetsOf(deviceName);
  options.ptxas = "none"; // device sim needs no cubin
  if (variants.size() == 1)
    options.cpuVariant = variants.front();
  options.gpuCode = withPtx;
  FailureOr<Artifact> artifact = attn::compile(module, options);
  if (failed(artifact))
    return errors.take("does not compile");
  std::vector<AttnFile> files;
  for (const ArtifactFile &file : artifact->files)
    files.push_back({file.name.c_str(), file.bytes.data(), file.bytes.size()});
  auto compiled = std::make_unique<Compiled>();
  if (llvm::Error error = call(attnArtifactLoadMemory, runtime, files.data(),
                               files.size(), &compiled->artifact))
    return error;
  compiled->device = *device;
  if (llvm::Error error =
          compiled->select(variants.empty() ? "" : variants.front()))
    return error;
  if (llvm::Error error =
          call(attnProgramPrepare, *reference, compiled->artifact, size_t(0),
               &compiled->reference))
    return error;
  if (llvm::Error error = compiled->readAlignments())
    return error;
  auto oracle =
      reference::Program::create(*module.getOps<func::FuncOp>().begin());
  if (!oracle)
    return oracle.takeError();
  compiled->oracle = std::move(*oracle);
  return compiled;
}

} // namespace attn::fuzz
