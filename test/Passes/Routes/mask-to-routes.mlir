// RUN: attn-opt %s --attn-mask-to-routes | FileCheck %s
// RUN: attnc %s --emit=routes -o /dev/null --explain=Routes 2>&1 | FileCheck %s --check-prefix=SAYS

// No mask: every key of the length, no region.
//
// SAYS: some row may see keys 0 <= j < Lk; every row passes 0 <= j < Lk; conditions that are no ranges: 0
// CHECK-LABEL: func.func @full
// CHECK:         attn.route %{{.*}}, %{{.*}} : tensor
// CHECK-NOT:     visible
func.func @full(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  %s = attn.stream %q, %q : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// A causal mask is a range: the last row of a run gives the union, the first the
// intersection. Nothing is left to classify.
//
// SAYS: some row may see keys 0 <= j < min(Lk, q1 - Lq + Lk - 1); every row passes 0 <= j < min(Lk, q0 - Lq + Lk - 1); conditions that are no ranges: 0
// CHECK-LABEL: func.func @causal_with_offset
// CHECK:         bounds {
// CHECK-NEXT:    ^bb0(%{{.*}}: index, %{{.*}}: index, %[[Q0:.*]]: index, %[[Q1:.*]]: index):
// CHECK:           arith.subi %[[Q1]],
// CHECK:           arith.subi %[[Q0]],
// CHECK:           attn.yield %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : index, index, index, index
// CHECK:         } visible {
// CHECK:           %[[OK:.*]] = arith.cmpi sle
// CHECK:           attn.yield %[[OK]] : i1
// CHECK-NOT:     classify
// CHECK:         attn.attend
func.func @causal_with_offset(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  %m = attn.mask.causal offset(-2)
  %s = attn.stream %q, %q mask %m : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// A window and a causal mask together are one range, with a lower bound too. The
// double negation is seen through.
//
// SAYS: some row may see keys max(0, q0 - Lq + Lk - 5) <= j < min(Lk, q1 - Lq + Lk + 1); every row passes max(0, q1 - Lq + Lk - 5) <= j < min(Lk, q0 - Lq + Lk + 1); conditions that are no ranges: 0
// CHECK-LABEL: func.func @window_and_causal
// CHECK-NOT:     attn.mask
// CHECK:         attn.route
// CHECK-NOT:     classify
// CHECK:         return
func.func @window_and_causal(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  %c = attn.mask.causal
  %w = attn.mask.window left(5)
  %n = attn.mask.not %w
  %nn = attn.mask.not %n
  %m = attn.mask.and %c, %nn
  %s = attn.stream %q, %q mask %m : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// The negation of a causal mask is the range of keys behind the query.
//
// SAYS: some row may see keys max(0, q0 - Lq + Lk + 1) <= j < Lk
// CHECK-LABEL: func.func @not_causal
// CHECK-NOT:     classify
// CHECK:         return
func.func @not_causal(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  %c = attn.mask.causal
  %m = attn.mask.not %c
  %s = attn.stream %q, %q mask %m : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// Numbers read by head and by batch are bounds too; a block is a range of its own.
//
// SAYS: some row may see keys max(0, q0 - Lq + Lk - lefts[h], 64 * floor((q0 - Lq + Lk) / 64)) <= j
// SAYS-SAME: < min(Lk, prefix[b], 64 * floor((q1 - Lq + Lk) / 64) + 64); every row
// SAYS-SAME: conditions that are no ranges: 0
// CHECK-LABEL: func.func @tables
// CHECK:         bounds {
// CHECK-NEXT:    ^bb0(%[[B:.*]]: index, %[[H:.*]]: index, %{{.*}}: index, %{{.*}}: index, %[[PREFIX:.*]]: tensor<1xi32>, %[[LEFTS:.*]]: tensor<1xi32>):
// CHECK-DAG:       attn.read %[[PREFIX]][%[[B]]]
// CHECK-DAG:       attn.read %[[LEFTS]][%[[H]]]
// CHECK:         } visible {
// CHECK-NOT:     classify
// CHECK:         return
func.func @tables(%q: tensor<1x1x4x8xf32>, %prefix: tensor<1xi32> {attn.name = "prefix"}, %lefts: tensor<1xi32> {attn.name = "lefts"}) -> tensor<1x1x4x8xf32> {
  %p = attn.mask.prefix %prefix : tensor<1xi32>
  %w = attn.mask.window left(%lefts : tensor<1xi32>)
  %b = attn.mask.block size(64)
  %m = attn.mask.and %p, %w, %b
  %s = attn.stream %q, %q mask %m : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// A region that says "within 7 of me" is two bounds, in i32 as well.
//
// SAYS: some row may see keys max(0, q0 - 7) <= j < min(Lk, q1 + 8); every row passes max(0, q1 - 7) <= j < min(Lk, q0 + 8); conditions that are no ranges: 0
// CHECK-LABEL: func.func @free_distance
// CHECK-NOT:     classify
// CHECK:         return
func.func @free_distance(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  %m = attn.mask.free {
  ^bb0(%b: index, %h: index, %i: index, %j: index):
    %i32 = arith.index_cast %i : index to i32
    %j32 = arith.index_cast %j : index to i32
    %d = arith.subi %i32, %j32 : i32
    %a = math.absi %d : i32
    %seven = arith.constant 7 : i32
    %ok = arith.cmpi sle, %a, %seven : i32
    attn.yield %ok : i1
  }
  %s = attn.stream %q, %q mask %m : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// i + j may wrap in i32, and a remainder is any number in a tile: no ranges, and a
// remark names the second.
//
// SAYS: conditions that are no ranges: 2
// SAYS: always masked: neither ranges nor intervals decide 'addi(i, j)'
// SAYS: always masked: neither ranges nor intervals decide 'j mod 3'
// CHECK-LABEL: func.func @free_undecided
// CHECK:         classify {
// CHECK:         return
func.func @free_undecided(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  %m = attn.mask.free {
  ^bb0(%b: index, %h: index, %i: index, %j: index):
    %i32 = arith.index_cast %i : index to i32
    %j32 = arith.index_cast %j : index to i32
    %sum = arith.addi %i32, %j32 : i32
    %seven = arith.constant 7 : i32
    %0 = arith.cmpi sge, %sum, %seven : i32
    %three = arith.constant 3 : index
    %one = arith.constant 1 : index
    %r = arith.remui %j, %three : index
    %1 = arith.cmpi sle, %r, %one : index
    %ok = arith.andi %0, %1 : i1
    attn.yield %ok : i1
  }
  %s = attn.stream %q, %q mask %m : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// Documents are no range: tiles are classified by the extremes of their ids. The
// causal half still bounds the keys and is not classified again.
//
// SAYS: some row may see keys 0 <= j < min(Lk, q1 - Lq + Lk + 1)
// CHECK-LABEL: func.func @causal_documents
// CHECK-SAME:    %[[Q:.*]]: tensor<1x1x4x8xf32>, %[[IDS:.*]]: tensor<1x4xi32>
// CHECK:         attn.route %[[Q]], %[[Q]] captures(%[[IDS]] : tensor<1x4xi32>)
// CHECK:         visible {
// CHECK:         } classify {
// CHECK-NEXT:    ^bb0(%[[B:.*]]: index, %{{.*}}: index, %[[Q0:.*]]: index, %[[Q1:.*]]: index, %[[K0:.*]]: index, %[[K1:.*]]: index, %[[T:.*]]: tensor<1x4xi32>):
// CHECK:           %[[QMIN:.*]], %[[QMAX:.*]] = attn.read_range %[[T]][%[[B]]] from %[[Q0]] to %[[Q1]]
// CHECK:           %[[KMIN:.*]], %[[KMAX:.*]] = attn.read_range %[[T]][%[[B]]] from %[[K0]] to %[[K1]]
// CHECK-NOT:       arith.addi
// CHECK:           attn.yield
func.func @causal_documents(%q: tensor<1x1x4x8xf32>, %ids: tensor<1x4xi32>) -> tensor<1x1x4x8xf32> {
  %c = attn.mask.causal
  %d = attn.mask.document %ids, %ids : tensor<1x4xi32>, tensor<1x4xi32>
  %m = attn.mask.and %d, %c
  %s = attn.stream %q, %q mask %m : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// A limit that is the same for all rows cuts off the keys that a table is read at.
//
// CHECK-LABEL: func.func @first_documents
// CHECK:         classify {
// CHECK:           %[[LAST:.*]] = arith.minsi
// CHECK:           attn.read_range %{{.*}}[%{{.*}}] from %{{.*}} to %[[LAST]]
func.func @first_documents(%q: tensor<1x1x4x8xf32>, %ids: tensor<1x4xi32>) -> tensor<1x1x4x8xf32> {
  %c = attn.mask.first count(3)
  %d = attn.mask.document %ids, %ids : tensor<1x4xi32>, tensor<1x4xi32>
  %m = attn.mask.and %d, %c
  %s = attn.stream %q, %q mask %m : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// A disjunction is classified as a whole, on intervals; its hull bounds the keys.
//
// SAYS: some row may see keys max(0, min(q0 - Lq + Lk - 5, q0 - Lq + Lk - 9)) <= j < Lk; every row passes 0 <= j < Lk; conditions that are no ranges: 1
// CHECK-LABEL: func.func @window_or_window
// CHECK:         classify {
// CHECK:           arith.ori
// CHECK:           attn.yield
func.func @window_or_window(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  %w = attn.mask.window left(5)
  %d = attn.mask.window left(9) right(2)
  %m = attn.mask.or %w, %d
  %s = attn.stream %q, %q mask %m : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// Two limits that numbers per head may set against each other: where left + right < 0, no
// row sees a key, wherever the run of rows is.
//
// CHECK-LABEL: func.func @contradiction
// CHECK:         bounds {
// CHECK:           %[[L:.*]] = arith.index_cast %{{.*}} : i32 to index
// CHECK:           %[[R:.*]] = arith.index_cast %{{.*}} : i32 to index
// CHECK:           %[[SUM:.*]] = arith.addi %[[L]], %[[R]] : index
// CHECK:           %[[AGREE:.*]] = arith.cmpi sge, %[[SUM]], %{{.*}} : index
// CHECK:           arith.select %[[AGREE]], %{{.*}}, %{{.*}} : index
// CHECK:           attn.yield
func.func @contradiction(%q: tensor<1x2x4x8xf32>, %l: tensor<2xi32>, %r: tensor<2xi32>) -> tensor<1x2x4x8xf32> {
  %m = attn.mask.window left(%l : tensor<2xi32>) right(%r : tensor<2xi32>)
  %s = attn.stream %q, %q mask %m : tensor<1x2x4x8xf32>, tensor<1x2x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x2x4x8xf32> -> tensor<1x2x4x8xf32>
  return %o : tensor<1x2x4x8xf32>
}

// Arithmetic that intervals say nothing about, of blocks alone: in a tile inside of one block
// of each axis it is one value, that of the first pair.
//
// CHECK-LABEL: func.func @blocks_by_bits
// CHECK:         classify {
// CHECK:           %[[ONE:.*]] = arith.andi
// CHECK:           %[[BITS:.*]] = arith.xori %{{.*}}, %{{.*}} : index
// CHECK:           %[[BIT:.*]] = arith.cmpi eq, %{{.*}}, %{{.*}} : index
// CHECK-DAG:       %[[SPLIT:.*]] = arith.xori %[[ONE]], %{{.*}} : i1
// CHECK-DAG:       %[[SOME:.*]] = arith.ori %[[SPLIT]], %[[BIT]] : i1
// CHECK-DAG:       %[[ALL:.*]] = arith.andi %[[ONE]], %[[BIT]] : i1
// CHECK:           attn.yield %[[SOME]], %[[ALL]] : i1, i1
func.func @blocks_by_bits(%q: tensor<1x1x256x8xf32>) -> tensor<1x1x256x8xf32> {
  %m = attn.mask.free {
  ^bb0(%b: index, %h: index, %i: index, %j: index):
    %size = arith.constant 64 : index
    %two = arith.constant 2 : index
    %zero = arith.constant 0 : index
    %x = arith.divui %i, %size : index
    %y = arith.divui %j, %size : index
    %bits = arith.xori %x, %y : index
    %bit = arith.andi %bits, %two : index
    %shown = arith.cmpi eq, %bit, %zero : index
    attn.yield %shown : i1
  }
  %s = attn.stream %q, %q mask %m : tensor<1x1x256x8xf32>, tensor<1x1x256x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x256x8xf32> -> tensor<1x1x256x8xf32>
  return %o : tensor<1x1x256x8xf32>
}

// A table read at blocks of queries and keys: a tile is classed by the elements it touches.
//
// CHECK-LABEL: func.func @block_bitmap
// CHECK:         classify {
// CHECK:         ^bb0(%[[B:.*]]: index, %[[H:.*]]: index, %[[Q0:.*]]: index, %[[Q1:.*]]: index, %[[K0:.*]]: index, %[[K1:.*]]: index, %[[T:.*]]: tensor<2x4x2xi1>):
// CHECK-DAG:       %[[I0:.*]] = arith.floordivsi %[[Q0]], %{{.*}} : index
// CHECK-DAG:       %[[I1:.*]] = arith.floordivsi %[[Q1]], %{{.*}} : index
// CHECK-DAG:       %[[J0:.*]] = arith.floordivsi %[[K0]], %{{.*}} : index
// CHECK-DAG:       %[[J1:.*]] = arith.floordivsi %[[K1]], %{{.*}} : index
// CHECK:           %{{.*}}, %{{.*}} = attn.read_box %[[T]] from [%[[H]], %[[I0]], %[[J0]]] to [%[[H]], %[[I1]], %[[J1]]] : tensor<2x4x2xi1>
// CHECK-NOT:       attn.read_box
// CHECK:           attn.yield
func.func @block_bitmap(%q: tensor<1x2x256x8xf32>, %bits: tensor<2x4x2xi1>) -> tensor<1x2x256x8xf32> {
  %m = attn.mask.block_bitmap %bits per_head size(64, 128) : tensor<2x4x2xi1>
  %s = attn.stream %q, %q mask %m : tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>
  %o = attn.attend %q over %s : tensor<1x2x256x8xf32> -> tensor<1x2x256x8xf32>
  return %o : tensor<1x2x256x8xf32>
}
