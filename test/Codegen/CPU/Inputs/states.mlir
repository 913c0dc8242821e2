// States of two and three parts, from arguments and from launches before, resumed, returned and
// merged; sinks; a score that reads the result of a launch.

!q = tensor<?x4x?x24xf32>
!k = tensor<?x2x?x24xf32>
!n = tensor<?x4x?xf32>
!a = tensor<?x4x?x24xf32>
!h = tensor<?x4x?x24xbf16>
!hk = tensor<?x2x?x24xbf16>

func.func @resume_two(
    %q: !q {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !k {attn.shape = ["B", "Hk", "Lk", "D"]},
    %o0: !q {attn.shape = ["B", "Hq", "Lq", "D"]}, %lse0: !n {attn.shape = ["B", "Hq", "Lq"]}) -> (!q, !n, !n) {
  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c : !k, !k
  %st = attn.state %o0, %lse0 : !q, !n
  %o, %lse, %mass = attn.attend %q over %s from %st : !q -> !q, !n mass(!n)
  return %o, %lse, %mass : !q, !n, !n
}

func.func @resume_three(
    %q: !q {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !k {attn.shape = ["B", "Hk", "Lk", "D"]},
    %m0: !n {attn.shape = ["B", "Hq", "Lq"]}, %l0: !n {attn.shape = ["B", "Hq", "Lq"]},
    %a0: !a {attn.shape = ["B", "Hq", "Lq", "D"]}, %o1: !h {attn.shape = ["B", "Hq", "Lq", "D"]},
    %lse1: !n {attn.shape = ["B", "Hq", "Lq"]}) -> (!q, !n, !n, !n, !a) {
  %c = attn.mask.causal offset(-20)
  %s = attn.stream %k, %v mask %c : !k, !k
  %st = attn.state %m0, %l0, %a0 : !n, !n, !a
  %st1 = attn.state %o1, %lse1 : !h, !n
  %o, %lse, %m, %l, %a = attn.attend %q over %s from %st, %st1 : !q -> !q, !n state(!n, !n, !a)
  return %o, %lse, %m, %l, %a : !q, !n, !n, !n, !a
}

// The same state twice and a sink: closed once.
func.func @sink_after(
    %q: !h {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !hk {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !hk {attn.shape = ["B", "Hk", "Lk", "D"]},
    %sink: tensor<?xf32> {attn.shape = ["Hq"]}) -> (!h, !n, !n, !n, !a) {
  %w = attn.mask.window left(9) right(3)
  %s = attn.stream %k, %v mask %w : !hk, !hk
  %o, %m, %l, %a = attn.attend %q over %s : !h -> !h state(!n, !n, !a)
  %st = attn.state %m, %l, %a : !n, !n, !a
  %o2, %lse2 = attn.attend %q over %s from %st, %st sink(%sink : tensor<?xf32>) : !h -> !h, !n
  return %o2, %lse2, %m, %l, %a : !h, !n, !n, !n, !a
}

func.func @merge_all(
    %o0: !h {attn.shape = ["B", "Hq", "Lq", "D"]}, %lse0: !n {attn.shape = ["B", "Hq", "Lq"]},
    %m1: !n {attn.shape = ["B", "Hq", "Lq"]}, %l1: !n {attn.shape = ["B", "Hq", "Lq"]},
    %a1: !a {attn.shape = ["B", "Hq", "Lq", "D"]},
    %o2: !q {attn.shape = ["B", "Hq", "Lq", "D"]}, %lse2: !n {attn.shape = ["B", "Hq", "Lq"]}) -> (!h, !n) {
  %a = attn.state %o0, %lse0 : !h, !n
  %b = attn.state %m1, %l1, %a1 : !n, !n, !a
  %c = attn.state %o2, %lse2 : !q, !n
  %o, %lse = attn.merge %a, %b, %c : !h, !n
  return %o, %lse : !h, !n
}

func.func @merge_narrow(
    %o0: tensor<3x?x5xf16> {attn.shape = ["H", "T", "D"]}, %lse0: tensor<3x?xf32> {attn.shape = ["H", "T"]},
    %o2: tensor<3x?x5xf32> {attn.shape = ["H", "T", "D"]}, %lse2: tensor<3x?xf32> {attn.shape = ["H", "T"]}) -> tensor<3x?x5xf16> {
  %a = attn.state %o0, %lse0 : tensor<3x?x5xf16>, tensor<3x?xf32>
  %c = attn.state %o2, %lse2 : tensor<3x?x5xf32>, tensor<3x?xf32>
  %o = attn.merge %a, %c : tensor<3x?x5xf16>
  return %o : tensor<3x?x5xf16>
}

// Landmark style: what one attend gives is one key of the next, with a logit of its own, and the
// score of a third reads an lse.
func.func @nested(
    %q: !q {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !k {attn.shape = ["B", "Hk", "Lk", "D"]},
    %gate: !n {attn.shape = ["B", "Hq", "Lq"]}) -> (!q, !n, !q) {
  %s = attn.stream %k, %v : !k, !k
  %o, %lse = attn.attend %q over %s : !q -> !q, !n
  %key = attn.state %o, %gate : !q, !n
  %c = attn.mask.causal
  %t = attn.stream %k, %v mask %c : !k, !k
  %o2 = attn.attend %q over %t from %key : !q -> !q
  %o3 = attn.attend %q over %t score(%lse : !n) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %table: !n):
    %z = attn.read %table[%b, %h, %i] : !n
    %p = arith.subf %x, %z : f32
    %e = math.exp %p : f32
    attn.yield %e : f32
  } : !q -> !q
  return %o2, %lse, %o3 : !q, !n, !q
}

// A head size below a vector.
func.func @narrow(
    %q: tensor<?x2x?x3xf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x3xf16> {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: tensor<?x1x?x5xf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %o0: tensor<?x2x?x5xf16> {attn.shape = ["B", "Hq", "Lq", "Dv"]}, %lse0: tensor<?x2x?xf32> {attn.shape = ["B", "Hq", "Lq"]},
    %sink: tensor<2xf32>) -> (tensor<?x2x?x5xf16>, tensor<?x2x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x3xf16>, tensor<?x1x?x5xf16>
  %st = attn.state %o0, %lse0 : tensor<?x2x?x5xf16>, tensor<?x2x?xf32>
  %o, %lse = attn.attend %q over %s from %st sink(%sink : tensor<2xf32>) : tensor<?x2x?x3xf16> -> tensor<?x2x?x5xf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x5xf16>, tensor<?x2x?xf32>
}
