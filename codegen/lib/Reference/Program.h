//===- Program.h - A program as a list of folds -----------------*- C++ -*-===//
//
// What is left of a function after compilation. `attn.attend` and `attn.merge`
// are both folds; a merge has states and no stream. Values are numbered: first
// the arguments and views of them, then the results of every fold.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_REFERENCE_PROGRAM_H
#define ATTN_CODEGEN_LIB_REFERENCE_PROGRAM_H

#include "Lengths.h"
#include "Mask.h"
#include "RegionProgram.h"

namespace attn::reference {

struct Stream {
  mlir::Location location;
  unsigned k = 0, v = 0; ///< Values.
  Lengths lengths;
  Mask mask;
  std::optional<std::vector<int64_t>> heads; ///< Key head of a query head.
  std::vector<Mask> conditions = {};         ///< Those of getConditions.
};

struct State {
  mlir::Location location;
  unsigned values = 0, logit = 0; ///< Values: out and lse, or acc and m.
  std::optional<unsigned> sum;    ///< l, a value.
};

enum class OutputKind { Out, Lse, Mass, M, L, Acc };

/// One result of a fold.
struct Output {
  OutputKind kind;
  unsigned stream; ///< Of a mass.
  unsigned value;
  Dtype type;
  bool isOperand = false; ///< Of another fold.

  bool hasChannels() const {
    return kind == OutputKind::Out || kind == OutputKind::Acc;
  }
};

struct Fold {
  Fold(mlir::Location location, llvm::StringRef name)
      : location(location), name(name) {}

  mlir::Location location;
  llvm::StringRef name;      ///< Of the op.
  std::optional<unsigned> q; ///< A value; a merge has none.
  bool isPacked = false;     ///< Rows lie in [H, T, ...].
  Lengths lengths;           ///< Of the rows.
  /// Lengths of the folds that made operands: other rows do not exist.
  llvm::SmallVector<Lengths> operandLengths;
  std::vector<Stream> streams;
  std::vector<State> states;
  std::optional<unsigned> sink; ///< A value.
  std::vector<Capture> captures;
  Dtype type = Dtype::F32; ///< Of q, k, v and out.
  double scale = 1;
  std::optional<RegionProgram<double>> exactScore;
  std::optional<RegionProgram<float>> unfusedScore;
  llvm::SmallVector<Output> outputs;

  bool hasOperands() const {
    return llvm::any_of(outputs, [](const Output &o) { return o.isOperand; });
  }
};

/// Axes of a tensor: those of `groups` are one each.
using Groups = llvm::SmallVector<llvm::SmallVector<int64_t, 2>>;

struct Program::Implementation {
  /// Collapsed arguments stand behind the arguments.
  struct View {
    unsigned argument;
    Groups groups;
  };
  std::vector<View> views;
  unsigned values = 0; ///< Number of them: arguments, views, results of folds.
  std::vector<Fold> folds;
  std::vector<unsigned> results; ///< Values.
  /// Of each result: how what the fold made is expanded; empty for as it is.
  std::vector<Groups> expanded;

  /// `arguments` and the views of them.
  llvm::SmallVector<Tensor> getInputs(llvm::ArrayRef<Tensor> arguments) const;
  /// `results` as the folds see them.
  llvm::SmallVector<Tensor> getOutputs(llvm::ArrayRef<Tensor> results) const;
};

} // namespace attn::reference

#endif // ATTN_CODEGEN_LIB_REFERENCE_PROGRAM_H
