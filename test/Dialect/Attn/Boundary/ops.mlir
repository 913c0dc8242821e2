// RUN: %roundtrip

// Names, letters and random rules survive every form.
//
// CHECK-LABEL: func.func @all
// CHECK-SAME:    tensor<?x8x?x64xf16> {attn.name = "q", attn.shape = ["B", "H", "L", "D"]}
// CHECK-SAME:    tensor<?xi32> {attn.name = "lengths", attn.random = "lengths", attn.shape = ["B"]}
// CHECK-SAME:    tensor<?x?xi32> {attn.name = "chosen", attn.random = "indices<L>", attn.shape = ["B", "K"]}
// CHECK-SAME:    tensor<4xi1> {attn.random = "segments"}
// CHECK-SAME:    -> (tensor<?x8x?x64xf16> {attn.name = "o"})
func.func @all(
    %q: tensor<?x8x?x64xf16> {attn.name = "q", attn.shape = ["B", "H", "L", "D"]},
    %lengths: tensor<?xi32> {attn.name = "lengths", attn.random = "lengths", attn.shape = ["B"]},
    %chosen: tensor<?x?xi32> {attn.name = "chosen", attn.random = "indices<L>", attn.shape = ["B", "K"]},
    %unnamed: tensor<4xi1> {attn.random = "segments"})
    -> (tensor<?x8x?x64xf16> {attn.name = "o"}) {
  return %q : tensor<?x8x?x64xf16>
}
