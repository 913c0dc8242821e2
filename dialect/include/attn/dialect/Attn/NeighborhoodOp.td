//===- NeighborhoodOp.td - Keys near the query on a grid ----*- tablegen -*-===//
//
// Tokens of one to three axes in row-major order. Per axis a window, a stride
// that queries move it by, a dilation of its keys, causality; what a window does
// at the edge of the grid.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_NEIGHBORHOODOP_TD
#define ATTN_DIALECT_ATTN_NEIGHBORHOODOP_TD

include "attn/dialect/Attn/MaskOps.td"

def Attn_EdgeAttr : I32EnumAttr<"Edge", "what a window does at an edge", [
    I32EnumAttrCase<"shift", 0>, I32EnumAttrCase<"shrink", 1>]> {
  let cppNamespace = "::attn";
}

def Attn_MaskNeighborhoodOp : Attn_MaskAtom<"neighborhood"> {
  let summary = "keys near the query's own position on a grid";
  let description = [{
    Tokens are the points of a grid of one to three axes in row-major order:
    with `shape(T, H, W)` token `i` is at `(i / (H * W), i / W mod H, i mod W)`.
    A key is visible iff every axis says so. Tokens at or beyond the product of
    `shape` are not on the grid: they see nothing and nothing sees them.

    On one axis of `n` keys let `c` be the coordinate of the query, `e` that of
    the key; `w` window, `s` stride, `d` dilation. Coordinates split into
    residues mod `d`, and only equal ones meet: `c mod d == e mod d`. In its class
    of `m = ceil((n - c mod d) / d)` members the query is number `x = c div d`,
    the key number `y = e div d`. The window stands around a leader, which the
    `s` queries of a group share:

      - not causal: the leader is `floor(x / s) * s + floor(s / 2)`, the window
        `w` members that begin `floor(w / 2)` before it (an even one leans back);
      - causal: the leader is `floor(x / s) * s + s - 1`, the last of the group,
        the window the `w` members that end with it, as far as `y <= x`.

    `edge(shift)`, the default: a window that would leave the class moves inward
    until it is inside, so every row of an axis that is not causal sees
    `min(w, m)` keys. `edge(shrink)`: keys outside of the grid do not exist, a
    window at the edge has fewer. Padding that is attended to (zeros that take
    part in the softmax) is data: pad `k` and `v`.

    With `keys(...)` the keys are on another grid over the same extent, coarser or
    finer: `c` is then the key coordinate nearest to the query's centre,
    `floor((2 * c + 1) * keys / (2 * shape))`.

    Special cases: `s = 1` sliding; `s = w` blocks, where `shift` pulls a last
    block that is not whole inward and `shrink` leaves it shorter; `w = s + 2 h`
    with `shrink` blocks with halos of `h`; a window of the whole axis sees it
    all, also where a size known at launch is below the window.

    `shape`, `keys`: tokens per axis, numbers or values of type index. `window`,
    `stride`, `dilation`: members, positions. Lists have one entry per axis;
    `stride` and `dilation` default to 1, `causal` to false.

    Constraints:
      - (C1) one to three axes, and every list has one entry per axis.
      - (C2) sizes are 1 or more; tokens of a grid are fewer than 2^31 (a size that
        only the launch knows is checked there).
      - (C3) windows, strides and dilations are 1 or more and fit in 16 bits.
      - (C4) a stride is at most its window: else some keys would be skipped.
      - (C5) with `shift` the window of a dilated axis, `w * d`, is at most the
        axis, where its size is a number.
      - (C6) with `shrink` window and stride are both odd or both even where the
        axis is not causal: else a window has no middle to shrink around.
      - (C7) one operand for every size that is no number.

    Source: Hassani et al. 2023, Neighborhood Attention (arXiv:2204.07143);
    Hassani, Shi 2022, dilated (arXiv:2209.15001); Hassani et al. 2025, strides
    (arXiv:2504.16922); Vaswani et al. 2021, halos (arXiv:2103.12731).

    Example:

    ```mlir
    %m = attn.mask.neighborhood shape(30, %w) window(7, 5) stride(2, 1) dilation(1, 2) causal(false, true)
    ```
  }];
  let arguments = (ins DenseI64ArrayAttr:$shape,
                       OptionalAttr<DenseI64ArrayAttr>:$keys,
                       DenseI64ArrayAttr:$window,
                       OptionalAttr<DenseI64ArrayAttr>:$stride,
                       OptionalAttr<DenseI64ArrayAttr>:$dilation,
                       OptionalAttr<DenseBoolArrayAttr>:$causal,
                       DefaultValuedAttr<Attn_EdgeAttr, "::attn::Edge::shift">:$edge,
                       Variadic<Index>:$sizes);
  let extraClassDeclaration = [{
    ::mlir::ValueRange getTables() { return (*this)->getOperands(); }
    ::llvm::SmallVector<::attn::TableRule> getTableRules();
    /// The rules of one axis.
    ::llvm::LogicalResult verifyAxis(unsigned axis);
  }];
  let assemblyFormat = [{
    custom<Grids>($shape, $keys, $sizes)
    `` custom<PerAxis>("kWindow", $window)
    `` custom<PerAxis>("kStride", $stride)
    `` custom<PerAxis>("kDilation", $dilation)
    `` custom<PerAxis>("kCausal", $causal)
    (`edge` `(` $edge^ `)`)? attr-dict
  }];
}

#endif // ATTN_DIALECT_ATTN_NEIGHBORHOODOP_TD
