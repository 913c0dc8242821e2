// T5's relative position bias of the encoder: s + table[bucket(j - i), h], table f32[32, Hq]. Keys
// after the query have buckets 16 to 31, the others 0 to 15; within a half, distances n = |j - i|
// below 8 have a bucket each, those from 8 on share 8 + floor(8 ln(n / 8) / ln(128 / 8)), at most 15.
// That is floor(2 log2(n) + 2); a thousandth more keeps the floor of 16, 32 and 64 right where log2
// is rounded, and moves no other: 90 comes nearest, with 14.984. T5 does not scale q.k.
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
  %keys = attn.stream %k, %v : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys scale(1.0) score(%table : tensor<32x4xf32>) {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<32x4xf32>):
    %zero = arith.constant 0 : i32
    %exact = arith.constant 8 : i32
    %half = arith.constant 16 : i32
    %last = arith.constant 15 : i32
    %two = arith.constant 2.0 : f32
    %start = arith.constant 2.001 : f32
    %distance = arith.subi %j, %i : index
    %d = arith.index_cast %distance : index to i32
    %n = math.absi %d : i32
    %far = arith.maxsi %n, %exact : i32
    %f = arith.sitofp %far : i32 to f32
    %log = math.log2 %f : f32
    %steps = math.fma %log, %two, %start : f32
    %grown = arith.fptosi %steps : f32 to i32
    %isNear = arith.cmpi slt, %n, %exact : i32
    %bucket = arith.select %isNear, %n, %grown : i32
    %0 = arith.minsi %bucket, %last : i32
    %1 = arith.maxsi %0, %zero : i32
    %low = arith.index_cast %1 : i32 to index
    %after = arith.cmpi sgt, %d, %zero : i32
    %shift = arith.select %after, %half, %zero : i32
    %high = arith.index_cast %shift : i32 to index
    %row = arith.addi %low, %high : index
    %bias = attn.read %t[%row, %h] : tensor<32x4xf32>
    %y = arith.addf %s, %bias : f32
    attn.yield %y : f32
  } : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
