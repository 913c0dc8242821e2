//===- Expr.h - Symbolic sizes over letters and limits ----------*- C++ -*-===//
//
// The sizes of a plan are known only at launch. An Expr is a small tree over
// integer constants, letters of the entry and limits of the device; the runtime
// evaluates it with 64-bit overflow checks and without allocating.
// Source: runtime/manifest/README.md, "Expressions".
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_MANIFEST_EXPR_H
#define ATTN_MANIFEST_EXPR_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace attn::manifest {

struct Expr {
  enum class Kind {
    kConstant, ///< `value`
    kLetter,   ///< `name`, a letter of the entry
    kLimit,    ///< `name`, a device limit: "threads" (cpu) or "SM" (gpu)
    kAdd,
    kSub,
    kMul,
    kFloorDiv, ///< rounds towards minus infinity; the divisor is positive
    kCeilDiv,  ///< rounds towards plus infinity; the divisor is positive
    kMin,
    kMax,
    kEq, ///< comparisons and logic give 0 or 1
    kNe,
    kLt,
    kLe,
    kGt,
    kGe,
    kAnd,
    kOr,
    kNot, ///< one operand; all other operations have two
  };

  Kind kind = Kind::kConstant;
  int64_t value = 0;
  std::string name;
  std::vector<Expr> operands;

  static Expr constant(int64_t value);
  static Expr letter(std::string name);
  static Expr limit(std::string name);
  static Expr binary(Kind kind, Expr lhs, Expr rhs);
  static Expr negation(Expr operand); ///< kNot

  bool isConstant() const { return kind == Kind::kConstant; }
};

Expr operator+(Expr lhs, Expr rhs);
Expr operator-(Expr lhs, Expr rhs);
Expr operator*(Expr lhs, Expr rhs);
Expr ceilDiv(Expr lhs, Expr rhs);
Expr floorDiv(Expr lhs, Expr rhs);
Expr minimum(Expr lhs, Expr rhs);
Expr maximum(Expr lhs, Expr rhs);

/// What letters and limits stand for. Borrowed arrays, no ownership.
struct Bindings {
  const std::string *letterNames = nullptr;
  const int64_t *letterValues = nullptr;
  size_t letterCount = 0;
  std::optional<int64_t> threads;
  std::optional<int64_t> sm;
};

/// Evaluates without allocating.
/// \returns nothing on an overflow of int64, a divisor below 1, or a letter or
/// limit without a value.
std::optional<int64_t> evaluate(const Expr &expr, const Bindings &bindings);

/// Text for people: `ceildiv(L, 64) * Hq`. `min`, `max`, `ceildiv` and
/// `floordiv` are written as calls, the rest as infix.
std::string toString(const Expr &expr);

/// The word of an operation in the JSON form ("add", "ceildiv", ...).
std::string_view operationName(Expr::Kind kind);

} // namespace attn::manifest

#endif // ATTN_MANIFEST_EXPR_H
