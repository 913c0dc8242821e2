//===- RegionOps.td - Ops inside mask and score regions -----*- tablegen -*-===//
//
// Regions take scalars and return scalars. Besides these ops they may hold
// `arith`, `math` and `scf.if` (which becomes a select).
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_REGIONOPS_TD
#define ATTN_DIALECT_ATTN_REGIONOPS_TD

include "attn/dialect/Attn/AttnDialect.td"

def Attn_SideAttr : I32EnumAttr<"Side", "queries or keys", [
    I32EnumAttrCase<"queries", 0>, I32EnumAttrCase<"keys", 1>]> {
  let cppNamespace = "::attn";
}

class ElementOfTable<string result>
    : TypesMatchWith<"'" # result # "' has the element type of 'table'", "table",
        result, "::llvm::cast<::mlir::ShapedType>($_self).getElementType()">;

def Attn_ReadOp : Attn_Op<"read", [Pure, ElementOfTable<"element">]> {
  let summary = "one element of a captured tensor";
  let description = [{
    Reads `table[indices...]`. `table` is a block argument of the region, that
    is, a capture of its op. Every index must be provably inside its axis for all
    coordinates of the op: `b`, `h`, `i`, `j` where the sizes agree, or a value
    clamped by `arith.maxsi` / `arith.minsi`. Sizes that only the launch knows
    are checked there.

    Constraints:
      - (C1) as many indices as `table` has axes.
      - (C2) `table` is a block argument of the surrounding region.

    Example:

    ```mlir
    %slope = attn.read %slopes[%h] : tensor<8xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$table, Variadic<Index>:$indices);
  let results = (outs AnyType:$element);
  let assemblyFormat = "$table `[` $indices `]` attr-dict `:` type($table)";
  let hasVerifier = 1;
}

def Attn_ReadRangeOp : Attn_Op<"read_range", [
    Pure, ElementOfTable<"min">, ElementOfTable<"max">]> {
  let summary = "least and greatest element of a run of a captured tensor";
  let description = [{
    Minimum and maximum of `table[indices..., first .. last]`, both ends
    included. Made by mask analysis inside `classify` regions; stage `tiles`
    turns it into reads of per-tile summaries.

    Constraints:
      - (C1) one index fewer than `table` has axes.
      - (C2) the elements of `table` are integers.

    Example:

    ```mlir
    %min, %max = attn.read_range %ids[%b] from %q0 to %q1 : tensor<?x?xi32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$table, Variadic<Index>:$indices,
                       Index:$first, Index:$last);
  let results = (outs AnyType:$min, AnyType:$max);
  let assemblyFormat = [{
    $table `[` $indices `]` `from` $first `to` $last attr-dict `:` type($table)
  }];
  let hasVerifier = 1;
}

def Attn_ReadBoxOp : Attn_Op<"read_box", [
    Pure, SameVariadicOperandSize, ElementOfTable<"min">,
    ElementOfTable<"max">]> {
  let summary = "least and greatest element of a small box of a captured tensor";
  let description = [{
    Minimum and maximum of the elements of `table` whose indices lie from `first` to
    `last` in every axis, both ends included; of i1, false is less than true. Of more
    than 64 elements nothing is said: the results are the least and the greatest number
    of the type. Made by mask analysis inside `classify` regions for reads at blocks of
    queries and keys; stage `tiles` turns it into a read of each element that a tile
    can touch.

    Constraints:
      - (C1) as many first and last indices as `table` has axes.
      - (C2) the elements of `table` are integers.

    Example:

    ```mlir
    %min, %max = attn.read_box %bits from [%h, %first] to [%h, %last] : tensor<8x?xi1>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$table, Variadic<Index>:$first,
                       Variadic<Index>:$last);
  let results = (outs AnyType:$min, AnyType:$max);
  let assemblyFormat = [{
    $table `from` ` ` `[` $first `]` `to` ` ` `[` $last `]` attr-dict
    `:` type($table)
  }];
  let hasVerifier = 1;
}

def Attn_LengthOp : Attn_Op<"length", [Pure]> {
  let summary = "number of queries or keys of the sequence";
  let description = [{
    `Lq` or `Lk` inside a region. `i + Lk - Lq` is the bottom-right aligned
    position of query `i`.

    Example:

    ```mlir
    %lk = attn.length keys
    ```
  }];
  let arguments = (ins Attn_SideAttr:$side);
  let results = (outs Index:$length);
  let assemblyFormat = "$side attr-dict";
}

def Attn_YieldOp : Attn_Op<"yield", [Pure, Terminator]> {
  let summary = "the result of a region";
  let description = [{
    Ends a `score` region (one f32), a `visible` region (one i1), a `bounds` region
    (four index) or a `classify` region (two i1: some pair is visible, all pairs
    are).

    Example:

    ```mlir
    attn.yield %capped : f32
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

#endif // ATTN_DIALECT_ATTN_REGIONOPS_TD
