// Mixture of Attention (MoA): the first 64 keys and a window that grows with the input, per head at a rate of its own.
// Blocks of 64, causal.
// visible(h, i, j) = j <= i and (floor(j / 64) < 1 or floor(i / 64) - floor(j / 64) < max(blocks - 1, 1)) with
// blocks = ceil((alpha[h] + beta[h] L) / 64)
//
// Source: Fu et al. 2024, MoA (arXiv:2406.14909); blocks and sink of 64.
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]},
    %alpha: tensor<4xf32> {attn.name = "alpha", attn.shape = ["Hq"]},
    %beta: tensor<4xf32> {attn.name = "beta", attn.shape = ["Hq"]})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %causal = attn.mask.causal
  %sink = attn.mask.first count(64)
  %window = attn.mask.free (%alpha, %beta : tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %base: tensor<4xf32>, %rate: tensor<4xf32>):
    %c1 = arith.constant 1 : index
    %c64 = arith.constant 64 : index
    %size = arith.constant 64.0 : f32
    %none = arith.constant 0.0 : f32
    %most = arith.constant 1.0e+09 : f32
    %a = attn.read %base[%h] : tensor<4xf32>
    %r = attn.read %rate[%h] : tensor<4xf32>
    %lk = attn.length keys
    %n = arith.index_cast %lk : index to i32
    %length = arith.sitofp %n : i32 to f32
    %grown = arith.mulf %r, %length : f32
    %span = arith.addf %a, %grown : f32
    %parts = arith.divf %span, %size : f32
    %up = math.ceil %parts : f32
    %low = arith.maxnumf %up, %none : f32
    %within = arith.minnumf %low, %most : f32
    %whole = arith.fptosi %within : f32 to i32
    %blocks = arith.index_cast %whole : i32 to index
    %near = arith.subi %blocks, %c1 : index
    %width = arith.maxsi %near, %c1 : index
    %own = arith.divui %i, %c64 : index
    %block = arith.divui %j, %c64 : index
    %distance = arith.subi %own, %block : index
    %visible = arith.cmpi slt, %distance, %width : index
    attn.yield %visible : i1
  }
  %near = attn.mask.or %sink, %window
  %mask = attn.mask.and %near, %causal
  %keys = attn.stream %k, %v mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
