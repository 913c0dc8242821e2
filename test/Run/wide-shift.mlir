// A shift of an index by 32 or more is 0, although index values fit in 32 bits. Every
// target holds narrow values in 32 bits where it can.
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: attnc %s -o %t.attn --target=sm_90a,cpu --ptxas=none
// RUN: %each-cpu -- attn-run %t.attn --device=cpu --random --seed=1 --set=B=1 --set=L=37 --against=reference
// RUN: attn-run %t.attn --device=sim --random --seed=1 --set=B=1 --set=L=37 --against=reference

func.func @main(
    %q: tensor<?x1x?x64xbf16> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x1x?x64xbf16> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x1x?x64xbf16> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]})
    -> (tensor<?x1x?x64xbf16> {attn.name = "o"}) {
  %keys = attn.stream %k, %v : tensor<?x1x?x64xbf16>, tensor<?x1x?x64xbf16>
  %o = attn.attend %q over %keys score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %amount = arith.constant 33 : index
    %zero = arith.shrui %j, %amount : index
    %n = arith.index_cast %zero : index to i32
    %bias = arith.sitofp %n : i32 to f32
    %y = arith.addf %x, %bias : f32
    attn.yield %y : f32
  } : tensor<?x1x?x64xbf16> -> tensor<?x1x?x64xbf16>
  return %o : tensor<?x1x?x64xbf16>
}
