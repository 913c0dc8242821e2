func.func @bf16_5(
    %q: tensor<?x2x?x5xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x5xbf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x5xbf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x5xbf16>, tensor<?x2x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x5xbf16>, tensor<?x1x?x5xbf16>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x5xbf16> -> tensor<?x2x?x5xbf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x5xbf16>, tensor<?x2x?xf32>
}

func.func @bf16_40(
    %q: tensor<?x2x?x40xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x40xbf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x40xbf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x40xbf16>, tensor<?x2x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x40xbf16>, tensor<?x1x?x40xbf16>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x40xbf16> -> tensor<?x2x?x40xbf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x40xbf16>, tensor<?x2x?xf32>
}

func.func @bf16_64(
    %q: tensor<?x2x?x64xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x64xbf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x64xbf16>, tensor<?x1x?x64xbf16>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x64xbf16> -> tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x64xbf16>, tensor<?x2x?xf32>
}

func.func @bf16_128(
    %q: tensor<?x2x?x128xbf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x128xbf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x128xbf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x128xbf16>, tensor<?x2x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x128xbf16>, tensor<?x1x?x128xbf16>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x128xbf16> -> tensor<?x2x?x128xbf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x128xbf16>, tensor<?x2x?xf32>
}

func.func @f16_5(
    %q: tensor<?x2x?x5xf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x5xf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x5xf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x5xf16>, tensor<?x2x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x5xf16>, tensor<?x1x?x5xf16>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x5xf16> -> tensor<?x2x?x5xf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x5xf16>, tensor<?x2x?xf32>
}

func.func @f16_40(
    %q: tensor<?x2x?x40xf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x40xf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x40xf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x40xf16>, tensor<?x2x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x40xf16>, tensor<?x1x?x40xf16>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x40xf16> -> tensor<?x2x?x40xf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x40xf16>, tensor<?x2x?xf32>
}

func.func @f16_64(
    %q: tensor<?x2x?x64xf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x64xf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x64xf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x64xf16>, tensor<?x2x?xf32>) {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : tensor<?x1x?x64xf16>, tensor<?x1x?x64xf16>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x64xf16> -> tensor<?x2x?x64xf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x64xf16>, tensor<?x2x?xf32>
}

func.func @f16_128(
    %q: tensor<?x2x?x128xf16> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x128xf16> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x128xf16> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x2x?x128xf16>, tensor<?x2x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x128xf16>, tensor<?x1x?x128xf16>
  %o, %lse = attn.attend %q over %s : tensor<?x2x?x128xf16> -> tensor<?x2x?x128xf16>, tensor<?x2x?xf32>
  return %o, %lse : tensor<?x2x?x128xf16>, tensor<?x2x?xf32>
}
