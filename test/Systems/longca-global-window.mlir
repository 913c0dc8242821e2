// LongCA-bench, global tokens and a window: the first 512 tokens see and are seen by all, others see 256 to both sides.
// visible(i, j) = i < 512 or j < 512 or |i - j| <= 256
// The benchmark draws the window w at random, its form for FlexAttention has 2 w global tokens: w is 256 here. Its list
// of slices has w of them and aligns them bottom-right, so that they see and are seen by part of the rest: not taken.
//
// Source: Bu et al. 2025, Long-Context Attention Benchmark (arXiv:2510.17896), mask "global sliding window";
// definitions as its repository NJUDeepEngine/LongCA-bench generates them.
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %seen = attn.mask.first count(512)
  %seeing = attn.mask.free {
  ^bb0(%b: index, %h: index, %i: index, %j: index):
    %count = arith.constant 512 : index
    %visible = arith.cmpi ult, %i, %count : index
    attn.yield %visible : i1
  }
  %window = attn.mask.window left(256) right(256)
  %mask = attn.mask.or %seen, %seeing, %window
  %keys = attn.stream %k, %v mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
