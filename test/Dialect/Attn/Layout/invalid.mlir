// RUN: attn-opt %s --split-input-file --verify-diagnostics

func.func @layout_grid_c1() {
  // expected-error @below {{expects 'shape' of one to three axes but got 4}}
  %0 = attn.layout.grid shape(2, 2, 2, 2)
  return
}

// -----

func.func @layout_grid_c1_lists() {
  // expected-error @below {{expects 'tile' of one entry per axis of 'shape', 2, but got 1}}
  %0 = attn.layout.grid shape(8, 8) tile(2)
  return
}

// -----

func.func @layout_grid_c2() {
  // expected-error @below {{expects 'shape' of 1 point or more per axis but got 0 on axis 1}}
  %0 = attn.layout.grid shape(8, 0)
  return
}

// -----

func.func @layout_grid_c2_slots() {
  // expected-error @below {{expects fewer than 2^31 slots but tiles and dilations up to axis 1 make 4294836225; make them smaller}}
  %0 = attn.layout.grid shape(9, 9) tile(65535, 65535)
  return
}

// -----

func.func @layout_grid_c2_slots_of_one_axis(%n: index) {
  // expected-error @below {{expects fewer than 2^31 slots but tiles and dilations up to axis 0 make 4294836225; make them smaller}}
  %0 = attn.layout.grid shape(%n) dilation(65535) tile(65535)
  return
}

// -----

func.func @layout_grid_c2_many() {
  // expected-error @below {{expects 'shape' of fewer than 2^31 points but got more}}
  %0 = attn.layout.grid shape(65536, 65536)
  return
}

// -----

func.func @layout_grid_c3() {
  // expected-error @below {{expects 'tile' of 1 or more, below 2^16, but got 0 on axis 0}}
  %0 = attn.layout.grid shape(8, 8) tile(0, 2)
  return
}

// -----

func.func @layout_grid_c4() {
  // expected-error @below {{expects 'shift' of 0 or more, below the axis, but got 8 on axis 1}}
  %0 = attn.layout.grid shape(8, 8) shift(1, 8)
  return
}

// -----

func.func @layout_grid_c5(%h: index) {
  // expected-error @below {{expects 1 sizes as values but got 2}}
  %0 = "attn.layout.grid"(%h, %h) {shape = array<i64: -9223372036854775808, 4>} : (index, index) -> !attn.layout
  return
}

// -----

func.func @reorder_c1(%q: tensor<4x64x64xf32>) {
  %0 = attn.layout.grid shape(64)
  // expected-error @below {{expects 'tensor' [B, H, L, D] of f32, f16 or bf16 but got 'tensor<4x64x64xf32>'}}
  %1 = attn.reorder %q by %0 : tensor<4x64x64xf32> -> tensor<4x64x64xf32>
  return
}

// -----

func.func @reorder_c1_result(%q: tensor<1x4x64x64xf32>) {
  %0 = attn.layout.grid shape(64)
  // expected-error @below {{expects types that differ in the number of tokens, axis 2, at most, but got}}
  %1 = attn.reorder %q by %0 : tensor<1x4x64x64xf32> -> tensor<1x4x64x32xf32>
  return
}

// -----

func.func @reorder_c2(%q: tensor<1x4x60x64xf32>) {
  %0 = attn.layout.grid shape(8, 8)
  // expected-error @below {{expects 'tensor' with the points of 'layout' on axis 2, 64, but got 'tensor<1x4x60x64xf32>'}}
  %1 = attn.reorder %q by %0 : tensor<1x4x60x64xf32> -> tensor<1x4x64x64xf32>
  return
}

// -----

func.func @reorder_c2_slots(%q: tensor<1x4x63x64xf32>) {
  %0 = attn.layout.grid shape(7, 9) tile(4, 4)
  // expected-error @below {{expects 'result' with the slots of 'layout' on axis 2, 96, but got 'tensor<1x4x63x64xf32>'}}
  %1 = attn.reorder %q by %0 : tensor<1x4x63x64xf32> -> tensor<1x4x63x64xf32>
  return
}

// -----

func.func @restore_c1(%q: tensor<1x4x64x64xf32>) {
  %0 = attn.layout.grid shape(8, 8) tile(4, 4)
  // expected-error @below {{expects a result of an attend over queries that attn.reorder gave this layout}}
  %1 = attn.restore %q by %0 : tensor<1x4x64x64xf32> -> tensor<1x4x64x64xf32>
  return
}
