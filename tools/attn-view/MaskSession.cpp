//===- MaskSession.cpp - A program's masks at one launch ------------------===//

#include "MaskSession.h"
#include "DefaultLetters.h"
#include "DiagnosticText.h"

#include "attn/codegen/CallerTensor.h"
#include "attn/dialect/Attn/Boundary.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace attn::view {
namespace {

InputRequest makeRequest(MaskProgram &program, func::FuncOp function,
                         int64_t tokens) {
  InputRequest request;
  for (const ArtifactFile &file : program.artifact.files)
    request.files.push_back(
        {file.name.c_str(), file.bytes.data(), file.bytes.size()});
  request.defaults = getDefaultLetters(function, tokens);
  std::set<unsigned> read;
  for (unsigned argument : reference::getMaskArguments(function)) {
    request.read.insert(getArgumentName(function, argument));
    read.insert(argument);
  }
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    for (StringRef letter : getLetters(function, i))
      if (!read.count(i) && !request.defaults.count(letter.str()))
        request.unread.insert(letter.str());
  for (unsigned argument : read)
    for (StringRef letter : getLetters(function, argument))
      request.unread.erase(letter.str());
  return request;
}

/// Without attends whose results nobody uses: those have no kernel, and no
/// route.
LogicalResult removeUnused(ModuleOp module) {
  PassManager manager(module.getContext());
  manager.addNestedPass<func::FuncOp>(createCSEPass());
  return manager.run(module);
}

} // namespace

MaskProgram::MaskProgram()
    : context(getCompilerRegistry(), MLIRContext::Threading::DISABLED) {}

llvm::Expected<std::unique_ptr<MaskProgram>>
MaskProgram::create(ModuleOp module, const std::string &name) {
  CompileOptions options;
  options.targets.clear();
  FailureOr<Artifact> artifact = compile(module, options);
  if (failed(artifact)) // after a diagnostic
    return llvm::createStringError("");
  std::unique_ptr<MaskProgram> program(new MaskProgram());
  program->artifact = std::move(*artifact);
  DiagnosticText diagnostics(program->context);
  for (const ArtifactFile &file : program->artifact.files)
    if (file.name == "input.mlirbc")
      program->input = parseProgram(program->context, file.bytes, name);
  if (program->input && succeeded(removeUnused(*program->input))) {
    auto routes =
        compileToStage(*program->input, Stage::Routes, "cpu", options);
    if (succeeded(routes))
      program->routes = std::move(*routes);
  }
  if (!program->routes)
    return llvm::createStringError(diagnostics.text);
  return program;
}

func::FuncOp MaskProgram::findFunction(StringRef entry) {
  if (!entry.empty())
    return input->lookupSymbol<func::FuncOp>(entry);
  if (auto main = input->lookupSymbol<func::FuncOp>("main"))
    return main;
  auto functions = input->getOps<func::FuncOp>();
  return llvm::hasSingleElement(functions) ? *functions.begin()
                                           : func::FuncOp();
}

llvm::Expected<MaskSession> MaskSession::create(MaskProgram &program,
                                                const LaunchChoice &choice,
                                                int64_t tokens) {
  InputRequest request;
  func::FuncOp function = program.findFunction(choice.entry);
  if (function)
    request = makeRequest(program, function, tokens);
  else // who opens the artifact says what is wrong with the name
    for (const ArtifactFile &file : program.artifact.files)
      request.files.push_back(
          {file.name.c_str(), file.bytes.data(), file.bytes.size()});
  MaskInputs inputs = makeMaskInputs(choice, request);
  if (!inputs.error.empty())
    return llvm::createStringError(inputs.error);
  llvm::SmallVector<reference::Tensor> arguments;
  for (const run::HostTensor &tensor : inputs.tensors)
    arguments.push_back(reference::convertTensor(tensor.view()));
  auto routed =
      program.routes->lookupSymbol<func::FuncOp>(function.getSymName());
  auto masks = reference::MaskTiles::create(function, routed, arguments);
  if (!masks)
    return masks.takeError();
  return MaskSession{std::move(inputs), std::move(*masks), function};
}

std::string MaskSession::getLettersText() const {
  std::string text;
  for (const auto &[letter, value] : inputs.letters)
    text += (text.empty() ? "" : ", ") + letter + " = " + std::to_string(value);
  return text.empty() ? "constant sizes" : text;
}

} // namespace attn::view
