// Two query heads share one key head; four arguments, two results.
func.func @main(
    %q: tensor<?x2x?x8xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x1x?x8xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x1x?x8xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]},
    %ids: tensor<?x?xi32> {attn.name = "ids", attn.shape = ["B", "L"]})
    -> (tensor<?x2x?x8xf32> {attn.name = "o"}, tensor<?x2x?xf32> {attn.name = "lse"}) {
  %m = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x8xf32>, tensor<?x1x?x8xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x8xf32> -> tensor<?x2x?x8xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x8xf32>, tensor<?x2x?xf32>
}
