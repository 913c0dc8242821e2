//===- MaskOps.td - Mask family: who may see whom -----------*- tablegen -*-===//
//
// Predicates over (batch b, head h, query i, key j). `p = i + Lk - Lq` is the
// position of query i when the last query is aligned with the last key
// ("bottom-right"), as in FlashAttention 2.1 and later.
//
// A parameter is a number, `offset(-1)`, or a table with one number per query
// head, `offset(%offsets : tensor<8xi32>)`.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_MASKOPS_TD
#define ATTN_DIALECT_ATTN_MASKOPS_TD

include "attn/dialect/Attn/AttnDialect.td"
include "attn/dialect/Attn/AttnInterfaces.td"

class Attn_MaskOp<string mnemonic, list<Trait> traits = []>
    : Attn_Op<"mask." # mnemonic, !listconcat([Pure,
        DeclareOpInterfaceMethods<Attn_MaskOpInterface>], traits)> {
  let results = (outs Attn_MaskType:$mask);
}

/// An op that says the predicate of a pair itself. All its operands are captures:
/// tables, or indices.
class Attn_MaskAtom<string mnemonic, list<Trait> traits = []>
    : Attn_MaskOp<mnemonic, traits> {
  let extraClassDeclaration = [{
    ::mlir::ValueRange getTables() { return (*this)->getOperands(); }
    ::llvm::SmallVector<::attn::TableRule> getTableRules();
  }];
  let hasVerifier = 1;
}

def Attn_MaskCausalOp : Attn_MaskAtom<"causal"> {
  let summary = "keys up to the query's own position";
  let description = [{
    Key `j` is visible to query `i` iff `j <= i + Lk - Lq + offset`. With
    `offset` 0 and `Lq = Lk` this is the lower triangle with its diagonal; with
    `Lq < Lk` the last query still sees the last key. Rows before the first
    visible key are empty.

    `offset` (keys, default 0) moves the diagonal right; it may be negative. As a
    table it is `offsets[h]`.

    Shapes: `offsets` is `[Hq]`.

    Constraints:
      - (C1) `offset` fits in 32 bits, as lengths do.
      - (C2) `offsets` has rank 1 and element type i32; not both are given.

    Source: Dao 2023, FlashAttention-2 (arXiv:2307.08691), section 3.1; the
    alignment is that of flash-attention 2.1.

    Example:

    ```mlir
    %m = attn.mask.causal offset(-1)
    ```
  }];
  let arguments = (ins OptionalAttr<I64Attr>:$offset,
                       Optional<AnyRankedTensor>:$offsets);
  let assemblyFormat = [{
    `` custom<Parameter>("kOffset", $offset, $offsets, type($offsets)) attr-dict
  }];
}

def Attn_MaskWindowOp : Attn_MaskAtom<"window", [AttrSizedOperandSegments]> {
  let summary = "keys near the query's own position";
  let description = [{
    Key `j` is visible to query `i` iff `p - left <= j <= p + right` with
    `p = i + Lk - Lq`. A side that is not given is unbounded. Mistral's sliding
    window of `W` keys, itself included, is `left(W - 1) right(0)`.

    `left`, `right`: keys; as tables `lefts[h]`, `rights[h]`, which may hold any
    number.

    Shapes: `lefts` and `rights` are `[Hq]`.

    Constraints:
      - (C1) `left` and `right` are 0 or more and fit in 32 bits.
      - (C2) at least one side is given.
      - (C3) `lefts` and `rights` have rank 1 and element type i32; a side is not
        given twice.

    Source: Beltagy et al. 2020, Longformer (arXiv:2004.05150), section 3.1.

    Example:

    ```mlir
    %m = attn.mask.window left(255) right(0)
    ```
  }];
  let arguments = (ins OptionalAttr<I64Attr>:$left, OptionalAttr<I64Attr>:$right,
                       Optional<AnyRankedTensor>:$lefts,
                       Optional<AnyRankedTensor>:$rights);
  let assemblyFormat = [{
    `` custom<Parameter>("kLeft", $left, $lefts, type($lefts))
    `` custom<Parameter>("kRight", $right, $rights, type($rights)) attr-dict
  }];
}

def Attn_MaskFirstOp : Attn_MaskAtom<"first"> {
  let summary = "the first keys of the sequence";
  let description = [{
    Key `j` is visible to every query iff `j < count`: attention sinks, global
    tokens.

    `count`: keys; as a table `counts[h]`, where a number below 0 shows nothing.

    Shapes: `counts` is `[Hq]`.

    Constraints:
      - (C1) `count` is 0 or more and fits in 32 bits.
      - (C2) `counts` has rank 1 and element type i32; exactly one is given.

    Source: Xiao et al. 2023, StreamingLLM (arXiv:2309.17453), section 3.2.

    Example:

    ```mlir
    %m = attn.mask.first count(4)
    ```
  }];
  let arguments = (ins OptionalAttr<I64Attr>:$count,
                       Optional<AnyRankedTensor>:$counts);
  let assemblyFormat = [{
    `` custom<Parameter>("kCount", $count, $counts, type($counts)) attr-dict
  }];
}

def Attn_MaskPrefixOp : Attn_MaskAtom<"prefix"> {
  let summary = "the first keys of the sequence, a number per batch";
  let description = [{
    Key `j` is visible to every query of batch `b` iff `j < prefix[b]`. Together
    with a causal mask, by `attn.mask.or`, this is a prefix language model. A
    number below 0 shows nothing, one beyond `Lk` every key.

    Shapes: `prefix` is `[B]`.

    Constraints:
      - (C1) `prefix` has rank 1 and element type i32.

    Source: Raffel et al. 2020, T5 (arXiv:1910.10683), section 3.2.1.

    Example:

    ```mlir
    %m = attn.mask.prefix %prefix : tensor<?xi32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$prefix);
  let assemblyFormat = "$prefix attr-dict `:` type($prefix)";
}

def Attn_MaskBlockOp : Attn_MaskAtom<"block"> {
  let summary = "keys of the query's own block";
  let description = [{
    Key `j` is visible to query `i` iff `floor(p / size) == floor(j / size)` with
    `p = i + Lk - Lq`: blocks of `size` keys that begin at multiples of it.

    `size`: keys; as a table `sizes[h]`, where a number below 1 counts as 1.

    Shapes: `sizes` is `[Hq]`.

    Constraints:
      - (C1) `size` is 1 or more and fits in 32 bits.
      - (C2) `sizes` has rank 1 and element type i32; exactly one is given.

    Source: Child et al. 2019, Sparse Transformers (arXiv:1904.10509), section
    4.3; Qiu et al. 2019, BlockBERT (arXiv:1911.02972).

    Example:

    ```mlir
    %m = attn.mask.block size(64)
    ```
  }];
  let arguments = (ins OptionalAttr<I64Attr>:$size,
                       Optional<AnyRankedTensor>:$sizes);
  let assemblyFormat = [{
    `` custom<Parameter>("kSize", $size, $sizes, type($sizes)) attr-dict
  }];
}

def Attn_MaskDocumentOp : Attn_MaskAtom<"document"> {
  let summary = "keys of the query's own document";
  let description = [{
    Key `j` is visible to query `i` of batch `b` iff
    `queryIds[b, i] == keyIds[b, j]`. Where queries and keys share one sequence,
    pass the same value twice. Ids may stand in any order; tiles are skipped best
    when they do not decrease.

    Shapes: `queryIds` is `[B, Lq]`, `keyIds` is `[B, Lk]`. Packed tensors: `B`
    sequences, and `T` in place of `Lq` or `Lk`; row `b` holds the ids of sequence
    `b` from its first token on, whose index is 0, and is not read beyond its
    length.

    Constraints:
      - (C1) both tables have rank 2 and element type i32.

    Source: Krell et al. 2021, sequence packing (arXiv:2107.02027), section 3.2.

    Example:

    ```mlir
    %m = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$queryIds, AnyRankedTensor:$keyIds);
  let assemblyFormat = [{
    $queryIds `,` $keyIds attr-dict `:` type($queryIds) `,` type($keyIds)
  }];
}

def Attn_MaskFreeOp : Attn_MaskAtom<"free", [IsolatedFromAbove]> {
  let summary = "keys that a region of scalars chooses";
  let description = [{
    Key `j` is visible to query `i` of head `h` and batch `b` iff the region yields
    true. The region is `^bb0(%b: index, %h: index, %i: index, %j: index,
    captures...)`, ended by `attn.yield : i1`; it may hold `arith`, `math`,
    `scf.if`, `attn.read` and `attn.length`. `i` and `j` are raw indices: `i + Lk -
    Lq` is the bottom-right aligned position, where that is meant. A capture is a
    table, or an index that is the same for all pairs: `tensor.dim` of an argument
    of the function, such as the width of an image; it may divide.

    Ranges and tile classes are derived from the region as from the other masks:
    comparisons of `j` with sums and quotients of `i`, lengths and numbers read by
    batch and head cost no more than the op that says the same. Tables read by
    query or key tell which tiles to skip if they are `[B, L]` of i32, read at `i`
    or at `j`: their extremes per tile are computed first. Others (i64, bool,
    floats, without or with more leading axes, read elsewhere) make every tile
    partial that no other condition decides.

    Constraints:
      - (C1) the block arguments are four indices, then the types of the captures,
        and the region yields one i1.
      - (C2) the region holds only legal ops on legal types (as a score region).

    Source: Dong et al. 2024, FlexAttention (arXiv:2412.05496), section 3.

    Example:

    ```mlir
    %m = attn.mask.free (%prefix : tensor<?xi32>) {
    ^bb0(%b: index, %h: index, %i: index, %j: index, %table: tensor<?xi32>):
      %before = arith.cmpi sle, %j, %i : index
      %n = attn.read %table[%b] : tensor<?xi32>
      %count = arith.index_cast %n : i32 to index
      %inside = arith.cmpi slt, %j, %count : index
      %visible = arith.ori %before, %inside : i1
      attn.yield %visible : i1
    }
    ```
  }];
  let arguments = (ins Variadic<Attn_CaptureType>:$captures);
  let regions = (region SizedRegion<1>:$predicate);
  let assemblyFormat = [{
    (`(` $captures^ `:` type($captures) `)`)? $predicate attr-dict
  }];
}

class Attn_MaskConnective<string mnemonic> : Attn_MaskOp<mnemonic> {
  let arguments = (ins Variadic<Attn_MaskType>:$operands);
  let assemblyFormat = "$operands attr-dict";
  let hasVerifier = 1;
}

def Attn_MaskAndOp : Attn_MaskConnective<"and"> {
  let summary = "keys visible under every operand";
  let description = [{
    Conjunction.

    Constraints:
      - (C1) two operands or more.

    Example:

    ```mlir
    %m = attn.mask.and %causal, %window
    ```
  }];
}

def Attn_MaskOrOp : Attn_MaskConnective<"or"> {
  let summary = "keys visible under any operand";
  let description = [{
    Disjunction. A key visible under both operands counts once (two streams
    would count it twice).

    Constraints:
      - (C1) two operands or more.

    Example:

    ```mlir
    %m = attn.mask.or %window, %document
    ```
  }];
}

def Attn_MaskNotOp : Attn_MaskOp<"not"> {
  let summary = "keys not visible under the operand";
  let description = [{
    Negation. Keys at or beyond the length stay invisible.

    Example:

    ```mlir
    %m = attn.mask.not %document
    ```
  }];
  let arguments = (ins Attn_MaskType:$operand);
  let assemblyFormat = "$operand attr-dict";
}

#endif // ATTN_DIALECT_ATTN_MASKOPS_TD
