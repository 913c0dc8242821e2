// Which tiles of keys are packed for tile registers: those that some query sees (pack-amx.test).

!q = tensor<?x4x?x64xbf16>
!k = tensor<?x2x?x64xbf16>

// The keys of the last queries and 511 before each.
func.func @window(
    %q: !q {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !k {attn.shape = ["B", "Hk", "Lk", "D"]}) -> !q {
  %m = attn.mask.window left(511) right(0)
  %s = attn.stream %k, %v mask %m : !k, !k
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}

// Bounds have all keys, classes the first tile and the last ones.
func.func @first_or_window(
    %q: !q {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !k {attn.shape = ["B", "Hk", "Lk", "D"]}) -> !q {
  %f = attn.mask.first count(4)
  %w = attn.mask.window left(511) right(0)
  %m = attn.mask.or %f, %w
  %s = attn.stream %k, %v mask %m : !k, !k
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}

// A table by batches is none of tiles.
func.func @prefix(
    %q: !q {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !k {attn.shape = ["B", "Hk", "Lk", "D"]},
    %p: tensor<?xi32> {attn.shape = ["B"]}) -> !q {
  %f = attn.mask.prefix %p : tensor<?xi32>
  %w = attn.mask.window left(63) right(0)
  %m = attn.mask.or %f, %w
  %s = attn.stream %k, %v mask %m : !k, !k
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}

// Heads differ in what they see: all keys are packed.
func.func @per_head(
    %q: !q {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !k {attn.shape = ["B", "Hk", "Lk", "D"]},
    %n: tensor<4xi32> {attn.shape = ["Hq"]}) -> !q {
  %m = attn.mask.window left(%n : tensor<4xi32>) right(0)
  %s = attn.stream %k, %v mask %m : !k, !k
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}

// Key heads 0 and 2 are read by nobody; the other stream's are shared by two.
func.func @maps(
    %q: !q {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x3x?x64xbf16> {attn.shape = ["B", "H3", "Lk", "D"]},
    %v: tensor<?x3x?x64xbf16> {attn.shape = ["B", "H3", "Lk", "D"]},
    %k2: !k {attn.shape = ["B", "Hk", "Lk2", "D"]}, %v2: !k {attn.shape = ["B", "Hk", "Lk2", "D"]}) -> !q {
  %s = attn.stream %k, %v heads [1, 1, 1, 1] : tensor<?x3x?x64xbf16>, tensor<?x3x?x64xbf16>
  %c = attn.mask.causal
  %t = attn.stream %k2, %v2 mask %c : !k, !k
  %o = attn.attend %q over %s, %t : !q -> !q
  return %o : !q
}

// Bounds and classes read tables: all keys are packed, in tiles of the fold.
func.func @documents(
    %q: !q {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: !k {attn.shape = ["B", "Hk", "Lk", "D"]}, %v: !k {attn.shape = ["B", "Hk", "Lk", "D"]},
    %qids: tensor<?x?xi32> {attn.shape = ["B", "Lq"]}, %kids: tensor<?x?xi32> {attn.shape = ["B", "Lk"]}) -> !q {
  %c = attn.mask.causal
  %d = attn.mask.document %qids, %kids : tensor<?x?xi32>, tensor<?x?xi32>
  %m = attn.mask.and %c, %d
  %s = attn.stream %k, %v mask %m : !k, !k
  %o = attn.attend %q over %s : !q -> !q
  return %o : !q
}
