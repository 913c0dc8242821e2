//===- Encode.h - Tensor maps of device sim ---------------------*- C++ -*-===//

#ifndef ATTN_RUNTIME_LIB_SIM_ENCODE_H
#define ATTN_RUNTIME_LIB_SIM_ENCODE_H

#include "MapPlace.h"
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

/// Fills in where the tensor lies. Fails where cuTensorMapEncodeTiled would.
AttnStatus placeTensorMap(const char *name, const MapPlace &place,
                          AttnSimTensorMap &placed, AttnMessage *message);

} // namespace attn::runtime::sim

#endif // ATTN_RUNTIME_LIB_SIM_ENCODE_H
