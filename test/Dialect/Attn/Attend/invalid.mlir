// RUN: attn-opt %s --split-input-file --verify-diagnostics

func.func @stream_c1_rank(%k: tensor<8x128xf32>, %v: tensor<1x1x8x128xf32>) {
  // expected-error @below {{expects 'k' [B, Hk, Lk, D] and 'v' [B, Hk, Lk, Dv] of rank 4 but got 'tensor<8x128xf32>' and 'tensor<1x1x8x128xf32>'}}
  %s = attn.stream %k, %v : tensor<8x128xf32>, tensor<1x1x8x128xf32>
  return
}

// -----

func.func @stream_c1(%k: tensor<1x1x8x128xf32>, %v: tensor<1x1x8x128xf16>) {
  // expected-error @below {{expects 'k' and 'v' of one element type, f32, f16 or bf16, but got 'f32' and 'f16'}}
  %s = attn.stream %k, %v : tensor<1x1x8x128xf32>, tensor<1x1x8x128xf16>
  return
}

// -----

func.func @stream_c2(%k: tensor<1x2x8x128xf32>, %v: tensor<1x2x9x128xf32>) {
  // expected-error @below {{expects 'k' and 'v' to agree in B, Hk and Lk but got 'tensor<1x2x8x128xf32>' and 'tensor<1x2x9x128xf32>'}}
  %s = attn.stream %k, %v : tensor<1x2x8x128xf32>, tensor<1x2x9x128xf32>
  return
}

// -----

func.func @stream_c3(%k: tensor<1x2x8x?xf32>) {
  // expected-error @below {{expects a static head size of 1 or more but got 'tensor<1x2x8x?xf32>'}}
  %s = attn.stream %k, %k : tensor<1x2x8x?xf32>, tensor<1x2x8x?xf32>
  return
}

// -----

func.func @stream_c4(%k: tensor<1x2x8x4xf32>, %m: !attn.mask) {
  // expected-error @below {{expects 'mask' to be made by an attn.mask op in the same function but got a function argument}}
  %s = attn.stream %k, %k mask %m : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
  return
}

// -----

func.func @attend_c1_rank(%q: tensor<8x4xf32>, %k: tensor<1x2x8x4xf32>) {
  %s = attn.stream %k, %k : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
  // expected-error @below {{expects 'q' [B, Hq, Lq, D] of rank 4 but got 'tensor<8x4xf32>'}}
  %o = attn.attend %q over %s : tensor<8x4xf32> -> tensor<8x4xf32>
  return
}

// -----

func.func @attend_c1(%q: tensor<1x2x8x4xbf16>, %k: tensor<1x2x8x4xf32>) {
  %s = attn.stream %k, %k : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
  // expected-error @below {{expects 'q' of the stream's element type 'f32' but got 'tensor<1x2x8x4xbf16>'}}
  %o = attn.attend %q over %s : tensor<1x2x8x4xbf16> -> tensor<1x2x8x4xbf16>
  return
}

// -----

func.func @attend_c2(%q: tensor<1x2x8x5xf32>, %k: tensor<1x2x8x4xf32>) {
  %s = attn.stream %k, %k : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
  // expected-error @below {{expects 'q' and 'k' of one head size D but got 'tensor<1x2x8x5xf32>' and 'tensor<1x2x8x4xf32>'}}
  %o = attn.attend %q over %s : tensor<1x2x8x5xf32> -> tensor<1x2x8x4xf32>
  return
}

// -----

func.func @attend_c3(%q: tensor<1x6x8x4xf32>, %k: tensor<1x4x8x4xf32>) {
  %s = attn.stream %k, %k : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  // expected-error @below {{expects Hk to divide Hq, both static, or both dynamic, but got Hq = 6 and Hk = 4}}
  %o = attn.attend %q over %s : tensor<1x6x8x4xf32> -> tensor<1x6x8x4xf32>
  return
}

// -----

func.func @attend_c3_dynamic(%q: tensor<1x?x8x4xf32>, %k: tensor<1x4x8x4xf32>) {
  %s = attn.stream %k, %k : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  // expected-error @below {{but got Hq = ? and Hk = 4}}
  %o = attn.attend %q over %s : tensor<1x?x8x4xf32> -> tensor<1x?x8x4xf32>
  return
}

// -----

func.func @attend_c4(%q: tensor<2x4x8x4xf32>, %k: tensor<1x4x8x4xf32>) {
  %s = attn.stream %k, %k : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  // expected-error @below {{expects 'q' and 'k' of one batch size B but got 'tensor<2x4x8x4xf32>' and 'tensor<1x4x8x4xf32>'}}
  %o = attn.attend %q over %s : tensor<2x4x8x4xf32> -> tensor<2x4x8x4xf32>
  return
}

// -----

func.func @attend_c5(%q: tensor<1x4x8x4xf32>, %v: tensor<1x4x8x6xf32>) {
  %s = attn.stream %q, %v : tensor<1x4x8x4xf32>, tensor<1x4x8x6xf32>
  // expected-error @below {{expects 'out' of type 'tensor<1x4x8x6xf32>' but got 'tensor<1x4x8x4xf32>'}}
  // expected-note @below {{'out' is [B, Hq, Lq, Dv] of the element type of 'q'}}
  %o = attn.attend %q over %s : tensor<1x4x8x4xf32> -> tensor<1x4x8x4xf32>
  return
}

// -----

func.func @attend_c6(%q: tensor<1x4x8x4xf16>) {
  %s = attn.stream %q, %q : tensor<1x4x8x4xf16>, tensor<1x4x8x4xf16>
  // expected-error @below {{expects 'lse' of type 'tensor<1x4x8xf32>' but got 'tensor<1x4x8xf16>'}}
  // expected-note @below {{'lse' is [B, Hq, Lq] of f32}}
  %o, %l = attn.attend %q over %s : tensor<1x4x8x4xf16> -> tensor<1x4x8x4xf16>, tensor<1x4x8xf16>
  return
}

// -----

func.func @attend_c7(%q: tensor<1x4x8x4xf32>) {
  %s = attn.stream %q, %q : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  // expected-error @below {{expects a finite 'scale' but got INF}}
  %o = attn.attend %q over %s scale(0x7FF0000000000000) : tensor<1x4x8x4xf32> -> tensor<1x4x8x4xf32>
  return
}

// -----

func.func @attend_c8(%q: tensor<1x4x8x4xf32>) {
  %s = attn.stream %q, %q : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  // expected-error @below {{expects the block arguments of 'score' to be ('f32', 'index', 'index', 'index', 'index') but got ('f32', 'index')}}
  %o = attn.attend %q over %s score {
    ^bb0(%x: f32, %b: index):
      attn.yield %x : f32
    } : tensor<1x4x8x4xf32> -> tensor<1x4x8x4xf32>
  return
}

// -----

func.func @attend_c8_yield(%q: tensor<1x4x8x4xf32>) {
  %s = attn.stream %q, %q : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  %o = attn.attend %q over %s score {
    ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
      // expected-error @below {{expects 'score' to yield ('f32') but got ('index')}}
      attn.yield %b : index
    } : tensor<1x4x8x4xf32> -> tensor<1x4x8x4xf32>
  return
}

// -----

func.func @attend_c9(%q: tensor<1x4x8x4xf32>) {
  %s = attn.stream %q, %q : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  %o = attn.attend %q over %s score {
    ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
      // expected-error @below {{is not legal in a score region; expected arith, math, scf.if, attn.read or attn.length}}
      %t = tensor.empty() : tensor<4xf32>
      attn.yield %x : f32
    } : tensor<1x4x8x4xf32> -> tensor<1x4x8x4xf32>
  return
}

// -----

func.func @attend_c9_type(%q: tensor<1x4x8x4xf32>) {
  %s = attn.stream %q, %q : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  %o = attn.attend %q over %s score {
    ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
      // expected-error @below {{has type 'f64' in a score region; expected f32, f16, bf16, i1, i8, i32, i64 or index}}
      %y = arith.extf %x : f32 to f64
      attn.yield %x : f32
    } : tensor<1x4x8x4xf32> -> tensor<1x4x8x4xf32>
  return
}

// -----

func.func @attend_c10(%q: tensor<1x4x8x4xf32>, %s: !attn.stream) {
  // expected-error @below {{expects 'stream' to be made by attn.stream or attn.route in the same function}}
  %o = attn.attend %q over %s : tensor<1x4x8x4xf32> -> tensor<1x4x8x4xf32>
  return
}

// -----

func.func @attend_c11(%q: tensor<1x4x8x4xf32>, %ids: tensor<1x9xi32>) {
  // expected-note @below {{the mask is made here}}
  %d = attn.mask.document %ids, %ids : tensor<1x9xi32>, tensor<1x9xi32>
  %n = attn.mask.not %d
  %s = attn.stream %q, %q mask %n : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  // expected-error @below {{expects 'queryIds' of its mask to be [B, Lq] of 'tensor<1x4x8x4xf32>' but got 'tensor<1x9xi32>'}}
  %o = attn.attend %q over %s : tensor<1x4x8x4xf32> -> tensor<1x4x8x4xf32>
  return
}

// -----

func.func @attend_c11_blocks(%q: tensor<1x4x200x4xf32>, %bits: tensor<3x4xi1>) {
  // expected-note @below {{the mask is made here}}
  %m = attn.mask.block_bitmap %bits size(64, 50) : tensor<3x4xi1>
  %s = attn.stream %q, %q mask %m : tensor<1x4x200x4xf32>, tensor<1x4x200x4xf32>
  // expected-error @below {{expects 'bits' of its mask to be [ceil(Lq / 64) or more, ceil(Lk / 50) or more] of 'tensor<1x4x200x4xf32>' but got 'tensor<3x4xi1>'}}
  %o = attn.attend %q over %s : tensor<1x4x200x4xf32> -> tensor<1x4x200x4xf32>
  return
}

// -----

func.func @route_c1(%k: tensor<1x4x8x4xf32>) {
  // expected-error @+4 {{expects 'bounds' to yield ('index', 'index', 'index', 'index') but got ('index')}}
  %r = attn.route %k, %k bounds {
      ^bb0(%b: index, %h: index, %q0: index, %q1: index):
        %zero = arith.constant 0 : index
        attn.yield %zero : index
      } : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  return
}

// -----

func.func @route_c1_reads(%k: tensor<1x4x8x4xf32>, %t: tensor<8xi32>) {
  %r = attn.route %k, %k captures(%t : tensor<8xi32>) bounds {
      ^bb0(%b: index, %h: index, %q0: index, %q1: index, %table: tensor<8xi32>):
        // expected-error @below {{expects indices that depend on batch and head only in a bounds region}}
        %n = attn.read %table[%q0] : tensor<8xi32>
        attn.yield %q0, %q0, %q0, %q0 : index, index, index, index
      } : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  return
}

// -----

func.func @route_c2(%k: tensor<1x4x8x4xf32>) {
  // expected-error @below {{expects the block arguments of 'visible' to be ('index', 'index', 'index', 'index') but got ('index')}}
  %r = attn.route %k, %k
      visible {
      ^bb0(%b: index):
        %true = arith.constant true
        attn.yield %true : i1
      } : tensor<1x4x8x4xf32>, tensor<1x4x8x4xf32>
  return
}

// -----

func.func @stream_c1_packed(%k: tensor<1x2x8x4xf32>, %offsets: tensor<3xi32>) {
  %l = attn.lengths.packed %offsets : tensor<3xi32>
  // expected-error @below {{expects 'k' [Hk, T, D] and 'v' [Hk, T, Dv] of rank 3 but got 'tensor<1x2x8x4xf32>' and 'tensor<1x2x8x4xf32>'}}
  %s = attn.stream %k, %k lengths(%l) : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
  return
}

// -----

func.func @stream_c5(%k: tensor<1x2x8x4xf32>, %l: !attn.lengths) {
  // expected-error @below {{expects 'lengths' to be made by an attn.lengths op in the same function but got a function argument}}
  %s = attn.stream %k, %k lengths(%l) : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
  return
}

// -----

func.func @stream_c5_batch(%k: tensor<1x2x8x4xf32>, %lens: tensor<3xi32>) {
  // expected-note @below {{the lengths are made here}}
  %l = attn.lengths.per_batch %lens : tensor<3xi32>
  // expected-error @below {{expects one length per sequence of 'k' 'tensor<1x2x8x4xf32>' but got 'tensor<3xi32>'}}
  %s = attn.stream %k, %k lengths(%l) : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
  return
}

// -----

func.func @stream_c6(%k: tensor<1x2x8x4xf32>) {
  // expected-error @below {{expects 'heads' to name key heads, 0 or more and below Hk = 2, but got 2}}
  %s = attn.stream %k, %k heads [0, 2] : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
  return
}

// -----

func.func @route_c3(%k: tensor<1x2x8x4xf32>) {
  // expected-error @below {{expects 'heads' to name key heads, 0 or more and below Hk = 2, but got -1}}
  %r = attn.route %k, %k heads [-1, 0]
      : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
  return
}

// -----

func.func @attend_c2_values(%q: tensor<1x2x8x4xf32>, %v: tensor<1x2x8x3xf32>) {
  %a = attn.stream %q, %q : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
  %b = attn.stream %q, %v : tensor<1x2x8x4xf32>, tensor<1x2x8x3xf32>
  // expected-error @below {{expects streams of one value head size Dv but got 4 and 3}}
  %o = attn.attend %q over %a, %b : tensor<1x2x8x4xf32> -> tensor<1x2x8x4xf32>
  return
}

// -----

func.func @attend_c3_heads(%q: tensor<1x4x8x4xf32>, %k: tensor<1x3x8x4xf32>) {
  %s = attn.stream %k, %k heads [0, 1, 2] : tensor<1x3x8x4xf32>, tensor<1x3x8x4xf32>
  // expected-error @below {{expects one entry of the stream's 'heads' per query head, Hq static, but got Hq = 4 and 3 entries}}
  %o = attn.attend %q over %s : tensor<1x4x8x4xf32> -> tensor<1x4x8x4xf32>
  return
}

// -----

func.func @attend_c4_packed(%q: tensor<3x2x8x4xf32>, %k: tensor<2x?x4xf32>, %offsets: tensor<3xi32>) {
  %l = attn.lengths.packed %offsets : tensor<3xi32>
  %s = attn.stream %k, %k lengths(%l) : tensor<2x?x4xf32>, tensor<2x?x4xf32>
  // expected-error @below {{expects 'q' and 'k' of one batch size B but got 'tensor<3x2x8x4xf32>' and 'tensor<2x?x4xf32>'}}
  %o = attn.attend %q over %s : tensor<3x2x8x4xf32> -> tensor<3x2x8x4xf32>
  return
}

// -----

func.func @attend_c6_mass(%q: tensor<1x2x8x4xf32>) {
  %s = attn.stream %q, %q : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
  // expected-error @below {{expects one 'mass' per stream, 1, but got 2}}
  %o, %a, %b = attn.attend %q over %s : tensor<1x2x8x4xf32> -> tensor<1x2x8x4xf32> mass(tensor<1x2x8xf32>, tensor<1x2x8xf32>)
  return
}

// -----

func.func @attend_c6_state(%q: tensor<1x2x8x4xf32>) {
  %s = attn.stream %q, %q : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
  // expected-error @below {{expects 'state' to be m, l and acc but got 2 types}}
  %o, %m, %l = attn.attend %q over %s : tensor<1x2x8x4xf32> -> tensor<1x2x8x4xf32> state(tensor<1x2x8xf32>, tensor<1x2x8xf32>)
  return
}

// -----

func.func @attend_c10_none(%q: tensor<1x2x8x4xf32>) {
  // expected-error @below {{expects one stream or more but got none}}
  %o = "attn.attend"(%q) <{operandSegmentSizes = array<i32: 1, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0, 0>}> ({}) : (tensor<1x2x8x4xf32>) -> tensor<1x2x8x4xf32>
  return
}

// -----

func.func @attend_c12(%q: tensor<1x2x8x4xf32>, %logits: tensor<3xf32>) {
  %s = attn.stream %q, %q : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
  // expected-error @below {{expects 'sink' of type 'tensor<2xf32>' but got 'tensor<3xf32>'}}
  // expected-note @below {{'sink' is [Hq] of f32, one logit per query head}}
  %o = attn.attend %q over %s sink(%logits : tensor<3xf32>) : tensor<1x2x8x4xf32> -> tensor<1x2x8x4xf32>
  return
}

// -----

func.func @attend_c12_state(%q: tensor<1x2x8x4xf32>, %logits: tensor<2xf32>) {
  %s = attn.stream %q, %q : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
  // expected-error @below {{has both 'sink' and 'state'; expected the sink where the normaliser is closed, in the op that resumes the state}}
  %o, %m, %l, %a = attn.attend %q over %s sink(%logits : tensor<2xf32>) : tensor<1x2x8x4xf32> -> tensor<1x2x8x4xf32> state(tensor<1x2x8xf32>, tensor<1x2x8xf32>, tensor<1x2x8x4xf32>)
  return
}

// -----

func.func @attend_c13(%q: tensor<1x2x8x4xf32>, %out: tensor<1x2x7x4xf32>, %lse: tensor<1x2x7xf32>) {
  %s = attn.stream %q, %q : tensor<1x2x8x4xf32>, tensor<1x2x8x4xf32>
  // expected-note @below {{the state is made here}}
  %st = attn.state %out, %lse : tensor<1x2x7x4xf32>, tensor<1x2x7xf32>
  // expected-error @below {{expects states of the shapes [B, Hq, Lq, Dv] of 'out' and [B, Hq, Lq] of 'lse' but got 'tensor<1x2x7x4xf32>', 'tensor<1x2x7xf32>'}}
  %o = attn.attend %q over %s from %st : tensor<1x2x8x4xf32> -> tensor<1x2x8x4xf32>
  return
}
