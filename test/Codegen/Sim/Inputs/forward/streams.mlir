// Two streams under a score region that reads a table, a sink, masses; Dv other than D.
!q = tensor<?x2x?x64xbf16>
!v = tensor<?x2x?x128xbf16>
!n = tensor<?x2x?xf32>

func.func @main(
    %q: !q {attn.name = "q", attn.shape = ["B", "H", "Lq", "D"]},
    %k: !q {attn.name = "k", attn.shape = ["B", "H", "Lk", "D"]}, %v: !v {attn.name = "v", attn.shape = ["B", "H", "Lk", "Dv"]},
    %k2: !q {attn.name = "k2", attn.shape = ["B", "H", "Lm", "D"]}, %v2: !v {attn.name = "v2", attn.shape = ["B", "H", "Lm", "Dv"]},
    %slopes: tensor<2xf32> {attn.name = "slopes", attn.shape = ["H"]},
    %sink: tensor<2xf32> {attn.name = "sink", attn.shape = ["H"]})
    -> (!v {attn.name = "o"}, !n {attn.name = "lse"}, !n {attn.name = "near"}, !n {attn.name = "far"}) {
  %w = attn.mask.window left(200) right(0)
  %s = attn.stream %k, %v mask %w : !q, !v
  %t = attn.stream %k2, %v2 : !q, !v
  %o, %lse, %near, %far = attn.attend %q over %s, %t sink(%sink : tensor<2xf32>) score(%slopes : tensor<2xf32>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %table: tensor<2xf32>):
    %slope = attn.read %table[%h] : tensor<2xf32>
    %y = arith.mulf %x, %slope : f32
    attn.yield %y : f32
  } : !q -> !v, !n mass(!n, !n)
  return %o, %lse, %near, %far : !v, !n, !n, !n
}
