// RUN: attn-opt %s --split-input-file --verify-diagnostics

func.func @mask_causal_c1() {
  // expected-error @below {{expects an 'offset' of 32 bits but got 4294967296}}
  %m = attn.mask.causal offset(4294967296)
  return
}

// -----

func.func @mask_window_c1() {
  // expected-error @below {{expects 'left' of 0 keys or more, below 2^31, but got -3; leave it out for an unbounded side}}
  %m = attn.mask.window left(-3) right(0)
  return
}

// -----

func.func @mask_window_c1_right() {
  // expected-error @below {{expects 'right' of 0 keys or more, below 2^31, but got 2147483648}}
  %m = attn.mask.window right(2147483648)
  return
}

// -----

func.func @mask_window_c2() {
  // expected-error @below {{expects 'left', 'right' or both but got neither; without a mask every key is visible}}
  %m = attn.mask.window
  return
}

// -----

func.func @mask_document_c1(%ids: tensor<4xi32>) {
  // expected-error @below {{expects 'queryIds' of shape [B, Lq] and element type i32 but got 'tensor<4xi32>'}}
  %m = attn.mask.document %ids, %ids : tensor<4xi32>, tensor<4xi32>
  return
}

// -----

func.func @mask_document_c1_type(%q: tensor<1x4xi32>, %k: tensor<1x4xi64>) {
  // expected-error @below {{expects 'keyIds' of shape [B, Lk] and element type i32 but got 'tensor<1x4xi64>'}}
  %m = attn.mask.document %q, %k : tensor<1x4xi32>, tensor<1x4xi64>
  return
}

// -----

func.func @mask_and_c1() {
  %a = attn.mask.causal
  // expected-error @below {{expects two masks or more but got 1}}
  %m = attn.mask.and %a
  return
}

// -----

func.func @mask_or_c1() {
  %a = attn.mask.causal
  // expected-error @below {{expects two masks or more but got 1}}
  %m = attn.mask.or %a
  return
}

// -----

func.func @mask_causal_c2(%t: tensor<4x4xi32>) {
  // expected-error @below {{expects 'offsets' of shape [Hq] and element type i32 but got 'tensor<4x4xi32>'}}
  %m = attn.mask.causal offset(%t : tensor<4x4xi32>)
  return
}

// -----

func.func @mask_causal_c2_both(%t: tensor<4xi32>) {
  // expected-error @below {{expects 'offset' as a number or as a table but got both}}
  %m = "attn.mask.causal"(%t) <{offset = 1 : i64}> : (tensor<4xi32>) -> !attn.mask
  return
}

// -----

func.func @mask_window_c3(%t: tensor<4xi64>) {
  // expected-error @below {{expects 'rights' of shape [Hq] and element type i32 but got 'tensor<4xi64>'}}
  %m = attn.mask.window left(1) right(%t : tensor<4xi64>)
  return
}

// -----

func.func @mask_first_c1() {
  // expected-error @below {{expects 'count' of 0 keys or more, below 2^31, but got -1}}
  %m = attn.mask.first count(-1)
  return
}

// -----

func.func @mask_first_c2() {
  // expected-error @below {{expects 'count' as a number or as a table but got neither}}
  %m = attn.mask.first
  return
}

// -----

func.func @mask_prefix_c1(%t: tensor<1x4xi32>) {
  // expected-error @below {{expects 'prefix' of shape [B] and element type i32 but got 'tensor<1x4xi32>'}}
  %m = attn.mask.prefix %t : tensor<1x4xi32>
  return
}

// -----

func.func @mask_block_c1() {
  // expected-error @below {{expects 'size' of 1 keys or more, below 2^31, but got 0}}
  %m = attn.mask.block size(0)
  return
}

// -----

func.func @mask_block_c2() {
  // expected-error @below {{expects 'size' as a number or as a table but got neither}}
  %m = attn.mask.block
  return
}

// -----

func.func @mask_free_c1(%t: tensor<4xi32>) {
  // expected-error @below {{expects the block arguments of 'visible' to be}}
  %m = attn.mask.free (%t : tensor<4xi32>) {
  ^bb0(%b: index, %h: index, %i: index, %j: index):
    %same = arith.cmpi eq, %i, %j : index
    attn.yield %same : i1
  }
  return
}

// -----

func.func @mask_free_c2() {
  %m = attn.mask.free {
  ^bb0(%b: index, %h: index, %i: index, %j: index):
    // expected-error @below {{'tensor.empty' op is not legal in a visible region; expected arith, math, scf.if, attn.read or attn.length}}
    %x = tensor.empty() : tensor<4xi32>
    %same = arith.cmpi eq, %i, %j : index
    attn.yield %same : i1
  }
  return
}

// -----

func.func @mask_block_causal_c1() {
  // expected-error @below {{expects 'size' of 1 keys or more, below 2^31, but got 0}}
  %m = attn.mask.block_causal size(0)
  return
}

// -----

func.func @mask_block_causal_c1_offset() {
  // expected-error @below {{expects an 'offset' of 32 bits but got 2147483648}}
  %m = attn.mask.block_causal size(1) offset(2147483648)
  return
}

// -----

func.func @mask_block_causal_c2(%t: tensor<8xi64>) {
  // expected-error @below {{expects 'offsets' of shape [Hq] and element type i32 but got 'tensor<8xi64>'}}
  %m = attn.mask.block_causal size(1) offset(%t : tensor<8xi64>)
  return
}

// -----

func.func @mask_stride_c1() {
  // expected-error @below {{expects 'every' of 1 keys or more, below 2^31, but got 0}}
  %m = attn.mask.stride every(0)
  return
}

// -----

func.func @mask_stride_c1_size() {
  // expected-error @below {{expects 'size' of 1 keys or more, below 2^31, but got 0}}
  %m = attn.mask.stride every(2) size(0)
  return
}

// -----

func.func @mask_stride_c1_step() {
  // expected-error @below {{expects 'step' of 0 keys or more, below 2^31, but got -1}}
  %m = attn.mask.stride every(2) step(-1)
  return
}

// -----

func.func @mask_stride_c2(%t: tensor<8x1xi32>) {
  // expected-error @below {{expects 'offsets' of shape [Hq] and element type i32 but got 'tensor<8x1xi32>'}}
  %m = attn.mask.stride every(2) offset(%t : tensor<8x1xi32>)
  return
}

// -----

func.func @mask_power_of_two_c1() {
  // expected-error @below {{expects 'size' of 1 keys or more, below 2^31, but got 0}}
  %m = attn.mask.power_of_two size(0)
  return
}

// -----

func.func @mask_staircase_c1() {
  // expected-error @below {{expects 'step' of 1 keys or more, below 2^31, but got 0}}
  %m = attn.mask.staircase step(0)
  return
}

// -----

func.func @mask_staircase_c2(%t: tensor<8xf32>) {
  // expected-error @below {{expects 'offsets' of shape [Hq] and element type i32 but got 'tensor<8xf32>'}}
  %m = attn.mask.staircase step(4) offset(%t : tensor<8xf32>)
  return
}

// -----

func.func @mask_two_stream_c1() {
  // expected-error @below {{expects 'size' of 1 keys or more, below 2^31, but got -4}}
  %m = attn.mask.two_stream size(-4)
  return
}

// -----

func.func @mask_slices_c1(%slices: tensor<2x4xi32>) {
  // expected-error @below {{expects 'slices' of shape [S, 5], S from 1 to 24, and element type i32 but got 'tensor<2x4xi32>'}}
  %m = attn.mask.slices %slices : tensor<2x4xi32>
  return
}

// -----

func.func @mask_slices_c1_dynamic(%slices: tensor<?x5xi32>) {
  // expected-error @below {{expects 'slices' of shape [S, 5], S from 1 to 24, and element type i32 but got 'tensor<?x5xi32>'}}
  %m = attn.mask.slices %slices : tensor<?x5xi32>
  return
}

// -----

func.func @mask_rows_c1(%marks: tensor<?xi32>) {
  // expected-error @below {{expects 'marks' of shape [B, Lq] and element type i32 but got 'tensor<?xi32>'}}
  %m = attn.mask.rows %marks : tensor<?xi32>
  return
}

// -----

func.func @mask_columns_c1(%marks: tensor<?x?xi1>) {
  // expected-error @below {{expects 'marks' of shape [B, Lk] and element type i32 but got 'tensor<?x?xi1>'}}
  %m = attn.mask.columns %marks : tensor<?x?xi1>
  return
}

// -----

func.func @mask_block_bitmap_c1(%bits: tensor<?x?x?xi1>) {
  // expected-error @below {{expects 'bits' of shape [B, Hq, ceil(Lq / 64) or more, ceil(Lk / 128) or more] and element type i1 or i8 or i32 but got 'tensor<?x?x?xi1>'}}
  %m = attn.mask.block_bitmap %bits per_batch per_head size(64, 128) : tensor<?x?x?xi1>
  return
}

// -----

func.func @mask_block_bitmap_c1_type(%bits: tensor<?x?xi64>) {
  // expected-error @below {{expects 'bits' of shape [ceil(Lq / 64) or more, ceil(Lk / 128) or more] and element type i1 or i8 or i32 but got 'tensor<?x?xi64>'}}
  %m = attn.mask.block_bitmap %bits size(64, 128) : tensor<?x?xi64>
  return
}

// -----

func.func @mask_block_bitmap_c2(%bits: tensor<?x?xi1>) {
  // expected-error @below {{expects 'size' of 1 keys or more, below 2^31, but got 0}}
  %m = attn.mask.block_bitmap %bits size(64, 0) : tensor<?x?xi1>
  return
}
