// T5's relative position bias of the decoder: s + table[bucket(i - j), h], causal, table
// f32[32, Hq]. Distances n = i - j below 16 have a bucket each, those from 16 on share
// 16 + floor(16 ln(n / 16) / ln(128 / 16)), at most 31. That is floor(16 (log2(n) - 1) / 3); a
// thousandth more keeps the floor right where log2 is rounded, and moves no other: 76 comes nearest, with 27.989.
// T5 does not scale q.k.
//
// Source: Raffel et al. 2020, T5 (arXiv:1910.10683), section 2.1; its code's relative_position_bucket.
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]},
    %table: tensor<32x4xf32> {attn.name = "table", attn.shape = ["R", "Hq"]})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %mask = attn.mask.causal
  %keys = attn.stream %k, %v mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys scale(1.0) score(%table : tensor<32x4xf32>) {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<32x4xf32>):
    %zero = arith.constant 0 : i32
    %exact = arith.constant 16 : i32
    %last = arith.constant 31 : i32
    %slope = arith.constant 5.33333349 : f32
    %start = arith.constant -5.33233333 : f32
    %distance = arith.subi %i, %j : index
    %n = arith.index_cast %distance : index to i32
    %far = arith.maxsi %n, %exact : i32
    %f = arith.sitofp %far : i32 to f32
    %log = math.log2 %f : f32
    %steps = math.fma %log, %slope, %start : f32
    %grown = arith.fptosi %steps : f32 to i32
    %isNear = arith.cmpi slt, %n, %exact : i32
    %bucket = arith.select %isNear, %n, %grown : i32
    %0 = arith.minsi %bucket, %last : i32
    %1 = arith.maxsi %0, %zero : i32
    %row = arith.index_cast %1 : i32 to index
    %bias = attn.read %t[%row, %h] : tensor<32x4xf32>
    %y = arith.addf %s, %bias : f32
    attn.yield %y : f32
  } : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
