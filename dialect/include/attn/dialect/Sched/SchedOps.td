//===- SchedOps.td - Kernels, resources and roles -----------*- tablegen -*-===//

#ifndef ATTN_DIALECT_SCHED_SCHEDOPS_TD
#define ATTN_DIALECT_SCHED_SCHEDOPS_TD

include "attn/dialect/Attn/FoldOperands.td"
include "attn/dialect/Sched/SchedDialect.td"

def AttnSched_ForwardOp : AttnSched_Op<"forward", [
    Pure, IsolatedFromAbove, NoTerminator, AttrSizedOperandSegments,
    AttrSizedResultSegments, Attn_FoldOpInterface]> {
  let summary = "the kernel of one fold: resources and warp roles";
  let description = [{
    Computes what `attn_tile.fold` computes. A query tile has `query_tile` rows and
    visits tiles of `key_tile` keys. A CTA of `threads` threads computes one query
    tile or, where roles loop over `query_tiles`, one after the other; then there are
    no more CTAs than run at once. The rows of a query tile are the same
    `query_tile / head_tile` queries of `head_tile` neighbouring query heads, which read
    one key head: row `r` is query `r mod (query_tile / head_tile)` and head
    `r div (query_tile / head_tile)` of the tile. `plan` holds
    buffers and fragments, then one role after the other; roles run at the same
    time. `shared` is the dynamic shared memory of a CTA in bytes, barriers
    included.

    Holes: the bounds and the `visible` and `classify` regions of the stream's
    `attn.route`, and `score`, as in `attn_tile.fold`.

    Constraints:
      - (C1) shapes and `score` obey the rules of `attn.attend`,
        `operand_lengths` those of `attn_tile.fold`.
      - (C2) `plan` holds buffers, fragments and roles only.
      - (C3) buffers and barriers do not overlap, lie below `shared`, and buffers
        begin at multiples of 1024 bytes.
      - (C4) roles cover the warpgroups 0 to `threads / 128 - 1`, each once.
      - (C5) `head_tile` (default 1) divides the number of query heads, which then is
        static, and the rows of a tile into multiples of 16: a warp has rows of
        one head. In every stream neighbours read one key head.
      - (C6) where `head_tile` is not 1, no region reads the number of the head.
      - (C7) roles with steps all loop over `query_tiles`, or none does.

    Example:

    ```mlir
    %o = attn_sched.forward %q over %r tile(128, 128) scale(0.125) threads(384) shared(0) {
    } : tensor<1x1x64x64xbf16> -> tensor<1x1x64x64xbf16>
    ```
  }];
  let arguments = !con(Attn_foldOperands,
                       (ins Variadic<Attn_LengthsType>:$operandLengths,
                            I64Attr:$queryTile, I64Attr:$keyTile,
                            DefaultValuedAttr<I64Attr, "1">:$headTile,
                            F64Attr:$scale, I64Attr:$threads,
                            I64Attr:$shared));
  let results = Attn_foldResults;
  let regions = (region MaxSizedRegion<1>:$score, MaxSizedRegion<1>:$plan);
  let assemblyFormat = [{
    $q (`lengths` `(` $lengths^ `)`)? `over` $streams (`from` $states^)?
    (`operand_lengths` `(` $operandLengths^ `)`)?
    `tile` `(` $queryTile `,` $keyTile `)` (`heads` `(` $headTile^ `)`)? `scale` `(` $scale `)`
    (`sink` `(` $sink^ `:` type($sink) `)`)?
    (`score` (`(` $captures^ `:` type($captures) `)`)? $score^)?
    `threads` `(` $threads `)` `shared` `(` $shared `)` $plan
    attr-dict `:` type($q) `->` type($out) (`,` type($lse)^)?
    (`mass` `(` type($mass)^ `)`)? (`state` `(` type($state)^ `)`)?
  }];
  let extraClassDeclaration = [{
    /// Queries of a tile.
    int64_t getQueriesPerTile() { return getQueryTile() / getHeadTile(); }
    /// A CTA computes one query tile after the other.
    bool isPersistent();
  }];
  let hasVerifier = 1;
}

def AttnSched_BufferOp : AttnSched_Op<"buffer", [
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "a ring of tiles in shared memory";
  let description = [{
    `stages` tiles of `rows` x `columns` elements of `tensor` at byte
    `at`. Layout of a stage: one block of 64 columns after the other, each `rows`
    x 128 bytes with the 128-byte swizzle. Barriers: the full ones at byte
    `barriers`, 8 bytes each, then the empty ones if `empty_arrivals` is not 0.
    `arrivals` are those that complete a phase, beside the bytes of TMA loads.

    Constraints:
      - (C1) `tensor` is "q", "k" or "v".
      - (C2) `rows` is a multiple of 8, `columns` of 64, both at most 256, `stages`
        1 or more.
      - (C3) stands in the plan of `attn_sched.forward`.

    Example:

    ```mlir
    %k = attn_sched.buffer "k" rows(128) columns(128) stages(2) at(32768) barriers(163848) arrivals(1, 2)
    ```
  }];
  let arguments = (ins StrAttr:$tensor, I64Attr:$rows, I64Attr:$columns,
                       I64Attr:$stages, I64Attr:$at, I64Attr:$barriers,
                       I64Attr:$fullArrivals, I64Attr:$emptyArrivals);
  let results = (outs AttnSched_BufferType:$buffer);
  let assemblyFormat = [{
    $tensor `rows` `(` $rows `)` `columns` `(` $columns `)` `stages` `(` $stages `)`
    `at` `(` $at `)` `barriers` `(` $barriers `)`
    `arrivals` `(` $fullArrivals `,` $emptyArrivals `)` attr-dict
  }];
  let extraClassDeclaration = [{
    /// Bytes of one stage; elements have two bytes.
    int64_t getStageBytes() { return getRows() * getColumns() * 2; }
    int64_t getEnd() { return getAt() + getStages() * getStageBytes(); }
    int64_t getBarriersEnd() {
      return getBarriers() + 8 * getStages() * (getEmptyArrivals() ? 2 : 1);
    }
  }];
  let hasVerifier = 1;
}

def AttnSched_FragmentOp : AttnSched_Op<"fragment", [
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "a tile in the registers of each consumer warpgroup";
  let description = [{
    `rows` x `columns` elements, spread over 128 threads as `wgmma` has it: f32 as
    an accumulator, two bytes as an A operand.

    Constraints:
      - (C1) `rows` is 64 and `columns` a multiple of 8, at most 256.

    Example:

    ```mlir
    %s = attn_sched.fragment f32 rows(64) columns(128)
    ```
  }];
  let arguments = (ins TypeAttr:$element, I64Attr:$rows, I64Attr:$columns);
  let results = (outs AttnSched_FragmentType:$fragment);
  let assemblyFormat = [{
    $element `rows` `(` $rows `)` `columns` `(` $columns `)` attr-dict
  }];
  let hasVerifier = 1;
}

def AttnSched_RoleOp : AttnSched_Op<"role", [NoTerminator]> {
  let summary = "what some warpgroups of the CTA do";
  let description = [{
    Warpgroups `first` to `first + count - 1` set their budget to `registers` per
    thread (`setmaxnreg`) and run the steps inside, for the query tile of the CTA
    or in a loop over its `query_tiles`. With `elected` one thread of the first warp
    does the steps of a tile, the other warps leave.

    Constraints:
      - (C1) `registers` is a multiple of 8 from 24 to 256.
      - (C2) holds steps, `key_tiles`, and `query_tiles` once at most; beside that
        only turns that are opened and closed.
      - (C3) no step reads or overwrites a fragment that a wgmma in flight writes,
        or overwrites one that it reads.
      - (C4) a product reads a buffer only between `await` and `release`, and
        `release` comes after the wait that covers the products that read it.
      - (C5) turns are opened before and closed behind all loops, once; only a role
        of two or more whole warpgroups, and only one of a kernel, has turns.
      - (C6) a turn is taken where turns are open, and passed in the same block;
        between the two the warpgroup neither runs a loop nor meets others
        (`clear`).

    Example:

    ```mlir
    attn_sched.role "producer" warpgroups(0, 1) registers(24) elected {
    }
    ```
  }];
  let arguments = (ins StrAttr:$name, I64Attr:$first, I64Attr:$count,
                       I64Attr:$registers, UnitAttr:$elected);
  let regions = (region MaxSizedRegion<1>:$body);
  let assemblyFormat = [{
    $name `warpgroups` `(` $first `,` $count `)` `registers` `(` $registers `)`
    (`elected` $elected^)? $body attr-dict
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def AttnSched_QueryTilesOp : AttnSched_Op<"query_tiles", [
    NoTerminator, HasParent<"RoleOp">]> {
  let summary = "the loop over the query tiles of the CTA";
  let description = [{
    All roles of a CTA visit the same query tiles in the same order. Rings go on
    from one to the next: a producer may be in the next tile while consumers are
    in this one. Fragments begin anew. Query tiles without rows are skipped.

    Which tiles, in which order: tiles have numbers, and CTA `c` of `G` visits
    number `k G + c` in round `k`, or `k G + G - 1 - c` where `k` is odd. Numbers go
    through sections of heads whose keys and values fit in the L2 cache; in a
    section from the last query tile to the first, and of each all heads.

    Example:

    ```mlir
    attn_sched.role "producer" warpgroups(0, 1) registers(24) elected {
      attn_sched.query_tiles {
        attn_sched.acquire %q
        attn_sched.load %q
      }
    }
    ```
  }];
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$body attr-dict";
}

def AttnSched_KeyTilesOp : AttnSched_Op<"key_tiles", [NoTerminator]> {
  let summary = "the loop over the key tiles that the query tile sees";
  let description = [{
    Hole: the key iterator. Visits the `streams` streams of the kernel in their
    order, and of each, in ascending order, the key tiles that meet the bounds of
    its route and that its `classify` does not exclude; all roles visit the same
    ones. One loop: rings, fragments and steps serve all streams, a tile brings
    its tensors, length and regions along. `begin` runs for the first tile of
    all, `steady` for every other, `end` once behind the last. Without `begin`
    and `end`, `steady` runs for all. If no tile is visited, `none` runs instead.

    Constraints:
      - (C1) `streams` (default 1) is the number of streams of the kernel.

    Example:

    ```mlir
    attn_sched.key_tiles {
      attn_sched.acquire %k
      attn_sched.load %k
    }
    ```
  }];
  let arguments = (ins DefaultValuedAttr<I64Attr, "1">:$streams);
  let regions = (region MaxSizedRegion<1>:$begin, SizedRegion<1>:$steady,
                        MaxSizedRegion<1>:$end, MaxSizedRegion<1>:$none);
  let assemblyFormat = [{
    (`streams` `(` $streams^ `)`)? (`begin` $begin^)? $steady (`end` $end^)?
    (`none` $none^)? attr-dict
  }];
  let hasVerifier = 1;
}

include "attn/dialect/Sched/StepOps.td"

#endif // ATTN_DIALECT_SCHED_SCHEDOPS_TD
