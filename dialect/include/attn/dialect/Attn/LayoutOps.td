//===- LayoutOps.td - Layout family: in which order tokens stand *- tablegen -*-===//
//
// An order of the points of a grid, and tensors whose tokens stand in it. Slots
// are places of that order; some may be padding, which no token has.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_LAYOUTOPS_TD
#define ATTN_DIALECT_ATTN_LAYOUTOPS_TD

include "attn/dialect/Attn/AttnBase.td"

def Attn_LayoutType : Attn_Type<"Layout", "layout"> {
  let summary = "an order of tokens";
  let description = [{
    In which order tokens stand. A description, not data: it is made by ops of
    the layout family and used by `attn.reorder` and `attn.restore`, inside one
    function.
  }];
}

def Attn_LayoutGridOp : Attn_Op<"layout.grid", [Pure]> {
  let summary = "an order of the points of a grid, in tiles and residues";
  let description = [{
    Tokens are the points of a grid of one to three axes in row-major order, as
    for `attn.mask.neighborhood`. Per axis of `n` points let `d` be dilation, `t`
    tile, `s` shift; the axis is padded to `d * t * N` places, the least multiple
    of `d * t` that holds `n`. Slots count, each part in row-major order of the
    axes and the last part fastest:

        residue `r` of each axis, `d`;  tile `T`, `N`;  place `p` in the tile, `t`

    A slot is for the point `(x + s) mod n` of each axis with `x = (T * t + p) * d
    + r`; it is padding if `x >= n` on any axis.

    So `tile(8, 8)` is the window partition (tiles one after the other),
    `dilation(4, 4)` the residue or grid partition, `shift(4, 4)` a roll: what
    stands first is the point `(4, 4)`. Defaults are 1, 1 and 0: row-major.

    `shape`: points per axis, numbers or values of type index. The lists have one
    entry per axis.

    Constraints:
      - (C1) one to three axes, and every list has one entry per axis.
      - (C2) sizes are 1 or more; points of a grid are fewer than 2^31, and so are
        its slots (a size that only the launch knows is checked there).
      - (C3) dilations and tiles are 1 or more and fit in 16 bits.
      - (C4) shifts are 0 or more, and below the size of the axis where it is a
        number.
      - (C5) one operand for every size that is no number.

    Source: Liu et al. 2021, Swin Transformer (arXiv:2103.14030), section 3.2; Tu
    et al. 2022, MaxViT (arXiv:2204.01697), section 3.2; Hassani et al. 2025,
    token permutation (arXiv:2504.16922), section 3.

    Example:

    ```mlir
    %windows = attn.layout.grid shape(%h, %w) tile(8, 8) shift(4, 4)
    ```
  }];
  let arguments = (ins DenseI64ArrayAttr:$shape,
                       OptionalAttr<DenseI64ArrayAttr>:$dilation,
                       OptionalAttr<DenseI64ArrayAttr>:$tile,
                       OptionalAttr<DenseI64ArrayAttr>:$shift,
                       Variadic<Index>:$sizes);
  let results = (outs Attn_LayoutType:$layout);
  let extraClassDeclaration = [{
    int64_t getAxisDilation(unsigned axis);
    int64_t getAxisTile(unsigned axis);
    int64_t getAxisShift(unsigned axis);
  }];
  let assemblyFormat = [{
    custom<Grid>($shape, $sizes)
    `` custom<PerAxis>("kDilation", $dilation)
    `` custom<PerAxis>("kTile", $tile)
    `` custom<PerAxis>("kShift", $shift) attr-dict
  }];
  let hasVerifier = 1;
}

class Attn_ReorderBase<string mnemonic> : Attn_Op<mnemonic, [Pure]> {
  let arguments = (ins AnyRankedTensor:$tensor, Attn_LayoutType:$layout,
                       UnitAttr:$inPlace);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $tensor `by` $layout (`in_place` $inPlace^)? attr-dict
    `:` type($tensor) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Attn_ReorderOp : Attn_ReorderBase<"reorder"> {
  let summary = "tokens in the order of a layout";
  let description = [{
    Slot `s` of the result holds the token that `layout` names, padding holds 0.
    It is q of an `attn.attend`, or k and v of an `attn.stream`, and for them
    nothing but the order changes: masks and scores see the token's own index,
    `attn.length` the number of tokens, and padding is visible to no query.
    Results of an attend over reordered queries have their order, until
    `attn.restore`.

    `in_place`, which stage tiles adds: there is no tensor `result`; kernels of
    those who take it find its rows in `tensor`, through `layout`.

    Shapes: `tensor` is `[B, H, L, D]` with `L` the points of the grid, `result`
    `[B, H, S, D]` with `S` the slots.

    Constraints:
      - (C1) `tensor` has rank 4 and an element type of f32, f16 or bf16; `result`
        is of that type with the slots, or `?`, in place of `L`.
      - (C2) `layout` is made by attn.layout.grid in the same function, and its
        points are `L` where sizes are static.
      - (C3) tokens in the order of a layout are q of an attend, k or v of a
        stream, a part of a state, or restored; nothing else takes them.
      - (C4) a stream has k and v in one order, and no lengths if it is that of a
        layout.
      - (C5) a state has all parts in one order; an attend or merge has its rows in
        the order of its states.
      - (C6) an attend has no lengths if its queries are in the order of a layout;
        attends of one stream have queries in one order, and streams of an attend
        with a score have keys in one order.
      - (C7) what is `in_place` is q of folds of stage tiles or later, or k or v of
        routes; nothing else takes it.

    Example:

    ```mlir
    %qt = attn.reorder %q by %windows : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
    ```
  }];
}

def Attn_RestoreOp : Attn_ReorderBase<"restore"> {
  let summary = "tokens in their own order again";
  let description = [{
    Token `i` of the result is what `tensor` holds in the slot of `layout` that
    is for `i`: the inverse of `attn.reorder`. What was a result of an attend is
    one again: it may be returned, expanded, or read by other folds. `in_place`,
    which stage tiles adds: there is no tensor `tensor`; the kernel of the fold that
    makes it writes its rows where `result` has them.

    Shapes: `tensor` is `[B, H, S, D]` or, a number per row, `[B, H, S]`; `result`
    has `L` in place of `S`.

    Constraints:
      - (C1) `tensor` is a result of an attend over queries reordered by `layout`;
        `result` is of its type with the tokens, or `?`, in place of `S`.
      - (C2) what is `in_place` restores a result of a fold of stage tiles or later
        that nothing else takes.

    Example:

    ```mlir
    %o = attn.restore %ot by %windows : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
    ```
  }];
}

#endif // ATTN_DIALECT_ATTN_LAYOUTOPS_TD
