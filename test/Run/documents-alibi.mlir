// Packed documents, causal inside each, with ALiBi: a slope per head times the distance.
//
// CPU-VARIANTS: v3, v4
// RUN: attnc %s -o %t.attn --target=cpu
// RUN: %each-cpu -- attn-run %t.attn --device=cpu --random --seed=3 --set=B=2 --set=L=501 --against=reference
//
// The GPU has no f32 products:
// RUN: %exits 1 attnc %s -o %t.f32.attn --target=sm_90a --ptxas=none 2>&1 | FileCheck %s
// CHECK: documents-alibi.mlir:[[#]]:{{[0-9]+}}: error: {{.*}} use bf16 or f16, or target cpu
// RUN: sed s/x64xf32/x64xbf16/g %s > %t.bf16.mlir && attnc %t.bf16.mlir -o %t.gpu.attn --target=sm_90a --ptxas=none
// RUN: attn-run %t.gpu.attn --device=sim --random --seed=3 --set=B=2 --set=L=501 --against=reference

func.func @main(
    %q: tensor<?x8x?x64xf32> {attn.name = "q", attn.shape = ["B", "H", "L", "D"]},
    %k: tensor<?x8x?x64xf32> {attn.name = "k", attn.shape = ["B", "H", "L", "D"]},
    %v: tensor<?x8x?x64xf32> {attn.name = "v", attn.shape = ["B", "H", "L", "D"]},
    %doc: tensor<?x?xi32> {attn.name = "doc", attn.shape = ["B", "L"], attn.random = "segments"},
    %slopes: tensor<8xf32> {attn.name = "slopes", attn.shape = ["H"]})
    -> (tensor<?x8x?x64xf32> {attn.name = "o"}) {
  %causal = attn.mask.causal
  %same = attn.mask.document %doc, %doc : tensor<?x?xi32>, tensor<?x?xi32>
  %mask = attn.mask.and %causal, %same
  %keys = attn.stream %k, %v mask %mask : tensor<?x8x?x64xf32>, tensor<?x8x?x64xf32>
  %o = attn.attend %q over %keys score(%slopes : tensor<8xf32>) {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %table: tensor<8xf32>):
    %slope = attn.read %table[%h] : tensor<8xf32>
    %distance = arith.subi %j, %i : index
    %d = arith.index_cast %distance : index to i32
    %f = arith.sitofp %d : i32 to f32
    %bias = arith.mulf %slope, %f : f32
    %y = arith.addf %s, %bias : f32
    attn.yield %y : f32
  } : tensor<?x8x?x64xf32> -> tensor<?x8x?x64xf32>
  return %o : tensor<?x8x?x64xf32>
}
