// A mask of every atom that reads a table, each with letters of its own, so that only the rules of the masks say what
// must agree.
func.func @main(
    %q: tensor<?x4x?x16xbf16> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x4x?x16xbf16> {attn.name = "k", attn.shape = ["B", "Hq", "Lk", "D"]},
    %offsets: tensor<?xi32> {attn.name = "offsets", attn.shape = ["H1"]},
    %lefts: tensor<?xi32> {attn.name = "lefts", attn.shape = ["H2"]},
    %rights: tensor<?xi32> {attn.name = "rights", attn.shape = ["H3"]},
    %counts: tensor<?xi32> {attn.name = "counts", attn.shape = ["H4"]},
    %sizes: tensor<?xi32> {attn.name = "sizes", attn.shape = ["H5"]},
    %blocks: tensor<?xi32> {attn.name = "blocks", attn.shape = ["H6"]},
    %residues: tensor<?xi32> {attn.name = "residues", attn.shape = ["H7"]},
    %steps: tensor<?xi32> {attn.name = "steps", attn.shape = ["H8"]},
    %prefix: tensor<?xi32> {attn.name = "prefix", attn.shape = ["B1"]},
    %qids: tensor<?x?xi32> {attn.name = "qids", attn.shape = ["B2", "Lq2"]},
    %kids: tensor<?x?xi32> {attn.name = "kids", attn.shape = ["B3", "Lk3"]},
    %rows: tensor<?x?xi32> {attn.name = "rows", attn.shape = ["B4", "Lq4"]},
    %columns: tensor<?x?xi32> {attn.name = "columns", attn.shape = ["B5", "Lk5"]},
    %slices: tensor<3x5xi32> {attn.name = "slices"},
    %free: tensor<?xi32> {attn.name = "free", attn.shape = ["Lk6"]},
    %high: tensor<?xi8> {attn.name = "high", attn.shape = ["Y"]},
    %wide: tensor<?xi8> {attn.name = "wide", attn.shape = ["X"]})
    -> (tensor<?x4x?x16xbf16> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %c0 = arith.constant 0 : index
  %y = tensor.dim %high, %c0 : tensor<?xi8>
  %x = tensor.dim %wide, %c0 : tensor<?xi8>
  %m1 = attn.mask.causal offset(%offsets : tensor<?xi32>)
  %m2 = attn.mask.window left(%lefts : tensor<?xi32>) right(%rights : tensor<?xi32>)
  %m3 = attn.mask.first count(%counts : tensor<?xi32>)
  %m4 = attn.mask.block size(%sizes : tensor<?xi32>)
  %m5 = attn.mask.block_causal size(3) offset(%blocks : tensor<?xi32>)
  %m6 = attn.mask.stride every(40) offset(%residues : tensor<?xi32>)
  %m7 = attn.mask.staircase step(2) offset(%steps : tensor<?xi32>)
  %m8 = attn.mask.prefix %prefix : tensor<?xi32>
  %m9 = attn.mask.document %qids, %kids : tensor<?x?xi32>, tensor<?x?xi32>
  %m10 = attn.mask.rows %rows : tensor<?x?xi32>
  %m11 = attn.mask.columns %columns : tensor<?x?xi32>
  %m12 = attn.mask.slices %slices : tensor<3x5xi32>
  %m13 = attn.mask.free (%free : tensor<?xi32>) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %table: tensor<?xi32>):
    %0 = attn.read %table[%j] : tensor<?xi32>
    %zero = arith.constant 0 : i32
    %1 = arith.cmpi ne, %0, %zero : i32
    attn.yield %1 : i1
  }
  %m14 = attn.mask.neighborhood shape(%y, %x) window(1, 1)
  %diagonal = attn.mask.and %m4, %m14
  %m = attn.mask.or %m1, %m2, %m3, %m5, %m6, %m7, %m8, %m9, %m10, %m11, %m12, %m13, %diagonal
  %s = attn.stream %k, %k mask %m : tensor<?x4x?x16xbf16>, tensor<?x4x?x16xbf16>
  %o, %lse = attn.attend %q over %s : tensor<?x4x?x16xbf16> -> tensor<?x4x?x16xbf16>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x16xbf16>, tensor<?x4x?xf32>
}
