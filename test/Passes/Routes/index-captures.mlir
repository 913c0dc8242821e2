// RUN: attn-opt %s --attn-mask-to-routes | FileCheck %s
// RUN: attnc %s --emit=routes -o /dev/null --explain=Routes 2>&1 | FileCheck %s --check-prefix=SAYS

// A size that only the launch knows divides, and bounds hold it; a number is none of
// the captures.
//
// SAYS: some row may see keys max(0, floor(q0 / W) * W - 3) <= j < min(Lk, {{.*}}floor(q1 / W) * W{{.*}})
// CHECK-LABEL: func.func @row_of_the_image
// CHECK:         %[[W:.*]] = tensor.dim
// CHECK:         attn.route %{{.*}}, %{{.*}} captures(%[[W]] : index)
// CHECK-NEXT:    ^bb0(%{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %[[N:.*]]: index):
// CHECK:           arith.floordivsi %{{.*}}, %[[N]] : index
// CHECK:         } visible {
// CHECK-NEXT:    ^bb0(%{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index):
// CHECK:           arith.constant 3 : index
// CHECK-NOT:     classify
// CHECK:         return
func.func @row_of_the_image(%q: tensor<1x1x?x?x8xf32> {attn.shape = ["B", "Hq", "H", "W", "D"]},
                            %k: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  %c3 = arith.constant 3 : index
  %w = tensor.dim %q, %c3 : tensor<1x1x?x?x8xf32>
  %m = attn.mask.free (%w, %c3 : index, index) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %width: index, %three: index):
    %y = arith.divui %i, %width : index
    %first = arith.muli %y, %width : index
    %end = arith.addi %first, %width : index
    %low = arith.subi %first, %three : index
    %0 = arith.cmpi sle, %low, %j : index
    %1 = arith.cmpi slt, %j, %end : index
    %visible = arith.andi %0, %1 : i1
    attn.yield %visible : i1
  }
  %s = attn.stream %k, %k mask %m : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %k over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}
