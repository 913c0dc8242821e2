// RUN: %roundtrip

// CHECK-LABEL: func.func @causal
func.func @causal() {
  // CHECK: attn.mask.causal{{$}}
  %0 = attn.mask.causal
  // CHECK: attn.mask.causal offset(-1)
  %m = attn.mask.causal offset(-1)
  return
}

// CHECK-LABEL: func.func @window
func.func @window() {
  // CHECK: attn.mask.window left(255) right(0)
  %m = attn.mask.window left(255) right(0)
  // CHECK: attn.mask.window left(7){{$}}
  %1 = attn.mask.window left(7)
  // CHECK: attn.mask.window right(0)
  %2 = attn.mask.window right(0)
  return
}

// CHECK-LABEL: func.func @first
func.func @first() {
  // CHECK: attn.mask.first count(4)
  %m = attn.mask.first count(4)
  return
}

// CHECK-LABEL: func.func @prefix
// CHECK-SAME:    %[[PREFIX:.*]]: tensor<?xi32>
func.func @prefix(%prefix: tensor<?xi32>) {
  // CHECK: attn.mask.prefix %[[PREFIX]] : tensor<?xi32>
  %m = attn.mask.prefix %prefix : tensor<?xi32>
  return
}

// CHECK-LABEL: func.func @block
func.func @block() {
  // CHECK: attn.mask.block size(64)
  %m = attn.mask.block size(64)
  return
}

// A number per head in place of a number.
// CHECK-LABEL: func.func @per_head
// CHECK-SAME:    %[[T:.*]]: tensor<8xi32>, %[[U:.*]]: tensor<?xi32>
func.func @per_head(%t: tensor<8xi32>, %u: tensor<?xi32>) {
  // CHECK: attn.mask.causal offset(%[[T]] : tensor<8xi32>)
  %0 = attn.mask.causal offset(%t : tensor<8xi32>)
  // CHECK: attn.mask.window left(%[[T]] : tensor<8xi32>) right(3)
  %1 = attn.mask.window left(%t : tensor<8xi32>) right(3)
  // CHECK: attn.mask.window left(3) right(%[[U]] : tensor<?xi32>)
  %2 = attn.mask.window left(3) right(%u : tensor<?xi32>)
  // CHECK: attn.mask.window left(%[[T]] : tensor<8xi32>) right(%[[U]] : tensor<?xi32>)
  %3 = attn.mask.window left(%t : tensor<8xi32>) right(%u : tensor<?xi32>)
  // CHECK: attn.mask.first count(%[[T]] : tensor<8xi32>)
  %4 = attn.mask.first count(%t : tensor<8xi32>)
  // CHECK: attn.mask.block size(%[[U]] : tensor<?xi32>)
  %5 = attn.mask.block size(%u : tensor<?xi32>)
  return
}

// CHECK-LABEL: func.func @free
// CHECK-SAME:    %[[PREFIX:.*]]: tensor<?xi32>
func.func @free(%prefix: tensor<?xi32>) {
  // CHECK: attn.mask.free(%[[PREFIX]] : tensor<?xi32>) {
  // CHECK: ^bb0(%{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: tensor<?xi32>):
  // CHECK: attn.yield %{{.*}} : i1
  %m = attn.mask.free (%prefix : tensor<?xi32>) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %table: tensor<?xi32>):
    %before = arith.cmpi sle, %j, %i : index
    %n = attn.read %table[%b] : tensor<?xi32>
    %count = arith.index_cast %n : i32 to index
    %inside = arith.cmpi slt, %j, %count : index
    %visible = arith.ori %before, %inside : i1
    attn.yield %visible : i1
  }
  // CHECK: attn.mask.free {
  %0 = attn.mask.free {
  ^bb0(%b: index, %h: index, %i: index, %j: index):
    %same = arith.cmpi eq, %i, %j : index
    attn.yield %same : i1
  }
  return
}

// CHECK-LABEL: func.func @document
// CHECK-SAME:    %[[IDS:.*]]: tensor<?x?xi32>
func.func @document(%ids: tensor<?x?xi32>) {
  // CHECK: attn.mask.document %[[IDS]], %[[IDS]] : tensor<?x?xi32>, tensor<?x?xi32>
  %m = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>
  return
}

// CHECK-LABEL: func.func @conjunction
func.func @conjunction() {
  // CHECK: %[[CAUSAL:.*]] = attn.mask.causal
  %causal = attn.mask.causal
  // CHECK: %[[WINDOW:.*]] = attn.mask.window
  %window = attn.mask.window left(3)
  // CHECK: attn.mask.and %[[CAUSAL]], %[[WINDOW]]
  %m = attn.mask.and %causal, %window
  return
}

// CHECK-LABEL: func.func @disjunction
func.func @disjunction(%ids: tensor<4x9xi32>) {
  // CHECK: %[[DOCUMENT:.*]] = attn.mask.document
  %document = attn.mask.document %ids, %ids : tensor<4x9xi32>, tensor<4x9xi32>
  // CHECK: %[[WINDOW:.*]] = attn.mask.window
  %window = attn.mask.window right(2)
  // CHECK: attn.mask.or %[[WINDOW]], %[[DOCUMENT]]
  %m = attn.mask.or %window, %document
  return
}

// CHECK-LABEL: func.func @negation
func.func @negation(%ids: tensor<4x9xi32>) {
  // CHECK: %[[DOCUMENT:.*]] = attn.mask.document
  %document = attn.mask.document %ids, %ids : tensor<4x9xi32>, tensor<4x9xi32>
  // CHECK: attn.mask.not %[[DOCUMENT]]
  %m = attn.mask.not %document
  return
}

// CHECK-LABEL: func.func @block_causal
// CHECK-SAME:    %[[T:.*]]: tensor<8xi32>
func.func @block_causal(%t: tensor<8xi32>) {
  // CHECK: attn.mask.block_causal size(32) offset(-1)
  %m = attn.mask.block_causal size(32) offset(-1)
  // CHECK: attn.mask.block_causal size(32){{$}}
  %0 = attn.mask.block_causal size(32)
  // CHECK: attn.mask.block_causal size(1) offset(%[[T]] : tensor<8xi32>)
  %1 = attn.mask.block_causal size(1) offset(%t : tensor<8xi32>)
  return
}

// CHECK-LABEL: func.func @stride
// CHECK-SAME:    %[[T:.*]]: tensor<8xi32>
func.func @stride(%t: tensor<8xi32>) {
  // CHECK: attn.mask.stride every(8) size(64) step(2)
  %m = attn.mask.stride every(8) size(64) step(2)
  // CHECK: attn.mask.stride every(4){{$}}
  %0 = attn.mask.stride every(4)
  // CHECK: attn.mask.stride every(4) relative
  %1 = attn.mask.stride every(4) relative
  // CHECK: attn.mask.stride every(4) size(3) offset(%[[T]] : tensor<8xi32>) step(1) relative
  %2 = attn.mask.stride every(4) size(3) offset(%t : tensor<8xi32>) step(1) relative
  return
}

// CHECK-LABEL: func.func @power_of_two
func.func @power_of_two() {
  // CHECK: attn.mask.power_of_two size(256)
  %m = attn.mask.power_of_two size(256)
  return
}

// CHECK-LABEL: func.func @staircase
// CHECK-SAME:    %[[T:.*]]: tensor<8xi32>
func.func @staircase(%t: tensor<8xi32>) {
  // CHECK: attn.mask.staircase step(16) offset(31)
  %m = attn.mask.staircase step(16) offset(31)
  // CHECK: attn.mask.staircase step(16) offset(%[[T]] : tensor<8xi32>)
  %0 = attn.mask.staircase step(16) offset(%t : tensor<8xi32>)
  return
}

// CHECK-LABEL: func.func @two_stream
func.func @two_stream() {
  // CHECK: attn.mask.two_stream size(32) blocks
  %m = attn.mask.two_stream size(32) blocks
  // CHECK: attn.mask.two_stream size(32){{$}}
  %0 = attn.mask.two_stream size(32)
  return
}

// CHECK-LABEL: func.func @slices
// CHECK-SAME:    %[[SLICES:.*]]: tensor<12x5xi32>
func.func @slices(%slices: tensor<12x5xi32>) {
  // CHECK: attn.mask.slices %[[SLICES]] : tensor<12x5xi32>
  %m = attn.mask.slices %slices : tensor<12x5xi32>
  return
}

// CHECK-LABEL: func.func @rows
// CHECK-SAME:    %[[MARKS:.*]]: tensor<?x?xi32>
func.func @rows(%marks: tensor<?x?xi32>) {
  // CHECK: attn.mask.rows %[[MARKS]] : tensor<?x?xi32>
  %m = attn.mask.rows %marks : tensor<?x?xi32>
  return
}

// CHECK-LABEL: func.func @columns
// CHECK-SAME:    %[[MARKS:.*]]: tensor<?x?xi32>
func.func @columns(%marks: tensor<?x?xi32>) {
  // CHECK: attn.mask.columns %[[MARKS]] : tensor<?x?xi32>
  %m = attn.mask.columns %marks : tensor<?x?xi32>
  return
}

// CHECK-LABEL: func.func @block_bitmap
// CHECK-SAME:    %[[BITS:.*]]: tensor<?x8x?x?xi1>, %[[SHARED:.*]]: tensor<?x?xi32>
func.func @block_bitmap(%bits: tensor<?x8x?x?xi1>, %shared: tensor<?x?xi32>) {
  // CHECK: attn.mask.block_bitmap %[[BITS]] per_batch per_head size(64, 128) : tensor<?x8x?x?xi1>
  %m = attn.mask.block_bitmap %bits per_batch per_head size(64, 128) : tensor<?x8x?x?xi1>
  // CHECK: attn.mask.block_bitmap %[[SHARED]] size(1, 16) : tensor<?x?xi32>
  %0 = attn.mask.block_bitmap %shared size(1, 16) : tensor<?x?xi32>
  return
}
