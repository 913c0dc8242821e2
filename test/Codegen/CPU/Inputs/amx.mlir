// What tile registers are tested with besides the programs of other variants, and what of
// their code is looked at (amx-code.test).

func.func @full(
    %q: tensor<?x4x?x128xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x128xbf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x128xbf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]}) -> tensor<?x4x?x128xbf16> {
  %s = attn.stream %k, %v : tensor<?x2x?x128xbf16>, tensor<?x2x?x128xbf16>
  %o = attn.attend %q over %s : tensor<?x4x?x128xbf16> -> tensor<?x4x?x128xbf16>
  return %o : tensor<?x4x?x128xbf16>
}

// One channel of keys is half of a pair.
func.func @d1_dv64(
    %q: tensor<?x2x?x1xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x1xbf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]}) -> (tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>) {
  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c : tensor<?x1x?x1xbf16>, tensor<?x1x?x64xbf16>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x1xbf16> -> tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>
}

// Small tiles: 16 keys are half of a tile of weights.
func.func @blocks(
    %q: tensor<?x2x?x48xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x48xbf16> {attn.shape = ["B", "Hk", "Lq", "D"]},
    %v: tensor<?x1x?x72xbf16> {attn.shape = ["B", "Hk", "Lq", "Dv"]}) -> (tensor<?x2x?x72xbf16>, tensor<?x2x?xf32>) {
  %m = attn.mask.block size(16)
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x48xbf16>, tensor<?x1x?x72xbf16>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x48xbf16> -> tensor<?x2x?x72xbf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x72xbf16>, tensor<?x2x?xf32>
}

// A tile of 8 keys is half of a row of tiles.
func.func @one_key(
    %q: tensor<?x2x3x64xbf16> {attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x1x1x64xbf16> {attn.shape = ["B", "Hk", "S", "D"]},
    %v: tensor<?x1x1x64xbf16> {attn.shape = ["B", "Hk", "S", "Dv"]}) -> (tensor<?x2x3x64xbf16>, tensor<?x2x3xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x1x64xbf16>, tensor<?x1x1x64xbf16>
  %o, %lse = attn.attend %q over %s : tensor<?x2x3x64xbf16> -> tensor<?x2x3x64xbf16>, tensor<?x2x3xf32>
  return %o, %lse : tensor<?x2x3x64xbf16>, tensor<?x2x3xf32>
}

func.func @neighborhood(
    %q: tensor<?x2x?x64xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lq", "D"]},
    %v: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lq", "Dv"]}) -> (tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>) {
  %m = attn.mask.neighborhood shape(16, 16) window(5, 5)
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x64xbf16>, tensor<?x1x?x64xbf16>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x64xbf16> -> tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>
}

func.func @causal_lse(
    %q: tensor<?x2x?x64xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]}) -> (tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>) {
  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c : tensor<?x1x?x64xbf16>, tensor<?x1x?x64xbf16>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x64xbf16> -> tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>
}

// Lanes of a block see 31 keys, 30, .. and none of a tile; the next tile is full.
func.func @empty_first(
    %q: tensor<?x2x?x64xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]}) -> tensor<?x2x?x64xbf16> {
  %m = attn.mask.window left(287)
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x64xbf16>, tensor<?x1x?x64xbf16>
  %o = attn.attend %q over %s : tensor<?x2x?x64xbf16> -> tensor<?x2x?x64xbf16>
  return %o : tensor<?x2x?x64xbf16>
}

// A factor of logits below 0: hidden pairs stay hidden.
func.func @negative_scale(
    %q: tensor<?x2x?x64xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]}) -> (tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>) {
  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c : tensor<?x1x?x64xbf16>, tensor<?x1x?x64xbf16>
  %o, %lse = attn.attend %q over %s scale(-0.125) : tensor<?x2x?x64xbf16> -> tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>
}

// All weights but one are a little below half of one unit of bf16 above 1/2: rounded, each loses nearly
// 2^-8 of itself, and lse wants the sum of what they were.
func.func @rounded_down(
    %q: tensor<?x2x?x64xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]}) -> (tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x64xbf16>, tensor<?x1x?x64xbf16>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %c0 = arith.constant 0 : index
    %largest = arith.constant 0.0 : f32
    %other = arith.constant -0.68932 : f32
    %first = arith.cmpi eq, %j, %c0 : index
    %y = arith.select %first, %largest, %other : f32
    attn.yield %y : f32
  } : tensor<?x2x?x64xbf16> -> tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>
}

// More than tile registers are used for.
func.func @d272(
    %q: tensor<?x2x?x272xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x272xbf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]}) -> tensor<?x2x?x64xbf16> {
  %s = attn.stream %k, %v : tensor<?x1x?x272xbf16>, tensor<?x1x?x64xbf16>
  %o = attn.attend %q over %s : tensor<?x2x?x272xbf16> -> tensor<?x2x?x64xbf16>
  return %o : tensor<?x2x?x64xbf16>
}

// Logits that a score region changes, by pair and by head, so little that all tiles of keys matter.
func.func @alibi(
    %q: tensor<?x2x?x128xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x128xbf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x128xbf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]}, %slopes: tensor<2xf32>) -> tensor<?x2x?x128xbf16> {
  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c : tensor<?x1x?x128xbf16>, tensor<?x1x?x128xbf16>
  %o = attn.attend %q over %s score(%slopes : tensor<2xf32>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<2xf32>):
    %slope = attn.read %t[%h] : tensor<2xf32>
    %n = arith.subi %j, %i : index
    %n32 = arith.index_cast %n : index to i32
    %f = arith.sitofp %n32 : i32 to f32
    %little = arith.constant 0.0078125 : f32
    %d = arith.mulf %f, %little : f32
    %bias = arith.mulf %slope, %d : f32
    %y = arith.addf %x, %bias : f32
    attn.yield %y : f32
  } : tensor<?x2x?x128xbf16> -> tensor<?x2x?x128xbf16>
  return %o : tensor<?x2x?x128xbf16>
}

func.func @soft_cap(
    %q: tensor<?x2x?x64xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]}) -> (tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x64xbf16>, tensor<?x1x?x64xbf16>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %cap = arith.constant 50.0 : f32
    %0 = arith.divf %x, %cap : f32
    %1 = math.tanh %0 : f32
    %y = arith.mulf %1, %cap : f32
    attn.yield %y : f32
  } : tensor<?x2x?x64xbf16> -> tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>
}

// Many tiles with a mask: rows see nothing of some, after they saw others.
func.func @hole(
    %q: tensor<?x2x?x64xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]}) -> (tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>) {
  %w = attn.mask.window left(130) right(130)
  %m = attn.mask.not %w
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x64xbf16>, tensor<?x1x?x64xbf16>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x64xbf16> -> tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>
}

// Both, and a number per key.
func.func @window_bias(
    %q: tensor<?x2x?x64xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]}, %keys: tensor<?xf32> {attn.shape = ["Lk"]}) -> tensor<?x2x?x64xbf16> {
  %w = attn.mask.window left(200) right(100)
  %s = attn.stream %k, %v mask %w : tensor<?x1x?x64xbf16>, tensor<?x1x?x64xbf16>
  %o = attn.attend %q over %s score(%keys : tensor<?xf32>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<?xf32>):
    %bias = attn.read %t[%j] : tensor<?xf32>
    %y = arith.addf %x, %bias : f32
    attn.yield %y : f32
  } : tensor<?x2x?x64xbf16> -> tensor<?x2x?x64xbf16>
  return %o : tensor<?x2x?x64xbf16>
}

// Tables of extremes of tiles of 48 and 32 tokens: blocks begin in the middle of some.
func.func @causal_documents(
    %q: tensor<?x2x?x64xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lq", "D"]},
    %v: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lq", "Dv"]}, %ids: tensor<?x?xi32> {attn.shape = ["B", "Lq"]})
    -> tensor<?x2x?x64xbf16> {
  %c = attn.mask.causal
  %d = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>
  %m = attn.mask.and %c, %d
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x64xbf16>, tensor<?x1x?x64xbf16>
  %o = attn.attend %q over %s : tensor<?x2x?x64xbf16> -> tensor<?x2x?x64xbf16>
  return %o : tensor<?x2x?x64xbf16>
}
