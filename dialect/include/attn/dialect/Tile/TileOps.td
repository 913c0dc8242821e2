//===- TileOps.td - The attn_tile dialect -------------------*- tablegen -*-===//
//
// In which pieces attention is computed: one structured op per fused attend,
// with regions as holes, not open loops.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_TILE_TILEOPS_TD
#define ATTN_DIALECT_TILE_TILEOPS_TD

include "attn/dialect/Attn/FoldOperands.td"
include "mlir/IR/AttrTypeBase.td"

def AttnTile_Dialect : Dialect {
  let name = "attn_tile";
  let cppNamespace = "::attn::tile";
  let summary = "in which pieces attention is computed";
  let description = [{
    Structured ops of stage `tiles`. They carry tile sizes as numbers and what
    varies as regions; no loop is open yet. The CPU lowers them to `scf` and
    `vector`; the GPU hands their regions to a skeleton.

    ```
    .mlir text -> attn -> routes -> [ tiles ] -> schedule -> lowlevel -> artifact
                                      ^ you are here
    ```
  }];
  let dependentDialects = ["::attn::AttnDialect"];
  let useDefaultAttributePrinterParser = 1;
}

class AttnTile_Op<string mnemonic, list<Trait> traits = []>
    : Op<AttnTile_Dialect, mnemonic, traits>;

def AttnTile_SplitAttr : AttrDef<AttnTile_Dialect, "Split"> {
  let mnemonic = "split";
  let summary = "how the keys of a fold with few queries are cut into parts";
  let description = [{
    For a fold that may be launched with fewer than `rows` + 1 queries. Then rows
    of `heads` neighbouring query heads, which read one key head of every stream
    and of which no region asks which one it is, share tiles of `rows` rows, whole
    heads each; and the keys are cut into as many parts as make `tasks` tasks of a
    launch, of `keys` keys or more each.

    The number of parts follows from the letters, never from what runs beside:
    with `T = ceil(heads / min(heads, floor(rows / Lq)))` tiles

        clamp(ceil(tasks / (B * Hq / heads * T)), 1, max(1, floor(Lk / keys)))

    where `Lq` is `rows` or less, else 0: the fold is computed by query tiles.

    Example: `#attn_tile.split<rows = 16, heads = 4, keys = 256, tasks = 64>`.
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$heads, "int64_t":$keys,
                        "int64_t":$tasks);
  let assemblyFormat = "`<` struct(params) `>`";
}

def AttnTile_FoldOp : AttnTile_Op<"fold", [
    Pure, IsolatedFromAbove, AttrSizedOperandSegments,
    AttrSizedResultSegments, Attn_FoldOpInterface]> {
  let summary = "the fold of one attend, cut into tiles of queries and keys";
  let description = [{
    Computes what `attn.attend` computes, `queryTile` rows at a time, over the
    keys of one stream after the other in tiles of `keyTile`. Holes: the key
    iterator and the mask are the bounds and regions of the stream's `attn.route`;
    `score` is the score region; the normaliser is softmax, closed in the epilogue
    over states and sink.

    A tile of keys is visited iff it meets `[max(lower), min(upper))` and
    `classify` does not exclude it; it is masked iff it is not inside
    `[max(full_lower), min(full_upper))` or `classify` does not prove it full.
    Tiles of keys begin at multiples of `keyTile`, tiles of queries at multiples
    of `queryTile`.

    `operand_lengths` are the lengths, other than `lengths`, of the folds and
    merges that made q and the states, directly or through others. Rows that one
    of them does not have are not written, and nothing depends on what q and the
    states hold there; `Lq` of masks and scores is that of `lengths`.

    With `split`, a launch with few queries is computed in two turns: `parts` takes
    maximum, sums and weighted values of every row over every part of the keys,
    which are then joined in the order of the parts. `parts` is f32 `[B, G, P, N]`:
    G tiles of rows of a sequence, P parts, N numbers.

    Constraints:
      - (C1) `query_tile` and `key_tile` are 1 or more.
      - (C2) `scale` is finite.
      - (C3) streams are made by `attn.route` in the same function.
      - (C4) operands, results and `score` obey the rules of `attn.attend`.
      - (C5) `operand_lengths` are made by ops of the lengths family in the same
        function, per batch, or packed if `lengths` are, and agree with `B`.
      - (C6) `split` stands with `parts`, a tensor `[?, ?, ?, ?]` of f32, on
        queries that are not packed; its numbers are 1 or more, and `heads` divides
        the query heads.

    Example:

    ```mlir
    %o, %lse = attn_tile.fold %q over %r tile(48, 32) scale(0.125)
        : tensor<?x8x?x128xbf16> -> tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
    ```
  }];
  let arguments = !con(Attn_foldOperands,
                       (ins Variadic<Attn_LengthsType>:$operandLengths,
                            I64Attr:$queryTile, I64Attr:$keyTile,
                            F64Attr:$scale,
                            OptionalAttr<AttnTile_SplitAttr>:$split));
  let results = !con(Attn_foldResults, (outs Optional<AnyRankedTensor>:$parts));
  let regions = (region MaxSizedRegion<1>:$score);
  let assemblyFormat = [{
    $q (`lengths` `(` $lengths^ `)`)? `over` $streams (`from` $states^)?
    (`operand_lengths` `(` $operandLengths^ `)`)?
    `tile` `(` $queryTile `,` $keyTile `)` `scale` `(` $scale `)`
    (`split` `(` $split^ `)`)?
    (`sink` `(` $sink^ `:` type($sink) `)`)?
    (`score` (`(` $captures^ `:` type($captures) `)`)? $score^)?
    attr-dict `:` type($q) `->` type($out) (`,` type($lse)^)?
    (`mass` `(` type($mass)^ `)`)? (`state` `(` type($state)^ `)`)?
    (`parts` `(` type($parts)^ `)`)?
  }];
  let hasVerifier = 1;
}

def AttnTile_MergeOp : AttnTile_Op<"merge", [Pure, AttrSizedOperandSegments]> {
  let summary = "one attention from several, row by row";
  let description = [{
    Computes what `attn.merge` computes, `rows` rows of a head at a time, of the
    rows that all `operand_lengths` have: the lengths of the folds that made the
    states, directly or through others. Other rows are neither read nor written.

    Constraints:
      - (C1) `rows` is 1 or more.
      - (C2) states, `out` and `lse` obey the rules of `attn.merge`.
      - (C3) `operand_lengths` are made by ops of the lengths family in the same
        function, packed if `out` has rank 3, else per batch, and agree with `B`.

    Example:

    ```mlir
    %o, %lse = attn_tile.merge %near, %far operand_lengths(%l) rows(16)
        : tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
    ```
  }];
  let arguments = (ins Variadic<Attn_StateType>:$states,
                       Variadic<Attn_LengthsType>:$operandLengths,
                       I64Attr:$rows);
  let results = (outs AnyRankedTensor:$out, Optional<AnyRankedTensor>:$lse);
  let assemblyFormat = [{
    $states (`operand_lengths` `(` $operandLengths^ `)`)?
    `rows` `(` $rows `)` attr-dict `:` type($out) (`,` type($lse)^)?
  }];
  let hasVerifier = 1;
}

def AttnTile_SummarizeOp : AttnTile_Op<"summarize", [
    Pure, AllTypesMatch<["min", "max"]>]> {
  let summary = "least and greatest element of a tile of a table so far";
  let description = [{
    For `table` of shape `[B, L]` gives `min` and `max` of the same shape: at `n`
    the extremes of the elements from the beginning of the tile of `n`, a multiple
    of `tile`, to `n`. One read tells the extremes of a tile, of its ragged end, or
    of a part that a limit of the keys cuts off. O(B L) time and memory.

    Constraints:
      - (C1) `table` has rank 2 and element type i32.
      - (C2) `tile` is 1 or more.
      - (C3) `min` and `max` have the type of `table`.

    Example:

    ```mlir
    %min, %max = attn_tile.summarize %ids tile(32) : tensor<?x?xi32> -> tensor<?x?xi32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$table, I64Attr:$tile);
  let results = (outs AnyRankedTensor:$min, AnyRankedTensor:$max);
  let assemblyFormat = [{
    $table `tile` `(` $tile `)` attr-dict `:` type($table) `->` type($min)
  }];
  let hasVerifier = 1;
}

#endif // ATTN_DIALECT_TILE_TILEOPS_TD
