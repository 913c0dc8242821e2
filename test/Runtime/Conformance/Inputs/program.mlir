// The program of the conformance suite: full attention, two query heads that
// share one key head, D = 8, Dv = 4, any B, Lq and Lk.
func.func @main(
    %q: tensor<?x2x?x8xf32> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x8xf32> {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x4xf32> {attn.name = "o"}, tensor<?x2x?xf32> {attn.name = "lse"}) {
  %keys = attn.stream %k, %v : tensor<?x1x?x8xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x2x?x8xf32> -> tensor<?x2x?x4xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x4xf32>, tensor<?x2x?xf32>
}
