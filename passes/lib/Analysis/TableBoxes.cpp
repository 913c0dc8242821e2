//===- TableBoxes.cpp - Tables read at blocks of queries and keys ---------===//

#include "IntegerForms.h"

#include "attn/dialect/Attn/Attn.h"

using namespace mlir;

namespace attn {
namespace {

/// Does `sum` only grow, or only fall, with one coordinate, or none? Then its
/// ends over a run are those at the ends of the run.
bool isMonotone(const Sum &sum) {
  const Term *only = nullptr;
  for (auto [term, coefficient] : sum.terms) {
    if (term->on.isUniform())
      continue;
    if (only)
      return false;
    only = term;
  }
  if (!only || only->kind == Term::Query || only->kind == Term::Key)
    return true;
  bool isClamp = (only->kind == Term::Maximum || only->kind == Term::Minimum) &&
                 (getDependence(only->a).isUniform() ||
                  getDependence(only->b).isUniform());
  return (only->kind == Term::Quotient || isClamp) && isMonotone(only->a) &&
         isMonotone(only->b);
}

/// Is it one number for several coordinates?
bool isCoarse(const Sum &sum) {
  return llvm::any_of(sum.terms, [](const auto &entry) {
    const Term &term = *entry.first;
    return !term.on.isUniform() && (term.kind == Term::Quotient ||
                                    isCoarse(term.a) || isCoarse(term.b));
  });
}

} // namespace

std::optional<std::vector<Sum>> IntegerForms::getBox(Operation *op) {
  auto read = dyn_cast_or_null<ReadOp>(op);
  if (!read || !read.getType().isInteger() ||
      read.getType().getIntOrFloatBitWidth() > 32)
    return std::nullopt;
  std::vector<Sum> indices;
  bool hasBlocks = false;
  for (Value index : read.getIndices()) {
    std::optional<Sum> sum = get(index);
    if (!sum || !isMonotone(*sum))
      return std::nullopt;
    hasBlocks |= isCoarse(*sum);
    indices.push_back(std::move(*sum));
  }
  return hasBlocks ? std::optional(std::move(indices)) : std::nullopt;
}

std::optional<Sum> IntegerForms::getFlag(Value value) {
  std::optional<std::vector<Sum>> box = getBox(value.getDefiningOp());
  if (!box)
    return std::nullopt;
  return makeTerm({Term::Box,
                   value,
                   {},
                   {},
                   {0, 1},
                   dependence.get(value),
                   0,
                   std::move(*box)});
}

} // namespace attn
