//===- AttnOps.td - All families of the attn dialect --------*- tablegen -*-===//

#ifndef ATTN_DIALECT_ATTN_ATTNOPS_TD
#define ATTN_DIALECT_ATTN_ATTNOPS_TD

include "attn/dialect/Attn/AttendOps.td"
include "attn/dialect/Attn/LengthsOps.td"
include "attn/dialect/Attn/MaskOps.td"
include "attn/dialect/Attn/MaskPatternOps.td"
include "attn/dialect/Attn/RegionOps.td"

#endif // ATTN_DIALECT_ATTN_ATTNOPS_TD
