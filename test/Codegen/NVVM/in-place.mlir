// What is in place comes in boxes of TMA, or there is no kernel: the pass marks no other, a hand may.
//
// RUN: legality-check %s | FileCheck %s

!t = tensor<1x2x4096x64xbf16>

// CHECK: windows: legal
func.func @windows(%q: !t, %k: !t) -> !t {
  %l = attn.layout.grid shape(64, 64) tile(8, 8)
  %qt = attn.reorder %q by %l in_place : !t -> !t
  %kt = attn.reorder %k by %l in_place : !t -> !t
  %r = attn.route %kt, %kt : !t, !t
  %ot = attn_sched.forward %qt over %r tile(128, 128) scale(0.125) threads(384) shared(0) {
  } : !t -> !t
  %o = attn.restore %ot by %l in_place : !t -> !t
  return %o : !t
}

// CHECK: in-place.mlir:[[#@LINE+5]]:{{.*}}: error: 'attn.reorder' op is 'in_place', but TMA can not copy tiles of 128 rows in boxes: it rolls axis 1, so that tiles go around the edge; expected a layout whose tiles are boxes, or a copy, without 'in_place'
// CHECK: in-place.mlir:[[#@LINE+3]]:{{.*}}: note: the layout is made here
// CHECK: rolled: illegal
func.func @rolled(%q: !t, %k: !t) -> !t {
  %l = attn.layout.grid shape(64, 64) tile(8, 8) shift(0, 4)
  %kt = attn.reorder %k by %l in_place : !t -> !t
  %r = attn.route %kt, %kt : !t, !t
  %o = attn_sched.forward %q over %r tile(128, 128) scale(0.125) threads(384) shared(0) {
  } : !t -> !t
  return %o : !t
}

// CHECK: error: 'attn.reorder' op is 'in_place', but TMA can not copy tiles of 64 rows in boxes: no part of its tiles is a box of a multiple of 8 slots that divides 64, of at most 256 points from end to end and every 8th at most;
// CHECK: strips: illegal
func.func @strips(%q: !t, %k: !t) -> !t {
  %l = attn.layout.grid shape(64, 64) tile(4, 1)
  %qt = attn.reorder %q by %l in_place : !t -> !t
  %r = attn.route %k, %k : !t, !t
  %o = attn_sched.forward %qt over %r tile(64, 128) scale(0.125) threads(256) shared(0) {
  } : !t -> !t
  return %o : !t
}

// CHECK: error: 'attn.reorder' op is 'in_place', but TMA can not copy tiles of 128 rows in boxes: its grid has 3 axes, of which a box has at most 2;
// CHECK: volume: illegal
func.func @volume(%q: !t, %k: !t) -> !t {
  %l = attn.layout.grid shape(16, 16, 16) tile(4, 4, 4)
  %qt = attn.reorder %q by %l in_place : !t -> !t
  %r = attn.route %k, %k : !t, !t
  %o = attn_sched.forward %qt over %r tile(128, 128) scale(0.125) threads(384) shared(0) {
  } : !t -> !t
  return %o : !t
}

// CHECK: error: 'attn.reorder' op is 'in_place', but TMA can not copy tiles of 64 rows in boxes: head sizes that are no multiples of 8 are loaded without TMA;
// CHECK: copied: illegal
func.func @copied(%q: !t, %k: !t) -> !t {
  %l = attn.layout.grid shape(64, 64) tile(8, 8)
  %qt = attn.reorder %q by %l in_place : !t -> !t
  %r = attn.route %k, %k : !t, !t
  %o = attn_sched.forward %qt over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    %b = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(128, 0)
    attn_sched.role "producer" warpgroups(0, 1) registers(24) {
      attn_sched.load %b copy
    }
    attn_sched.role "consumer" warpgroups(1, 1) registers(240) {
      attn_sched.await %b
    }
  } : !t -> !t
  return %o : !t
}

// Results need no boxes, but on the way through shared memory.
//
// CHECK: stored: legal
func.func @stored(%q: !t, %k: !t) -> !t {
  %l = attn.layout.grid shape(64, 64) tile(4, 1)
  %qt = attn.reorder %q by %l : !t -> !t
  %r = attn.route %k, %k : !t, !t
  %ot = attn_sched.forward %qt over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    %b = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 0)
    %f = attn_sched.fragment f32 rows(64) columns(64)
    attn_sched.role "producer" warpgroups(0, 1) registers(24) {
      attn_sched.load %b
    }
    attn_sched.role "consumer" warpgroups(1, 1) registers(240) {
      attn_sched.store %f
    }
  } : !t -> !t
  %o = attn.restore %ot by %l in_place : !t -> !t
  return %o : !t
}

// CHECK: in-place.mlir:[[#@LINE+17]]:{{.*}}: error: 'attn.restore' op is 'in_place', but TMA can not copy tiles of 64 rows in boxes: no part
// CHECK: through: illegal
func.func @through(%q: !t, %k: !t) -> !t {
  %l = attn.layout.grid shape(64, 64) tile(4, 1)
  %qt = attn.reorder %q by %l : !t -> !t
  %r = attn.route %k, %k : !t, !t
  %ot = attn_sched.forward %qt over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    %b = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 0)
    %f = attn_sched.fragment f32 rows(64) columns(64)
    attn_sched.role "producer" warpgroups(0, 1) registers(24) {
      attn_sched.load %b
    }
    attn_sched.role "consumer" warpgroups(1, 1) registers(240) {
      attn_sched.await %b
      attn_sched.store %f through %b
    }
  } : !t -> !t
  %o = attn.restore %ot by %l in_place : !t -> !t
  return %o : !t
}
