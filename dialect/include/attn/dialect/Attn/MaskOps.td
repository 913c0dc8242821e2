//===- MaskOps.td - Mask family: who may see whom -----------*- tablegen -*-===//
//
// Predicates over (batch b, head h, query i, key j). `p = i + Lk - Lq` is the
// position of query i when the last query is aligned with the last key
// ("bottom-right"), as in FlashAttention 2.1 and later.
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

def Attn_MaskCausalOp : Attn_MaskOp<"causal"> {
  let summary = "keys up to the query's own position";
  let description = [{
    Key `j` is visible to query `i` iff `j <= i + Lk - Lq + offset`. With
    `offset` 0 and `Lq = Lk` this is the lower triangle with its diagonal; with
    `Lq < Lk` the last query still sees the last key. Rows before the first
    visible key are empty.

    `offset` (keys, default 0) moves the diagonal right; it may be negative.

    Constraints:
      - (C1) `offset` fits in 32 bits, as lengths do.

    Source: Dao 2023, FlashAttention-2 (arXiv:2307.08691), section 3.1; the
    alignment is that of flash-attention 2.1.

    Example:

    ```mlir
    %m = attn.mask.causal offset(-1)
    ```
  }];
  let arguments = (ins DefaultValuedAttr<I64Attr, "0">:$offset);
  let assemblyFormat = "(`offset` `(` $offset^ `)`)? attr-dict";
  let hasVerifier = 1;
}

def Attn_MaskWindowOp : Attn_MaskOp<"window"> {
  let summary = "keys near the query's own position";
  let description = [{
    Key `j` is visible to query `i` iff `p - left <= j <= p + right` with
    `p = i + Lk - Lq`. A side that is not given is unbounded. Mistral's sliding
    window of `W` keys, itself included, is `left(W - 1) right(0)`.

    `left`, `right`: keys.

    Constraints:
      - (C1) `left` and `right` are 0 or more and fit in 32 bits.
      - (C2) at least one side is given.

    Source: Beltagy et al. 2020, Longformer (arXiv:2004.05150), section 3.1.

    Example:

    ```mlir
    %m = attn.mask.window left(255) right(0)
    ```
  }];
  let arguments = (ins OptionalAttr<I64Attr>:$left, OptionalAttr<I64Attr>:$right);
  let assemblyFormat = [{
    (`left` `(` $left^ `)`)? (`right` `(` $right^ `)`)? attr-dict
  }];
  let hasVerifier = 1;
}

def Attn_MaskDocumentOp : Attn_MaskOp<"document"> {
  let summary = "keys of the query's own document";
  let description = [{
    Key `j` is visible to query `i` of batch `b` iff
    `queryIds[b, i] == keyIds[b, j]`. Where queries and keys share one sequence,
    pass the same value twice. Ids may stand in any order; tiles are skipped best
    when they do not decrease.

    Shapes: `queryIds` is `[B, Lq]`, `keyIds` is `[B, Lk]`.

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
  let extraClassDeclaration = [{
    ::mlir::ValueRange getTables() { return (*this)->getOperands(); }
  }];
  let hasVerifier = 1;
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
