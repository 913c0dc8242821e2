// Sliding window of 256 keys, itself included, with capped logits: Gemma 2's local layers.
//
// CPU-VARIANTS: v3, v4
// RUN: attnc %s -o %t.attn --target=cpu
// RUN: %each-cpu -- attn-run %t.attn --device=cpu --random --seed=2 --set=B=2 --set=L=700 --against=reference
//
// The GPU has no f32 products:
// RUN: %exits 1 attnc %s -o %t.f32.attn --target=sm_90a --ptxas=none 2>&1 | FileCheck %s
// CHECK: window-softcap.mlir:[[#]]:{{[0-9]+}}: error: {{.*}} use bf16 or f16, or target cpu
// RUN: sed s/x64xf32/x64xbf16/g %s > %t.bf16.mlir && attnc %t.bf16.mlir -o %t.gpu.attn --target=sm_90a --ptxas=none
// RUN: attn-run %t.gpu.attn --device=sim --random --seed=2 --set=B=2 --set=L=700 --against=reference

func.func @main(
    %q: tensor<?x8x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]})
    -> (tensor<?x8x?x64xf32> {attn.name = "o"}) {
  %window = attn.mask.window left(255) right(0)
  %keys = attn.stream %k, %v mask %window : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o = attn.attend %q over %keys score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %cap = arith.constant 50.0 : f32
    %0 = arith.divf %s, %cap : f32
    %1 = math.tanh %0 : f32
    %2 = arith.mulf %1, %cap : f32
    attn.yield %2 : f32
  } : tensor<?x8x?x64xf32> -> tensor<?x8x?x64xf32>
  return %o : tensor<?x8x?x64xf32>
}
