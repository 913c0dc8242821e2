// What a fold may have besides one stream of full length. ELEMENT is replaced by f16 or
// bf16, HEAD and VALUE by D and Dv; see folds.py.

!q = tensor<?x4x?xHEADxELEMENT>
!k = tensor<?x2x?xHEADxELEMENT>
!v = tensor<?x2x?xVALUExELEMENT>
!o = tensor<?x4x?xVALUExELEMENT>
!n = tensor<?x4x?xf32>
!acc = tensor<?x4x?xVALUExf32>

// A row that sees no key but the sink gives 0 and the logit of the sink.
func.func @sink(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !v {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %sink: tensor<4xf32> {attn.name = "sink", attn.shape = ["Hq"]})
    -> (!o {attn.name = "o"}, !n {attn.name = "lse"}) {
  %c = attn.mask.causal offset(-3)
  %s = attn.stream %k, %v mask %c heads [1, 0, 0, 1] : !k, !v
  %o, %lse = attn.attend %q over %s sink(%sink : tensor<4xf32>) : !q -> !o, !n
  return %o, %lse : !o, !n
}

// Both forms of states go in, with a sink.
func.func @resume(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !v {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %o1: !o {attn.name = "o1", attn.shape = ["B", "Hq", "Lq", "Dv"]}, %x1: !n {attn.name = "x1", attn.shape = ["B", "Hq", "Lq"]},
    %x2: !n {attn.name = "x2", attn.shape = ["B", "Hq", "Lq"]}, %l2: !n {attn.name = "l2", attn.shape = ["B", "Hq", "Lq"]},
    %a2: !acc {attn.name = "a2", attn.shape = ["B", "Hq", "Lq", "Dv"]},
    %sink: tensor<4xf32> {attn.name = "sink", attn.shape = ["Hq"]})
    -> (!o {attn.name = "o"}, !n {attn.name = "lse"}, !n {attn.name = "mass"}) {
  %c = attn.mask.causal offset(-3)
  %s = attn.stream %k, %v mask %c : !k, !v
  %st1 = attn.state %o1, %x1 : !o, !n
  %st2 = attn.state %x2, %l2, %a2 : !n, !n, !acc
  %o, %lse, %mass = attn.attend %q over %s from %st1, %st2 sink(%sink : tensor<4xf32>) : !q -> !o, !n mass(!n)
  return %o, %lse, %mass : !o, !n, !n
}

// States come out.
func.func @state(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !v {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %o1: !o {attn.name = "o1", attn.shape = ["B", "Hq", "Lq", "Dv"]}, %x1: !n {attn.name = "x1", attn.shape = ["B", "Hq", "Lq"]})
    -> (!o {attn.name = "o"}, !n {attn.name = "lse"}, !n {attn.name = "m"}, !n {attn.name = "l"}, !acc {attn.name = "acc"}) {
  %c = attn.mask.causal offset(-3)
  %s = attn.stream %k, %v mask %c : !k, !v
  %st1 = attn.state %o1, %x1 : !o, !n
  %o, %lse, %m, %l, %acc = attn.attend %q over %s from %st1 : !q -> !o, !n state(!n, !n, !acc)
  return %o, %lse, %m, %l, %acc : !o, !n, !n, !n, !acc
}

func.func @merge(
    %o1: !o {attn.name = "o1", attn.shape = ["B", "Hq", "Lq", "Dv"]}, %x1: !n {attn.name = "x1", attn.shape = ["B", "Hq", "Lq"]},
    %x2: !n {attn.name = "x2", attn.shape = ["B", "Hq", "Lq"]}, %l2: !n {attn.name = "l2", attn.shape = ["B", "Hq", "Lq"]},
    %a2: !acc {attn.name = "a2", attn.shape = ["B", "Hq", "Lq", "Dv"]})
    -> (!o {attn.name = "o"}, !n {attn.name = "lse"}, !acc {attn.name = "wide"}) {
  %st1 = attn.state %o1, %x1 : !o, !n
  %st2 = attn.state %x2, %l2, %a2 : !n, !n, !acc
  %o, %lse = attn.merge %st1, %st2 : !o, !n
  %wide = attn.merge %st2, %st1, %st2 : !acc
  return %o, %lse, %wide : !o, !n, !acc
}

// Ranges in one stream, tables in the other; a score that knows the length of each.
func.func @streams(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !v {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %k2: !k {attn.name = "k2", attn.shape = ["B", "Hk", "Lm", "D"]}, %v2: !v {attn.name = "v2", attn.shape = ["B", "Hk", "Lm", "Dv"]},
    %qdoc: tensor<?x?xi32> {attn.name = "qdoc", attn.shape = ["B", "Lq"]}, %kdoc: tensor<?x?xi32> {attn.name = "kdoc", attn.shape = ["B", "Lm"]},
    %sink: tensor<4xf32> {attn.name = "sink", attn.shape = ["Hq"]})
    -> (!o {attn.name = "o"}, !n {attn.name = "lse"}, !n {attn.name = "near"}, !n {attn.name = "far"}) {
  %w = attn.mask.window left(20) right(0)
  %d = attn.mask.document %qdoc, %kdoc : tensor<?x?xi32>, tensor<?x?xi32>
  %s = attn.stream %k, %v mask %w : !k, !v
  %t = attn.stream %k2, %v2 mask %d heads [0, 1, 1, 0] : !k, !v
  %o, %lse, %near, %far = attn.attend %q over %s, %t sink(%sink : tensor<4xf32>) score(%sink : tensor<4xf32>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %table: tensor<4xf32>):
    %n = attn.length keys
    %rest = arith.subi %n, %j : index
    %rest32 = arith.index_cast %rest : index to i32
    %f = arith.sitofp %rest32 : i32 to f32
    %slope = attn.read %table[%h] : tensor<4xf32>
    %c = arith.constant 0.001 : f32
    %0 = arith.mulf %slope, %c : f32
    %1 = arith.mulf %0, %f : f32
    %y = arith.addf %x, %1 : f32
    attn.yield %y : f32
  } : !q -> !o, !n mass(!n, !n)
  return %o, %lse, %near, %far : !o, !n, !n, !n
}

// The first tile of the second stream is not tile 0.
func.func @far(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !v {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %k2: !k {attn.name = "k2", attn.shape = ["B", "Hk", "Lm", "D"]}, %v2: !v {attn.name = "v2", attn.shape = ["B", "Hk", "Lm", "Dv"]})
    -> (!o {attn.name = "o"}, !n {attn.name = "lse"}) {
  %w = attn.mask.window left(200) right(0)
  %s = attn.stream %k2, %v2 : !k, !v
  %t = attn.stream %k, %v mask %w : !k, !v
  %o, %lse = attn.attend %q over %s, %t : !q -> !o, !n
  return %o, %lse : !o, !n
}

// Padded sequences: NaN behind the lengths.
func.func @padded(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !v {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %qlen: tensor<?xi32> {attn.name = "qlen", attn.shape = ["B"]}, %klen: tensor<?xi32> {attn.name = "klen", attn.shape = ["B"]})
    -> (!o {attn.name = "o"}, !n {attn.name = "lse"}) {
  %lq = attn.lengths.per_batch %qlen : tensor<?xi32>
  %lk = attn.lengths.per_batch %klen : tensor<?xi32>
  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c lengths(%lk) : !k, !v
  %o, %lse = attn.attend %q lengths(%lq) over %s : !q -> !o, !n
  return %o, %lse : !o, !n
}

// Three streams: of lengths, of full length, of lengths again; all queries.
func.func @cache(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !v {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %k2: !k {attn.name = "k2", attn.shape = ["B", "Hk", "Lm", "D"]}, %v2: !v {attn.name = "v2", attn.shape = ["B", "Hk", "Lm", "Dv"]},
    %qlen: tensor<?xi32> {attn.name = "qlen", attn.shape = ["B"]}, %klen: tensor<?xi32> {attn.name = "klen", attn.shape = ["B"]})
    -> (!o {attn.name = "o"}, !n {attn.name = "lse"}) {
  %lq = attn.lengths.per_batch %qlen : tensor<?xi32>
  %lk = attn.lengths.per_batch %klen : tensor<?xi32>
  %c = attn.mask.causal
  %s = attn.stream %k, %v lengths(%lk) : !k, !v
  %t = attn.stream %k2, %v2 mask %c : !k, !v
  %u = attn.stream %k, %v mask %c lengths(%lq) heads [1, 1, 0, 0] : !k, !v
  %o, %lse = attn.attend %q over %s, %t, %u : !q -> !o, !n
  return %o, %lse : !o, !n
}

!pq = tensor<4x?xHEADxELEMENT>
!pk = tensor<2x?xHEADxELEMENT>
!pv = tensor<2x?xVALUExELEMENT>
!po = tensor<4x?xVALUExELEMENT>
!pn = tensor<4x?xf32>
!pacc = tensor<4x?xVALUExf32>

func.func @packed(
    %q: !pq {attn.name = "q", attn.shape = ["Hq", "T", "D"]},
    %k: !pk {attn.name = "k", attn.shape = ["Hk", "T", "D"]}, %v: !pv {attn.name = "v", attn.shape = ["Hk", "T", "Dv"]},
    %offsets: tensor<?xi32> {attn.name = "offsets", attn.shape = ["N"]})
    -> (!po {attn.name = "o"}, !pn {attn.name = "lse"}) {
  %l = attn.lengths.packed %offsets : tensor<?xi32>
  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c lengths(%l) : !pk, !pv
  %o, %lse = attn.attend %q lengths(%l) over %s : !pq -> !po, !pn
  return %o, %lse : !po, !pn
}

// All together: other offsets and a head map in a second stream, padded keys in a third, a
// state, a score with lengths; m, l, acc and masses.
func.func @everything(
    %q: !pq {attn.name = "q", attn.shape = ["Hq", "T", "D"]},
    %k: !pk {attn.name = "k", attn.shape = ["Hk", "T", "D"]}, %v: !pv {attn.name = "v", attn.shape = ["Hk", "T", "Dv"]},
    %offsets: tensor<?xi32> {attn.name = "offsets", attn.shape = ["N"]},
    %k2: !pk {attn.name = "k2", attn.shape = ["Hk", "U", "D"]}, %v2: !pv {attn.name = "v2", attn.shape = ["Hk", "U", "Dv"]},
    %offsets2: tensor<?xi32> {attn.name = "offsets2", attn.shape = ["N"]},
    %k3: !k {attn.name = "k3", attn.shape = ["B", "Hk", "Lk", "D"]}, %v3: !v {attn.name = "v3", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %klen: tensor<?xi32> {attn.name = "klen", attn.shape = ["B"]},
    %x1: !pn {attn.name = "x1", attn.shape = ["Hq", "T"]}, %l1: !pn {attn.name = "l1", attn.shape = ["Hq", "T"]},
    %a1: !pacc {attn.name = "a1", attn.shape = ["Hq", "T", "Dv"]})
    -> (!po {attn.name = "o"}, !pn {attn.name = "lse"}, !pn {attn.name = "s1"}, !pn {attn.name = "s2"}, !pn {attn.name = "s3"},
        !pn {attn.name = "m"}, !pn {attn.name = "l"}, !pacc {attn.name = "acc"}) {
  %l = attn.lengths.packed %offsets : tensor<?xi32>
  %lk2 = attn.lengths.packed %offsets2 : tensor<?xi32>
  %lk3 = attn.lengths.per_batch %klen : tensor<?xi32>
  %c = attn.mask.causal
  %w = attn.mask.window left(30) right(5)
  %s = attn.stream %k, %v mask %c lengths(%l) : !pk, !pv
  %t = attn.stream %k2, %v2 mask %w lengths(%lk2) heads [1, 1, 0, 1] : !pk, !pv
  %u = attn.stream %k3, %v3 lengths(%lk3) : !k, !v
  %st = attn.state %x1, %l1, %a1 : !pn, !pn, !pacc
  %o, %lse, %s1, %s2, %s3, %m, %sum, %acc = attn.attend %q lengths(%l) over %s, %t, %u from %st score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %n = attn.length queries
    %rest = arith.subi %n, %i : index
    %near = arith.subi %rest, %j : index
    %near32 = arith.index_cast %near : index to i32
    %f = arith.sitofp %near32 : i32 to f32
    %e = arith.constant 0.01 : f32
    %0 = arith.mulf %e, %f : f32
    %y = arith.addf %x, %0 : f32
    attn.yield %y : f32
  } : !pq -> !po, !pn mass(!pn, !pn, !pn) state(!pn, !pn, !pacc)
  return %o, %lse, %s1, %s2, %s3, %m, %sum, %acc : !po, !pn, !pn, !pn, !pn, !pn, !pn, !pacc
}
