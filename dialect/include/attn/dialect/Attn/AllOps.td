//===- AllOps.td - The attn dialect for its documentation ---*- tablegen -*-===//

include "attn/dialect/Attn/AttnOps.td"
include "attn/dialect/Attn/LayoutOps.td"
include "attn/dialect/Attn/NeighborhoodOp.td"
