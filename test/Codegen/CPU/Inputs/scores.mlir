func.func @alibi(
    %q: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]}, %slopes: tensor<2xf32>)
    -> (tensor<?x2x?x16xf32>, tensor<?x2x?xf32>) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x16xf32>, tensor<?x1x?x16xf32>
  %o, %lse = attn.attend %q over %s score(%slopes : tensor<2xf32>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %t0: tensor<2xf32>):
    %slope = attn.read %t0[%h] : tensor<2xf32>
    %n = arith.subi %j, %i : index
    %n32 = arith.index_cast %n : index to i32
    %f = arith.sitofp %n32 : i32 to f32
    %bias = arith.mulf %slope, %f : f32
    %y = arith.addf %x, %bias : f32
    attn.yield %y : f32
  } : tensor<?x2x?x16xf32> -> tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
}

func.func @soft_cap(
    %q: tensor<?x2x?x64xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x64xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x64xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x64xf32>, tensor<?x2x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x64xf32>, tensor<?x1x?x64xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %c = arith.constant 20.0 : f32
    %u = arith.divf %x, %c : f32
    %v0 = math.tanh %u : f32
    %y = arith.mulf %v0, %c : f32
    attn.yield %y : f32
  } : tensor<?x2x?x64xf32> -> tensor<?x2x?x64xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x64xf32>, tensor<?x2x?xf32>
}

func.func @bias_table(
    %q: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]}, %bias: tensor<2x?x?xbf16> {attn.shape = ["Hq", "Lq", "Lk"]})
    -> (tensor<?x2x?x16xf32>, tensor<?x2x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x16xf32>, tensor<?x1x?x16xf32>
  %o, %lse = attn.attend %q over %s score(%bias : tensor<2x?x?xbf16>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %t0: tensor<2x?x?xbf16>):
    %e = attn.read %t0[%h, %i, %j] : tensor<2x?x?xbf16>
    %f = arith.extf %e : bf16 to f32
    %y = arith.addf %x, %f : f32
    attn.yield %y : f32
  } : tensor<?x2x?x16xf32> -> tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
}

func.func @relative_table(
    %q: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]}, %bias: tensor<2x65xf32>)
    -> (tensor<?x2x?x16xf32>, tensor<?x2x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x16xf32>, tensor<?x1x?x16xf32>
  %o, %lse = attn.attend %q over %s score(%bias : tensor<2x65xf32>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %t0: tensor<2x65xf32>):
    %c32 = arith.constant 32 : index
    %c0 = arith.constant 0 : index
    %c64 = arith.constant 64 : index
    %n = arith.subi %j, %i : index
    %n1 = arith.addi %n, %c32 : index
    %n2 = arith.maxsi %n1, %c0 : index
    %n3 = arith.minsi %n2, %c64 : index
    %e = attn.read %t0[%h, %n3] : tensor<2x65xf32>
    %y = arith.addf %x, %e : f32
    attn.yield %y : f32
  } : tensor<?x2x?x16xf32> -> tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
}

func.func @rows_and_keys(
    %q: tensor<?x2x?x16xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x16xbf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x16xbf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]}, %rows: tensor<?x?xf16> {attn.shape = ["B", "Lq"]}, %flags: tensor<?xi1> {attn.shape = ["Lk"]}, %counts: tensor<?xi8> {attn.shape = ["Lq"]}, %wide: tensor<?xi64> {attn.shape = ["Lk"]})
    -> (tensor<?x2x?x16xbf16>, tensor<?x2x?xf32>) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x16xbf16>, tensor<?x1x?x16xbf16>
  %o, %lse = attn.attend %q over %s score(%rows, %flags, %counts, %wide : tensor<?x?xf16>, tensor<?xi1>, tensor<?xi8>, tensor<?xi64>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %t0: tensor<?x?xf16>, %t1: tensor<?xi1>, %t2: tensor<?xi8>, %t3: tensor<?xi64>):
    %r = attn.read %t0[%b, %i] : tensor<?x?xf16>
    %r2 = arith.addf %r, %r : f16
    %g = attn.read %t1[%j] : tensor<?xi1>
    %n = attn.read %t2[%i] : tensor<?xi8>
    %w = attn.read %t3[%j] : tensor<?xi64>
    %n64 = arith.extsi %n : i8 to i64
    %q0 = arith.remsi %n64, %w : i64
    %q1 = arith.divsi %n64, %w : i64
    %q2 = arith.addi %q0, %q1 : i64
    %c0 = arith.constant 0 : i64
    %zero = arith.cmpi eq, %w, %c0 : i64
    %q3 = arith.select %zero, %c0, %q2 : i64
    %qf = arith.sitofp %q3 : i64 to f32
    %rf = arith.extf %r2 : f16 to f32
    %z = arith.select %g, %rf, %qf : f32
    %y = arith.addf %x, %z : f32
    attn.yield %y : f32
  } : tensor<?x2x?x16xbf16> -> tensor<?x2x?x16xbf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x16xbf16>, tensor<?x2x?xf32>
}
