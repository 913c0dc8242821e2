func.func @window(
    %q: tensor<?x4x?x16xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x4x?x16xf32>, tensor<?x4x?xf32>) {
  %c = attn.mask.causal
  %w = attn.mask.window left(70)
  %m = attn.mask.and %c, %w
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x4x?x16xf32> -> tensor<?x4x?x16xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x16xf32>, tensor<?x4x?xf32>
}

func.func @band(
    %q: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x16xf32>, tensor<?x2x?xf32>) {
  %m = attn.mask.window left(3) right(40)
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x16xf32> -> tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
}

func.func @offset(
    %q: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x16xf32>, tensor<?x2x?xf32>) {
  %m = attn.mask.causal offset(-33)
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x16xf32> -> tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
}

func.func @anti_causal(
    %q: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x16xf32>, tensor<?x2x?xf32>) {
  %c = attn.mask.causal
  %m = attn.mask.not %c
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x16xf32> -> tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
}

func.func @documents(
    %q: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]}, %qids: tensor<?x?xi32> {attn.shape = ["B", "Lq"]}, %kids: tensor<?x?xi32> {attn.shape = ["B", "Lk"]})
    -> (tensor<?x2x?x16xf32>, tensor<?x2x?xf32>) {
  %m = attn.mask.document %qids, %kids : tensor<?x?xi32>, tensor<?x?xi32>
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x16xf32>, tensor<?x1x?x16xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x16xf32> -> tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
}

func.func @causal_documents(
    %q: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]}, %qids: tensor<?x?xi32> {attn.shape = ["B", "Lq"]}, %kids: tensor<?x?xi32> {attn.shape = ["B", "Lk"]})
    -> (tensor<?x2x?x16xf32>, tensor<?x2x?xf32>) {
  %c = attn.mask.causal
  %d = attn.mask.document %qids, %kids : tensor<?x?xi32>, tensor<?x?xi32>
  %m = attn.mask.and %c, %d
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x16xf32>, tensor<?x1x?x16xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x16xf32> -> tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
}

func.func @documents_or_window(
    %q: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]}, %qids: tensor<?x?xi32> {attn.shape = ["B", "Lq"]}, %kids: tensor<?x?xi32> {attn.shape = ["B", "Lk"]})
    -> (tensor<?x2x?x16xf32>, tensor<?x2x?xf32>) {
  %w = attn.mask.window left(10) right(0)
  %d = attn.mask.document %qids, %kids : tensor<?x?xi32>, tensor<?x?xi32>
  %m = attn.mask.or %w, %d
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x16xf32>, tensor<?x1x?x16xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x16xf32> -> tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
}

func.func @other_documents(
    %q: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]}, %qids: tensor<?x?xi32> {attn.shape = ["B", "Lq"]}, %kids: tensor<?x?xi32> {attn.shape = ["B", "Lk"]})
    -> (tensor<?x2x?x16xf32>, tensor<?x2x?xf32>) {
  %c = attn.mask.causal
  %d = attn.mask.document %qids, %kids : tensor<?x?xi32>, tensor<?x?xi32>
  %n = attn.mask.not %d
  %m = attn.mask.and %c, %n
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x16xf32>, tensor<?x1x?x16xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x16xf32> -> tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
}
