// RUN: attn-opt %s --attn-to-schedule=target=sm_90a --split-input-file --verify-diagnostics

func.func @single_precision(%q: tensor<1x1x64x64xf32>) -> tensor<1x1x64x64xf32> {
  %s = attn.stream %q, %q : tensor<1x1x64x64xf32>, tensor<1x1x64x64xf32>
  // expected-error @below {{has elements of type 'f32', which target sm_90a does not multiply; use bf16 or f16, or target cpu}}
  %o = attn.attend %q over %s : tensor<1x1x64x64xf32> -> tensor<1x1x64x64xf32>
  return %o : tensor<1x1x64x64xf32>
}

// -----

func.func @large_head(%q: tensor<1x1x64x264xbf16>) -> tensor<1x1x64x264xbf16> {
  %s = attn.stream %q, %q : tensor<1x1x64x264xbf16>, tensor<1x1x64x264xbf16>
  // expected-error @below {{has head size 264 but target sm_90a holds at most 256; use smaller heads, or target cpu}}
  %o = attn.attend %q over %s : tensor<1x1x64x264xbf16> -> tensor<1x1x64x264xbf16>
  return %o : tensor<1x1x64x264xbf16>
}
