//===- Reference.h - The oracle: programs evaluated in float64 --*- C++ -*-===//
//
// Evaluates the `input` IR itself, a row at a time, without tiles and without
// any pass, and judges what another device computed. The meaning is that of the
// op descriptions; the bounds are derived in codegen/lib/Reference/README.md.
//
//   Expected<std::unique_ptr<Program>> program = Program::create(function);
//   Error error = (*program)->run(arguments, results, host);
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_REFERENCE_H
#define ATTN_CODEGEN_REFERENCE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace attn::reference {

/// Element types of tensors in memory. Bool is one byte.
enum class Dtype { F16, BF16, F32, F64, I8, I32, I64, Bool };

/// A tensor of the caller: pointer, sizes and strides in elements.
struct Tensor {
  void *data = nullptr;
  Dtype dtype = Dtype::F32;
  llvm::SmallVector<int64_t, 4> sizes, strides;
};

/// Threads and progress, as AttnPluginHost has them.
struct Host {
  using Task = void (*)(void *context, int64_t index, int64_t worker);
  int64_t threads = 1;
  void (*parallelFor)(void *pool, int64_t n, Task task,
                      void *context) = nullptr;
  void *pool = nullptr;
  void (*progress)(void *context, double fraction) = nullptr;
  void *progressContext = nullptr;

  /// Calls body(index, worker) for every index in [0, n).
  void forEach(int64_t n,
               llvm::function_ref<void(int64_t, int64_t)> body) const;
};

struct CheckOptions {
  int64_t rowsPerHead = 0; ///< 0: every row up to 2^25 visible pairs, else 64.
  uint64_t seed = 0;       ///< Of the sample.
};

/// How one result compares with the reference.
struct Comparison {
  double worstRatio = 0; ///< Largest error / bound; NaN counts as a miss.
  int64_t worstRow[3] = {0, 0, 0}; ///< (b, h, i) of it.
  bool sampled = false;            ///< Not all rows were evaluated.
  int64_t rowsChecked = 0, rowsTotal = 0;
};

/// What the masks leave to do.
struct Work {
  double visiblePairs = 0; ///< Over batch and query heads, over all folds.
  double operations = 0;   ///< 2 * pairs * (D + Dv), over all folds.
  struct Attend {
    double visiblePairs, operations;
  };
  std::vector<Attend> attends; ///< Each, in program order; merges have none.
};

/// One row in float64, and how far a device may be from it.
struct ExpectedRow {
  int64_t b, h, i;
  llvm::ArrayRef<double> out; ///< [Dv]
  double outBound;            ///< Of every element of `out`.
  double lse, lseBound;
};

/// A row and a stream whose keys it may see.
struct VisibleRow {
  unsigned fold = 0; ///< Among attends and merges, in program order.
  unsigned stream = 0;
  int64_t b = 0, h = 0, i = 0;
};

/// One function, compiled once to closures. Thread-safe after creation. Errors
/// begin with `file:line:column: error:`.
class Program {
public:
  /// `function` is of stage `input` and may be dropped afterwards, but not its
  /// context.
  static llvm::Expected<std::unique_ptr<Program>>
  create(mlir::func::FuncOp function);
  ~Program();

  /// Evaluates all rows in float64 and rounds once to the results' types. Rows
  /// at or beyond a length are left alone.
  llvm::Error run(llvm::ArrayRef<Tensor> arguments,
                  llvm::ArrayRef<Tensor> results, const Host &host) const;

  /// Compares `results` with the reference: one comparison per result. Rows at
  /// or beyond a length do not exist and are not compared.
  llvm::Error check(llvm::ArrayRef<Tensor> arguments,
                    llvm::ArrayRef<Tensor> results, const CheckOptions &options,
                    const Host &host,
                    llvm::MutableArrayRef<Comparison> comparisons) const;

  /// Evaluates chosen rows of a program of one attend; `rowsOfHead` says which
  /// for (b, h), ascending; those that do not exist are left out. `sink` gets
  /// them on any thread.
  llvm::Error expectRows(
      llvm::ArrayRef<Tensor> arguments,
      llvm::function_ref<std::vector<int64_t>(int64_t, int64_t)> rowsOfHead,
      const Host &host,
      llvm::function_ref<void(const ExpectedRow &)> sink) const;

  /// Counts visible pairs, one by one.
  llvm::Expected<Work> count(llvm::ArrayRef<Tensor> arguments,
                             const Host &host) const;

  /// Visibility of the keys of a sequence for one row, as bytes 0 and 1. A row
  /// at or beyond the length sees none.
  llvm::Expected<std::vector<uint8_t>> visible(llvm::ArrayRef<Tensor> arguments,
                                               const VisibleRow &row) const;

  struct Implementation;
  const Implementation &get() const { return *implementation; }

private:
  explicit Program(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation;
};

} // namespace attn::reference

#endif // ATTN_CODEGEN_REFERENCE_H
