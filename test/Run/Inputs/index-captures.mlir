// Tokens in rows of W, a letter of a table: a square around the token and the column to
// its left, and a bias of the key's place. ELEMENT and D are replaced.
func.func @main(
    %q: tensor<?x4x?xDxELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x2x?xDxELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x2x?xDxELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]},
    %bias: tensor<?x?xf32> {attn.name = "bias", attn.shape = ["H", "W"]})
    -> (tensor<?x4x?xDxELEMENT> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %height = tensor.dim %bias, %c0 : tensor<?x?xf32>
  %width = tensor.dim %bias, %c1 : tensor<?x?xf32>
  %near = attn.mask.free (%width, %c2 : index, index) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %w: index, %radius: index):
    %yi = arith.divui %i, %w : index
    %xi = arith.remui %i, %w : index
    %yj = arith.divui %j, %w : index
    %xj = arith.remui %j, %w : index
    %dy = arith.subi %yi, %yj : index
    %dx = arith.subi %xi, %xj : index
    %ay = math.absi %dy : index
    %ax = math.absi %dx : index
    %y = arith.cmpi sle, %ay, %radius : index
    %x = arith.cmpi sle, %ax, %radius : index
    %square = arith.andi %y, %x : i1
    attn.yield %square : i1
  }
  %above = attn.mask.free (%width : index) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %w: index):
    %up = arith.subi %i, %w : index
    %same = arith.cmpi eq, %up, %j : index
    attn.yield %same : i1
  }
  %mask = attn.mask.or %near, %above
  %s = attn.stream %k, %v mask %mask : tensor<?x2x?xDxELEMENT>, tensor<?x2x?xDxELEMENT>
  %o, %lse = attn.attend %q over %s
      score(%bias, %height, %width : tensor<?x?xf32>, index, index) {
  ^bb0(%l: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<?x?xf32>, %n: index, %w: index):
    %one = arith.constant 1 : index
    %last = arith.subi %n, %one : index
    %row = arith.divui %j, %w : index
    %y = arith.minsi %row, %last : index
    %x = arith.remui %j, %w : index
    %e = arith.constant 0.5 : f32
    %r = attn.read %t[%y, %x] : tensor<?x?xf32>
    %f = arith.mulf %r, %e : f32
    %z = arith.addf %l, %f : f32
    attn.yield %z : f32
  } : tensor<?x4x?xDxELEMENT> -> tensor<?x4x?xDxELEMENT>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?xDxELEMENT>, tensor<?x4x?xf32>
}
