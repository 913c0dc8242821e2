// Something of everything that a fold can have.
func.func @main(%q: tensor<?x4x?x16xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
                %k: tensor<?x2x?x16xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
                %v: tensor<?x2x?x16xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "Dv"]},
                %l: tensor<?x4x?x16xf32> {attn.name = "l", attn.shape = ["B", "Hq", "M", "D"]},
                %w: tensor<?x4x?x16xf32> {attn.name = "w", attn.shape = ["B", "Hq", "M", "Dv"]},
                %n: tensor<?xi32> {attn.name = "n", attn.shape = ["B"]},
                %bias: tensor<4xf32> {attn.name = "bias", attn.shape = ["Hq"]},
                %sink: tensor<4xf32> {attn.name = "sink", attn.shape = ["Hq"]})
    -> (tensor<?x4x?x16xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"},
        tensor<?x4x?xf32> {attn.name = "m0"}, tensor<?x4x?xf32> {attn.name = "m1"}) {
  %lengths = attn.lengths.per_batch %n : tensor<?xi32>
  %causal = attn.mask.causal
  %window = attn.mask.window left(8)
  %first = attn.mask.first count(3)
  %or = attn.mask.or %window, %first
  %and = attn.mask.and %causal, %or
  %s0 = attn.stream %k, %v mask %and heads [0, 1, 0, 1]
      : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  %s1 = attn.stream %l, %w lengths(%lengths) : tensor<?x4x?x16xf32>, tensor<?x4x?x16xf32>
  %o0, %lse0, %rm, %rl, %ra = attn.attend %q over %s1 scale(0.125)
      : tensor<?x4x?x16xf32> -> tensor<?x4x?x16xf32>, tensor<?x4x?xf32>
        state(tensor<?x4x?xf32>, tensor<?x4x?xf32>, tensor<?x4x?x16xf32>)
  %t0 = attn.state %o0, %lse0 : tensor<?x4x?x16xf32>, tensor<?x4x?xf32>
  %o1, %lse1, %m0, %m1 = attn.attend %q over %s0, %s1 from %t0 sink(%sink : tensor<4xf32>)
      score(%bias : tensor<4xf32>) {
    ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %table: tensor<4xf32>):
      %0 = attn.read %table[%h] : tensor<4xf32>
      %y = arith.addf %x, %0 : f32
      attn.yield %y : f32
    } : tensor<?x4x?x16xf32> -> tensor<?x4x?x16xf32>, tensor<?x4x?xf32>
        mass(tensor<?x4x?xf32>, tensor<?x4x?xf32>)
  %t1 = attn.state %o1, %lse1 : tensor<?x4x?x16xf32>, tensor<?x4x?xf32>
  %o, %lse = attn.merge %t1, %t0 : tensor<?x4x?x16xf32>, tensor<?x4x?xf32>
  return %o, %lse, %m0, %m1 : tensor<?x4x?x16xf32>, tensor<?x4x?xf32>, tensor<?x4x?xf32>, tensor<?x4x?xf32>
}
