// ELEMENT is replaced by f32 or bf16.
func.func @main(
    %q: tensor<?x2x?x64xELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x64xELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x64xELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]})
    -> (tensor<?x2x?x64xELEMENT> {attn.name = "o"}, tensor<?x2x?xf32> {attn.name = "lse"}) {
  %keys = attn.stream %k, %v : tensor<?x2x?x64xELEMENT>, tensor<?x2x?x64xELEMENT>
  %o, %lse = attn.attend %q over %keys : tensor<?x2x?x64xELEMENT> -> tensor<?x2x?x64xELEMENT>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x64xELEMENT>, tensor<?x2x?xf32>
}
