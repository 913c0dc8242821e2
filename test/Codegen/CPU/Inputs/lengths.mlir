// Lengths per batch and packed, of queries and of keys.

!q = tensor<?x4x?x16xf32>
!k = tensor<?x2x?x16xf32>
!n = tensor<?x4x?xf32>
!pq = tensor<4x?x16xbf16>
!pk = tensor<2x?x16xbf16>
!pn = tensor<4x?xf32>
!pa = tensor<4x?x16xf32>

func.func @padded(
    %q: !q {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !k {attn.shape = ["B", "Hk", "Lk", "D"]},
    %qlen: tensor<?xi32> {attn.shape = ["B"]}, %klen: tensor<?xi32> {attn.shape = ["B"]}) -> (!q, !n) {
  %lq = attn.lengths.per_batch %qlen : tensor<?xi32>
  %lk = attn.lengths.per_batch %klen : tensor<?xi32>
  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c lengths(%lk) : !k, !k
  %o, %lse = attn.attend %q lengths(%lq) over %s : !q -> !q, !n
  return %o, %lse : !q, !n
}

// A cache: all queries, keys up to a length.
func.func @cache(
    %q: !q {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !k {attn.shape = ["B", "Hk", "Lk", "D"]},
    %klen: tensor<?xi32> {attn.shape = ["B"]}) -> (!q, !n) {
  %lk = attn.lengths.per_batch %klen : tensor<?xi32>
  %s = attn.stream %k, %v lengths(%lk) : !k, !k
  %o, %lse = attn.attend %q over %s : !q -> !q, !n
  return %o, %lse : !q, !n
}

func.func @packed(
    %q: !pq {attn.shape = ["Hq", "T", "D"]},
    %k: !pk {attn.shape = ["Hk", "T", "D"]}, %v: !pk {attn.shape = ["Hk", "T", "D"]},
    %offsets: tensor<?xi32> {attn.shape = ["N"]}) -> (!pq, !pn, !pn, !pn, !pn, !pa) {
  %l = attn.lengths.packed %offsets : tensor<?xi32>
  %c = attn.mask.causal
  %s = attn.stream %k, %v mask %c lengths(%l) : !pk, !pk
  %o, %lse, %mass, %m, %sum, %acc = attn.attend %q lengths(%l) over %s : !pq -> !pq, !pn mass(!pn) state(!pn, !pn, !pa)
  return %o, %lse, %mass, %m, %sum, %acc : !pq, !pn, !pn, !pn, !pn, !pa
}

// Other offsets for keys, two streams, head maps, sink, a state, a score with lengths.
func.func @packed_all(
    %q: !pq {attn.shape = ["Hq", "T", "D"]},
    %k: !pk {attn.shape = ["Hk", "T2", "D"]}, %v: !pk {attn.shape = ["Hk", "T2", "D"]},
    %offsets: tensor<?xi32> {attn.shape = ["N"]}, %koffsets: tensor<?xi32> {attn.shape = ["N"]},
    %k2: tensor<?x2x?x16xbf16> {attn.shape = ["B", "Hk", "Lk", "D"]}, %v2: tensor<?x2x?x16xbf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %klen: tensor<?xi32> {attn.shape = ["B"]}, %sink: tensor<4xf32>,
    %o0: !pa {attn.shape = ["Hq", "T", "D"]}, %lse0: !pn {attn.shape = ["Hq", "T"]}) -> (!pq, !pn, !pn, !pn) {
  %l = attn.lengths.packed %offsets : tensor<?xi32>
  %lk = attn.lengths.packed %koffsets : tensor<?xi32>
  %l2 = attn.lengths.per_batch %klen : tensor<?xi32>
  %w = attn.mask.window left(30) right(5)
  %s = attn.stream %k, %v mask %w lengths(%lk) heads [1, 0, 1, 1] : !pk, !pk
  %t = attn.stream %k2, %v2 lengths(%l2) : tensor<?x2x?x16xbf16>, tensor<?x2x?x16xbf16>
  %st = attn.state %o0, %lse0 : !pa, !pn
  %o, %lse, %m1, %m2 = attn.attend %q lengths(%l) over %s, %t from %st sink(%sink : tensor<4xf32>) score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %lq = attn.length queries
    %lks = attn.length keys
    %d = arith.subi %lks, %lq : index
    %e = arith.addi %d, %j : index
    %f = arith.subi %e, %i : index
    %g = arith.index_cast %f : index to i32
    %y = arith.sitofp %g : i32 to f32
    %step = arith.constant 0.01 : f32
    %z = arith.mulf %y, %step : f32
    %r = arith.addf %x, %z : f32
    attn.yield %r : f32
  } : !pq -> !pq, !pn mass(!pn, !pn)
  return %o, %lse, %m1, %m2 : !pq, !pn, !pn, !pn
}

func.func @packed_documents(
    %q: tensor<1x?x8xf32> {attn.shape = ["Hq", "T", "D"]},
    %k: tensor<1x?x8xf32> {attn.shape = ["Hk", "T", "D"]}, %v: tensor<1x?x8xf32> {attn.shape = ["Hk", "T", "D"]},
    %offsets: tensor<?xi32> {attn.shape = ["N"]}, %ids: tensor<?x?xi32> {attn.shape = ["B", "T"]}) -> (tensor<1x?x8xf32>, tensor<1x?xf32>) {
  %l = attn.lengths.packed %offsets : tensor<?xi32>
  %d = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>
  %s = attn.stream %k, %v mask %d lengths(%l) : tensor<1x?x8xf32>, tensor<1x?x8xf32>
  %o, %lse = attn.attend %q lengths(%l) over %s : tensor<1x?x8xf32> -> tensor<1x?x8xf32>, tensor<1x?xf32>
  return %o, %lse : tensor<1x?x8xf32>, tensor<1x?xf32>
}

// Decode: one query per sequence of a padded tensor, keys packed.
func.func @decode(
    %q: tensor<?x4x1x64xf16> {attn.shape = ["B", "Hq", "One", "D"]},
    %k: tensor<4x?x64xf16> {attn.shape = ["Hk", "T", "D"]}, %v: tensor<4x?x64xf16> {attn.shape = ["Hk", "T", "D"]},
    %offsets: tensor<?xi32> {attn.shape = ["N"]}) -> (tensor<?x4x1x64xf16>, tensor<?x4x1xf32>) {
  %l = attn.lengths.packed %offsets : tensor<?xi32>
  %s = attn.stream %k, %v lengths(%l) : tensor<4x?x64xf16>, tensor<4x?x64xf16>
  %o, %lse = attn.attend %q over %s : tensor<?x4x1x64xf16> -> tensor<?x4x1x64xf16>, tensor<?x4x1xf32>
  return %o, %lse : tensor<?x4x1x64xf16>, tensor<?x4x1xf32>
}
