// RUN: %roundtrip

!t = tensor<1x1x64x64xbf16>

// CHECK-LABEL: func.func @empty_plan
func.func @empty_plan(%q: !t) -> !t {
  %r = attn.route %q, %q
      : !t, !t
  // CHECK: attn_sched.forward %{{.*}} over %{{.*}} tile(128, 128) scale(1.250000e-01) threads(384) shared(0) {
  // CHECK-NEXT: } : tensor<1x1x64x64xbf16> -> tensor<1x1x64x64xbf16>
  %o = attn_sched.forward %q over %r tile(128, 128) scale(0.125) threads(384) shared(0) {
  } : tensor<1x1x64x64xbf16> -> tensor<1x1x64x64xbf16>
  return %o : !t
}

// Two heads that read one key head share the rows of a tile.
//
// CHECK-LABEL: func.func @shared_tile
func.func @shared_tile(%q: tensor<1x2x64x64xbf16>, %k: !t) -> tensor<1x2x64x64xbf16> {
  %r = attn.route %k, %k
      : !t, !t
  // CHECK: tile(128, 128) heads(2) scale(1.250000e-01)
  %o = attn_sched.forward %q over %r tile(128, 128) heads(2) scale(0.125) threads(384) shared(0) {
  } : tensor<1x2x64x64xbf16> -> tensor<1x2x64x64xbf16>
  return %o : tensor<1x2x64x64xbf16>
}

// CHECK-LABEL: func.func @empty_role
func.func @empty_role(%q: !t) -> !t {
  %r = attn.route %q, %q
      : !t, !t
  %o = attn_sched.forward %q over %r tile(128, 128) scale(0.125) threads(128) shared(0) {
    // CHECK: attn_sched.role "producer" warpgroups(0, 1) registers(24) elected {
    attn_sched.role "producer" warpgroups(0, 1) registers(24) elected {
    }
  } : !t -> !t
  return %o : !t
}

// Every step, in an order without hazards.
//
// CHECK-LABEL: func.func @all_steps
func.func @all_steps(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    // CHECK: %[[Q:.*]] = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 0)
    %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 0)
    // CHECK: %[[K:.*]] = attn_sched.buffer "k" rows(128) columns(128) stages(2) at(32768) barriers(163848) arrivals(1, 2)
    %k = attn_sched.buffer "k" rows(128) columns(128) stages(2) at(32768) barriers(163848) arrivals(1, 2)
    %v = attn_sched.buffer "v" rows(128) columns(64) stages(2) at(98304) barriers(163880) arrivals(1, 2)
    // CHECK: %[[S:.*]] = attn_sched.fragment f32 rows(64) columns(128)
    %s = attn_sched.fragment f32 rows(64) columns(128)
    %p = attn_sched.fragment bf16 rows(64) columns(128)
    %o = attn_sched.fragment f32 rows(64) columns(64)
    // CHECK: attn_sched.role "producer" warpgroups(0, 1) registers(24) elected {
    attn_sched.role "producer" warpgroups(0, 1) registers(24) elected {
      // CHECK-NEXT: attn_sched.load %[[Q]] copy
      attn_sched.load %q copy
      // CHECK-NEXT: attn_sched.key_tiles {
      attn_sched.key_tiles {
        // CHECK-NEXT: attn_sched.acquire %[[K]]
        attn_sched.acquire %k
        // CHECK-NEXT: attn_sched.load %[[K]]
        attn_sched.load %k
      }
    }
    // CHECK: attn_sched.role "consumer" warpgroups(1, 1) registers(240) {
    attn_sched.role "consumer" warpgroups(1, 1) registers(240) {
      attn_sched.await %q
      // CHECK: attn_sched.key_tiles begin {
      attn_sched.key_tiles begin {
        // CHECK-NEXT: attn_sched.await %[[K]]
        attn_sched.await %k
        // CHECK-NEXT: attn_sched.logits %[[S]] = %[[Q]], %[[K]]
        attn_sched.logits %s = %q, %k
        // CHECK-NEXT: attn_sched.settle 0 for %[[S]]
        attn_sched.settle 0 for %s
        // CHECK-NEXT: attn_sched.release %[[K]]
        attn_sched.release %k
        // CHECK-NEXT: attn_sched.score %[[S]]
        attn_sched.score %s
        // CHECK-NEXT: attn_sched.mask %[[S]]
        attn_sched.mask %s
        // CHECK-NEXT: attn_sched.softmax %[[S]]
        attn_sched.softmax %s
        // CHECK-NEXT: attn_sched.await %[[K]] if_more
        attn_sched.await %k if_more
        // CHECK-NEXT: attn_sched.convert %[[P:.*]] = %[[S]]
        attn_sched.convert %p = %s
      } {
        attn_sched.logits %s = %q, %k
        attn_sched.await %v
        // CHECK: attn_sched.accumulate %[[P]], %[[V:.*]] into %[[O:.*]]
        attn_sched.accumulate %p, %v into %o
        // CHECK-NEXT: attn_sched.settle 1 for %[[S]]
        attn_sched.settle 1 for %s
        attn_sched.release %k
        attn_sched.softmax %s
        attn_sched.await %k if_more
        // CHECK: attn_sched.anchor %[[S]]
        attn_sched.anchor %s
        attn_sched.settle 0 for %o
        attn_sched.release %v
        // CHECK: attn_sched.rescale %[[O]]
        attn_sched.rescale %o
        attn_sched.convert %p = %s
      } end {
        attn_sched.await %v
        // CHECK: attn_sched.clear
        attn_sched.clear %v
        attn_sched.accumulate %p, %v into %o
        attn_sched.settle 0 for %o
        attn_sched.release %v
      }
      // CHECK: attn_sched.store %[[O]]{{$}}
      attn_sched.store %o
      // CHECK: attn_sched.store %[[O]] through %[[Q]]
      attn_sched.store %o through %q
    }
  } : !t -> !t
  return %out : !t
}

// Products of two warpgroups, one after the other.
//
// CHECK-LABEL: func.func @turns
func.func @turns(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(128, 128) scale(0.125) threads(256) shared(0) {
    attn_sched.role "consumer" warpgroups(0, 2) registers(240) {
      // CHECK: attn_sched.open_turns
      attn_sched.open_turns
      // CHECK-NEXT: attn_sched.key_tiles
      attn_sched.key_tiles {
        // CHECK-NEXT: attn_sched.take_turn
        attn_sched.take_turn
        // CHECK-NEXT: attn_sched.pass_turn
        attn_sched.pass_turn
      }
      // CHECK: attn_sched.close_turns
      attn_sched.close_turns
    }
  } : !t -> !t
  return %out : !t
}

// Roles that loop over query tiles: turns are opened and closed beside the loop; a producer loads Q behind the first K, or
// where there is none.
//
// CHECK-LABEL: func.func @query_tiles
func.func @query_tiles(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(128, 128) scale(0.125) threads(384) shared(163912) {
    %q = attn_sched.buffer "q" rows(128) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 2)
    %k = attn_sched.buffer "k" rows(128) columns(64) stages(2) at(32768) barriers(163856) arrivals(1, 2)
    // CHECK: attn_sched.role "producer"
    attn_sched.role "producer" warpgroups(0, 1) registers(24) elected {
      // CHECK-NEXT: attn_sched.query_tiles {
      attn_sched.query_tiles {
        // CHECK-NEXT: attn_sched.key_tiles begin {
        attn_sched.key_tiles begin {
          attn_sched.load %k
          // CHECK: attn_sched.acquire %q
          attn_sched.acquire %q
          attn_sched.load %q
        } {
          attn_sched.load %k
        // CHECK: } none {
        } none {
          // CHECK-NEXT: attn_sched.acquire %q
          attn_sched.acquire %q
          attn_sched.load %q
        }
      }
    }
    attn_sched.role "consumer" warpgroups(1, 2) registers(240) {
      // CHECK: attn_sched.open_turns
      attn_sched.open_turns
      // CHECK-NEXT: attn_sched.query_tiles {
      attn_sched.query_tiles {
        attn_sched.await %q
        attn_sched.key_tiles {
          attn_sched.take_turn
          attn_sched.pass_turn
        }
        attn_sched.release %q
      }
      // CHECK: attn_sched.close_turns
      attn_sched.close_turns
    }
  } : !t -> !t
  return %out : !t
}

// CHECK-LABEL: func.func @queries_only
// CHECK:         attn_sched.query_tiles {
// CHECK-NEXT:      attn_sched.acquire %q
func.func @queries_only(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(128, 128) scale(0.125) threads(128) shared(163912) {
    %q = attn_sched.buffer "q" rows(128) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 2)
    attn_sched.role "producer" warpgroups(0, 1) registers(24) elected {
      attn_sched.query_tiles {
        attn_sched.acquire %q
        attn_sched.load %q
      }
    }
  } : !t -> !t
  return %out : !t
}
