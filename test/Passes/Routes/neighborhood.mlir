// RUN: attn-opt %s --attn-mask-to-routes | FileCheck %s
// RUN: attnc %s --emit=routes -o /dev/null --explain=Routes 2>&1 | FileCheck %s --check-prefix=SAYS

// Lines bound the keys; what they say together with places in lines is said by
// classes, of three pieces of a run each: no remark that they are undecided.
//
// SAYS: some row may see keys max(0, 64 * min(floor(q0 / 64) - 3, 57)) <= j < min(Lk, 4096, 64 * max(floor(q1 / 64) - 3, 0) + 448)
// SAYS-SAME: conditions that are no ranges: 3
// SAYS-NOT: neither
// CHECK-LABEL: func.func @lines
// CHECK:         } classify {
// CHECK-NEXT:    ^bb0(%{{.*}}: index, %{{.*}}: index, %[[Q0:.*]]: index, %[[Q1:.*]]: index, %[[K0:.*]]: index, %[[K1:.*]]: index):
// The two borders of each run are all that is divided.
// CHECK:           arith.floordivsi %[[K0]],
// CHECK:           arith.floordivsi %[[K1]],
// CHECK:           arith.floordivsi %[[Q0]],
// CHECK:           arith.floordivsi %[[Q1]],
// CHECK-NOT:       arith.floordivsi
// CHECK-NOT:       arith.rem
// CHECK:           attn.yield %{{.*}}, %{{.*}} : i1, i1
func.func @lines(%q: tensor<1x1x4096x8xf32>) -> tensor<1x1x4096x8xf32> {
  %m = attn.mask.neighborhood shape(64, 64) window(7, 7)
  %s = attn.stream %q, %q mask %m : tensor<1x1x4096x8xf32>, tensor<1x1x4096x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4096x8xf32> -> tensor<1x1x4096x8xf32>
  return %o : tensor<1x1x4096x8xf32>
}

// On one axis a neighbourhood is a range.
//
// SAYS: some row may see keys max(0, min(q0 - 3, 93)) <= j < min(Lk, 100, max(q1 - 3, 0) + 7); every row passes max(0, min(q1 - 3, 93)) <= j < min(Lk, 100, max(q0 - 3, 0) + 7)
// CHECK-LABEL: func.func @line
func.func @line(%q: tensor<1x1x100x8xf32>) -> tensor<1x1x100x8xf32> {
  %m = attn.mask.neighborhood shape(100) window(7)
  %s = attn.stream %q, %q mask %m : tensor<1x1x100x8xf32>, tensor<1x1x100x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x100x8xf32> -> tensor<1x1x100x8xf32>
  return %o : tensor<1x1x100x8xf32>
}

// A disc: the squares of differences of coordinates.
//
// SAYS: conditions that are no ranges: 1
// SAYS-NOT: neither
// CHECK-LABEL: func.func @disc
// CHECK:         } classify {
func.func @disc(%q: tensor<1x1x4096x8xf32>) -> tensor<1x1x4096x8xf32> {
  %m = attn.mask.free {
  ^bb0(%b: index, %h: index, %i: index, %j: index):
    %w = arith.constant 64 : index
    %r2 = arith.constant 81 : index
    %yi = arith.divui %i, %w : index
    %yj = arith.divui %j, %w : index
    %xi = arith.remui %i, %w : index
    %xj = arith.remui %j, %w : index
    %dy = arith.subi %yi, %yj : index
    %dx = arith.subi %xi, %xj : index
    %y2 = arith.muli %dy, %dy : index
    %x2 = arith.muli %dx, %dx : index
    %d2 = arith.addi %y2, %x2 : index
    %near = arith.cmpi slt, %d2, %r2 : index
    attn.yield %near : i1
  }
  %s = attn.stream %q, %q mask %m : tensor<1x1x4096x8xf32>, tensor<1x1x4096x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4096x8xf32> -> tensor<1x1x4096x8xf32>
  return %o : tensor<1x1x4096x8xf32>
}

// With a dilation most tiles are partial, and that is said.
//
// SAYS: neither ranges nor intervals decide 'j mod 3'
// CHECK-LABEL: func.func @dilated
func.func @dilated(%q: tensor<1x1x100x8xf32>) -> tensor<1x1x100x8xf32> {
  %m = attn.mask.neighborhood shape(100) window(7) dilation(3)
  %s = attn.stream %q, %q mask %m : tensor<1x1x100x8xf32>, tensor<1x1x100x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x100x8xf32> -> tensor<1x1x100x8xf32>
  return %o : tensor<1x1x100x8xf32>
}
