// Several streams under one normaliser: masks, lengths, heads and types of their own.

!q = tensor<?x4x?x16xf32>
!k = tensor<?x2x?x16xf32>
!k4 = tensor<?x4x?x16xf32>
!n = tensor<?x4x?xf32>

func.func @window_and_far(
    %q: !q {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !k {attn.shape = ["B", "Hk", "Lk", "D"]},
    %k2: !k4 {attn.shape = ["B", "Hq", "Lk2", "D"]}, %v2: !k4 {attn.shape = ["B", "Hq", "Lk2", "D"]},
    %sink: tensor<4xf32>) -> (!q, !n, !n, !n) {
  %w = attn.mask.window left(20) right(0)
  %near = attn.stream %k, %v mask %w : !k, !k
  %far = attn.stream %k2, %v2 : !k4, !k4
  %o, %lse, %m1, %m2 = attn.attend %q over %near, %far sink(%sink : tensor<4xf32>) : !q -> !q, !n mass(!n, !n)
  return %o, %lse, %m1, %m2 : !q, !n, !n, !n
}

// A key of both streams counts twice.
func.func @twice(
    %q: !q {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !k {attn.shape = ["B", "Hk", "Lk", "D"]}) -> (!q, !n) {
  %c = attn.mask.causal
  %a = attn.stream %k, %v mask %c : !k, !k
  %b = attn.stream %k, %v : !k, !k
  %o, %lse = attn.attend %q over %a, %b, %a : !q -> !q, !n
  return %o, %lse : !q, !n
}

// The score region sees the keys of the stream at hand.
func.func @score(
    %q: !q {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !k {attn.shape = ["B", "Hk", "Lk", "D"]},
    %k2: !k {attn.shape = ["B", "Hk", "Lk2", "D"]}, %v2: !k {attn.shape = ["B", "Hk", "Lk2", "D"]},
    %sink: tensor<4xf32>, %slopes: tensor<4xf32>) -> (!q, !n, !n, !n) {
  %a = attn.stream %k, %v : !k, !k
  %b = attn.stream %k2, %v2 : !k, !k
  %o, %lse, %m1, %m2 = attn.attend %q over %a, %b sink(%sink : tensor<4xf32>) score(%slopes : tensor<4xf32>) {
  ^bb0(%x: f32, %bb: index, %h: index, %i: index, %j: index, %table: tensor<4xf32>):
    %lk = attn.length keys
    %slope = attn.read %table[%h] : tensor<4xf32>
    %d = arith.subi %lk, %j : index
    %e = arith.addi %d, %i : index
    %f = arith.index_cast %e : index to i32
    %g = arith.sitofp %f : i32 to f32
    %step = arith.constant 0.01 : f32
    %s = arith.mulf %slope, %step : f32
    %bias = arith.mulf %s, %g : f32
    %y = arith.addf %x, %bias : f32
    attn.yield %y : f32
  } : !q -> !q, !n mass(!n, !n)
  return %o, %lse, %m1, %m2 : !q, !n, !n, !n
}

func.func @documents(
    %q: !q {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !k {attn.shape = ["B", "Hk", "Lk", "D"]},
    %k2: !k {attn.shape = ["B", "Hk", "Lk2", "D"]}, %v2: !k {attn.shape = ["B", "Hk", "Lk2", "D"]},
    %qids: tensor<?x?xi32> {attn.shape = ["B", "Lq"]}, %kids: tensor<?x?xi32> {attn.shape = ["B", "Lk"]}) -> (!q, !n, !n) {
  %d = attn.mask.document %qids, %kids : tensor<?x?xi32>, tensor<?x?xi32>
  %c = attn.mask.causal
  %a = attn.stream %k, %v mask %d : !k, !k
  %b = attn.stream %k2, %v2 mask %c : !k, !k
  %o, %m1, %m2 = attn.attend %q over %a, %b : !q -> !q mass(!n, !n)
  return %o, %m1, %m2 : !q, !n, !n
}

func.func @mass_of_one(
    %q: tensor<?x?x?x7xbf16> {attn.shape = ["B", "H", "Lq", "D"]},
    %k: tensor<?x?x?x7xbf16> {attn.shape = ["B", "H", "Lk", "D"]},
    %v: tensor<?x?x?x40xbf16> {attn.shape = ["B", "H", "Lk", "Dv"]}) -> (tensor<?x?x?x40xbf16>, tensor<?x?x?xf32>) {
  %c = attn.mask.causal
  %a = attn.stream %k, %v mask %c : tensor<?x?x?x7xbf16>, tensor<?x?x?x40xbf16>
  %o, %m = attn.attend %q over %a : tensor<?x?x?x7xbf16> -> tensor<?x?x?x40xbf16> mass(tensor<?x?x?xf32>)
  return %o, %m : tensor<?x?x?x40xbf16>, tensor<?x?x?xf32>
}
