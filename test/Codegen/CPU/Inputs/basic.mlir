func.func @full(
    %q: tensor<?x4x?x64xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x64xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x64xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x4x?x64xf32>, tensor<?x4x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}

func.func @causal(
    %q: tensor<?x4x?x64xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x64xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x64xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x4x?x64xf32>, tensor<?x4x?xf32>) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
