//===- KernelArguments.h - What a kernel is called with ---------*- C++ -*-===//
//
// Arguments come into being when a kernel first asks for them; asking twice
// gives the same one. Sizes and strides are i64, strides in elements.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_LIB_NVVM_KERNELARGUMENTS_H
#define ATTN_CODEGEN_LIB_NVVM_KERNELARGUMENTS_H

#include "KernelBuilder.h"

#include "attn/codegen/Nvvm.h"
#include "attn/dialect/Attn/LayoutBoxes.h"

#include "llvm/ADT/DenseMap.h"

namespace attn::nvptx {

class KernelArguments {
public:
  KernelArguments(mlir::LLVM::LLVMFuncOp function, const NvvmTensors &tensors)
      : function(function), tensors(tensors) {}

  /// Address of the first element of `tensor`, in global memory.
  Value pointer(KernelBuilder &kb, Value tensor);
  /// Elements along `axis`: a constant where the type says so, and slots where
  /// tokens are in place.
  Value size(KernelBuilder &kb, Value tensor, unsigned axis);
  /// Elements between neighbours along `axis`; 1 for the last axis.
  Value stride(KernelBuilder &kb, Value tensor, unsigned axis);
  /// TMA descriptor for boxes of `heads` x `rows` x 64 elements of a tensor
  /// [b, h, l, d] or [h, t, d]. \param ifAligned there is none where
  /// `isAligned` is false; else such a tensor is refused at launch.
  Value tensorMap(KernelBuilder &kb, Value tensor, int64_t rows,
                  int64_t heads = 1, bool ifAligned = false);
  /// The same for boxes of 64 elements of the points of `box`, where `layout`
  /// has the tokens of a tensor that is in place.
  Value tensorMap(KernelBuilder &kb, Value tensor, LayoutGridOp layout,
                  const SlotBox &box, bool ifAligned);
  /// Points per axis of the grid of `layout`.
  llvm::SmallVector<Value> gridSizes(KernelBuilder &kb, LayoutGridOp layout);
  /// Address and strides of `tensor` are multiples of 16 bytes, i1.
  Value isAligned(KernelBuilder &kb, Value tensor);

  /// What `value` is at a launch, i32. \param name the same for the same value.
  Value scalar(KernelBuilder &kb, llvm::StringRef name, manifest::Expr value);

  /// Name of `tensor` in the manifest and size of an axis as an expression.
  const NvvmTensors &getTensors() const { return tensors; }

  /// Gives the function its type; call once, at the end.
  std::vector<manifest::KernelArg> finish();

private:
  std::vector<manifest::Expr> getGridSizes(LayoutGridOp layout);

  using Key = std::tuple<int, Value, int64_t>;
  Value get(int kind, Value tensor, int64_t axis, Type type,
            manifest::KernelArg argument);

  mlir::LLVM::LLVMFuncOp function;
  const NvvmTensors &tensors;
  std::vector<std::pair<Key, Value>> known;
  std::vector<std::pair<std::string, Value>> scalars;
  std::vector<manifest::KernelArg> arguments;
};

} // namespace attn::nvptx

#endif // ATTN_CODEGEN_LIB_NVVM_KERNELARGUMENTS_H
