// Tokens that lie on a grid: views of arguments and results. ELEMENT and D are replaced.

// A square around the token in its segment, a bias of the key's place; goes on from what
// was computed elsewhere.
func.func @plane(
    %q: tensor<?x4x?x?xDxELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "H", "W", "D"]},
    %k: tensor<?x2x?x?xDxELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "H", "W", "D"]},
    %v: tensor<?x2x?x?xDxELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "H", "W", "D"]},
    %segments: tensor<?x?x?xi32> {attn.name = "segments", attn.shape = ["B", "H", "W"], attn.random = "segments"},
    %bias: tensor<?x?xf32> {attn.name = "bias", attn.shape = ["H", "W"]},
    %other: tensor<?x4x?x?xDxELEMENT> {attn.name = "other", attn.shape = ["B", "Hq", "H", "W", "D"]},
    %logit: tensor<?x4x?x?xf32> {attn.name = "logit", attn.shape = ["B", "Hq", "H", "W"]})
    -> (tensor<?x4x?x?xDxELEMENT> {attn.name = "o"}, tensor<?x4x?x?xf32> {attn.name = "lse"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %batch = tensor.dim %q, %c0 : tensor<?x4x?x?xDxELEMENT>
  %height = tensor.dim %bias, %c0 : tensor<?x?xf32>
  %width = tensor.dim %bias, %c1 : tensor<?x?xf32>
  %queries = tensor.collapse_shape %q [[0], [1], [2, 3], [4]] : tensor<?x4x?x?xDxELEMENT> into tensor<?x4x?xDxELEMENT>
  %keys = tensor.collapse_shape %k [[0], [1], [2, 3], [4]] : tensor<?x2x?x?xDxELEMENT> into tensor<?x2x?xDxELEMENT>
  %values = tensor.collapse_shape %v [[0], [1], [2, 3], [4]] : tensor<?x2x?x?xDxELEMENT> into tensor<?x2x?xDxELEMENT>
  %ids = tensor.collapse_shape %segments [[0], [1, 2]] : tensor<?x?x?xi32> into tensor<?x?xi32>
  %places = tensor.collapse_shape %bias [[0, 1]] : tensor<?x?xf32> into tensor<?xf32>
  %before = tensor.collapse_shape %other [[0], [1], [2, 3], [4]] : tensor<?x4x?x?xDxELEMENT> into tensor<?x4x?xDxELEMENT>
  %mass = tensor.collapse_shape %logit [[0], [1], [2, 3]] : tensor<?x4x?x?xf32> into tensor<?x4x?xf32>
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
  %same = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>
  %mask = attn.mask.and %near, %same
  %s = attn.stream %keys, %values mask %mask : tensor<?x2x?xDxELEMENT>, tensor<?x2x?xDxELEMENT>
  %state = attn.state %before, %mass : tensor<?x4x?xDxELEMENT>, tensor<?x4x?xf32>
  %flat, %flat_lse = attn.attend %queries over %s from %state score(%places : tensor<?xf32>) {
  ^bb0(%l: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<?xf32>):
    %e = attn.read %t[%j] : tensor<?xf32>
    %z = arith.addf %l, %e : f32
    attn.yield %z : f32
  } : tensor<?x4x?xDxELEMENT> -> tensor<?x4x?xDxELEMENT>, tensor<?x4x?xf32>
  %o = tensor.expand_shape %flat [[0], [1], [2, 3], [4]] output_shape [%batch, 4, %height, %width, D]
      : tensor<?x4x?xDxELEMENT> into tensor<?x4x?x?xDxELEMENT>
  %lse = tensor.expand_shape %flat_lse [[0], [1], [2, 3]] output_shape [%batch, 4, %height, %width]
      : tensor<?x4x?xf32> into tensor<?x4x?x?xf32>
  return %o, %lse : tensor<?x4x?x?xDxELEMENT>, tensor<?x4x?x?xf32>
}

// Frames: the token's own column of time, and the frame before it.
func.func @video(
    %q: tensor<?x4x?x?x?xDxELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "T", "H", "W", "D"]},
    %k: tensor<?x2x?x?x?xDxELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "T", "H", "W", "D"]},
    %v: tensor<?x2x?x?x?xDxELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "T", "H", "W", "D"]})
    -> (tensor<?x4x?x?x?xDxELEMENT> {attn.name = "o"}, tensor<?x4x?x?x?xf32> {attn.name = "lse"}) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %batch = tensor.dim %q, %c0 : tensor<?x4x?x?x?xDxELEMENT>
  %time = tensor.dim %q, %c2 : tensor<?x4x?x?x?xDxELEMENT>
  %height = tensor.dim %q, %c3 : tensor<?x4x?x?x?xDxELEMENT>
  %width = tensor.dim %q, %c4 : tensor<?x4x?x?x?xDxELEMENT>
  %queries = tensor.collapse_shape %q [[0], [1], [2, 3, 4], [5]] : tensor<?x4x?x?x?xDxELEMENT> into tensor<?x4x?xDxELEMENT>
  %keys = tensor.collapse_shape %k [[0], [1], [2, 3, 4], [5]] : tensor<?x2x?x?x?xDxELEMENT> into tensor<?x2x?xDxELEMENT>
  %values = tensor.collapse_shape %v [[0], [1], [2, 3, 4], [5]] : tensor<?x2x?x?x?xDxELEMENT> into tensor<?x2x?xDxELEMENT>
  %mask = attn.mask.free (%height, %width : index, index) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %rows: index, %w: index):
    %one = arith.constant 1 : index
    %frame = arith.muli %rows, %w : index
    %pi = arith.remui %i, %frame : index
    %pj = arith.remui %j, %frame : index
    %column = arith.cmpi eq, %pi, %pj : index
    %ti = arith.divui %i, %frame : index
    %tj = arith.divui %j, %frame : index
    %last = arith.subi %ti, %one : index
    %previous = arith.cmpi eq, %last, %tj : index
    %visible = arith.ori %column, %previous : i1
    attn.yield %visible : i1
  }
  %s = attn.stream %keys, %values mask %mask : tensor<?x2x?xDxELEMENT>, tensor<?x2x?xDxELEMENT>
  %flat, %flat_lse = attn.attend %queries over %s : tensor<?x4x?xDxELEMENT> -> tensor<?x4x?xDxELEMENT>, tensor<?x4x?xf32>
  %o = tensor.expand_shape %flat [[0], [1], [2, 3, 4], [5]] output_shape [%batch, 4, %time, %height, %width, D]
      : tensor<?x4x?xDxELEMENT> into tensor<?x4x?x?x?xDxELEMENT>
  %lse = tensor.expand_shape %flat_lse [[0], [1], [2, 3, 4]] output_shape [%batch, 4, %time, %height, %width]
      : tensor<?x4x?xf32> into tensor<?x4x?x?x?xf32>
  return %o, %lse : tensor<?x4x?x?x?xDxELEMENT>, tensor<?x4x?x?x?xf32>
}

// Neighbours, on a grid whose sizes only the launch knows.
func.func @neighbors(
    %q: tensor<?x4x?x?xDxELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "H", "W", "D"]},
    %k: tensor<?x2x?x?xDxELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "H", "W", "D"]},
    %v: tensor<?x2x?x?xDxELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "H", "W", "D"]})
    -> (tensor<?x4x?x?xDxELEMENT> {attn.name = "o"}, tensor<?x4x?x?xf32> {attn.name = "lse"}) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %batch = tensor.dim %q, %c0 : tensor<?x4x?x?xDxELEMENT>
  %height = tensor.dim %q, %c2 : tensor<?x4x?x?xDxELEMENT>
  %width = tensor.dim %q, %c3 : tensor<?x4x?x?xDxELEMENT>
  %queries = tensor.collapse_shape %q [[0], [1], [2, 3], [4]] : tensor<?x4x?x?xDxELEMENT> into tensor<?x4x?xDxELEMENT>
  %keys = tensor.collapse_shape %k [[0], [1], [2, 3], [4]] : tensor<?x2x?x?xDxELEMENT> into tensor<?x2x?xDxELEMENT>
  %values = tensor.collapse_shape %v [[0], [1], [2, 3], [4]] : tensor<?x2x?x?xDxELEMENT> into tensor<?x2x?xDxELEMENT>
  %mask = attn.mask.neighborhood shape(%height, %width) window(3, 5)
  %s = attn.stream %keys, %values mask %mask : tensor<?x2x?xDxELEMENT>, tensor<?x2x?xDxELEMENT>
  %flat, %flat_lse = attn.attend %queries over %s : tensor<?x4x?xDxELEMENT> -> tensor<?x4x?xDxELEMENT>, tensor<?x4x?xf32>
  %o = tensor.expand_shape %flat [[0], [1], [2, 3], [4]] output_shape [%batch, 4, %height, %width, D]
      : tensor<?x4x?xDxELEMENT> into tensor<?x4x?x?xDxELEMENT>
  %lse = tensor.expand_shape %flat_lse [[0], [1], [2, 3]] output_shape [%batch, 4, %height, %width]
      : tensor<?x4x?xf32> into tensor<?x4x?x?xf32>
  return %o, %lse : tensor<?x4x?x?xDxELEMENT>, tensor<?x4x?x?xf32>
}
