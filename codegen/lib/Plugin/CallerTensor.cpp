//===- CallerTensor.cpp - Tensors of the C API for the reference ----------===//

#include "attn/codegen/CallerTensor.h"

namespace attn::reference {

static Dtype convertDtype(AttnDtype dtype) {
  switch (dtype) {
  case ATTN_F16:
    return Dtype::F16;
  case ATTN_BF16:
    return Dtype::BF16;
  case ATTN_F32:
    return Dtype::F32;
  case ATTN_F64:
    return Dtype::F64;
  case ATTN_I8:
    return Dtype::I8;
  case ATTN_I32:
    return Dtype::I32;
  case ATTN_I64:
    return Dtype::I64;
  case ATTN_BOOL:
    return Dtype::Bool;
  }
  llvm_unreachable("unknown dtype");
}

Tensor convertTensor(const AttnTensor &tensor) {
  Tensor converted;
  converted.data = tensor.data;
  converted.dtype = convertDtype(tensor.dtype);
  converted.sizes.assign(tensor.sizes, tensor.sizes + tensor.rank);
  if (tensor.strides) {
    converted.strides.assign(tensor.strides, tensor.strides + tensor.rank);
    return converted;
  }
  converted.strides.resize(tensor.rank);
  int64_t count = 1;
  for (int axis = tensor.rank; axis-- > 0; count *= tensor.sizes[axis])
    converted.strides[axis] = count;
  return converted;
}

} // namespace attn::reference
