// Folds of few queries over other tokens; ELEMENT is replaced by f32 or bf16.

!q = tensor<?x8x?x64xELEMENT>
!k = tensor<?x2x?x64xELEMENT>
!v = tensor<?x2x?x72xELEMENT>
!o = tensor<?x8x?x72xELEMENT>
!n = tensor<?x8x?xf32>

// Four heads share a tile.
func.func @window(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !v {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (!o {attn.name = "o"}, !n {attn.name = "lse"}) {
  %mask = attn.mask.window left(700) right(0)
  %keys = attn.stream %k, %v mask %mask : !k, !v
  %o, %lse = attn.attend %q over %keys : !q -> !o, !n
  return %o, %lse : !o, !n
}

// A score that asks for the head: a tile has one.
func.func @slopes(
    %q: tensor<?x6x?x33xELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x33xELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x5xELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %slopes: tensor<6xf32> {attn.name = "slopes", attn.shape = ["Hq"]})
    -> (tensor<?x6x?x5xELEMENT> {attn.name = "o"}, tensor<?x6x?xf32> {attn.name = "lse"}) {
  %mask = attn.mask.causal
  %keys = attn.stream %k, %v mask %mask : tensor<?x2x?x33xELEMENT>, tensor<?x2x?x5xELEMENT>
  %o, %lse = attn.attend %q over %keys score (%slopes : tensor<6xf32>) {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %table: tensor<6xf32>):
    %slope = attn.read %table[%h] : tensor<6xf32>
    %distance = arith.subi %j, %i : index
    %narrow = arith.index_cast %distance : index to i32
    %float = arith.sitofp %narrow : i32 to f32
    %bias = arith.mulf %slope, %float : f32
    %sum = arith.addf %s, %bias : f32
    attn.yield %sum : f32
  } : tensor<?x6x?x33xELEMENT> -> tensor<?x6x?x5xELEMENT>, tensor<?x6x?xf32>
  return %o, %lse : tensor<?x6x?x5xELEMENT>, tensor<?x6x?xf32>
}

// Two streams, one with a head map of runs of two; shares, a sink, a state that enters.
func.func @streams(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !v {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %k2: tensor<?x4x?x64xELEMENT> {attn.name = "k2", attn.shape = ["B", "Hm", "Lm", "D"]},
    %v2: tensor<?x4x?x72xELEMENT> {attn.name = "v2", attn.shape = ["B", "Hm", "Lm", "Dv"]},
    %out: !o {attn.name = "out", attn.shape = ["B", "Hq", "Lq", "Dv"]}, %logit: !n {attn.name = "logit", attn.shape = ["B", "Hq", "Lq"]},
    %sink: tensor<8xf32> {attn.name = "sink", attn.shape = ["Hq"]})
    -> (!o {attn.name = "o"}, !n {attn.name = "lse"}, !n {attn.name = "near"}, !n {attn.name = "far"}) {
  %before = attn.state %out, %logit : !o, !n
  %near = attn.stream %k, %v : !k, !v
  %far = attn.stream %k2, %v2 heads [3, 3, 1, 1, 0, 0, 2, 2] : tensor<?x4x?x64xELEMENT>, tensor<?x4x?x72xELEMENT>
  %o, %lse, %shares:2 = attn.attend %q over %near, %far from %before sink(%sink : tensor<8xf32>)
      : !q -> !o, !n mass(!n, !n)
  return %o, %lse, %shares#0, %shares#1 : !o, !n, !n, !n
}

// A state that enters and one that leaves.
func.func @resumed(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !v {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %out: !o {attn.name = "out", attn.shape = ["B", "Hq", "Lq", "Dv"]}, %logit: !n {attn.name = "logit", attn.shape = ["B", "Hq", "Lq"]})
    -> (!o {attn.name = "o"}, !n {attn.name = "m"}, !n {attn.name = "l"}, tensor<?x8x?x72xf32> {attn.name = "acc"}) {
  %before = attn.state %out, %logit : !o, !n
  %keys = attn.stream %k, %v : !k, !v
  %o, %m, %l, %acc = attn.attend %q over %keys from %before : !q -> !o state(!n, !n, tensor<?x8x?x72xf32>)
  return %o, %m, %l, %acc : !o, !n, !n, tensor<?x8x?x72xf32>
}

// Lengths of queries and of keys; what is beyond them is NaN.
func.func @lengths(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !v {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %qlen: tensor<?xi32> {attn.name = "qlen", attn.shape = ["B"]}, %klen: tensor<?xi32> {attn.name = "klen", attn.shape = ["B"]})
    -> (!o {attn.name = "o"}, !n {attn.name = "lse"}) {
  %queries = attn.lengths.per_batch %qlen : tensor<?xi32>
  %tokens = attn.lengths.per_batch %klen : tensor<?xi32>
  %mask = attn.mask.causal
  %keys = attn.stream %k, %v mask %mask lengths(%tokens) : !k, !v
  %o, %lse = attn.attend %q lengths(%queries) over %keys : !q -> !o, !n
  return %o, %lse : !o, !n
}
