//===- Intervals.h - Sums over runs of rows and keys, as IR -----*- C++ -*-===//
//
// Emits the least and the greatest value that a sum takes while the query runs
// over q0 .. q1 and the key over k0 .. k1. Each term is taken at its own
// extreme: exact where a coordinate occurs once, sound always.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PASSES_LIB_ANALYSIS_INTERVALS_H
#define ATTN_PASSES_LIB_ANALYSIS_INTERVALS_H

#include "IntegerForms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

#include <map>
#include <optional>
#include <string>
#include <tuple>

namespace attn {

class Intervals {
public:
  /// Makes the block of `region` with the arguments of its `kind` and those of
  /// the captures of `visible`.
  Intervals(mlir::Region &visible, mlir::Region &region, RegionKind kind);

  enum End { Least, Greatest };
  struct Ends {
    mlir::Value least, greatest;
  };

  /// `term` is known to be inside `ends`, until the scope ends.
  void assume(const Term &term, Ends ends) { known[&term] = ends; }
  bool isKnown(const Term &term) const { return known.contains(&term); }
  class Scope {
  public:
    explicit Scope(Intervals &intervals)
        : intervals(intervals), known(intervals.known) {}
    ~Scope() { intervals.known = std::move(known); }

  private:
    Intervals &intervals;
    llvm::DenseMap<const Term *, Ends> known;
  };

  mlir::Value emit(const Sum &sum, End end);
  /// A copy of `value`, which depends on batch and head only, or on no key if
  /// there is one row.
  mlir::Value clone(mlir::Value value);
  /// A copy of `value` at the first query and key.
  mlir::Value cloneAtFirst(mlir::Value value);
  /// `value` sees query and key through their blocks alone, floor(i / n): is it
  /// one value for all pairs? Nothing if it sees them otherwise.
  std::optional<mlir::Value> emitIsOneBlock(mlir::Value value);
  /// least(a) <= greatest(b), or with the other ends: `a <= b` for some pair or
  /// for all.
  mlir::Value emitAtMostZero(const Sum &sum, bool forAll);

  /// Each value is made once: what later passes need not find equal.
  template <typename Op>
  mlir::Value make(mlir::Value lhs, mlir::Value rhs) {
    mlir::Value &result =
        values[{mlir::TypeID::get<Op>().getAsOpaquePointer(),
                lhs.getAsOpaquePointer(), rhs.getAsOpaquePointer()}];
    if (!result)
      result = builder.createOrFold<Op>(loc, lhs, rhs);
    return result;
  }
  mlir::Value number(int64_t value) {
    mlir::Value &result = numbers[value];
    if (!result)
      result = mlir::arith::ConstantIndexOp::create(builder, loc, value);
    return result;
  }
  mlir::Value truth(bool value) {
    mlir::Value &result = truths[value];
    if (!result)
      result = mlir::arith::ConstantIntOp::create(builder, loc, value, 1);
    return result;
  }
  mlir::Value length(Term::Kind side);
  /// Last key of the tile; later reads and comparisons see the new one.
  void clipKeys(mlir::Value last);
  mlir::Value getLastKey() const { return last[1]; }
  /// Runs of queries are one row from here on: what depends on no key is its
  /// value there, so that the least and the greatest of it are the same.
  void setOneRow();

  mlir::OpBuilder builder;
  mlir::Location loc;

private:
  /// A copy of the integer `value` as an index.
  mlir::Value emitNumber(mlir::Value value);
  mlir::Value toIndex(mlir::Value value);
  mlir::Value emitTerm(const Term &term, End end);
  mlir::Value emitAbsolute(const Sum &sum, End end);
  mlir::Value emitRun(const Term &term, End end);
  mlir::Value emitBox(const Term &term, End end);
  mlir::Value emitRemainder(const Term &term, End end);

  mlir::Value cloneWith(mlir::IRMapping &mapping, mlir::Value value);

  mlir::IRMapping clones, clonesAtFirst;
  llvm::DenseMap<const Term *, Ends> known;
  std::map<std::tuple<const void *, void *, void *>, mlir::Value> values;
  std::map<int64_t, mlir::Value> numbers;
  mlir::Value truths[2], lengths[2];
  mlir::Value first[2], last[2]; ///< Of queries and of keys.
  mlir::Value coordinates[2];    ///< i and j of `visible`.
  bool isOneRow = false;
};

/// A sum in the letters of a reader. `end` decides between q0 and q1; without
/// one the coordinates are i and j.
std::string toText(const Sum &sum, std::optional<Intervals::End> end);

} // namespace attn

#endif // ATTN_PASSES_LIB_ANALYSIS_INTERVALS_H
