//===- RegionCompiler.h - From ops to closures ------------------*- C++ -*-===//

#ifndef ATTN_CODEGEN_LIB_REFERENCE_REGIONCOMPILER_H
#define ATTN_CODEGEN_LIB_REFERENCE_REGIONCOMPILER_H

#include "Number.h"
#include "RegionProgram.h"

#include "llvm/ADT/DenseMap.h"

namespace attn::reference {

/// `file:line:column`, or "<unknown>".
std::string describe(mlir::Location location);

/// The capture that an index at function level is.
Capture getIndexCapture(mlir::Value index);

/// An error at a location: `file:line:column: error: text`.
llvm::Error errorAt(mlir::Location location, const llvm::Twine &text);

/// Bits of an integer type; 64 for index.
inline unsigned getWidth(mlir::Type type) {
  return type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
}

inline int64_t signExtend(int64_t value, unsigned width) {
  unsigned shift = 64 - width;
  return static_cast<int64_t>(static_cast<uint64_t>(value) << shift) >> shift;
}

inline uint64_t zeroExtend(int64_t value, unsigned width) {
  return width == 64 ? value : value & ((uint64_t(1) << width) - 1);
}

/// The result of an op of a float type: rounded by the unfused program only.
inline double roundResult(Dtype, double value) { return value; }
inline float roundResult(Dtype type, float value) {
  return roundTo(type, value);
}

/// Turns the ops of a region into steps.
template <typename T>
class RegionCompiler {
public:
  /// `firstTable` is the position of the first capture among the block
  /// arguments.
  RegionCompiler(unsigned firstTable, std::vector<std::string> tableNames)
      : firstTable(firstTable), tableNames(std::move(tableNames)) {}

  llvm::Error compileBlock(mlir::Block &block, std::vector<Step<T>> &steps);

  /// The slot of a value; made at first use.
  unsigned slotOf(mlir::Value value);

  std::vector<Slot<T>> initial;

private:
  using Op = mlir::Operation;

  llvm::Error compileOp(Op *op, std::vector<Step<T>> &steps);
  void compileConstant(Op *op);
  llvm::Error compileIf(Op *op, std::vector<Step<T>> &steps);
  std::optional<Step<T>> compileRead(Op *op);
  std::optional<Step<T>> compileReadRange(Op *op);
  std::optional<Step<T>> compileReadBox(Op *op);
  unsigned tableOf(mlir::Value table) const {
    return llvm::cast<mlir::BlockArgument>(table).getArgNumber() - firstTable;
  }
  /// Each makes the closure of one family, or nothing if `op` is not of it.
  std::optional<Step<T>> compileInteger(Op *op);
  std::optional<Step<T>> compileIntegerPair(Op *op);
  std::optional<Step<T>> compileDivision(Op *op);
  std::optional<Step<T>> compileFloat(Op *op);
  std::optional<Step<T>> compileMath(Op *op);
  std::optional<Step<T>> compileConversion(Op *op);
  std::optional<Step<T>> compileComparison(Op *op);

  /// Closures of a shape: operands as T or as integers, result rounded or
  /// wrapped to the type of the result.
  template <typename F>
  Step<T> floatUnary(Op *op, F function);
  template <typename F>
  Step<T> floatBinary(Op *op, F function);
  template <typename F>
  Step<T> floatTernary(Op *op, F function);
  template <typename F>
  Step<T> integerUnary(Op *op, F function);
  template <typename F>
  Step<T> integerBinary(Op *op, F function);
  /// As integerBinary, with `check(a, b)` giving a text if there is no result.
  template <typename C, typename F>
  Step<T> checkedBinary(Op *op, C check, F function);

  unsigned firstTable;
  std::vector<std::string> tableNames;
  llvm::DenseMap<mlir::Value, unsigned> slots;
};

/// Remembers the first error of an evaluation.
template <typename T>
void fail(Frame<T> &frame, const std::string &where, const std::string &text) {
  if (frame.error.empty())
    frame.error = where + ": error: " + text;
}

template <typename T>
template <typename F>
Step<T> RegionCompiler<T>::floatUnary(Op *op, F function) {
  unsigned a = slotOf(op->getOperand(0)), out = slotOf(op->getResult(0));
  Dtype type = *getDtype(op->getResult(0).getType());
  return [=](Frame<T> &frame) {
    frame.slots[out].real = roundResult(type, T(function(frame.slots[a].real)));
  };
}

template <typename T>
template <typename F>
Step<T> RegionCompiler<T>::floatBinary(Op *op, F function) {
  unsigned a = slotOf(op->getOperand(0)), b = slotOf(op->getOperand(1));
  unsigned out = slotOf(op->getResult(0));
  Dtype type = *getDtype(op->getResult(0).getType());
  return [=](Frame<T> &frame) {
    frame.slots[out].real = roundResult(
        type, T(function(frame.slots[a].real, frame.slots[b].real)));
  };
}

template <typename T>
template <typename F>
Step<T> RegionCompiler<T>::floatTernary(Op *op, F function) {
  unsigned a = slotOf(op->getOperand(0)), b = slotOf(op->getOperand(1));
  unsigned c = slotOf(op->getOperand(2)), out = slotOf(op->getResult(0));
  Dtype type = *getDtype(op->getResult(0).getType());
  return [=](Frame<T> &frame) {
    frame.slots[out].real =
        roundResult(type, T(function(frame.slots[a].real, frame.slots[b].real,
                                     frame.slots[c].real)));
  };
}

template <typename T>
template <typename F>
Step<T> RegionCompiler<T>::integerUnary(Op *op, F function) {
  unsigned a = slotOf(op->getOperand(0)), out = slotOf(op->getResult(0));
  unsigned width = getWidth(op->getResult(0).getType());
  return [=](Frame<T> &frame) {
    frame.slots[out].integer =
        signExtend(function(frame.slots[a].integer), width);
  };
}

template <typename T>
template <typename F>
Step<T> RegionCompiler<T>::integerBinary(Op *op, F function) {
  auto never = [](int64_t, int64_t) { return nullptr; };
  return checkedBinary(op, never, function);
}

template <typename T>
template <typename C, typename F>
Step<T> RegionCompiler<T>::checkedBinary(Op *op, C check, F function) {
  unsigned a = slotOf(op->getOperand(0)), b = slotOf(op->getOperand(1));
  unsigned out = slotOf(op->getResult(0));
  unsigned width = getWidth(op->getResult(0).getType());
  std::string where = describe(op->getLoc());
  std::string name = op->getName().getStringRef().str();
  return [=](Frame<T> &frame) {
    int64_t lhs = frame.slots[a].integer, rhs = frame.slots[b].integer;
    if (const char *text = check(lhs, rhs)) {
      frame.slots[out].integer = 0;
      return fail(frame, where, "'" + name + "' op " + text);
    }
    frame.slots[out].integer = signExtend(function(lhs, rhs), width);
  };
}

} // namespace attn::reference

#endif // ATTN_CODEGEN_LIB_REFERENCE_REGIONCOMPILER_H
