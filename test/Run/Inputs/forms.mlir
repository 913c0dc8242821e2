// What a fold may have besides one stream of full length, alone and together; see forms.test.

!q = tensor<?x4x?x64xELEMENT>
!k = tensor<?x2x?x64xELEMENT>
!v = tensor<?x2x?x128xELEMENT>
!o = tensor<?x4x?x128xELEMENT>
!n = tensor<?x4x?xf32>

// A window, a far stream with a head map, a sink; lse and masses.
func.func @streams(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !v {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %k2: !k {attn.name = "k2", attn.shape = ["B", "Hk", "Lm", "D"]}, %v2: !v {attn.name = "v2", attn.shape = ["B", "Hk", "Lm", "Dv"]},
    %sink: tensor<4xf32> {attn.name = "sink", attn.shape = ["Hq"]})
    -> (!o {attn.name = "o"}, !n {attn.name = "lse"}, !n {attn.name = "near"}, !n {attn.name = "far"}) {
  %w = attn.mask.window left(20) right(0)
  %s = attn.stream %k, %v mask %w : !k, !v
  %t = attn.stream %k2, %v2 heads [0, 1, 1, 0] : !k, !v
  %o, %lse, %near, %far = attn.attend %q over %s, %t sink(%sink : tensor<4xf32>) : !q -> !o, !n mass(!n, !n)
  return %o, %lse, %near, %far : !o, !n, !n, !n
}

!q128 = tensor<?x4x?x128xELEMENT>
!k128 = tensor<?x2x?x128xELEMENT>
!acc = tensor<?x4x?x128xf32>

// Three chunks of keys one after the other, and all of them at once.
func.func @resume(
    %q: !q128 {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k0: !k128 {attn.name = "k0", attn.shape = ["B", "Hk", "L0", "D"]}, %v0: !k128 {attn.name = "v0", attn.shape = ["B", "Hk", "L0", "D"]},
    %k1: !k128 {attn.name = "k1", attn.shape = ["B", "Hk", "L1", "D"]}, %v1: !k128 {attn.name = "v1", attn.shape = ["B", "Hk", "L1", "D"]},
    %k2: !k128 {attn.name = "k2", attn.shape = ["B", "Hk", "L2", "D"]}, %v2: !k128 {attn.name = "v2", attn.shape = ["B", "Hk", "L2", "D"]},
    %k: !k128 {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !k128 {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]})
    -> (!q128 {attn.name = "o"}, !n {attn.name = "lse"}, !q128 {attn.name = "whole"}, !n {attn.name = "whole_lse"}, !n {attn.name = "m"}, !n {attn.name = "l"}, !acc {attn.name = "acc"}) {
  %s0 = attn.stream %k0, %v0 : !k128, !k128
  %s1 = attn.stream %k1, %v1 : !k128, !k128
  %s2 = attn.stream %k2, %v2 : !k128, !k128
  %s = attn.stream %k, %v : !k128, !k128
  %o0, %m0, %l0, %a0 = attn.attend %q over %s0 : !q128 -> !q128 state(!n, !n, !acc)
  %st0 = attn.state %m0, %l0, %a0 : !n, !n, !acc
  %o1, %m1, %l1, %a1 = attn.attend %q over %s1 from %st0 : !q128 -> !q128 state(!n, !n, !acc)
  %st1 = attn.state %m1, %l1, %a1 : !n, !n, !acc
  %o, %lse = attn.attend %q over %s2 from %st1 : !q128 -> !q128, !n
  %whole, %wlse = attn.attend %q over %s : !q128 -> !q128, !n
  return %o, %lse, %whole, %wlse, %m1, %l1, %a1 : !q128, !n, !q128, !n, !n, !n, !acc
}

!q7 = tensor<?x4x?x7xELEMENT>
!k7 = tensor<?x2x?x7xELEMENT>

// Three attends merged, and one over three streams.
func.func @merge(
    %q: !q7 {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k0: !k7 {attn.name = "k0", attn.shape = ["B", "Hk", "L0", "D"]}, %v0: !k7 {attn.name = "v0", attn.shape = ["B", "Hk", "L0", "D"]},
    %k1: !k7 {attn.name = "k1", attn.shape = ["B", "Hk", "L1", "D"]}, %v1: !k7 {attn.name = "v1", attn.shape = ["B", "Hk", "L1", "D"]},
    %k2: !k7 {attn.name = "k2", attn.shape = ["B", "Hk", "L2", "D"]}, %v2: !k7 {attn.name = "v2", attn.shape = ["B", "Hk", "L2", "D"]})
    -> (!q7 {attn.name = "o"}, !n {attn.name = "lse"}, !q7 {attn.name = "whole"}, !n {attn.name = "whole_lse"}) {
  %c = attn.mask.causal
  %s0 = attn.stream %k0, %v0 mask %c : !k7, !k7
  %s1 = attn.stream %k1, %v1 mask %c : !k7, !k7
  %s2 = attn.stream %k2, %v2 mask %c : !k7, !k7
  %o0, %lse0 = attn.attend %q over %s0 : !q7 -> !q7, !n
  %o1, %lse1 = attn.attend %q over %s1 : !q7 -> !q7, !n
  %o2, %lse2 = attn.attend %q over %s2 : !q7 -> !q7, !n
  %st0 = attn.state %o0, %lse0 : !q7, !n
  %st1 = attn.state %o1, %lse1 : !q7, !n
  %st2 = attn.state %o2, %lse2 : !q7, !n
  %o, %lse = attn.merge %st0, %st1, %st2 : !q7, !n
  %whole, %wlse = attn.attend %q over %s0, %s1, %s2 : !q7 -> !q7, !n
  return %o, %lse, %whole, %wlse : !q7, !n, !q7, !n
}

!pq = tensor<8x?x128xELEMENT>
!pk = tensor<2x?x128xELEMENT>
!pn = tensor<8x?xf32>

// Packed sequences, causal, G = 4, a second stream with a head map, a sink.
func.func @packed(
    %q: !pq {attn.name = "q", attn.shape = ["Hq", "T", "D"]},
    %k: !pk {attn.name = "k", attn.shape = ["Hk", "T", "D"]}, %v: !pk {attn.name = "v", attn.shape = ["Hk", "T", "D"]},
    %offsets: tensor<?xi32> {attn.name = "offsets", attn.shape = ["N"]},
    %k2: !pk {attn.name = "k2", attn.shape = ["Hk", "U", "D"]}, %v2: !pk {attn.name = "v2", attn.shape = ["Hk", "U", "D"]},
    %offsets2: tensor<?xi32> {attn.name = "offsets2", attn.shape = ["N"]},
    %sink: tensor<8xf32> {attn.name = "sink", attn.shape = ["Hq"]})
    -> (!pq {attn.name = "o"}, !pn {attn.name = "lse"}, !pn {attn.name = "near"}, !pn {attn.name = "far"}) {
  %l = attn.lengths.packed %offsets : tensor<?xi32>
  %l2 = attn.lengths.packed %offsets2 : tensor<?xi32>
  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c lengths(%l) : !pk, !pk
  %t = attn.stream %k2, %v2 lengths(%l2) heads [1, 1, 0, 1, 0, 0, 0, 1] : !pk, !pk
  %o, %lse, %near, %far = attn.attend %q lengths(%l) over %s, %t sink(%sink : tensor<8xf32>) : !pq -> !pq, !pn mass(!pn, !pn)
  return %o, %lse, %near, %far : !pq, !pn, !pn, !pn
}

// Padded sequences; the score of the second attend reads what the first one computed.
func.func @padded(
    %q: !q7 {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k7 {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !k7 {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]},
    %qlen: tensor<?xi32> {attn.name = "qlen", attn.shape = ["B"]}, %klen: tensor<?xi32> {attn.name = "klen", attn.shape = ["B"]})
    -> (!q7 {attn.name = "o"}, !n {attn.name = "lse"}, !q7 {attn.name = "o2"}, !n {attn.name = "lse2"}) {
  %lq = attn.lengths.per_batch %qlen : tensor<?xi32>
  %lk = attn.lengths.per_batch %klen : tensor<?xi32>
  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c lengths(%lk) : !k7, !k7
  %o, %lse = attn.attend %q lengths(%lq) over %s : !q7 -> !q7, !n
  %o2, %lse2 = attn.attend %q lengths(%lq) over %s score(%lse : !n) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %table: !n):
    %z = attn.read %table[%b, %h, %i] : !n
    %zero = arith.constant 0.0 : f32
    %p = arith.subf %x, %z : f32
    %y = arith.minimumf %p, %zero : f32
    attn.yield %y : f32
  } : !q7 -> !q7, !n
  return %o, %lse, %o2, %lse2 : !q7, !n, !q7, !n
}
