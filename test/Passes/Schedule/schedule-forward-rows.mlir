// RUN: attn-opt %s --attn-attach-target=target=sm_90a --attn-schedule-forward --verify-diagnostics

func.func @rows(%q: tensor<1x1x64x64xbf16>) -> tensor<1x1x64x64xbf16> {
  %r = attn.route %q, %q : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>
  // expected-error @below {{has tiles of 100 queries; expected a multiple of 64, the rows of a warpgroup}}
  %o = attn_tile.fold %q over %r tile(100, 128) scale(0.125) : tensor<1x1x64x64xbf16> -> tensor<1x1x64x64xbf16>
  return %o : tensor<1x1x64x64xbf16>
}
