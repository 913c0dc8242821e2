//===- Passes.td - Passes between the stages ----------------*- tablegen -*-===//
//
// One section per stage. The order in which they run is written once, in
// passes/lib/Pipelines.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_PASSES_PASSES_TD
#define ATTN_PASSES_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// Stage: routes
//===----------------------------------------------------------------------===//

def FlattenIf : Pass<"attn-flatten-if"> {
  let summary = "turn scf.if inside score regions into selects";
  let description = [{
    Lanes of a vector take both sides of a branch, so a region must have none.
    The bodies of `scf.if` move in front of it and its results become selects. A
    divisor inside a branch becomes 1 where the branch is not taken.

    Stage contract: reads and writes stage `input`. Numerics: unchanged.

    Before:

    ```mlir
    func.func @relu(%q: tensor<1x1x4x8xf32>, %k: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
      %s = attn.stream %k, %k : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
      %o = attn.attend %q over %s score {
      ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
        %zero = arith.constant 0.0 : f32
        %positive = arith.cmpf ogt, %x, %zero : f32
        %y = scf.if %positive -> f32 {
          scf.yield %x : f32
        } else {
          scf.yield %zero : f32
        }
        attn.yield %y : f32
      } : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
      return %o : tensor<1x1x4x8xf32>
    }
    ```

    After:

    ```mlir
    func.func @relu(%q: tensor<1x1x4x8xf32>, %k: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
      %s = attn.stream %k, %k : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
      %o = attn.attend %q over %s score {
      ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
        %zero = arith.constant 0.0 : f32
        %positive = arith.cmpf ogt, %x, %zero : f32
        %y = arith.select %positive, %x, %zero : f32
        attn.yield %y : f32
      } : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
      return %o : tensor<1x1x4x8xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def MaskToRoutes : Pass<"attn-mask-to-routes"> {
  let summary = "prove which keys a run of queries sees: masks become routes";
  let description = [{
    Replaces every `attn.stream` by an `attn.route`. The mask becomes the
    predicate of one pair (`visible`). From it follow, for all lengths and tile
    sizes, without looking at a single pair:

      - conditions of the form `j <= e` or `j >= e` become the four bounds; `e` is
        made of the query index, lengths, numbers read by batch and head, sums and
        floor quotients; also below quotients of `j`. Of a disjunction the hull
        bounds the keys that some row sees;
      - what is left becomes `classify`: the predicate evaluated on intervals, a
        table read giving the extremes of a run of the table.

    Metadata is O(1) for ranges and O(L) for tables. Remark `Routes`: what could
    not be expressed by ranges, and what not even by intervals.

    Stage contract: `input` -> `routes`. Numerics: unchanged.

    Before:

    ```mlir
    func.func @causal(%q: tensor<1x1x4x8xf32>, %k: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
      %m = attn.mask.causal
      %s = attn.stream %k, %k mask %m : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
      %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
      return %o : tensor<1x1x4x8xf32>
    }
    ```

    After:

    ```mlir
    func.func @causal(%q: tensor<1x1x4x8xf32>, %k: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
      %r = attn.route %k, %k
          bounds {
          ^bb0(%b: index, %h: index, %q0: index, %q1: index):
            %one = arith.constant 1 : index
            %zero = arith.constant 0 : index
            %lk = attn.length keys
            %lq = attn.length queries
            %before = arith.subi %q1, %lq : index
            %last = arith.addi %before, %lk : index
            %end = arith.addi %last, %one : index
            %upper = arith.minsi %lk, %end : index
            %before0 = arith.subi %q0, %lq : index
            %last0 = arith.addi %before0, %lk : index
            %end0 = arith.addi %last0, %one : index
            %full = arith.minsi %lk, %end0 : index
            attn.yield %zero, %upper, %zero, %full : index, index, index, index
          } visible {
          ^bb0(%b: index, %h: index, %i: index, %j: index):
            %lk = attn.length keys
            %lq = attn.length queries
            %shift = arith.subi %lk, %lq : index
            %p = arith.addi %i, %shift : index
            %ok = arith.cmpi sle, %j, %p : index
            attn.yield %ok : i1
          } : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
      %o = attn.attend %q over %r : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
      return %o : tensor<1x1x4x8xf32>
    }
    ```
  }];
  let dependentDialects = ["::attn::AttnDialect", "::mlir::arith::ArithDialect"];
}

//===----------------------------------------------------------------------===//
// Stage: tiles
//===----------------------------------------------------------------------===//

def AttachTarget : Pass<"attn-attach-target", "::mlir::ModuleOp"> {
  let summary = "put the sizes and limits of a target on the module";
  let description = [{
    Sets the module attribute `attn.target`, from which later passes read tile
    sizes and limits; no pass asks for a target by name.

    Stage contract: reads and writes stage `routes`. Numerics: unchanged.

    Before:

    ```mlir
    module {
    }
    ```

    After:

    ```mlir
    module attributes {attn.target = #attn.target<"cpu", {key_tile = 32 : i64, query_tile = 48 : i64, reads_in_place = 1 : i64, small_key_tile = 16 : i64, small_query_tile = 16 : i64, split_keys = 256 : i64, split_rows = 16 : i64, split_tasks = 64 : i64, writes_in_place = 1 : i64}>} {
    }
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"\"cpu\"",
           "Name of the target; legal: the names in passes/lib/Target.cpp.">
  ];
  let dependentDialects = ["::attn::AttnDialect"];
}

def TileAttend : Pass<"attn-tile-attend", "::mlir::ModuleOp"> {
  let summary = "cut attends into folds over tiles of queries and keys";
  let description = [{
    Replaces every `attn.attend` by an `attn_tile.fold` with the tile sizes of the
    module's `attn.target`: `query_tile` by `key_tile`, or what takes less time by
    a count of the tiles that a narrow mask visits, `small_query_tile` by
    `small_key_tile`, one tile of all tokens, or a block of an order of tokens. Reads of table extremes in `classify` become reads of
    `attn_tile.summarize`d tables, O(L) each. A constant that a score region
    multiplies logits by, or divides by, before anything else joins `scale`.

    Stage contract: `routes` -> `tiles`. Numerics: sums are taken tile by tile;
    every bound of `test/README.md` holds for any tile size.

    Before:

    ```mlir
    module attributes {attn.target = #attn.target<"cpu", {key_tile = 32 : i64, query_tile = 48 : i64}>} {
      func.func @full(%q: tensor<1x1x4x16xf32>, %k: tensor<1x1x4x16xf32>) -> tensor<1x1x4x16xf32> {
        %r = attn.route %k, %k
            : tensor<1x1x4x16xf32>, tensor<1x1x4x16xf32>
        %o = attn.attend %q over %r : tensor<1x1x4x16xf32> -> tensor<1x1x4x16xf32>
        return %o : tensor<1x1x4x16xf32>
      }
    }
    ```

    After:

    ```mlir
    module attributes {attn.target = #attn.target<"cpu", {key_tile = 32 : i64, query_tile = 48 : i64}>} {
      func.func @full(%q: tensor<1x1x4x16xf32>, %k: tensor<1x1x4x16xf32>) -> tensor<1x1x4x16xf32> {
        %r = attn.route %k, %k
            : tensor<1x1x4x16xf32>, tensor<1x1x4x16xf32>
        %o = attn_tile.fold %q over %r tile(48, 32) scale(2.500000e-01)
            : tensor<1x1x4x16xf32> -> tensor<1x1x4x16xf32>
        return %o : tensor<1x1x4x16xf32>
      }
    }
    ```
  }];
  let dependentDialects = ["::attn::tile::AttnTileDialect",
                           "::mlir::arith::ArithDialect"];
}

def LayoutsInPlace : Pass<"attn-layouts-in-place", "::mlir::ModuleOp"> {
  let summary = "let kernels find tokens through layouts instead of copying them";
  let description = [{
    Makes an `attn.reorder` `in_place` that only folds take as q and routes as k
    or v, if the module's `attn.target` has `reads_in_place`, or limits of boxes
    (`box_rows`, `box_axes`, `box_elements`, `box_stride`) that fit the layout and
    the tiles of all these folds; an `attn.restore` of a result of a fold that
    nothing else takes, if it has `writes_in_place`. They
    then cost no kernel and no buffer: the kernel of the fold finds the token of
    each slot. Others, those of states and merges, stay copies.

    Stage contract: reads and writes stage `tiles`. Numerics: unchanged.

    Before:

    ```mlir
    module attributes {attn.target = #attn.target<"cpu", {reads_in_place = 1 : i64, writes_in_place = 1 : i64}>} {
      func.func @windows(%q: tensor<1x1x64x16xf32>, %k: tensor<1x1x64x16xf32>) -> tensor<1x1x64x16xf32> {
        %l = attn.layout.grid shape(8, 8) tile(4, 4)
        %qt = attn.reorder %q by %l : tensor<1x1x64x16xf32> -> tensor<1x1x64x16xf32>
        %kt = attn.reorder %k by %l : tensor<1x1x64x16xf32> -> tensor<1x1x64x16xf32>
        %r = attn.route %kt, %kt : tensor<1x1x64x16xf32>, tensor<1x1x64x16xf32>
        %ot = attn_tile.fold %qt over %r tile(16, 16) scale(2.500000e-01)
            : tensor<1x1x64x16xf32> -> tensor<1x1x64x16xf32>
        %o = attn.restore %ot by %l : tensor<1x1x64x16xf32> -> tensor<1x1x64x16xf32>
        return %o : tensor<1x1x64x16xf32>
      }
    }
    ```

    After:

    ```mlir
    module attributes {attn.target = #attn.target<"cpu", {reads_in_place = 1 : i64, writes_in_place = 1 : i64}>} {
      func.func @windows(%q: tensor<1x1x64x16xf32>, %k: tensor<1x1x64x16xf32>) -> tensor<1x1x64x16xf32> {
        %l = attn.layout.grid shape(8, 8) tile(4, 4)
        %qt = attn.reorder %q by %l in_place : tensor<1x1x64x16xf32> -> tensor<1x1x64x16xf32>
        %kt = attn.reorder %k by %l in_place : tensor<1x1x64x16xf32> -> tensor<1x1x64x16xf32>
        %r = attn.route %kt, %kt : tensor<1x1x64x16xf32>, tensor<1x1x64x16xf32>
        %ot = attn_tile.fold %qt over %r tile(16, 16) scale(2.500000e-01)
            : tensor<1x1x64x16xf32> -> tensor<1x1x64x16xf32>
        %o = attn.restore %ot by %l in_place : tensor<1x1x64x16xf32> -> tensor<1x1x64x16xf32>
        return %o : tensor<1x1x64x16xf32>
      }
    }
    ```
  }];
}

def SplitKeys : Pass<"attn-split-keys", "::mlir::ModuleOp"> {
  let summary = "give folds that may have few queries a form with keys in parts";
  let description = [{
    A few queries make too few tasks for many threads, and fill a fraction of a
    tile. Folds that may be launched with up to `split_rows` queries get `split` and
    `parts`: rows of query heads that share keys are packed into one tile, and the
    keys are cut into parts that are joined afterwards. Queries and keys of such a
    fold are different tokens (another letter, or few static queries), queries are
    not packed, none stands in the order of a layout, and keys are not a static
    number below `2 * split_keys`. Heads share tiles where no region asks for the
    head. Limits are of the module's
    `attn.target`; a target without them has no such form.

    Stage contract: reads and writes stage `tiles`. Numerics: with few queries sums
    are taken part by part; which parts there are follows from the sizes.

    Before:

    ```mlir
    module attributes {attn.target = #attn.target<"cpu", {split_keys = 256 : i64, split_rows = 16 : i64, split_tasks = 64 : i64}>} {
      func.func @decode(%q: tensor<1x8x1x64xf32>, %k: tensor<1x2x4096x64xf32>) -> tensor<1x8x1x64xf32> {
        %r = attn.route %k, %k
            : tensor<1x2x4096x64xf32>, tensor<1x2x4096x64xf32>
        %o = attn_tile.fold %q over %r tile(16, 32) scale(1.250000e-01)
            : tensor<1x8x1x64xf32> -> tensor<1x8x1x64xf32>
        return %o : tensor<1x8x1x64xf32>
      }
    }
    ```

    After:

    ```mlir
    module attributes {attn.target = #attn.target<"cpu", {split_keys = 256 : i64, split_rows = 16 : i64, split_tasks = 64 : i64}>} {
      func.func @decode(%q: tensor<1x8x1x64xf32>, %k: tensor<1x2x4096x64xf32>) -> tensor<1x8x1x64xf32> {
        %r = attn.route %k, %k
            : tensor<1x2x4096x64xf32>, tensor<1x2x4096x64xf32>
        %o, %parts = attn_tile.fold %q over %r tile(16, 32) scale(1.250000e-01)
            split(<rows = 16, heads = 4, keys = 256, tasks = 64>)
            : tensor<1x8x1x64xf32> -> tensor<1x8x1x64xf32> parts(tensor<?x?x?x?xf32>)
        return %o : tensor<1x8x1x64xf32>
      }
    }
    ```
  }];
  let dependentDialects = ["::attn::tile::AttnTileDialect"];
}

//===----------------------------------------------------------------------===//
// Stage: schedule
//===----------------------------------------------------------------------===//

def ScheduleForward : Pass<"attn-schedule-forward", "::mlir::ModuleOp"> {
  let summary = "plan the kernel of every fold: roles, rings, barriers, budgets";
  let description = [{
    Replaces every `attn_tile.fold` by an `attn_sched.forward` with the forward
    skeleton: one producer warpgroup that fills rings of K and V tiles, and a
    consumer warpgroup per 64 queries of a tile, that overlaps Q K^T of one key
    tile with P V of the tile before; several of them, up to head size
    `turn_head_size`, take turns in issuing their products. Score region, mask and key iterator stay holes. Numbers come
    from the module's `attn.target`.

    Roles loop over query tiles where no region of the fold reads a table and it has
    neither initial states nor a state result; else a CTA computes one (`passes/README.md`).

    Head sizes that are multiples of `tma_columns` are loaded by TMA (one elected
    thread); others by ordinary loads of the whole producer warpgroup.

    Stage contract: `tiles` -> `schedule`. Numerics: unchanged.

    Before:

    ```mlir
    module attributes {attn.target = #attn.target<"sm_90a", {consumer_registers = 240 : i64, head_size = 256 : i64, key_tile = 64 : i64, producer_registers = 24 : i64, producer_registers_boxes = 40 : i64, producer_registers_wide = 40 : i64, query_tile = 64 : i64, registers = 65536 : i64, shared_bytes = 232448 : i64, stages = 2 : i64, tma_columns = 8 : i64, turn_head_size = 128 : i64}>} {
      func.func @full(%q: tensor<1x1x4x64xbf16>) -> tensor<1x1x4x64xbf16> {
        %r = attn.route %q, %q
            : tensor<1x1x4x64xbf16>, tensor<1x1x4x64xbf16>
        %o = attn_tile.fold %q over %r tile(64, 64) scale(1.250000e-01)
            : tensor<1x1x4x64xbf16> -> tensor<1x1x4x64xbf16>
        return %o : tensor<1x1x4x64xbf16>
      }
    }
    ```

    After:

    ```mlir
    module attributes {attn.target = #attn.target<"sm_90a", {consumer_registers = 240 : i64, head_size = 256 : i64, key_tile = 64 : i64, producer_registers = 24 : i64, producer_registers_boxes = 40 : i64, producer_registers_wide = 40 : i64, query_tile = 64 : i64, registers = 65536 : i64, shared_bytes = 232448 : i64, stages = 2 : i64, tma_columns = 8 : i64, turn_head_size = 128 : i64}>} {
      func.func @full(%arg0: tensor<1x1x4x64xbf16>) -> tensor<1x1x4x64xbf16> {
        %0 = attn.route %arg0, %arg0 : tensor<1x1x4x64xbf16>, tensor<1x1x4x64xbf16>
        %out = attn_sched.forward %arg0 over %0 tile(64, 64) scale(1.250000e-01) threads(256) shared(41040) {
          %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(40960) arrivals(1, 1)
          %k = attn_sched.buffer "k" rows(64) columns(64) stages(2) at(8192) barriers(40976) arrivals(1, 1)
          %v = attn_sched.buffer "v" rows(64) columns(64) stages(2) at(24576) barriers(41008) arrivals(1, 1)
          %s = attn_sched.fragment f32 rows(64) columns(64)
          %p = attn_sched.fragment bf16 rows(64) columns(64)
          %o = attn_sched.fragment f32 rows(64) columns(64)
          attn_sched.role "producer" warpgroups(0, 1) registers(24) elected {
            attn_sched.query_tiles {
              attn_sched.key_tiles begin {
                attn_sched.acquire %k
                attn_sched.load %k
                attn_sched.acquire %q
                attn_sched.load %q
                attn_sched.acquire %v
                attn_sched.load %v
              } {
                attn_sched.acquire %k
                attn_sched.load %k
                attn_sched.acquire %v
                attn_sched.load %v
              } none {
                attn_sched.acquire %q
                attn_sched.load %q
              }
            }
          }
          attn_sched.role "consumer" warpgroups(1, 1) registers(240) {
            attn_sched.query_tiles {
              attn_sched.await %q
              attn_sched.key_tiles begin {
                attn_sched.await %k
                attn_sched.logits %s = %q, %k
                attn_sched.settle 0 for %s
                attn_sched.release %k
                attn_sched.score %s
                attn_sched.mask %s
                attn_sched.softmax %s
                attn_sched.await %k if_more
                attn_sched.convert %p = %s
              } {
                attn_sched.logits %s = %q, %k
                attn_sched.await %v
                attn_sched.accumulate %p, %v into %o
                attn_sched.settle 1 for %s
                attn_sched.release %k
                attn_sched.score %s
                attn_sched.mask %s
                attn_sched.softmax %s
                attn_sched.await %k if_more
                attn_sched.anchor %s
                attn_sched.settle 0 for %o
                attn_sched.release %v
                attn_sched.rescale %o
                attn_sched.convert %p = %s
              } end {
                attn_sched.await %v
                attn_sched.accumulate %p, %v into %o
                attn_sched.settle 0 for %o
                attn_sched.release %v
              }
              attn_sched.store %o through %q
              attn_sched.release %q
            }
          }
        } : tensor<1x1x4x64xbf16> -> tensor<1x1x4x64xbf16>
        return %out : tensor<1x1x4x64xbf16>
      }
    }
    ```
  }];
  let dependentDialects = ["::attn::sched::AttnSchedDialect"];
}

//===----------------------------------------------------------------------===//
// Contracts
//===----------------------------------------------------------------------===//

def VerifyStage : Pass<"attn-verify-stage", "::mlir::ModuleOp"> {
  let summary = "check that a module holds only what its stage allows";
  let description = [{
    Fails at the first op that may not exist after the stage, with a note that
    says which pass should have removed it, or what the program should do instead;
    and at a mask made of more than 4096 masks, each counted as often as it is used.

    Stage contract: changes nothing.

    Before:

    ```mlir
    module {
    }
    ```

    After:

    ```mlir
    module {
    }
    ```
  }];
  let options = [
    Option<"stage", "stage", "std::string", /*default=*/"\"input\"",
           "Stage to check: input, routes, tiles or schedule.">
  ];
}

#endif // ATTN_PASSES_PASSES_TD
