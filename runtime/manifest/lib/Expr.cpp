//===- Expr.cpp - Evaluate and print symbolic sizes -----------------------===//
//
// Evaluation is checked arithmetic on int64_t. It must not allocate: it runs on
// the launch path.
//
//===----------------------------------------------------------------------===//

#include "attn/manifest/Expr.h"

#include <array>
#include <utility>

namespace attn::manifest {
namespace {
using Kind = Expr::Kind;
using Value = std::optional<int64_t>;

constexpr std::array<std::pair<Kind, std::string_view>, 16> kOperations = {{
    {Kind::kAdd, "add"},
    {Kind::kSub, "sub"},
    {Kind::kMul, "mul"},
    {Kind::kFloorDiv, "floordiv"},
    {Kind::kCeilDiv, "ceildiv"},
    {Kind::kMin, "min"},
    {Kind::kMax, "max"},
    {Kind::kEq, "eq"},
    {Kind::kNe, "ne"},
    {Kind::kLt, "lt"},
    {Kind::kLe, "le"},
    {Kind::kGt, "gt"},
    {Kind::kGe, "ge"},
    {Kind::kAnd, "and"},
    {Kind::kOr, "or"},
    {Kind::kNot, "not"},
}};

Value divide(int64_t lhs, int64_t rhs, bool roundUp) {
  if (rhs < 1)
    return std::nullopt;
  int64_t quotient = lhs / rhs, remainder = lhs % rhs;
  if (roundUp && remainder > 0)
    return quotient + 1;
  if (!roundUp && remainder < 0)
    return quotient - 1;
  return quotient;
}

Value arithmetic(Kind kind, int64_t lhs, int64_t rhs) {
  int64_t result = 0;
  switch (kind) {
  case Kind::kAdd:
    return __builtin_add_overflow(lhs, rhs, &result) ? Value() : result;
  case Kind::kSub:
    return __builtin_sub_overflow(lhs, rhs, &result) ? Value() : result;
  case Kind::kMul:
    return __builtin_mul_overflow(lhs, rhs, &result) ? Value() : result;
  case Kind::kFloorDiv:
    return divide(lhs, rhs, /*roundUp=*/false);
  case Kind::kCeilDiv:
    return divide(lhs, rhs, /*roundUp=*/true);
  case Kind::kMin:
    return lhs < rhs ? lhs : rhs;
  case Kind::kMax:
    return lhs > rhs ? lhs : rhs;
  case Kind::kEq:
    return lhs == rhs;
  case Kind::kNe:
    return lhs != rhs;
  case Kind::kLt:
    return lhs < rhs;
  case Kind::kLe:
    return lhs <= rhs;
  case Kind::kGt:
    return lhs > rhs;
  case Kind::kGe:
    return lhs >= rhs;
  case Kind::kAnd:
    return lhs != 0 && rhs != 0;
  case Kind::kOr:
    return lhs != 0 || rhs != 0;
  default:
    return std::nullopt;
  }
}

Value letterValue(const std::string &name, const Bindings &bindings) {
  for (size_t i = 0; i < bindings.letterCount; ++i)
    if (bindings.letterNames[i] == name)
      return bindings.letterValues[i];
  return std::nullopt;
}

/// How tightly an infix operation binds; calls and atoms bind tightest.
int precedence(Kind kind) {
  switch (kind) {
  case Kind::kOr:
    return 1;
  case Kind::kAnd:
    return 2;
  case Kind::kEq:
  case Kind::kNe:
  case Kind::kLt:
  case Kind::kLe:
  case Kind::kGt:
  case Kind::kGe:
    return 3;
  case Kind::kAdd:
  case Kind::kSub:
    return 4;
  case Kind::kMul:
    return 5;
  default:
    return 6;
  }
}

std::string_view infix(Kind kind) {
  constexpr std::array<std::pair<Kind, std::string_view>, 11> kSymbols = {{
      {Kind::kAdd, " + "},
      {Kind::kSub, " - "},
      {Kind::kMul, " * "},
      {Kind::kEq, " == "},
      {Kind::kNe, " != "},
      {Kind::kLt, " < "},
      {Kind::kLe, " <= "},
      {Kind::kGt, " > "},
      {Kind::kGe, " >= "},
      {Kind::kAnd, " && "},
      {Kind::kOr, " || "},
  }};
  for (const auto &[candidate, symbol] : kSymbols)
    if (candidate == kind)
      return symbol;
  return {};
}

std::string print(const Expr &expr, int outer) {
  if (expr.kind == Kind::kConstant)
    return std::to_string(expr.value);
  if (expr.kind == Kind::kLetter || expr.kind == Kind::kLimit)
    return expr.name;
  if (expr.kind == Kind::kNot)
    return "!" + print(expr.operands[0], 6);
  std::string_view symbol = infix(expr.kind);
  if (symbol.empty())
    return std::string(operationName(expr.kind)) + "(" +
           print(expr.operands[0], 0) + ", " + print(expr.operands[1], 0) + ")";
  int own = precedence(expr.kind);
  std::string text = print(expr.operands[0], own) + std::string(symbol) +
                     print(expr.operands[1], own + 1);
  return own < outer ? "(" + text + ")" : text;
}
} // namespace

Expr Expr::constant(int64_t value) {
  Expr expr;
  expr.value = value;
  return expr;
}

Expr Expr::letter(std::string name) {
  Expr expr;
  expr.kind = Kind::kLetter;
  expr.name = std::move(name);
  return expr;
}

Expr Expr::limit(std::string name) {
  Expr expr;
  expr.kind = Kind::kLimit;
  expr.name = std::move(name);
  return expr;
}

Expr Expr::binary(Kind kind, Expr lhs, Expr rhs) {
  Expr expr;
  expr.kind = kind;
  expr.operands.push_back(std::move(lhs));
  expr.operands.push_back(std::move(rhs));
  return expr;
}

Expr Expr::negation(Expr operand) {
  Expr expr;
  expr.kind = Kind::kNot;
  expr.operands.push_back(std::move(operand));
  return expr;
}

Expr operator+(Expr lhs, Expr rhs) {
  return Expr::binary(Kind::kAdd, std::move(lhs), std::move(rhs));
}
Expr operator-(Expr lhs, Expr rhs) {
  return Expr::binary(Kind::kSub, std::move(lhs), std::move(rhs));
}
Expr operator*(Expr lhs, Expr rhs) {
  return Expr::binary(Kind::kMul, std::move(lhs), std::move(rhs));
}
Expr ceilDiv(Expr lhs, Expr rhs) {
  return Expr::binary(Kind::kCeilDiv, std::move(lhs), std::move(rhs));
}
Expr floorDiv(Expr lhs, Expr rhs) {
  return Expr::binary(Kind::kFloorDiv, std::move(lhs), std::move(rhs));
}
Expr minimum(Expr lhs, Expr rhs) {
  return Expr::binary(Kind::kMin, std::move(lhs), std::move(rhs));
}
Expr maximum(Expr lhs, Expr rhs) {
  return Expr::binary(Kind::kMax, std::move(lhs), std::move(rhs));
}

std::string_view operationName(Expr::Kind kind) {
  for (const auto &[candidate, name] : kOperations)
    if (candidate == kind)
      return name;
  return {};
}

std::optional<int64_t> evaluate(const Expr &expr, const Bindings &bindings) {
  switch (expr.kind) {
  case Kind::kConstant:
    return expr.value;
  case Kind::kLetter:
    return letterValue(expr.name, bindings);
  case Kind::kLimit:
    return expr.name == "threads" ? bindings.threads
           : expr.name == "SM"    ? bindings.sm
                                  : std::nullopt;
  default:
    break;
  }
  size_t arity = expr.kind == Kind::kNot ? 1 : 2;
  if (expr.operands.size() != arity)
    return std::nullopt;
  Value lhs = evaluate(expr.operands[0], bindings);
  if (!lhs)
    return std::nullopt;
  if (expr.kind == Kind::kNot)
    return *lhs == 0;
  Value rhs = evaluate(expr.operands[1], bindings);
  return rhs ? arithmetic(expr.kind, *lhs, *rhs) : std::nullopt;
}

std::string toString(const Expr &expr) { return print(expr, 0); }

} // namespace attn::manifest
