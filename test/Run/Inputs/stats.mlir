// Head size 64, loaded by TMA, and 20, copied by ordinary loads.

!q = tensor<?x2x?x64xbf16>
!k = tensor<?x1x?x64xbf16>
!q20 = tensor<?x2x?x20xbf16>
!k20 = tensor<?x1x?x20xbf16>

func.func @causal(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: !k {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]}) -> (!q {attn.name = "o"}) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : !k, !k
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}

func.func @window(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: !k {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]}) -> (!q {attn.name = "o"}) {
  %m = attn.mask.window left(150) right(0)
  %s = attn.stream %k, %v mask %m : !k, !k
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}

func.func @full(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: !k {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]}) -> (!q {attn.name = "o"}) {
  %s = attn.stream %k, %v : !k, !k
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}

func.func @copied(
    %q: !q20 {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k20 {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: !k20 {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]}) -> (!q20 {attn.name = "o"}) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : !k20, !k20
  %o = attn.attend %q over %s : !q20 -> !q20
  return %o : !q20
}

// Other head sizes, of values too; 4 query heads on 2 key heads.

!q128 = tensor<?x4x?x128xbf16>
!k128 = tensor<?x2x?x128xbf16>
!k192 = tensor<?x1x?x192xbf16>
!k256 = tensor<?x1x?x256xbf16>
!v128 = tensor<?x1x?x128xbf16>

func.func @gqa128(
    %q: !q128 {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k128 {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: !k128 {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]}) -> (!q128 {attn.name = "o"}) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : !k128, !k128
  %o = attn.attend %q over %s : !q128 -> !q128
  return %o : !q128
}

func.func @d192(
    %q: !k192 {attn.name = "q", attn.shape = ["B", "H", "Lq", "D"]},
    %k: !k192 {attn.name = "k", attn.shape = ["B", "H", "Lk", "D"]},
    %v: !v128 {attn.name = "v", attn.shape = ["B", "H", "Lk", "Dv"]}) -> (!v128 {attn.name = "o"}) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : !k192, !v128
  %o = attn.attend %q over %s : !k192 -> !v128
  return %o : !v128
}

func.func @d256(
    %q: !k256 {attn.name = "q", attn.shape = ["B", "H", "Lq", "D"]},
    %k: !k256 {attn.name = "k", attn.shape = ["B", "H", "Lk", "D"]},
    %v: !k256 {attn.name = "v", attn.shape = ["B", "H", "Lk", "D"]}) -> (!k256 {attn.name = "o"}) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : !k256, !k256
  %o = attn.attend %q over %s : !k256 -> !k256
  return %o : !k256
}

// Two streams under one normaliser.
func.func @two(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: !k {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]},
    %k2: !k {attn.name = "k2", attn.shape = ["B", "Hk", "L2", "D"]},
    %v2: !k {attn.name = "v2", attn.shape = ["B", "Hk", "L2", "D"]}) -> (!q {attn.name = "o"}) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : !k, !k
  %t = attn.stream %k2, %v2 : !k, !k
  %o = attn.attend %q over %s, %t : !q -> !q
  return %o : !q
}

// A tanh and an exponential per score.
func.func @score(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: !k {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]}) -> (!q {attn.name = "o"}) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : !k, !k
  %o = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %0 = math.tanh %x : f32
    %1 = math.exp2 %0 : f32
    attn.yield %1 : f32
  } : !q -> !q
  return %o : !q
}

// Documents: by ids, which a kernel before summarises, and packed. By ids every head has its own keys: tiles that share heads
// take extremes of 128 queries, and may visit a tile more.
func.func @documents(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !q {attn.name = "k", attn.shape = ["B", "Hq", "Lq", "D"]},
    %v: !q {attn.name = "v", attn.shape = ["B", "Hq", "Lq", "D"]},
    %ids: tensor<?x?xi32> {attn.name = "ids", attn.shape = ["B", "Lq"]}) -> (!q {attn.name = "o"}) {
  %c = attn.mask.causal
  %d = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>
  %m = attn.mask.and %c, %d
  %s = attn.stream %k, %v mask %m : !q, !q
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}

!pq = tensor<2x?x64xbf16>
!pk = tensor<1x?x64xbf16>

func.func @packed(
    %q: !pq {attn.name = "q", attn.shape = ["Hq", "T", "D"]},
    %k: !pk {attn.name = "k", attn.shape = ["Hk", "T", "D"]},
    %v: !pk {attn.name = "v", attn.shape = ["Hk", "T", "D"]},
    %offsets: tensor<?xi32> {attn.name = "offsets", attn.shape = ["N"]}) -> (!pq {attn.name = "o"}) {
  %l = attn.lengths.packed %offsets : tensor<?xi32>
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m lengths(%l) : !pk, !pk
  %o = attn.attend %q lengths(%l) over %s : !pq -> !pq
  return %o : !pq
}

// Two attends: which of the useful multiply-adds are of which kernel.
func.func @twice(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: !k {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]})
    -> (!q {attn.name = "o"}, !q {attn.name = "p"}) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : !k, !k
  %o = attn.attend %q over %s : !q -> !q
  %t = attn.stream %k, %v : !k, !k
  %p = attn.attend %q over %t : !q -> !q
  return %o, %p : !q, !q
}

// Blocks that hold tiles, that tiles hold, and that lie across.
func.func @bitmap(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: !k {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]},
    %bits: tensor<?x?x?xi1> {attn.name = "bits", attn.shape = ["B", "Nq", "Nk"]}) -> (!q {attn.name = "o"}) {
  %m = attn.mask.block_bitmap %bits per_batch size(128, 256) : tensor<?x?x?xi1>
  %s = attn.stream %k, %v mask %m : !k, !k
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}

func.func @bitmap_fine(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: !k {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]},
    %bits: tensor<?x?x?xi8> {attn.name = "bits", attn.shape = ["B", "Nq", "Nk"]}) -> (!q {attn.name = "o"}) {
  %m = attn.mask.block_bitmap %bits per_batch size(16, 32) : tensor<?x?x?xi8>
  %s = attn.stream %k, %v mask %m : !k, !k
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}

func.func @bitmap_across(
    %q: !q {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: !k {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]},
    %bits: tensor<?x?x?xi32> {attn.name = "bits", attn.shape = ["B", "Nq", "Nk"]}) -> (!q {attn.name = "o"}) {
  %m = attn.mask.block_bitmap %bits per_batch size(50, 90) : tensor<?x?x?xi32>
  %s = attn.stream %k, %v mask %m : !k, !k
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}
