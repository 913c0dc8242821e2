// RUN: attn-opt %s --attn-schedule-forward --verify-diagnostics

// A target without warps has no such limits.
//
// expected-error @below {{expects 'attn.target' with 'consumer_registers'; run attn-attach-target with a GPU target first}}
module attributes {attn.target = #attn.target<"cpu", {key_tile = 32 : i64, query_tile = 48 : i64}>} {
  func.func @full(%q: tensor<1x1x4x16xbf16>) -> tensor<1x1x4x16xbf16> {
    %r = attn.route %q, %q
        : tensor<1x1x4x16xbf16>, tensor<1x1x4x16xbf16>
    %o = attn_tile.fold %q over %r tile(48, 32) scale(0.25) : tensor<1x1x4x16xbf16> -> tensor<1x1x4x16xbf16>
    return %o : tensor<1x1x4x16xbf16>
  }
}
