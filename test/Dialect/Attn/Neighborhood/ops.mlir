// RUN: %roundtrip

// CHECK-LABEL: func.func @line
func.func @line() {
  // CHECK: attn.mask.neighborhood shape(1000) window(7){{$}}
  %m = attn.mask.neighborhood shape(1000) window(7)
  // An even window, a window of the whole axis, blocks.
  // CHECK: attn.mask.neighborhood shape(12) window(4){{$}}
  %0 = attn.mask.neighborhood shape(12) window(4)
  // CHECK: attn.mask.neighborhood shape(12) window(12) stride(12){{$}}
  %1 = attn.mask.neighborhood shape(12) window(12) stride(12)
  return
}

// CHECK-LABEL: func.func @sizes_as_values
// CHECK-SAME: %[[W:.*]]: index
func.func @sizes_as_values(%w: index) {
  // CHECK: attn.mask.neighborhood shape(30, %[[W]]) window(7, 5) stride(2, 1) dilation(1, 2) causal(false, true){{$}}
  %m = attn.mask.neighborhood shape(30, %w) window(7, 5) stride(2, 1) dilation(1, 2) causal(false, true)
  return
}

// CHECK-LABEL: func.func @grids_of_two_scales
// CHECK-SAME: %[[H:.*]]: index, %[[W:.*]]: index
func.func @grids_of_two_scales(%h: index, %w: index) {
  // CHECK: attn.mask.neighborhood shape(4, %[[H]], 8) keys(2, 6, %[[W]]) window(1, 3, 3) edge(shrink)
  %m = attn.mask.neighborhood shape(4, %h, 8) keys(2, 6, %w) window(1, 3, 3) edge(shrink)
  return
}
