//===- RandomRule.cpp - How attn-run draws an argument --------------------===//

#include "RandomRule.h"
#include "Axes.h"

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/Boundary.h"

using namespace mlir;

namespace attn {
namespace {

/// Lengths made from `argument` that an op takes, and the tensor of tokens: the
/// first in the program.
struct LengthsUse {
  Operation *user = nullptr;
  Value lengths, tokens;
};

LengthsUse findFirstUse(BlockArgument argument) {
  LengthsUse first;
  auto consider = [&](Operation *user, Value lengths, Value tokens) {
    if (!first.user || user->isBeforeInBlock(first.user))
      first = {user, lengths, tokens};
  };
  for (Operation *made : argument.getUsers()) {
    if (!isa<LengthsPerBatchOp, LengthsPackedOp>(made))
      continue;
    Value lengths = made->getResult(0);
    for (Operation *user : lengths.getUsers())
      if (auto stream = dyn_cast<StreamOp>(user))
        consider(user, lengths, stream.getK());
      else if (auto attend = dyn_cast<AttendOp>(user))
        consider(user, lengths, attend.getQ());
  }
  return first;
}

} // namespace

FailureOr<std::string> getRandomRule(BlockArgument argument, StringRef rule) {
  if (rule != "lengths")
    return rule.str();
  LengthsUse use = findFirstUse(argument);
  if (!use.user) {
    auto function =
        cast<FunctionOpInterface>(argument.getOwner()->getParentOp());
    return emitError(argument.getLoc())
           << "argument '" << getArgumentName(function, argument.getArgNumber())
           << "' has '" << kRandomAttr
           << "' = \"lengths\", but no stream or attend takes lengths made of "
              "it; expected attn.lengths.per_batch or attn.lengths.packed";
  }
  bool packed = isPacked(use.lengths);
  manifest::Expr size = getAxisSize(use.tokens, TokenAxes(packed).length());
  std::string tokens = toString(size);
  if (!size.isConstant() && size.kind != manifest::Expr::Kind::kLetter)
    return emitError(argument.getLoc())
           << "has '" << kRandomAttr << "' = \"lengths\" of " << tokens
           << " tokens, which is no letter; expected lengths of tensors with "
              "one token axis";
  return (packed ? "offsets<" : "lengths<") + tokens + ">";
}

} // namespace attn
