func.func @math_exp(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 1.0 : f32
    %u = arith.mulf %x, %one : f32
    %y = math.exp %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_exp2(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 1.0 : f32
    %u = arith.mulf %x, %one : f32
    %y = math.exp2 %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_expm1(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 1.0 : f32
    %u = arith.mulf %x, %one : f32
    %y = math.expm1 %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_log(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 0.5 : f32
    %a = math.absf %x : f32
    %u = arith.addf %a, %one : f32
    %y = math.log %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_log2(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 0.5 : f32
    %a = math.absf %x : f32
    %u = arith.addf %a, %one : f32
    %y = math.log2 %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_log1p(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 0.5 : f32
    %a = math.absf %x : f32
    %u = arith.addf %a, %one : f32
    %y = math.log1p %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_log10(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 0.5 : f32
    %a = math.absf %x : f32
    %u = arith.addf %a, %one : f32
    %y = math.log10 %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_sin(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 1.0 : f32
    %u = arith.mulf %x, %one : f32
    %y = math.sin %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_cos(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 1.0 : f32
    %u = arith.mulf %x, %one : f32
    %y = math.cos %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_atan(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 1.0 : f32
    %u = arith.mulf %x, %one : f32
    %y = math.atan %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_erf(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 1.0 : f32
    %u = arith.mulf %x, %one : f32
    %y = math.erf %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_sqrt(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 0.5 : f32
    %a = math.absf %x : f32
    %u = arith.addf %a, %one : f32
    %y = math.sqrt %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_rsqrt(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 0.5 : f32
    %a = math.absf %x : f32
    %u = arith.addf %a, %one : f32
    %y = math.rsqrt %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_tanh(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 1.0 : f32
    %u = arith.mulf %x, %one : f32
    %y = math.tanh %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_floor(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 1.0 : f32
    %u = arith.mulf %x, %one : f32
    %y = math.floor %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_ceil(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 1.0 : f32
    %u = arith.mulf %x, %one : f32
    %y = math.ceil %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_round(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 1.0 : f32
    %u = arith.mulf %x, %one : f32
    %y = math.round %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_roundeven(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 1.0 : f32
    %u = arith.mulf %x, %one : f32
    %y = math.roundeven %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_trunc(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 1.0 : f32
    %u = arith.mulf %x, %one : f32
    %y = math.trunc %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_absf(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 1.0 : f32
    %u = arith.mulf %x, %one : f32
    %y = math.absf %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_asin(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 0.0625 : f32
    %u = arith.mulf %x, %one : f32
    %y = math.asin %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_acos(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 0.0625 : f32
    %u = arith.mulf %x, %one : f32
    %y = math.acos %u : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_atan2(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 1.0 : f32
    %u = arith.mulf %x, %one : f32
    %y = math.atan2 %u, %one : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}

func.func @math_copysign(
    %q: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hq", "Lq", "D"]},
    %k: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "D"]},
    %v: tensor<?x1x?x4xf32> {attn.shape = ["B", "Hk", "Lk", "Dv"]})
    -> (tensor<?x1x?x4xf32>, tensor<?x1x?xf32>) {
  %s = attn.stream %k, %v : tensor<?x1x?x4xf32>, tensor<?x1x?x4xf32>
  %o, %lse = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %one = arith.constant 1.0 : f32
    %u = arith.mulf %x, %one : f32
    %y = math.copysign %u, %one : f32
    attn.yield %y : f32
  } : tensor<?x1x?x4xf32> -> tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
  return %o, %lse : tensor<?x1x?x4xf32>, tensor<?x1x?xf32>
}
