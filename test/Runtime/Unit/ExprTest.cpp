//===- ExprTest.cpp - Expressions and hashes of the manifest --------------===//

#include "attn/manifest/Expr.h"
#include "Check.h"
#include "attn/manifest/Sha256.h"

#include <limits>

using namespace attn::manifest;
using Kind = Expr::Kind;

namespace {
constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();

std::optional<int64_t> value(Kind kind, int64_t lhs, int64_t rhs) {
  return evaluate(Expr::binary(kind, Expr::constant(lhs), Expr::constant(rhs)),
                  {});
}

void testArithmetic() {
  CHECK(value(Kind::kCeilDiv, 7, 2) == 4);
  CHECK(value(Kind::kCeilDiv, -7, 2) == -3);
  CHECK(value(Kind::kFloorDiv, -7, 2) == -4);
  CHECK(value(Kind::kFloorDiv, 7, 2) == 3);
  CHECK(value(Kind::kCeilDiv, kMost, 1) == kMost);
  CHECK(value(Kind::kFloorDiv, kLeast, 1) == kLeast);
  CHECK(!value(Kind::kCeilDiv, 7, 0));
  CHECK(!value(Kind::kFloorDiv, 7, -1));
  CHECK(!value(Kind::kAdd, kMost, 1));
  CHECK(!value(Kind::kSub, kLeast, 1));
  CHECK(!value(Kind::kMul, kMost, 2));
  CHECK(value(Kind::kMin, 3, -2) == -2);
  CHECK(value(Kind::kMax, 3, -2) == 3);
  CHECK(value(Kind::kLe, 3, 3) == 1);
  CHECK(value(Kind::kLt, 3, 3) == 0);
  CHECK(value(Kind::kAnd, 5, 0) == 0);
  CHECK(value(Kind::kOr, 5, 0) == 1);
  CHECK(evaluate(Expr::negation(Expr::constant(0)), {}) == 1);
  // An operation that lost an operand is no value, not a crash.
  Expr broken = Expr::constant(1) + Expr::constant(2);
  broken.operands.pop_back();
  CHECK(!evaluate(broken, {}));
}

void testLetters() {
  std::string names[] = {"B", "L"};
  int64_t values[] = {2, 129};
  Bindings bindings{names, values, 2, 4, {}};
  Expr blocks = ceilDiv(Expr::letter("L"), Expr::constant(64));
  CHECK(evaluate(blocks * Expr::letter("B"), bindings) == 6);
  CHECK(evaluate(Expr::limit("threads"), bindings) == 4);
  CHECK(!evaluate(Expr::limit("SM"), bindings));
  CHECK(!evaluate(Expr::letter("X"), bindings));
  CHECK(toString((Expr::letter("B") + blocks) * Expr::constant(2)) ==
        "(B + ceildiv(L, 64)) * 2");
  CHECK(toString(Expr::letter("B") - (Expr::letter("L") - Expr::constant(1))) ==
        "B - (L - 1)");
}

/// Examples of FIPS 180-4 and lengths around the padding.
void testHashes() {
  CHECK(sha256Hex("abc") == "ba7816bf8f01cfea414140de5dae2223"
                            "b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256Hex("") == "e3b0c44298fc1c149afbf4c8996fb924"
                         "27ae41e4649b934ca495991b7852b855");
  CHECK(sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256Hex(std::string(1000000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
} // namespace

void testExpr() {
  testArithmetic();
  testLetters();
  testHashes();
}
