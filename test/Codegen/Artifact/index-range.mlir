// RUN: split-file %s %t
// RUN: not attnc %t/constant.mlir -o %t/a.attn --target=cpu 2>&1 | FileCheck %s --check-prefix=CONSTANT
// RUN: not attnc %t/data.mlir -o %t/a.attn --target=cpu 2>&1 | FileCheck %s --check-prefix=DATA
// RUN: not ls %t/a.attn
// RUN: attnc %t/letters.mlir -o %t/letters.attn --target=cpu
// RUN: FileCheck %s --check-prefix=LETTERS --input-file=%t/letters.attn/manifest.json
// RUN: attnc %t/clamped.mlir -o %t/clamped.attn --target=cpu
// RUN: FileCheck %s --check-prefix=CLAMPED --input-file=%t/clamped.attn/manifest.json

// Sizes that the types give: an error at compile time, with both ends of the range.
// CONSTANT: constant.mlir:5:{{[0-9]+}}: error: 'attn.read' op index 0 goes from 0 to 7 but the axis has size 4

// An index that comes from data is bounded by nothing but a clamp.
// DATA: data.mlir:7:{{[0-9]+}}: error: 'attn.read' op index 0 is not provably in range; clamp it with arith.maxsi and arith.minsi

// Sizes that only the launch knows become a condition.
// LETTERS: "checks":
// LETTERS: index 0 of attn.read at {{.*}}letters.mlir:11:{{[0-9]+}} goes from {{.*}} to {{.*}}, which must lie in an axis of size R

// CLAMPED: "checks": []

//--- constant.mlir
func.func @main(%q: tensor<1x8x4x8xf32>, %t: tensor<4xf32>) -> tensor<1x8x4x8xf32> {
  %s = attn.stream %q, %q : tensor<1x8x4x8xf32>, tensor<1x8x4x8xf32>
  %o = attn.attend %q over %s score(%t : tensor<4xf32>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %table: tensor<4xf32>):
    %y = attn.read %table[%h] : tensor<4xf32>
    attn.yield %y : f32
  } : tensor<1x8x4x8xf32> -> tensor<1x8x4x8xf32>
  return %o : tensor<1x8x4x8xf32>
}
//--- data.mlir
func.func @main(%q: tensor<1x8x4x8xf32>, %t: tensor<4xf32>, %bucket: tensor<4xi32>) -> tensor<1x8x4x8xf32> {
  %s = attn.stream %q, %q : tensor<1x8x4x8xf32>, tensor<1x8x4x8xf32>
  %o = attn.attend %q over %s score(%t, %bucket : tensor<4xf32>, tensor<4xi32>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %table: tensor<4xf32>, %buckets: tensor<4xi32>):
    %n = attn.read %buckets[%i] : tensor<4xi32>
    %at = arith.index_cast %n : i32 to index
    %y = attn.read %table[%at] : tensor<4xf32>
    attn.yield %y : f32
  } : tensor<1x8x4x8xf32> -> tensor<1x8x4x8xf32>
  return %o : tensor<1x8x4x8xf32>
}
//--- letters.mlir
// A relative-position table of 2 L - 1 entries, as long as its letter says.
func.func @main(%q: tensor<1x8x?x8xf32> {attn.name = "q", attn.shape = ["B", "H", "L", "D"]},
                %t: tensor<?xf32> {attn.name = "table", attn.shape = ["R"]}) -> tensor<1x8x?x8xf32> {
  %s = attn.stream %q, %q : tensor<1x8x?x8xf32>, tensor<1x8x?x8xf32>
  %o = attn.attend %q over %s score(%t : tensor<?xf32>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %table: tensor<?xf32>):
    %lk = attn.length keys
    %one = arith.constant 1 : index
    %0 = arith.subi %lk, %one : index
    %1 = arith.addi %i, %0 : index %2 = arith.subi %1, %j : index
    %y = attn.read %table[%2] : tensor<?xf32>
    attn.yield %y : f32
  } : tensor<1x8x?x8xf32> -> tensor<1x8x?x8xf32>
  return %o : tensor<1x8x?x8xf32>
}
//--- clamped.mlir
func.func @main(%q: tensor<1x8x4x8xf32>, %t: tensor<4xf32>, %bucket: tensor<4xi32>) -> tensor<1x8x4x8xf32> {
  %s = attn.stream %q, %q : tensor<1x8x4x8xf32>, tensor<1x8x4x8xf32>
  %o = attn.attend %q over %s score(%t, %bucket : tensor<4xf32>, tensor<4xi32>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %table: tensor<4xf32>, %buckets: tensor<4xi32>):
    %zero = arith.constant 0 : index
    %three = arith.constant 3 : index
    %n = attn.read %buckets[%i] : tensor<4xi32>
    %at = arith.index_cast %n : i32 to index
    %low = arith.maxsi %at, %zero : index
    %in = arith.minsi %low, %three : index
    %y = attn.read %table[%in] : tensor<4xf32>
    attn.yield %y : f32
  } : tensor<1x8x4x8xf32> -> tensor<1x8x4x8xf32>
  return %o : tensor<1x8x4x8xf32>
}
