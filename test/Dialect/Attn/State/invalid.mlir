// RUN: attn-opt %s --split-input-file --verify-diagnostics

func.func @state_c1(%o: tensor<1x2x4x8xf32>) {
  // expected-error @below {{expects two parts, out [B, Hq, Lq, Dv] of f32, f16 or bf16 and lse [B, Hq, Lq] of f32, or three}}
  %st = attn.state %o : tensor<1x2x4x8xf32>
  return
}

// -----

func.func @state_c1_shape(%o: tensor<1x2x4x8xf32>, %lse: tensor<1x2x5xf32>) {
  // expected-error @below {{but got 'tensor<1x2x4x8xf32>', 'tensor<1x2x5xf32>'}}
  %st = attn.state %o, %lse : tensor<1x2x4x8xf32>, tensor<1x2x5xf32>
  return
}

// -----

func.func @state_c1_type(%m: tensor<1x2x4xf32>, %a: tensor<1x2x4x8xbf16>) {
  // expected-error @below {{or three, m and l [B, Hq, Lq] and acc [B, Hq, Lq, Dv] of f32, but got}}
  %st = attn.state %m, %m, %a : tensor<1x2x4xf32>, tensor<1x2x4xf32>, tensor<1x2x4x8xbf16>
  return
}

// -----

func.func @merge_c1(%o: tensor<1x2x4x8xf32>, %lse: tensor<1x2x4xf32>) {
  %st = attn.state %o, %lse : tensor<1x2x4x8xf32>, tensor<1x2x4xf32>
  // expected-error @below {{expects two states or more but got 1}}
  %r = attn.merge %st : tensor<1x2x4x8xf32>
  return
}

// -----

func.func @merge_c1_argument(%a: !attn.state, %b: !attn.state) {
  // expected-error @below {{expects states to be made by attn.state in the same function but got a function argument}}
  %r = attn.merge %a, %b : tensor<1x2x4x8xf32>
  return
}

// -----

func.func @merge_c2(%o: tensor<1x2x4x8xf32>, %lse: tensor<1x2x4xf32>) {
  // expected-note @below {{the state is made here}}
  %st = attn.state %o, %lse : tensor<1x2x4x8xf32>, tensor<1x2x4xf32>
  // expected-error @below {{expects states of the shapes [B, Hq, Lq, Dv] of 'out' and [B, Hq, Lq] of 'lse' but got 'tensor<1x2x4x8xf32>', 'tensor<1x2x4xf32>'}}
  %r = attn.merge %st, %st : tensor<1x2x4x9xf32>
  return
}

// -----

func.func @merge_c2_type(%o: tensor<1x2x4x8xf32>, %lse: tensor<1x2x4xf32>) {
  %st = attn.state %o, %lse : tensor<1x2x4x8xf32>, tensor<1x2x4xf32>
  // expected-error @below {{expects 'out' [B, Hq, Lq, Dv] or packed [Hq, T, Dv] of f32, f16 or bf16 but got 'tensor<1x2x4x8xf64>'}}
  %r = attn.merge %st, %st : tensor<1x2x4x8xf64>
  return
}

// -----

func.func @merge_c2_lse(%o: tensor<1x2x4x8xf32>, %lse: tensor<1x2x4xf32>) {
  %st = attn.state %o, %lse : tensor<1x2x4x8xf32>, tensor<1x2x4xf32>
  // expected-error @below {{expects 'lse' of type 'tensor<1x2x4xf32>' but got 'tensor<1x2x4xf16>'}}
  // expected-note @below {{'lse' is [B, Hq, Lq] of f32}}
  %r, %l = attn.merge %st, %st : tensor<1x2x4x8xf32>, tensor<1x2x4xf16>
  return
}
