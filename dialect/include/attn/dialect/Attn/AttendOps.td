//===- AttendOps.td - Attend family: the fold over streams --*- tablegen -*-===//
//
// Streams and the fold over them. Letters: B batch, Hq Hk query and key heads,
// G = Hq / Hk, Lq Lk lengths, D Dv head sizes of keys and values.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_ATTENDOPS_TD
#define ATTN_DIALECT_ATTN_ATTENDOPS_TD

include "attn/dialect/Attn/FoldOperands.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attn_StreamOp : Attn_Op<"stream", [Pure, AttrSizedOperandSegments]> {
  let summary = "keys and values with a mask";
  let description = [{
    Keys and values that an `attn.attend` folds over, and who may see them.
    Without `mask` every query sees every key. Without `lengths` every sequence
    has `Lk` keys. Query head `h` reads key head `heads[h]`, without `heads` key
    head `h / G`, `G = Hq / Hk` (integer division).

    Shapes: `k` is `[B, Hk, Lk, D]`, `v` is `[B, Hk, Lk, Dv]`; packed (see
    `attn.lengths.packed`) `[Hk, T, D]` and `[Hk, T, Dv]`.

    Constraints:
      - (C1) `k` and `v` have rank 4, or 3 if `lengths` are packed, and one
        element type: f32, f16 or bf16.
      - (C2) `k` and `v` agree in `B`, `Hk`, `Lk`; a dynamic size matches any.
      - (C3) `D` and `Dv` are static and 1 or more.
      - (C4) `mask` is made by an op of the mask family in the same function.
      - (C5) `lengths` are made by an op of the lengths family in the same
        function, and agree with `B` where sizes are static.
      - (C6) `heads` names key heads: 0 or more, below a static `Hk`.

    Example:

    ```mlir
    %s = attn.stream %k, %v mask %m : tensor<?x8x?x128xbf16>, tensor<?x8x?x128xbf16>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$k, AnyRankedTensor:$v,
                       Optional<Attn_MaskType>:$mask,
                       Optional<Attn_LengthsType>:$lengths,
                       OptionalAttr<DenseI64ArrayAttr>:$heads);
  let results = (outs Attn_StreamType:$stream);
  let assemblyFormat = [{
    $k `,` $v (`mask` $mask^)? (`lengths` `(` $lengths^ `)`)? (`heads` $heads^)?
    attr-dict `:` type($k) `,` type($v)
  }];
  let hasVerifier = 1;
}

def Attn_AttendOp : Attn_Op<"attend", [
    Pure, IsolatedFromAbove, AttrSizedOperandSegments,
    AttrSizedResultSegments, Attn_FoldOpInterface]> {
  let summary = "softmax attention: the fold over streams under one normaliser";
  let description = [{
    For every query row `i` of head `h`, over the streams `s` and the keys `j` of
    each that its mask shows to `i`:

        x(s,i,j) = score(scale * q_i . k_sj)       score is the identity if absent
        lse(i)   = log(sum_sj exp(x(s,i,j)))       natural log
        out(i)   = sum_sj exp(x(s,i,j) - lse(i)) v_sj

    Streams add: a key visible in two streams counts twice. `from` adds states
    (`attn.state`): attention already computed, under the same normaliser. `sink`
    adds one more key per row with logit `sink[h]` and value 0; a row that sees
    only the sink gives `out` 0 and `lse` `sink[h]`.

    Logits are scaled once, then modified, then masked. Accumulation and softmax
    are f32; implementations subtract a maximum first. A row that sees no key
    gives `out` 0 and `lse` -inf, never NaN. NaN in `q` or in a visible `k` or `v`
    gives NaN in that row; a masked key inside the length may be non-finite in
    `k`, not in `v`; a logit of +inf gives NaN, one of -inf weighs 0.

    The `score` region computes one logit:
    `^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, captures...)`,
    ended by `attn.yield : f32`. It may hold `arith`, `math`, `scf.if`,
    `attn.read` and `attn.length`; captures are explicit operands, tables or
    indices (`tensor.dim` of an argument). `j` and `attn.length keys` are those of
    the stream at hand.

    Results: `out`; `lse`; with `mass` one tensor per stream, its share of the
    normaliser, `sum_j exp(x(s,i,j) - lse(i))`, 0 in a row that sees no key; with
    `state` the three tensors of the row's state, `m = max x`, `l = sum exp(x -
    m)`, `acc = sum exp(x - m) v`, over streams and `from`. A row that sees no key
    has `m` -inf, `l` 0, `acc` 0.

    Shapes: `q` is `[B, Hq, Lq, D]`, `out` is `[B, Hq, Lq, Dv]`, `lse`, `mass`,
    `m` and `l` are `[B, Hq, Lq]` of f32, `acc` is `[B, Hq, Lq, Dv]` of f32.
    Packed queries: without `B`, `[Hq, T, D]` and so on. `scale` defaults to
    `1 / sqrt(D)`.

    Rows: those that `lengths` have (see the lengths family) and that q and all
    states have. A tensor that an `attn.attend` or `attn.merge` made has the rows
    of that op, any other has all. Other rows of results are not written, whatever
    q and the states hold there. `Lq` of masks and scores is that of `lengths`.

    Constraints:
      - (C1) `q` has rank 4, or 3 if `lengths` are packed, and the element type of
        the streams.
      - (C2) `D` of `q` is the `D` of the streams' keys; streams agree in `Dv`.
      - (C3) per stream without `heads`: `Hq` and `Hk` are both static and `Hk`
        divides `Hq`, or both dynamic and then equal at launch; with `heads`: `Hq`
        is static and `heads` has `Hq` entries.
      - (C4) `B` of `q` and of the streams agree; a dynamic size matches any.
      - (C5) `out` has the shape of `q` with `Dv` in place of `D`, and its element
        type.
      - (C6) `lse`, `mass` and `state` have the shapes and types above; `mass` one
        tensor per stream.
      - (C7) `scale` is finite.
      - (C8) the block arguments of `score` are f32, four indices, then the types
        of the captures, and it yields one f32.
      - (C9) `score` holds only legal ops on legal types (f32, f16, bf16, i1, i8,
        i32, i64, index).
      - (C10) there is one stream or more; each is made by `attn.stream` or
        `attn.route`, each state by `attn.state`, `lengths` by an op of the
        lengths family, all in the same function.
      - (C11) tables of masks agree with `B`, `Hq`, `Lq` and `Lk` where sizes are
        static.
      - (C12) `sink` is `[Hq]` of f32, and there is no `state` result with it: the
        sink counts once, where the normaliser is closed.
      - (C13) states have the shapes of `out` and `lse`.

    Source: Dao et al. 2022, FlashAttention (arXiv:2205.14135), section 2.2; score
    regions as FlexAttention (Dong et al. 2024, arXiv:2412.05496), section 3;
    sinks as Xiao et al. 2024, StreamingLLM (arXiv:2309.17453), section 3.2
    (learned); merging as Ye et al. 2025, FlashInfer (arXiv:2501.01005), section
    2.2.

    Example:

    ```mlir
    %o, %lse = attn.attend %q over %s scale(0.125)
        score(%slopes : tensor<8xf32>) {
      ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %table: tensor<8xf32>):
        %slope = attn.read %table[%h] : tensor<8xf32>
        %distance = arith.subi %j, %i : index
        %d = arith.index_cast %distance : index to i32
        %f = arith.sitofp %d : i32 to f32
        %bias = arith.mulf %slope, %f : f32
        %y = arith.addf %x, %bias : f32
        attn.yield %y : f32
      } : tensor<?x8x?x64xf32> -> tensor<?x8x?x64xf32>, tensor<?x8x?xf32>
    ```
  }];
  let arguments = !con(Attn_foldOperands, (ins OptionalAttr<F64Attr>:$scale));
  let results = Attn_foldResults;
  let regions = (region MaxSizedRegion<1>:$score);
  let assemblyFormat = [{
    $q (`lengths` `(` $lengths^ `)`)? `over` $streams (`from` $states^)?
    (`scale` `(` $scale^ `)`)? (`sink` `(` $sink^ `:` type($sink) `)`)?
    (`score` (`(` $captures^ `:` type($captures) `)`)? $score^)?
    attr-dict `:` type($q) `->` type($out) (`,` type($lse)^)?
    (`mass` `(` type($mass)^ `)`)? (`state` `(` type($state)^ `)`)?
  }];
  let extraClassDeclaration = [{
    /// The factor logits are scaled by: `scale`, else 1 / sqrt(D).
    double getScaleValue();
  }];
  let hasVerifier = 1;
}

def Attn_StateOp : Attn_Op<"state", [Pure]> {
  let summary = "attention already computed, to be resumed or merged";
  let description = [{
    A state of every row, made of `parts`. Two, `out` and `lse`: one key per row
    with value `out` and logit `lse`; what an `attn.attend` returned stands for
    all the keys it saw, and any other logit nests a fold. Three, `m`, `l` and
    `acc`: the `state` results of an `attn.attend`.

    `lse` or `m` of -inf, or `l` of 0, is the state of no key, whatever `out` or
    `acc` holds. NaN in a part gives NaN in its row.

    Constraints:
      - (C1) two parts, `out` `[B, Hq, Lq, Dv]` of f32, f16 or bf16 and `lse`
        `[B, Hq, Lq]` of f32; or three, `m`, `l` and `acc`, all of f32, `m` and `l`
        shaped as `lse`, `acc` as `out`. Packed: without `B`.

    Source: Ye et al. 2025, FlashInfer (arXiv:2501.01005), section 2.2.

    Example:

    ```mlir
    %st = attn.state %out, %lse : tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
    ```
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$parts);
  let results = (outs Attn_StateType:$state);
  let assemblyFormat = "$parts attr-dict `:` type($parts)";
  let extraClassDeclaration = [{
    /// The part with a row of values: `out` or `acc`.
    ::mlir::Value getValues() {
      return getParts().size() == 2 ? getParts()[0] : getParts()[2];
    }
    /// `lse` or `m`.
    ::mlir::Value getLogit() {
      return getParts().size() == 2 ? getParts()[1] : getParts()[0];
    }
    /// `l`, or null: 1.
    ::mlir::Value getSum() {
      return getParts().size() == 2 ? ::mlir::Value() : getParts()[1];
    }
  }];
  let hasVerifier = 1;
}

def Attn_MergeOp : Attn_Op<"merge", [Pure]> {
  let summary = "one attention from several";
  let description = [{
    The attention over all keys of `states` under one normaliser: an
    `attn.attend` over no stream.

        lse(i) = log(sum_n exp(lse_n(i)))     out(i) = sum_n exp(lse_n(i) - lse(i)) out_n(i)

    A row that is empty in all states gives `out` 0 and `lse` -inf.

    Rows: those that all states have, as in `attn.attend`; other rows of results
    are not written. A state of arguments has all rows.

    Constraints:
      - (C1) two states or more, made by `attn.state` in the same function.
      - (C2) states have the shapes of `out` and `lse`; `out` is of f32, f16 or
        bf16, `lse` of f32.

    Source: Ye et al. 2025, FlashInfer (arXiv:2501.01005), section 2.2.

    Example:

    ```mlir
    %o, %lse = attn.merge %near, %far : tensor<?x8x?x128xbf16>, tensor<?x8x?xf32>
    ```
  }];
  let arguments = (ins Variadic<Attn_StateType>:$states);
  let results = (outs AnyRankedTensor:$out, Optional<AnyRankedTensor>:$lse);
  let assemblyFormat = [{
    $states attr-dict `:` type($out) (`,` type($lse)^)?
  }];
  let hasVerifier = 1;
}

def Attn_RouteOp : Attn_Op<"route", [
    Pure, IsolatedFromAbove, AttrSizedOperandSegments]> {
  let summary = "a stream whose mask is proven in ranges and tile classes";
  let description = [{
    What stage `routes` makes of `attn.stream`: the mask as a predicate of one
    pair, and what is known about whole tiles without looking at pairs. Valid for
    all lengths and all tile sizes.

    For a run of rows `q0 .. q1` (both included) of a sequence with `Lq`, `Lk`:

      - keys in `[lower, upper)` may be visible to some row; the others are
        visible to none;
      - keys in `[full_lower, full_upper)` pass every range condition for every
        row. Both are meant within `[0, Lk)`. Without `bounds` both are all of it;
      - `classify`, if present, decides what ranges can not express. For the tile
        of rows `q0 .. q1` and keys `k0 .. k1` it yields (some, all): false in
        `some` proves that no pair is visible, true in `all` that every pair is.
        Without it, both hold wherever the ranges say so.
      - `visible` is the predicate of one pair; only partial tiles evaluate it.
        Without it every key is visible.

    `lengths` and `heads` are those of the stream.

    Regions: `bounds` is `^bb0(%b, %h, %q0, %q1, captures...)` and yields lower,
    upper, full_lower and full_upper as index; it reads tables by batch and head
    only. `visible` is `^bb0(%b, %h, %i, %j, captures...)` and yields an i1;
    `classify` is `^bb0(%b, %h, %q0, %q1, %k0, %k1, captures...)` and yields two.

    Constraints:
      - (C1) `bounds` has these block arguments and yields, and its reads do not
        depend on `q0` or `q1`.
      - (C2) `visible` and `classify` have these block arguments and yields.
      - (C3) `k`, `v`, `lengths` and `heads` obey the rules of `attn.stream`.

    Example:

    ```mlir
    %r = attn.route %k, %v
        bounds {
        ^bb0(%b: index, %h: index, %q0: index, %q1: index):
          %zero = arith.constant 0 : index
          %one = arith.constant 1 : index
          %lq = attn.length queries
          %lk = attn.length keys
          %shift = arith.subi %lk, %lq : index
          %p0 = arith.addi %q0, %shift : index
          %p1 = arith.addi %q1, %shift : index
          %upper = arith.addi %p1, %one : index
          %full = arith.addi %p0, %one : index
          attn.yield %zero, %upper, %zero, %full : index, index, index, index
        } visible {
        ^bb0(%b: index, %h: index, %i: index, %j: index):
          %lq = attn.length queries
          %lk = attn.length keys
          %0 = arith.subi %lk, %lq : index
          %p = arith.addi %i, %0 : index
          %ok = arith.cmpi sle, %j, %p : index
          attn.yield %ok : i1
        } : tensor<?x8x?x128xbf16>, tensor<?x8x?x128xbf16>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$k, AnyRankedTensor:$v,
                       Optional<Attn_LengthsType>:$lengths,
                       Variadic<Attn_CaptureType>:$captures,
                       OptionalAttr<DenseI64ArrayAttr>:$heads);
  let results = (outs Attn_StreamType:$stream);
  let regions = (region MaxSizedRegion<1>:$bounds, MaxSizedRegion<1>:$visible,
                        MaxSizedRegion<1>:$classify);
  let assemblyFormat = [{
    $k `,` $v (`lengths` `(` $lengths^ `)`)? (`heads` $heads^)?
    (`captures` `(` $captures^ `:` type($captures) `)`)?
    (`bounds` $bounds^)? (`visible` $visible^)? (`classify` $classify^)?
    attr-dict `:` type($k) `,` type($v)
  }];
  let hasVerifier = 1;
}

#endif // ATTN_DIALECT_ATTN_ATTENDOPS_TD
