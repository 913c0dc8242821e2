//===- bound-plants.cpp - Faults in states and masses ---------------------===//
//
// Usage: bound-plants GOOD.mlir LOST.mlir. Both give out, lse, mass0, mass1, m,
// l, acc; LOST sees one key less in its second stream. The results of LOST must
// miss the bounds of GOOD, and so must a state of GOOD with a larger m, however
// consistent. Prints the worst error / bound of every result.
//
//===----------------------------------------------------------------------===//

#include "attn/codegen/Reference.h"
#include "attn/dialect/Register.h"

#include "mlir/Parser/Parser.h"

#include <cmath>
#include <cstdio>
#include <random>

using namespace mlir;
using namespace attn::reference;

namespace {

struct Floats {
  Floats(Type type, std::mt19937 &generator) {
    auto tensor = cast<RankedTensorType>(type);
    view.sizes.assign(tensor.getShape().begin(), tensor.getShape().end());
    view.strides.resize(view.sizes.size());
    int64_t count = 1;
    for (size_t axis = view.sizes.size(); axis-- > 0; count *= view.sizes[axis])
      view.strides[axis] = count;
    numbers.resize(count);
    std::normal_distribution<float> normal;
    for (float &number : numbers)
      number = normal(generator);
    view.data = numbers.data();
  }
  Tensor view;
  std::vector<float> numbers;
};

std::vector<Floats> makeTensors(ArrayRef<Type> types, std::mt19937 &generator) {
  std::vector<Floats> tensors;
  tensors.reserve(types.size()); // views point into it
  for (Type type : types)
    tensors.emplace_back(type, generator);
  return tensors;
}

std::vector<Tensor> viewsOf(const std::vector<Floats> &tensors) {
  std::vector<Tensor> views;
  for (const Floats &tensor : tensors)
    views.push_back(tensor.view);
  return views;
}

struct Loaded {
  OwningOpRef<ModuleOp> module;
  std::unique_ptr<Program> program;
};

Loaded load(const char *path, MLIRContext &context) {
  Loaded loaded;
  loaded.module = parseSourceFile<ModuleOp>(path, &context);
  auto program =
      Program::create(*loaded.module->getOps<func::FuncOp>().begin());
  if (!program)
    std::abort();
  loaded.program = std::move(*program);
  return loaded;
}

void judge(const char *what, const Program &program, ArrayRef<Tensor> arguments,
           ArrayRef<Tensor> results) {
  static const char *const names[] = {"out", "lse", "mass0", "mass1",
                                      "m",   "l",   "acc"};
  std::vector<Comparison> comparisons(results.size());
  if (program.check(arguments, results, {}, Host(), comparisons))
    std::abort();
  for (size_t n = 0; n < results.size(); ++n)
    std::printf("%s %s: %s\n", what, names[n],
                comparisons[n].worstRatio <= 1     ? "within"
                : comparisons[n].worstRatio >= 100 ? "misses by 100"
                                                   : "misses");
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  DialectRegistry registry;
  attn::registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  Loaded good = load(argv[1], context), lost = load(argv[2], context);
  auto function = *good.module->getOps<func::FuncOp>().begin();
  std::mt19937 generator(1);
  auto arguments = makeTensors(function.getArgumentTypes(), generator);
  auto results = makeTensors(function.getResultTypes(), generator);
  std::vector<Tensor> in = viewsOf(arguments), out = viewsOf(results);
  if (good.program->run(in, out, Host()))
    return 1;
  judge("good", *good.program, in, out);
  // A state with another anchor than the maximum.
  for (float &m : results[4].numbers)
    m += 0.5f;
  for (size_t n : {5, 6})
    for (float &number : results[n].numbers)
      number *= std::exp(-0.5f);
  judge("anchored", *good.program, in, out);
  if (lost.program->run(in, out, Host()))
    return 1;
  judge("lost", *good.program, in, out);
  return 0;
}
