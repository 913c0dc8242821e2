//===- AttendOps.td - Attend family: the fold over streams --*- tablegen -*-===//
//
// Streams and the fold over them. Letters: B batch, Hq Hk query and key heads,
// G = Hq / Hk, Lq Lk lengths, D Dv head sizes of keys and values.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_ATTENDOPS_TD
#define ATTN_DIALECT_ATTN_ATTENDOPS_TD

include "attn/dialect/Attn/AttnDialect.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attn_StreamOp : Attn_Op<"stream", [Pure]> {
  let summary = "keys and values with a mask";
  let description = [{
    Keys and values that an `attn.attend` folds over, and who may see them.
    Without `mask` every query sees every key.

    Shapes: `k` is `[B, Hk, Lk, D]`, `v` is `[B, Hk, Lk, Dv]`.

    Constraints:
      - (C1) `k` and `v` have rank 4 and one element type: f32, f16 or bf16.
      - (C2) `k` and `v` agree in `B`, `Hk`, `Lk`; a dynamic size matches any.
      - (C3) `D` and `Dv` are static and 1 or more.
      - (C4) `mask` is made by an op of the mask family in the same function.

    Example:

    ```mlir
    %s = attn.stream %k, %v mask %m : tensor<?x8x?x128xbf16>, tensor<?x8x?x128xbf16>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$k, AnyRankedTensor:$v,
                       Optional<Attn_MaskType>:$mask);
  let results = (outs Attn_StreamType:$stream);
  let assemblyFormat = [{
    $k `,` $v (`mask` $mask^)? attr-dict `:` type($k) `,` type($v)
  }];
  let hasVerifier = 1;
}

def Attn_AttendOp : Attn_Op<"attend", [
    Pure, IsolatedFromAbove]> {
  let summary = "softmax attention: the fold over a stream under one normaliser";
  let description = [{
    For every query row `i` of head `h`, over the keys `j` of the stream that its
    mask shows to `i`:

        s(i,j) = score(scale * q_i . k_j)        score is the identity if absent
        lse(i) = log(sum_j exp(s(i,j)))          natural log
        out(i) = sum_j exp(s(i,j) - lse(i)) v_j

    Logits are scaled once, then modified, then masked. Accumulation and softmax
    are f32; implementations subtract a maximum first. A row that sees no key
    gives `out` 0 and `lse` -inf, never NaN. NaN in `q` or in a visible `k` or `v`
    gives NaN in that row; a masked key inside the length may be non-finite in
    `k`, not in `v`; a logit of +inf gives NaN, one of -inf weighs 0.

    Query head `h` reads key head `h / G`, `G = Hq / Hk` (integer division).

    The `score` region computes one logit:
    `^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, captures...)`,
    ended by `attn.yield : f32`. It may hold `arith`, `math`, `scf.if`,
    `attn.read` and `attn.length`; captures are explicit operands.

    Shapes: `q` is `[B, Hq, Lq, D]`, `out` is `[B, Hq, Lq, Dv]`, `lse` is
    `[B, Hq, Lq]`. `scale` defaults to `1 / sqrt(D)`.

    Constraints:
      - (C1) `q` has rank 4 and the element type of the stream.
      - (C2) `D` of `q` is the `D` of the stream's keys.
      - (C3) `Hq` and `Hk` are both static and `Hk` divides `Hq`, or both dynamic
        and then equal at launch.
      - (C4) `B` of `q` and of the stream agree; a dynamic size matches any.
      - (C5) `out` is `[B, Hq, Lq, Dv]` of the element type of `q`.
      - (C6) `lse` is `[B, Hq, Lq]` of f32.
      - (C7) `scale` is finite.
      - (C8) the block arguments of `score` are f32, four indices, then the types
        of the captures, and it yields one f32.
      - (C9) `score` holds only legal ops on legal types (f32, f16, bf16, i1, i8,
        i32, i64, index).
      - (C10) `stream` is made by `attn.stream` or `attn.route` in the same
        function.
      - (C11) tables of document masks agree with `B`, `Lq` and `Lk` where sizes
        are static.

    Source: Dao et al. 2022, FlashAttention (arXiv:2205.14135), section 2.2; score
    regions as FlexAttention (Dong et al. 2024, arXiv:2412.05496), section 3.

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
  let arguments = (ins AnyRankedTensor:$q, Attn_StreamType:$stream,
                       Variadic<AnyRankedTensor>:$captures,
                       OptionalAttr<F64Attr>:$scale);
  let results = (outs AnyRankedTensor:$out, Optional<AnyRankedTensor>:$lse);
  let regions = (region MaxSizedRegion<1>:$score);
  let assemblyFormat = [{
    $q `over` $stream (`scale` `(` $scale^ `)`)?
    (`score` (`(` $captures^ `:` type($captures) `)`)? $score^)?
    attr-dict `:` type($q) `->` type($out) (`,` type($lse)^)?
  }];
  let extraClassDeclaration = [{
    /// The factor logits are scaled by: `scale`, else 1 / sqrt(D).
    double getScaleValue();
  }];
  let hasVerifier = 1;
}

def Attn_RouteOp : Attn_Op<"route", [Pure, IsolatedFromAbove]> {
  let summary = "a stream whose mask is proven in ranges and tile classes";
  let description = [{
    What stage `routes` makes of `attn.stream`: the mask as a predicate of one
    pair, and what is known about whole tiles without looking at pairs. Valid for
    all lengths and all tile sizes.

    For a run of rows `q0 .. q1` (both included) of a sequence with `Lq`, `Lk`:

      - keys in `[max(lower), min(upper))` may be visible to some row; the others
        are visible to none;
      - keys in `[max(full_lower), min(full_upper))` pass every range condition
        for every row;
      - `classify`, if present, decides what ranges can not express. For the tile
        of rows `q0 .. q1` and keys `k0 .. k1` it yields (some, all): false in
        `some` proves that no pair is visible, true in `all` that every pair is.
        Without it, both hold wherever the ranges say so.
      - `visible` is the predicate of one pair; only partial tiles evaluate it.
        Without it every key is visible.

    All bounds are affine maps `(q0, q1)[Lq, Lk] -> (...)`.

    Regions: `visible` is `^bb0(%b, %h, %i, %j, captures...)` and yields an i1;
    `classify` is `^bb0(%b, %h, %q0, %q1, %k0, %k1, captures...)` and yields two.

    Constraints:
      - (C1) bounds have two dimensions and two symbols and one result or more.
      - (C2) `visible` and `classify` have these block arguments and yields.

    Example:

    ```mlir
    %r = attn.route %k, %v
        lower(affine_map<(q0, q1)[lq, lk] -> (0)>)
        upper(affine_map<(q0, q1)[lq, lk] -> (lk, q1 - lq + lk + 1)>)
        full_lower(affine_map<(q0, q1)[lq, lk] -> (0)>)
        full_upper(affine_map<(q0, q1)[lq, lk] -> (lk, q0 - lq + lk + 1)>)
        visible {
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
                       Variadic<AnyRankedTensor>:$captures,
                       AffineMapAttr:$lower, AffineMapAttr:$upper,
                       AffineMapAttr:$fullLower, AffineMapAttr:$fullUpper);
  let results = (outs Attn_StreamType:$stream);
  let regions = (region MaxSizedRegion<1>:$visible, MaxSizedRegion<1>:$classify);
  let assemblyFormat = [{
    $k `,` $v (`captures` `(` $captures^ `:` type($captures) `)`)?
    `lower` `(` $lower `)` `upper` `(` $upper `)`
    `full_lower` `(` $fullLower `)` `full_upper` `(` $fullUpper `)`
    (`visible` $visible^)? (`classify` $classify^)?
    attr-dict `:` type($k) `,` type($v)
  }];
  let hasVerifier = 1;
}

#endif // ATTN_DIALECT_ATTN_ATTENDOPS_TD
