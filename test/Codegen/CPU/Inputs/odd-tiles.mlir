// Tiles of any size: lanes of the last vector without a query, rows that no register tile divides.
func.func @window(
    %q: tensor<?x4x?x64xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x64xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x64xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x4x?x64xf32>, tensor<?x4x?xf32>) {
  %r = attn.route %k, %v : tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>
  %o, %lse = attn_tile.fold %q over %r tile(49, 49) scale(0.125)
      : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}

func.func @odd(
    %q: tensor<?x2x?x5xbf16> {attn.shape = ["B", "H", "Lq", "D"]},
    %k: tensor<?x2x?x5xbf16> {attn.shape = ["B", "H", "Lk", "D"]},
    %v: tensor<?x2x?x19xbf16> {attn.shape = ["B", "H", "Lk", "Dv"]})
    -> (tensor<?x2x?x19xbf16>, tensor<?x2x?xf32>) {
  %r = attn.route %k, %v
      bounds {
      ^bb0(%b: index, %h: index, %q0: index, %q1: index):
        %zero = arith.constant 0 : index
        %one = arith.constant 1 : index
        %upper = arith.addi %q1, %one : index
        %full = arith.addi %q0, %one : index
        attn.yield %zero, %upper, %zero, %full : index, index, index, index
      } visible {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %ok = arith.cmpi sle, %j, %i : index
        attn.yield %ok : i1
      } : tensor<?x2x?x5xbf16>, tensor<?x2x?x19xbf16>
  %o, %lse = attn_tile.fold %q over %r tile(20, 7) scale(0.5)
      : tensor<?x2x?x5xbf16> -> tensor<?x2x?x19xbf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x19xbf16>, tensor<?x2x?xf32>
}
