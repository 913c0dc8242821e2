//===- MaskPatternOps.td - Mask family: patterns and tables -*- tablegen -*-===//
//
// Atoms for patterns of blocks (block-causal, strides, powers of two), for
// sequences made of parts (two streams, summaries) and for masks given as
// numbers (slices, rows, columns, bitmaps of blocks). `p = i + Lk - Lq`, as in MaskOps.td.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_MASKPATTERNOPS_TD
#define ATTN_DIALECT_ATTN_MASKPATTERNOPS_TD

include "attn/dialect/Attn/MaskOps.td"

def Attn_MaskBlockCausalOp : Attn_MaskAtom<"block_causal"> {
  let summary = "keys of the query's own block and of those before";
  let description = [{
    Key `j` is visible to query `i` iff `floor(j / size) <= floor(p / size) +
    offset` with `p = i + Lk - Lq`: causal by blocks of `size` keys that begin at
    multiples of it. `offset(-1)` leaves the own block out.

    `size`: keys. `offset` (blocks, default 0) may be negative; as a table it is
    `offsets[h]`.

    Shapes: `offsets` is `[Hq]`.

    Constraints:
      - (C1) `size` is 1 or more, below 2^31; `offset` fits in 32 bits.
      - (C2) `offsets` has rank 1 and element type i32; not both are given.

    Source: Arriola et al. 2025, Block Diffusion (arXiv:2503.09573), section 4.

    Example:

    ```mlir
    %m = attn.mask.block_causal size(32) offset(-1)
    ```
  }];
  let arguments = (ins I64Attr:$size, OptionalAttr<I64Attr>:$offset,
                       Optional<AnyRankedTensor>:$offsets);
  let assemblyFormat = [{
    `size` `(` $size `)`
    `` custom<Parameter>("kOffset", $offset, $offsets, type($offsets)) attr-dict
  }];
}

def Attn_MaskStrideOp : Attn_MaskAtom<"stride"> {
  let summary = "every n-th block of keys";
  let description = [{
    Key `j` is visible to query `i` of head `h` iff

        (floor(j / size) + offset + step h) mod every == 0

    or, `relative`, with `p = i + Lk - Lq`, iff

        (floor(p / size) - floor(j / size) + offset + step h) mod every == 0

    `mod` is never negative. Without `relative` a key is visible to all queries of
    a head or to none; with it, and no offset, queries and keys fall into `every`
    groups that see themselves (dilation, a grid).

    `every`: blocks. `size` (keys, default 1): of a block. `offset` (blocks,
    default 0) may be negative; as a table it is `offsets[h]`. `step` (blocks per
    head, default 0) gives each head other blocks.

    Shapes: `offsets` is `[Hq]`.

    Constraints:
      - (C1) `every` and `size` are 1 or more, `step` is 0 or more, all below 2^31;
        `offset` fits in 32 bits.
      - (C2) `offsets` has rank 1 and element type i32; not both are given.

    Source: Child et al. 2019, Sparse Transformers (arXiv:1904.10509), section
    4.3; Lin et al. 2024, S2-Attention (arXiv:2407.17678).

    Example:

    ```mlir
    %m = attn.mask.stride every(8) size(64) step(2)
    ```
  }];
  let arguments = (ins I64Attr:$every, OptionalAttr<I64Attr>:$size,
                       OptionalAttr<I64Attr>:$offset,
                       Optional<AnyRankedTensor>:$offsets,
                       OptionalAttr<I64Attr>:$step, UnitAttr:$relative);
  let assemblyFormat = [{
    `every` `(` $every `)` (`size` `(` $size^ `)`)?
    `` custom<Parameter>("kOffset", $offset, $offsets, type($offsets))
    (`step` `(` $step^ `)`)? (`relative` $relative^)? attr-dict
  }];
}

def Attn_MaskPowerOfTwoOp : Attn_MaskAtom<"power_of_two"> {
  let summary = "blocks of keys at a distance of a power of two";
  let description = [{
    Key `j` is visible to query `i` iff `floor(p / size) - floor(j / size)` is 1, 2,
    4, 8 or another power of two, with `p = i + Lk - Lq`. The own block is not
    visible, nor is any later one.

    `size`: keys.

    Constraints:
      - (C1) `size` is 1 or more and below 2^31.

    Source: Chen et al. 2025, PowerAttention (arXiv:2503.03588); Li et al. 2019,
    LogSparse (arXiv:1907.00235), section 4.2.

    Example:

    ```mlir
    %m = attn.mask.power_of_two size(256)
    ```
  }];
  let arguments = (ins I64Attr:$size);
  let assemblyFormat = "`size` `(` $size `)` attr-dict";
}

def Attn_MaskStaircaseOp : Attn_MaskAtom<"staircase"> {
  let summary = "summaries of tokens that are over";
  let description = [{
    Keys are summaries of `step` tokens each, queries are tokens. Key `j` is visible
    to query `i` iff `step j + offset <= i`. A summary of `n` tokens from `step j` on
    is visible to its last token and later ones with `offset(n - 1)`, to later ones
    alone with `offset(n)`.

    `step`: tokens per key. `offset` (tokens, default 0) may be negative; as a table
    it is `offsets[h]`.

    Shapes: `offsets` is `[Hq]`.

    Constraints:
      - (C1) `step` is 1 or more, below 2^31; `offset` fits in 32 bits.
      - (C2) `offsets` has rank 1 and element type i32; not both are given.

    Source: Yuan et al. 2025, NSA (arXiv:2502.11089), section 3.3.

    Example:

    ```mlir
    %m = attn.mask.staircase step(16) offset(31)
    ```
  }];
  let arguments = (ins I64Attr:$step, OptionalAttr<I64Attr>:$offset,
                       Optional<AnyRankedTensor>:$offsets);
  let assemblyFormat = [{
    `step` `(` $step `)`
    `` custom<Parameter>("kOffset", $offset, $offsets, type($offsets)) attr-dict
  }];
}

def Attn_MaskTwoStreamOp : Attn_MaskAtom<"two_stream"> {
  let summary = "a noised sequence and its clean copy";
  let description = [{
    Queries and keys are two sequences, one after the other: `floor(Lq / 2)` noised
    queries, then clean ones; `floor(Lk / 2)` noised keys, then clean ones. `x` and
    `y` are the places of query and key in their own half.

    | query | key | visible iff |
    |---|---|---|
    | noised | noised | `floor(x / size) == floor(y / size)` |
    | noised | clean | `floor(y / size) < floor(x / size)` |
    | clean | noised | never |
    | clean | clean | `y <= x`, with `blocks` `floor(y / size) <= floor(x / size)` |

    `size`: keys of a block.

    Constraints:
      - (C1) `size` is 1 or more and below 2^31.

    Source: Arriola et al. 2025, Block Diffusion (arXiv:2503.09573), section 4
    (`blocks`); Tian et al. 2025, NBDiff (arXiv:2512.06776).

    Example:

    ```mlir
    %m = attn.mask.two_stream size(32) blocks
    ```
  }];
  let arguments = (ins I64Attr:$size, UnitAttr:$blocks);
  let assemblyFormat = "`size` `(` $size `)` (`blocks` $blocks^)? attr-dict";
}

def Attn_MaskSlicesOp : Attn_MaskAtom<"slices"> {
  let summary = "a list of rectangles of pairs";
  let description = [{
    Row `n` of `slices` is `(q0, q1, k0, k1, type)`. A pair is visible iff some row
    has `q0 <= i < q1`, `k0 <= j < k1` and, for the bits of its type,

      - bit 0 (causal, aligned bottom-right): `j - k1 <= i - q1`;
      - bit 1 (inverse causal, aligned top-left): `j - k0 >= i - q0`.

    Slices may overlap; a pair in two of them counts once. Any numbers are legal: an
    empty range shows nothing, what lies beyond the lengths is not there, other
    bits of a type say nothing. All batches and heads share the list.

    Shapes: `slices` is `[S, 5]`, `S` a number of the type; fill up with zeros.

    Constraints:
      - (C1) `slices` is `[S, 5]` with `S` from 1 to 24, and element type i32.

    Source: Bu et al. 2025, Long-Context Attention Benchmark (arXiv:2510.17896),
    the mask format of MagiAttention.

    Example:

    ```mlir
    %m = attn.mask.slices %slices : tensor<12x5xi32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$slices);
  let assemblyFormat = "$slices attr-dict `:` type($slices)";
}

def Attn_MaskRowsOp : Attn_MaskAtom<"rows"> {
  let summary = "all keys for marked queries";
  let description = [{
    Key `j` is visible to query `i` of batch `b` iff `marks[b, i]` is not 0.

    Shapes: `marks` is `[B, Lq]`. Packed tensors: as in `attn.mask.document`.

    Constraints:
      - (C1) `marks` has rank 2 and element type i32.

    Source: Zaheer et al. 2020, Big Bird (arXiv:2007.14062), section 2.

    Example:

    ```mlir
    %m = attn.mask.rows %marks : tensor<?x?xi32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$marks);
  let assemblyFormat = "$marks attr-dict `:` type($marks)";
}

def Attn_MaskColumnsOp : Attn_MaskAtom<"columns"> {
  let summary = "marked keys for all queries";
  let description = [{
    Key `j` is visible to every query of batch `b` iff `marks[b, j]` is not 0. Tiles
    are skipped where a run of keys has no mark.

    Shapes: `marks` is `[B, Lk]`. Packed tensors: as in `attn.mask.document`.

    Constraints:
      - (C1) `marks` has rank 2 and element type i32.

    Source: Zaheer et al. 2020, Big Bird (arXiv:2007.14062), section 2.

    Example:

    ```mlir
    %m = attn.mask.columns %marks : tensor<?x?xi32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$marks);
  let assemblyFormat = "$marks attr-dict `:` type($marks)";
}

def Attn_MaskBlockBitmapOp : Attn_MaskAtom<"block_bitmap"> {
  let summary = "blocks of pairs marked in a table";
  let description = [{
    Key `j` is visible to query `i` of batch `b`, head `h` iff
    `bits[b, h, floor(i / size_q), floor(j / size_k)]` is not 0. Without `per_batch`
    the table has no axis of batches, without `per_head` none of heads: then all
    share it. Blocks are counted from the first query and the first key, whatever
    the lengths; those at the ends may be cut off. Tiles are classed by the elements
    they touch.

    `size`: queries and keys of a block.

    Shapes: `bits` is `[B, Hq, Nq, Nk]`, less the axes it does not have, with
    `Nq * size_q >= Lq` and `Nk * size_k >= Lk`; what is beyond is not read.
    Packed tensors: as in `attn.mask.document`.

    Constraints:
      - (C1) `bits` has rank 2 and one for each of `per_batch` and `per_head`, and
        element type i1, i8 or i32.
      - (C2) both sizes are 1 or more, below 2^31.

    Source: Dao et al. 2022, FlashAttention (arXiv:2205.14135), section 3.3.

    Example:

    ```mlir
    %m = attn.mask.block_bitmap %bits per_batch per_head size(64, 128) : tensor<?x8x?x?xi1>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$bits, UnitAttr:$perBatch,
                       UnitAttr:$perHead, I64Attr:$querySize, I64Attr:$keySize);
  let assemblyFormat = [{
    $bits (`per_batch` $perBatch^)? (`per_head` $perHead^)?
    `size` `(` $querySize `,` $keySize `)` attr-dict `:` type($bits)
  }];
}

#endif // ATTN_DIALECT_ATTN_MASKPATTERNOPS_TD
