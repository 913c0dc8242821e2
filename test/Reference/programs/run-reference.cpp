//===- run-reference.cpp - The reference alone, without a launch check ----===//
//
// Usage: run-reference FILE SIZE. Evaluates @main with every dynamic size SIZE
// and every element 1; prints the first element of each result, or the error.
// The artifact's launch checks are not in the way here.
//
//===----------------------------------------------------------------------===//

#include "attn/codegen/Reference.h"
#include "attn/dialect/Register.h"

#include "mlir/Parser/Parser.h"

#include <cstdio>
#include <cstdlib>

using namespace mlir;
using namespace attn::reference;

namespace {

/// A dense tensor of f32 or i32 ones.
struct OwnedTensor {
  OwnedTensor(Type type, int64_t dynamicSize) {
    auto tensor = cast<RankedTensorType>(type);
    bool isFloat = tensor.getElementType().isF32();
    view.dtype = isFloat ? Dtype::F32 : Dtype::I32;
    int64_t count = 1;
    for (int64_t size : tensor.getShape())
      view.sizes.push_back(ShapedType::isDynamic(size) ? dynamicSize : size);
    view.strides.resize(view.sizes.size());
    for (size_t axis = view.sizes.size(); axis-- > 0; count *= view.sizes[axis])
      view.strides[axis] = count;
    floats.assign(isFloat ? count : 0, 1.0f);
    integers.assign(isFloat ? 0 : count, 1);
    view.data = isFloat ? static_cast<void *>(floats.data()) : integers.data();
  }
  Tensor view;
  std::vector<float> floats;
  std::vector<int32_t> integers;
};

int fail(llvm::Error error) {
  std::fprintf(stderr, "%s\n", llvm::toString(std::move(error)).c_str());
  return 1;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  DialectRegistry registry;
  attn::registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(argv[1], &context);
  auto function = module ? module->lookupSymbol<func::FuncOp>("main") : nullptr;
  if (!function)
    return 1;
  auto program = Program::create(function);
  if (!program)
    return fail(program.takeError());
  std::vector<OwnedTensor> owned; // views point into it: it must not grow
  owned.reserve(function.getNumArguments() + function.getNumResults());
  for (Type type : function.getArgumentTypes())
    owned.emplace_back(type, std::atoll(argv[2]));
  size_t arguments = owned.size();
  for (Type type : function.getResultTypes())
    owned.emplace_back(type, std::atoll(argv[2]));
  std::vector<Tensor> views;
  for (OwnedTensor &tensor : owned)
    views.push_back(tensor.view);
  llvm::ArrayRef<Tensor> all(views);
  if (llvm::Error error = (*program)->run(all.take_front(arguments),
                                          all.drop_front(arguments), Host()))
    return fail(std::move(error));
  for (size_t n = arguments; n < owned.size(); ++n)
    std::printf("%g\n", owned[n].floats.front());
  return 0;
}
