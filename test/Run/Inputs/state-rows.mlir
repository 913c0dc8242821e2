// Merges and folds that go on from folds with lengths of their own: rows that one of them
// does not have do not exist. ELEMENT is replaced; see state-rows.py.

!q = tensor<?x2x?x64xELEMENT>
!n = tensor<?x2x?xf32>
!acc = tensor<?x2x?x64xf32>
!pq = tensor<2x?x64xELEMENT>
!pn = tensor<2x?xf32>
!pacc = tensor<2x?x64xf32>
!i = tensor<?xi32>

func.func @padded(
    %q: !q {attn.name = "q", attn.shape = ["B", "H", "Lq", "D"]},
    %k: !q {attn.name = "k", attn.shape = ["B", "H", "Lk", "D"]}, %v: !q {attn.name = "v", attn.shape = ["B", "H", "Lk", "D"]},
    %x: !acc {attn.name = "x", attn.shape = ["B", "H", "Lq", "D"]}, %y: !n {attn.name = "y", attn.shape = ["B", "H", "Lq"]},
    %t0: !i {attn.name = "t0", attn.shape = ["B"]}, %t1: !i {attn.name = "t1", attn.shape = ["B"]},
    %t2: !i {attn.name = "t2", attn.shape = ["B"]})
    -> (!q {attn.name = "o01"}, !n {attn.name = "lse01"}, !q {attn.name = "o01x"}, !n {attn.name = "lse01x"},
        !q {attn.name = "o012"}, !n {attn.name = "lse012"}, !q {attn.name = "r012"}, !n {attn.name = "s012"},
        !q {attn.name = "q012"}) {
  %l0 = attn.lengths.per_batch %t0 : !i
  %l1 = attn.lengths.per_batch %t1 : !i
  %l2 = attn.lengths.per_batch %t2 : !i
  %near = attn.mask.causal
  %s = attn.stream %k, %v mask %near : !q, !q
  %all = attn.stream %k, %v : !q, !q
  %a0, %x0 = attn.attend %q lengths(%l0) over %s : !q -> !q, !n
  %a1, %m1, %n1, %c1 = attn.attend %q lengths(%l1) over %all : !q -> !q state(!n, !n, !acc)
  %a2, %x2 = attn.attend %q lengths(%l2) over %all : !q -> !q, !n
  %st0 = attn.state %a0, %x0 : !q, !n
  %st1 = attn.state %m1, %n1, %c1 : !n, !n, !acc
  %st2 = attn.state %a2, %x2 : !q, !n
  %stx = attn.state %x, %y : !acc, !n
  %o01, %lse01 = attn.merge %st0, %st1 : !q, !n
  // One merge after the other, with a state of arguments, which has all rows.
  %st01 = attn.state %o01, %lse01 : !q, !n
  %o01x, %lse01x = attn.merge %stx, %st01 : !q, !n
  %o012, %lse012 = attn.merge %st0, %st1, %st2 : !q, !n
  %r012, %s012 = attn.attend %q lengths(%l2) over %s from %st01 : !q -> !q, !n
  // Queries that another merge made; not a result, whose ones would go through as NaN.
  %made, %level = attn.merge %st1, %st0 : !q, !n
  %q012 = attn.attend %made lengths(%l2) over %s from %stx score(%level : !n) {
  ^bb0(%z: f32, %b: index, %h: index, %i: index, %j: index, %table: !n):
    %w = attn.read %table[%b, %h, %i] : !n
    %d = arith.subf %z, %w : f32
    attn.yield %d : f32
  } : !q -> !q
  return %o01, %lse01, %o01x, %lse01x, %o012, %lse012, %r012, %s012, %q012
      : !q, !n, !q, !n, !q, !n, !q, !n, !q
}

// Tokens before the first offset are no rows, either.
func.func @packed(
    %q: !pq {attn.name = "q", attn.shape = ["H", "T", "D"]},
    %k: !pq {attn.name = "k", attn.shape = ["H", "T", "D"]}, %v: !pq {attn.name = "v", attn.shape = ["H", "T", "D"]},
    %x: !pacc {attn.name = "x", attn.shape = ["H", "T", "D"]}, %y: !pn {attn.name = "y", attn.shape = ["H", "T"]},
    %t0: !i {attn.name = "t0", attn.shape = ["N0"]}, %t1: !i {attn.name = "t1", attn.shape = ["N1"]},
    %t2: !i {attn.name = "t2", attn.shape = ["N2"]})
    -> (!pq {attn.name = "o01"}, !pn {attn.name = "lse01"}, !pq {attn.name = "o01x"}, !pn {attn.name = "lse01x"},
        !pq {attn.name = "o012"}, !pn {attn.name = "lse012"}, !pq {attn.name = "r012"}, !pn {attn.name = "s012"},
        !pq {attn.name = "q01"}, !pq {attn.name = "k1"}) {
  %l0 = attn.lengths.packed %t0 : !i
  %l1 = attn.lengths.packed %t1 : !i
  %l2 = attn.lengths.packed %t2 : !i
  %near = attn.mask.causal
  %s0 = attn.stream %k, %v mask %near lengths(%l0) : !pq, !pq
  %s1 = attn.stream %k, %v lengths(%l1) : !pq, !pq
  %s2 = attn.stream %k, %v mask %near lengths(%l2) : !pq, !pq
  %a0, %x0 = attn.attend %q lengths(%l0) over %s0 : !pq -> !pq, !pn
  %a1, %m1, %n1, %c1 = attn.attend %q lengths(%l1) over %s1 : !pq -> !pq state(!pn, !pn, !pacc)
  %a2, %x2 = attn.attend %q lengths(%l2) over %s2 : !pq -> !pq, !pn
  %st0 = attn.state %a0, %x0 : !pq, !pn
  %st1 = attn.state %m1, %n1, %c1 : !pn, !pn, !pacc
  %st2 = attn.state %a2, %x2 : !pq, !pn
  %stx = attn.state %x, %y : !pacc, !pn
  %o01, %lse01 = attn.merge %st0, %st1 : !pq, !pn
  %st01 = attn.state %o01, %lse01 : !pq, !pn
  %o01x, %lse01x = attn.merge %stx, %st01 : !pq, !pn
  %o012, %lse012 = attn.merge %st0, %st1, %st2 : !pq, !pn
  %r012, %s012 = attn.attend %q lengths(%l2) over %s2 from %st01 : !pq -> !pq, !pn
  %made = attn.merge %st1, %st0 : !pq
  %q01 = attn.attend %made lengths(%l1) over %s1 : !pq -> !pq
  // Keys and values that another fold made.
  %keys = attn.stream %a1, %a1 mask %near lengths(%l1) : !pq, !pq
  %k1 = attn.attend %q lengths(%l1) over %keys : !pq -> !pq
  return %o01, %lse01, %o01x, %lse01x, %o012, %lse012, %r012, %s012, %q01, %k1
      : !pq, !pn, !pq, !pn, !pq, !pn, !pq, !pn, !pq, !pq
}
