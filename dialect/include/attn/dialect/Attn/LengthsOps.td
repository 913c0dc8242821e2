//===- LengthsOps.td - Lengths family: how long sequences are -*- tablegen -*-===//
//
// Forms of lengths. The numbers are tensors on the device: nothing at launch
// depends on them, kernels read them. Anything at or beyond a length never
// reaches a result, whatever bits it holds.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_LENGTHSOPS_TD
#define ATTN_DIALECT_ATTN_LENGTHSOPS_TD

include "attn/dialect/Attn/AttnDialect.td"

class Attn_LengthsOp<string mnemonic>
    : Attn_Op<"lengths." # mnemonic, [Pure]> {
  let results = (outs Attn_LengthsType:$lengths);
  let hasVerifier = 1;
}

def Attn_LengthsPerBatchOp : Attn_LengthsOp<"per_batch"> {
  let summary = "one length per sequence; data is padded";
  let description = [{
    Sequence `b` has `table[b]` tokens, the first ones of its row of the padded
    tensor. A number below 0 means 0, one above the padded size that size.

    Shapes: `table` is `[B]`.

    Constraints:
      - (C1) `table` has rank 1 and element type i32.

    Example:

    ```mlir
    %l = attn.lengths.per_batch %lens : tensor<?xi32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$table);
  let assemblyFormat = "$table attr-dict `:` type($table)";
}

def Attn_LengthsPackedOp : Attn_LengthsOp<"packed"> {
  let summary = "sequences one after the other, without padding";
  let description = [{
    Sequence `b` has the tokens `offsets[b] .. offsets[b + 1] - 1` of tensors
    `[H, T, D]`. `b`, `i` and `j` of masks and regions, and so the indices of their
    tables, count sequences and tokens of a sequence, from 0; `Lq` and `Lk` are its
    lengths. Tokens of no sequence (before the first offset, at or beyond the
    last) belong to nobody. Offsets that decrease, or lie outside of `0 .. T`, are
    taken as if raised to the offset before, or clamped.

    Shapes: `offsets` is `[B + 1]`.

    Constraints:
      - (C1) `offsets` has rank 1, element type i32, and a static size is 1 or
        more.

    Source: Dao 2023, FlashAttention-2 (arXiv:2307.08691), `cu_seqlens` of the
    variable-length functions.

    Example:

    ```mlir
    %l = attn.lengths.packed %offsets : tensor<?xi32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$offsets);
  let assemblyFormat = "$offsets attr-dict `:` type($offsets)";
}

#endif // ATTN_DIALECT_ATTN_LENGTHSOPS_TD
