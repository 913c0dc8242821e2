// One program per mask; ELEMENT is replaced by f32, f16 or bf16. D is odd, Dv differs.
func.func @full(
    %q: tensor<?x6x?x37xELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x37xELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x20xELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x6x?x20xELEMENT> {attn.name = "o"}, tensor<?x6x?xf32> {attn.name = "lse"}) {
  %s = attn.stream %k, %v : tensor<?x2x?x37xELEMENT>, tensor<?x2x?x20xELEMENT>
  %o, %lse = attn.attend %q over %s : tensor<?x6x?x37xELEMENT> -> tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
  return %o, %lse : tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
}

// With Lq > Lk the first rows see no key: out 0, lse -inf.
func.func @causal(
    %q: tensor<?x6x?x37xELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x37xELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x20xELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x6x?x20xELEMENT> {attn.name = "o"}, tensor<?x6x?xf32> {attn.name = "lse"}) {
  %m = attn.mask.causal offset(-3)
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x37xELEMENT>, tensor<?x2x?x20xELEMENT>
  %o, %lse = attn.attend %q over %s : tensor<?x6x?x37xELEMENT> -> tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
  return %o, %lse : tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
}

// Outside the window, or behind the query; logits up to about 1e4.
func.func @outside(
    %q: tensor<?x6x?x37xELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x37xELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x20xELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x6x?x20xELEMENT> {attn.name = "o"}, tensor<?x6x?xf32> {attn.name = "lse"}) {
  %w = attn.mask.window left(40) right(9)
  %c = attn.mask.causal
  %n = attn.mask.not %w
  %b = attn.mask.not %c
  %m = attn.mask.or %n, %b
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x37xELEMENT>, tensor<?x2x?x20xELEMENT>
  %o, %lse = attn.attend %q over %s scale(500.0) : tensor<?x6x?x37xELEMENT> -> tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
  return %o, %lse : tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
}

func.func @documents(
    %q: tensor<?x6x?x37xELEMENT> {attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x37xELEMENT> {attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x20xELEMENT> {attn.name = "v", attn.shape = ["B", "Hk", "Lk", "Dv"]},
    %qdoc: tensor<?x?xi32> {attn.name = "qdoc", attn.shape = ["B", "Lq"], attn.random = "segments"},
    %kdoc: tensor<?x?xi32> {attn.name = "kdoc", attn.shape = ["B", "Lk"], attn.random = "segments"})
    -> (tensor<?x6x?x20xELEMENT> {attn.name = "o"}, tensor<?x6x?xf32> {attn.name = "lse"}) {
  %d = attn.mask.document %qdoc, %kdoc : tensor<?x?xi32>, tensor<?x?xi32>
  %w = attn.mask.window left(300)
  %m = attn.mask.and %d, %w
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x37xELEMENT>, tensor<?x2x?x20xELEMENT>
  %o, %lse = attn.attend %q over %s : tensor<?x6x?x37xELEMENT> -> tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
  return %o, %lse : tensor<?x6x?x20xELEMENT>, tensor<?x6x?xf32>
}
