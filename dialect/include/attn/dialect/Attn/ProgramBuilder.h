//===- ProgramBuilder.h - Programs made in C++ ------------------*- C++ -*-===//
//
// Builds the function of a program without text: arguments with names and
// letters, masks, streams, attends, results. For ops without a function here,
// `ops()` inserts at the same place.
//
//   attn::ProgramBuilder build(context);   // made with getCompilerRegistry()
//   auto q = build.argument("q", {{"B"}, {"H", 8}, {"L"}, {"D", 64}}, f32);
//   ... k, v
//   auto mask = build.allOf({build.causal(), build.window(255, 0)});
//   build.result("o", build.attend(q, build.stream(k, v, mask)).out);
//   mlir::OwningOpRef<mlir::ModuleOp> program = build.finish();
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_PROGRAMBUILDER_H
#define ATTN_DIALECT_ATTN_PROGRAMBUILDER_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <functional>
#include <optional>
#include <string>

namespace attn {

/// An axis of an argument: its letter, and its size where the program fixes it.
struct Axis {
  std::string letter;
  int64_t size = mlir::ShapedType::kDynamic;
};

/// What a score region gets, in f32 and index, and its captures as tensors.
struct ScoreArguments {
  mlir::Value logit, batch, head, query, key;
  mlir::ValueRange captures;
};

/// Computes one logit from the arguments with ops that score regions allow.
using ScoreFunction = std::function<mlir::Value(
    mlir::OpBuilder &, mlir::Location, const ScoreArguments &)>;

struct AttendOptions {
  std::optional<double> scale; ///< 1 / sqrt(D) if none.
  bool lse = false;            ///< Also the natural log of the sums, f32.
  bool mass = false;           ///< Also the share of every stream, f32.
  bool state = false;          ///< Also the state of the rows, f32.
  mlir::Value lengths;         ///< Of the queries; full if null.
  llvm::SmallVector<mlir::Value> states; ///< To resume, made by `state`.
  mlir::Value sink;                      ///< `[Hq]` f32, logits; none if null.
  ScoreFunction score;                   ///< The logit as it is if none.
  llvm::SmallVector<mlir::Value> captures; ///< Tensors that `score` reads.
};

/// Results of an attend or a merge; null or empty unless asked for.
struct Attended {
  mlir::Value out, lse;
  llvm::SmallVector<mlir::Value> mass;  ///< One per stream.
  llvm::SmallVector<mlir::Value> state; ///< m, l and acc.
};

class ProgramBuilder {
public:
  /// A module with one function. `location` is where diagnostics point.
  explicit ProgramBuilder(mlir::MLIRContext &context,
                          llvm::StringRef name = "main",
                          std::optional<mlir::Location> location = {});

  /// Adds an argument; all letters stand in its `attn.shape`.
  mlir::Value argument(llvm::StringRef name, llvm::ArrayRef<Axis> axes,
                       mlir::Type element);

  /// Masks, as the ops of the same names (dialect/README.md).
  mlir::Value causal(int64_t offset = 0);
  mlir::Value window(std::optional<int64_t> left, std::optional<int64_t> right);
  mlir::Value document(mlir::Value queryIds, mlir::Value keyIds);
  mlir::Value allOf(mlir::ValueRange masks);
  mlir::Value anyOf(mlir::ValueRange masks);
  mlir::Value noneOf(mlir::Value mask);

  /// Lengths, as the ops of the same names: `[B]` i32, one per sequence of
  /// padded tensors; `[B + 1]` i32, where each begins in tensors without an
  /// axis `B`.
  mlir::Value perBatchLengths(mlir::Value table);
  mlir::Value packedLengths(mlir::Value offsets);

  /// Keys `[B, Hk, Lk, D]` and values `[B, Hk, Lk, Dv]`. A null mask shows all
  /// keys, null lengths are full; `heads[h]` is the key head of query head `h`,
  /// `h / (Hq / Hk)` where none are given.
  mlir::Value stream(mlir::Value k, mlir::Value v, mlir::Value mask = {},
                     mlir::Value lengths = {},
                     llvm::ArrayRef<int64_t> heads = {});

  /// Attention already computed: `out` and `lse`, or the three parts of
  /// `Attended::state`.
  mlir::Value state(mlir::ValueRange parts);

  /// The fold of `q` `[B, Hq, Lq, D]` over one stream or several.
  Attended attend(mlir::Value q, mlir::ValueRange streams,
                  const AttendOptions &options = {});

  /// One attention from several states. `out` is of type `element`, that of the
  /// first state's values if null.
  Attended merge(mlir::ValueRange states, bool lse = false,
                 mlir::Type element = {});

  /// Adds a result of the function.
  void result(llvm::StringRef name, mlir::Value value);

  /// For ops without a function here.
  mlir::OpBuilder &ops() { return builder; }
  mlir::Location location() const { return loc; }

  /// Ends the function and verifies the module; null after a diagnostic. The
  /// builder is empty afterwards.
  mlir::OwningOpRef<mlir::ModuleOp> finish();

private:
  mlir::Location loc;
  mlir::OpBuilder builder;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::Operation *function; ///< The func.func; owned by the module.
  llvm::SmallVector<mlir::Value> results;
  llvm::SmallVector<std::string> resultNames;
};

} // namespace attn

#endif // ATTN_DIALECT_ATTN_PROGRAMBUILDER_H
