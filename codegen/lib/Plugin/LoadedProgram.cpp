//===- LoadedProgram.cpp - An entry on the device `reference` -------------===//

#include "LoadedProgram.h"
#include "Diagnostics.h"

#include "attn/codegen/CallerTensor.h"
#include "attn/codegen/Compiler.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <algorithm>

using namespace mlir;

namespace attn {
namespace {

std::vector<reference::Tensor> convertTensors(const AttnTensor *tensors,
                                              size_t count, size_t tensorSize) {
  std::vector<reference::Tensor> converted(count);
  for (size_t n = 0; n < count; ++n) {
    // Structs may grow: the caller says how far apart they are.
    const auto &tensor = *reinterpret_cast<const AttnTensor *>(
        reinterpret_cast<const char *>(tensors) + n * tensorSize);
    converted[n] = reference::convertTensor(tensor);
  }
  return converted;
}

std::vector<reference::Tensor> argumentsOf(const AttnLaunch &launch) {
  return convertTensors(launch.arguments, launch.argumentCount,
                        launch.tensorSize);
}

std::vector<reference::Tensor> resultsOf(const AttnLaunch &launch) {
  return convertTensors(launch.results, launch.resultCount, launch.tensorSize);
}

void convertComparison(const reference::Comparison &comparison,
                       AttnCheckResult &result) {
  result.worstRatio = comparison.worstRatio;
  result.worstRank = 3; // a row is (b, h, i) for `out` and for `lse`
  std::copy(comparison.worstRow, comparison.worstRow + 3, result.worstIndex);
  result.sampled = comparison.sampled;
  result.rowsChecked = comparison.rowsChecked;
  result.rowsTotal = comparison.rowsTotal;
}

} // namespace

LoadedProgram::LoadedProgram(const AttnPluginHost &host)
    : context(getCompilerRegistry(), MLIRContext::Threading::DISABLED) {
  this->host.threads = host.threads;
  this->host.parallelFor = host.parallelFor;
  this->host.pool = host.pool;
  this->host.progress = host.progress;
  this->host.progressContext = host.progressContext;
}

llvm::Expected<std::unique_ptr<LoadedProgram>>
LoadedProgram::load(const AttnPluginHost &host,
                    const AttnArtifactView &artifact) {
  std::unique_ptr<LoadedProgram> loaded(new LoadedProgram(host));
  DiagnosticText diagnostics(&loaded->context);
  StringRef bytes(static_cast<const char *>(artifact.input),
                  artifact.inputBytes);
  OwningOpRef<ModuleOp> module =
      parseProgram(loaded->context, bytes, artifact.source);
  if (!module)
    return llvm::createStringError(
        "can not read the input program of '" + std::string(artifact.source) +
        "', expected what attnc wrote; compile it again: " + diagnostics.str());
  auto function = module->lookupSymbol<func::FuncOp>(artifact.entry);
  if (!function)
    return llvm::createStringError(
        "the input program of '" + std::string(artifact.source) +
        "' has no function '" + artifact.entry +
        "', which its manifest.json lists; compile it again");
  auto program = reference::Program::create(function);
  if (!program)
    return program.takeError();
  loaded->program = std::move(*program);
  return loaded;
}

llvm::Error LoadedProgram::launch(const AttnLaunch &launch) const {
  return program->run(argumentsOf(launch), resultsOf(launch), host);
}

llvm::Error LoadedProgram::check(const AttnLaunch &launch,
                                 const AttnCheckOptions &options,
                                 AttnCheckResult *results) const {
  std::vector<reference::Comparison> comparisons(launch.resultCount);
  if (llvm::Error error = program->check(argumentsOf(launch), resultsOf(launch),
                                         {options.rowsPerHead, options.seed},
                                         host, comparisons))
    return error;
  size_t size = results->structSize;
  for (size_t n = 0; n < comparisons.size(); ++n) {
    auto &result = *reinterpret_cast<AttnCheckResult *>(
        reinterpret_cast<char *>(results) + n * size);
    result.structSize = size;
    convertComparison(comparisons[n], result);
  }
  return llvm::Error::success();
}

llvm::Error LoadedProgram::count(const AttnLaunch &launch,
                                 AttnWork &work) const {
  llvm::Expected<reference::Work> counted =
      program->count(argumentsOf(launch), host);
  if (!counted)
    return counted.takeError();
  work.visiblePairs = counted->visiblePairs;
  work.operations = counted->operations;
  if (work.structSize >= sizeof(AttnWork) && work.attend)
    for (const reference::Work::Attend &attend : counted->attends)
      work.attend(work.context, attend.visiblePairs, attend.operations);
  return llvm::Error::success();
}

} // namespace attn
