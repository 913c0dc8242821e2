func.func @d1_dv1(
    %q: tensor<?x2x?x1xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x1xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x1xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x1xf32>, tensor<?x2x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x1xf32>, tensor<?x1x?x1xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x1xf32> -> tensor<?x2x?x1xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x1xf32>, tensor<?x2x?xf32>
}

func.func @d5_dv16(
    %q: tensor<?x2x?x5xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x5xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x16xf32>, tensor<?x2x?xf32>) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x5xf32>, tensor<?x1x?x16xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x5xf32> -> tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x16xf32>, tensor<?x2x?xf32>
}

func.func @d16_dv5(
    %q: tensor<?x2x?x16xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x16xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x5xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x5xf32>, tensor<?x2x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x16xf32>, tensor<?x1x?x5xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x16xf32> -> tensor<?x2x?x5xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x5xf32>, tensor<?x2x?xf32>
}

func.func @d40_dv40(
    %q: tensor<?x2x?x40xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x40xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x40xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x40xf32>, tensor<?x2x?xf32>) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x40xf32>, tensor<?x1x?x40xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x40xf32> -> tensor<?x2x?x40xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x40xf32>, tensor<?x2x?xf32>
}

func.func @d64_dv80(
    %q: tensor<?x2x?x64xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x64xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x80xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x80xf32>, tensor<?x2x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x64xf32>, tensor<?x1x?x80xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x64xf32> -> tensor<?x2x?x80xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x80xf32>, tensor<?x2x?xf32>
}

func.func @d80_dv96(
    %q: tensor<?x2x?x80xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x80xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x96xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x96xf32>, tensor<?x2x?xf32>) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x80xf32>, tensor<?x1x?x96xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x80xf32> -> tensor<?x2x?x96xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x96xf32>, tensor<?x2x?xf32>
}

func.func @d96_dv128(
    %q: tensor<?x2x?x96xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x96xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x128xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x128xf32>, tensor<?x2x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x96xf32>, tensor<?x1x?x128xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x96xf32> -> tensor<?x2x?x128xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x128xf32>, tensor<?x2x?xf32>
}

func.func @d128_dv64(
    %q: tensor<?x2x?x128xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x128xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x64xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x64xf32>, tensor<?x2x?xf32>) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x128xf32>, tensor<?x1x?x64xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x128xf32> -> tensor<?x2x?x64xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x64xf32>, tensor<?x2x?xf32>
}

func.func @d192_dv128(
    %q: tensor<?x2x?x192xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x192xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x128xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x128xf32>, tensor<?x2x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x192xf32>, tensor<?x1x?x128xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x192xf32> -> tensor<?x2x?x128xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x128xf32>, tensor<?x2x?xf32>
}

func.func @d256_dv256(
    %q: tensor<?x2x?x256xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x256xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x256xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x256xf32>, tensor<?x2x?xf32>) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x256xf32>, tensor<?x1x?x256xf32>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x256xf32> -> tensor<?x2x?x256xf32>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x256xf32>, tensor<?x2x?xf32>
}
