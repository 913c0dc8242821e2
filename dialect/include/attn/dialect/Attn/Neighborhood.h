//===- Neighborhood.h - Keys near the query on a grid -----------*- C++ -*-===//
//
// `attn.mask.neighborhood`. Ops of the dialect that most code does not name
// have a header of their own.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_NEIGHBORHOOD_H
#define ATTN_DIALECT_ATTN_NEIGHBORHOOD_H

#include "attn/dialect/Attn/Attn.h"

#include "attn/dialect/Attn/NeighborhoodEnums.h.inc"

#define GET_OP_CLASSES
#include "attn/dialect/Attn/NeighborhoodOp.h.inc"

#endif // ATTN_DIALECT_ATTN_NEIGHBORHOOD_H
