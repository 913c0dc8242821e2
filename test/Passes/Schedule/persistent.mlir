// RUN: attn-opt %s --attn-to-schedule=target=sm_90a | FileCheck %s

// Which kernels loop over query tiles: those without table and states. Each function has one reason at most.

!t = tensor<?x4x?x64xbf16>
!n = tensor<?x4x?xf32>

// A window, a length and a score region that computes: Q has an empty barrier too.
//
// CHECK-LABEL: func.func @none
// CHECK:         buffer "q" rows(128) columns(64) stages(1) at(0) barriers(81920) arrivals(1, 2)
// CHECK-COUNT-2: attn_sched.query_tiles
func.func @none(%q: !t {attn.shape = ["B", "H", "L", "D"]}, %length: tensor<?xi32> {attn.shape = ["B"]}) -> !t {
  %l = attn.lengths.per_batch %length : tensor<?xi32>
  %m = attn.mask.window left(99) right(0)
  %s = attn.stream %q, %q mask %m lengths(%l) : !t, !t
  %o = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %y = math.tanh %x : f32
    attn.yield %y : f32
  } : !t -> !t
  return %o : !t
}

// Ranges of a packed sequence come out of a table that no region reads.
//
// CHECK-LABEL: func.func @packed
// CHECK-COUNT-2: attn_sched.query_tiles
func.func @packed(%q: tensor<4x?x64xbf16> {attn.shape = ["H", "T", "D"]}, %offsets: tensor<?xi32> {attn.shape = ["N"]})
    -> tensor<4x?x64xbf16> {
  %l = attn.lengths.packed %offsets : tensor<?xi32>
  %s = attn.stream %q, %q lengths(%l) : tensor<4x?x64xbf16>, tensor<4x?x64xbf16>
  %o = attn.attend %q lengths(%l) over %s : tensor<4x?x64xbf16> -> tensor<4x?x64xbf16>
  return %o : tensor<4x?x64xbf16>
}

// The producer's search for key tiles reads.
//
// CHECK-LABEL: func.func @mask
// CHECK:         buffer "q" rows(128) columns(64) stages(1) at(0) barriers(81920) arrivals(1, 0)
// CHECK-NOT:     attn_sched.query_tiles
func.func @mask(%q: !t {attn.shape = ["B", "H", "L", "D"]}, %ids: tensor<?x?xi32> {attn.shape = ["B", "L"]}) -> !t {
  %m = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>
  %s = attn.stream %q, %q mask %m : !t, !t
  %o = attn.attend %q over %s : !t -> !t
  return %o : !t
}

// CHECK-LABEL: func.func @score
// CHECK-NOT:     attn_sched.query_tiles
func.func @score(%q: !t {attn.shape = ["B", "H", "L", "D"]}, %bias: tensor<?x?xf32> {attn.shape = ["L", "L"]}) -> !t {
  %s = attn.stream %q, %q : !t, !t
  %o = attn.attend %q over %s score(%bias : tensor<?x?xf32>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<?x?xf32>):
    %e = attn.read %t[%i, %j] : tensor<?x?xf32>
    %y = arith.addf %x, %e : f32
    attn.yield %y : f32
  } : !t -> !t
  return %o : !t
}

// CHECK-LABEL: func.func @second_stream
// CHECK-NOT:     attn_sched.query_tiles
func.func @second_stream(%q: !t {attn.shape = ["B", "H", "L", "D"]}, %ids: tensor<?x?xi32> {attn.shape = ["B", "L"]}) -> !t {
  %m = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>
  %s = attn.stream %q, %q : !t, !t
  %r = attn.stream %q, %q mask %m : !t, !t
  %o = attn.attend %q over %s, %r : !t -> !t
  return %o : !t
}

// CHECK-LABEL: func.func @initial_state
// CHECK-NOT:     attn_sched.query_tiles
func.func @initial_state(%q: !t {attn.shape = ["B", "H", "L", "D"]}, %lse: !n {attn.shape = ["B", "H", "L"]}) -> !t {
  %s = attn.stream %q, %q : !t, !t
  %a = attn.state %q, %lse : !t, !n
  %o = attn.attend %q over %s from %a : !t -> !t
  return %o : !t
}

// CHECK-LABEL: func.func @state
// CHECK-NOT:     attn_sched.query_tiles
func.func @state(%q: !t {attn.shape = ["B", "H", "L", "D"]}) -> (!t, !n, !n, tensor<?x4x?x64xf32>) {
  %s = attn.stream %q, %q : !t, !t
  %o, %m, %l, %a = attn.attend %q over %s : !t -> !t state(!n, !n, tensor<?x4x?x64xf32>)
  return %o, %m, %l, %a : !t, !n, !n, tensor<?x4x?x64xf32>
}
