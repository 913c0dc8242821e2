// PowerAttention: the first block of 256, the last 5, and those at a distance of a power of two; causal.
// visible(i, j) = j <= i and (j < 256 or d < 5 or d is a power of two) with d = floor(i / 256) - floor(j / 256)
//
// Source: Chen et al. 2025, PowerAttention (arXiv:2503.03588)
//
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %causal = attn.mask.causal
  %sink = attn.mask.first count(256)
  %blocks = attn.mask.free {
  ^bb0(%b: index, %h: index, %i: index, %j: index):
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c5 = arith.constant 5 : index
    %size = arith.constant 256 : index
    %own = arith.divui %i, %size : index
    %block = arith.divui %j, %size : index
    %distance = arith.subi %own, %block : index
    %near = arith.cmpi slt, %distance, %c5 : index
    %less = arith.subi %distance, %c1 : index
    %bits = arith.andi %distance, %less : index
    %power = arith.cmpi eq, %bits, %c0 : index
    %visible = arith.ori %near, %power : i1
    attn.yield %visible : i1
  }
  %seen = attn.mask.or %sink, %blocks
  %mask = attn.mask.and %seen, %causal
  %keys = attn.stream %k, %v mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
