//===- Encode.h - Tensor maps of device sim ---------------------*- C++ -*-===//

#ifndef ATTN_RUNTIME_LIB_SIM_ENCODE_H
#define ATTN_RUNTIME_LIB_SIM_ENCODE_H

#include "Message.h"

#include "attn/manifest/Manifest.h"
#include "attn/manifest/SimAbi.h"

namespace attn::runtime::sim {

/// Translates what of a manifest's TensorMap does not depend on the launch, and
/// refuses what a driver would refuse or this device does not know. `name` is
/// the tensor's, for messages; `rank` its axes.
AttnStatus prepareTensorMap(const manifest::TensorMap &map,
                            manifest::Dtype dtype, const char *name,
                            size_t rank, AttnSimTensorMap &prepared,
                            AttnMessage *message);

/// Fills in where the tensor lies; sizes and strides in elements by axis of the
/// tensor. Fails where cuTensorMapEncodeTiled would.
AttnStatus placeTensorMap(const manifest::TensorMap &map, const char *name,
                          void *data, const int64_t *sizes,
                          const int64_t *strides, AttnSimTensorMap &placed,
                          AttnMessage *message);

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_ENCODE_H
