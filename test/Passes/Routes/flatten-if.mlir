// RUN: attn-opt %s --attn-flatten-if | FileCheck %s

// Nested branches become nested selects, inner ones first.
//
// CHECK-LABEL: func.func @nested
// CHECK-NOT:     scf.if
// CHECK:         %[[INNER:.*]] = arith.select %[[C1:.*]], %{{.*}}, %{{.*}} : f32
// CHECK:         %[[OUTER:.*]] = arith.select %{{.*}}, %[[INNER]], %{{.*}} : f32
// CHECK:         attn.yield %[[OUTER]]
func.func @nested(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  %s = attn.stream %q, %q : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %near = arith.cmpi slt, %i, %j : index
    %even = arith.cmpi eq, %i, %h : index
    %y = scf.if %near -> f32 {
      %z = scf.if %even -> f32 {
        %t = math.tanh %x : f32
        scf.yield %t : f32
      } else {
        scf.yield %x : f32
      }
      scf.yield %z : f32
    } else {
      %w = arith.negf %x : f32
      scf.yield %w : f32
    }
    attn.yield %y : f32
  } : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// A division moves out of its branch with a divisor that can not be zero there
// because of the branch.
//
// CHECK-LABEL: func.func @guarded_division
// CHECK:         %[[NOTZERO:.*]] = arith.cmpi ne, %{{.*}}, %{{.*}} : index
// CHECK:         %[[ONE:.*]] = arith.constant 1 : index
// CHECK:         %[[SAFE:.*]] = arith.select %[[NOTZERO]], %{{.*}}, %[[ONE]] : index
// CHECK:         arith.divsi %{{.*}}, %[[SAFE]] : index
func.func @guarded_division(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  %s = attn.stream %q, %q : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %zero = arith.constant 0 : index
    %notzero = arith.cmpi ne, %j, %zero : index
    %r = scf.if %notzero -> index {
      %d = arith.divsi %i, %j : index
      scf.yield %d : index
    } else {
      scf.yield %zero : index
    }
    %n = arith.index_cast %r : index to i32
    %f = arith.sitofp %n : i32 to f32
    attn.yield %f : f32
  } : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}
