//===- CallerTensor.h - Tensors of the C API for the reference --*- C++ -*-===//

#ifndef ATTN_CODEGEN_CALLERTENSOR_H
#define ATTN_CODEGEN_CALLERTENSOR_H

#include "attn-c/AttnRuntime.h"
#include "attn/codegen/Reference.h"

namespace attn::reference {

/// The same tensor; without strides it is dense.
Tensor convertTensor(const AttnTensor &tensor);

} // namespace attn::reference

#endif // ATTN_CODEGEN_CALLERTENSOR_H
