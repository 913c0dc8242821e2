// RUN: attn-opt %s --split-input-file --verify-diagnostics

!t = tensor<1x1x64x64xbf16>

func.func @forward_c1(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  // expected-error @below {{expects 'out'}}
  // expected-note @below {{'out' is [B, Hq, Lq, Dv]}}
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
  } : !t -> tensor<1x1x64x32xbf16>
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @forward_c2(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    // expected-error @below {{is not legal in a plan; expected buffers, fragments and roles}}
    attn_sched.key_tiles {
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @forward_c3_begin(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    // expected-error @below {{expects to begin at a multiple of 1024 bytes but got 512}}
    %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(512) barriers(163840) arrivals(1, 0)
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @forward_c3_end(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(4096) {
    // expected-error @below {{ends at byte 8192 but 'shared' is 4096}}
    %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 0)
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @forward_c3(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 0)
    // expected-error @below {{overlaps another buffer or its barriers in bytes 4096 to 36864}}
    %k = attn_sched.buffer "k" rows(128) columns(64) stages(2) at(4096) barriers(163848) arrivals(1, 2)
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @forward_c4(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    attn_sched.role "producer" warpgroups(0, 1) registers(24) {
    }
    // expected-error @below {{begins at warpgroup 2 but the roles before end at 1}}
    attn_sched.role "consumer" warpgroups(2, 1) registers(24) {
    }
  } : !t -> !t
  return %query : !t
}

// -----

func.func @forward_c5_rows(%q: tensor<1x16x64x64xbf16>, %k: tensor<1x1x64x64xbf16>) -> tensor<1x16x64x64xbf16> {
  %r = attn.route %k, %k
      : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>
  // expected-error @below {{cannot have 'heads' 16: a tile has 128 rows, which are not multiples of 16 per head}}
  %o = attn_sched.forward %q over %r tile(128, 128) heads(16) scale(0.125) threads(384) shared(0) {
  } : tensor<1x16x64x64xbf16> -> tensor<1x16x64x64xbf16>
  return %o : tensor<1x16x64x64xbf16>
}

// -----

func.func @forward_c5_unknown(%q: tensor<1x?x64x64xbf16>, %k: tensor<1x?x64x64xbf16>) -> tensor<1x?x64x64xbf16> {
  %r = attn.route %k, %k
      : tensor<1x?x64x64xbf16>, tensor<1x?x64x64xbf16>
  // expected-error @below {{cannot have 'heads' 2: the number of query heads is no known multiple of it}}
  %o = attn_sched.forward %q over %r tile(128, 128) heads(2) scale(0.125) threads(384) shared(0) {
  } : tensor<1x?x64x64xbf16> -> tensor<1x?x64x64xbf16>
  return %o : tensor<1x?x64x64xbf16>
}

// -----

func.func @forward_c5_groups(%q: tensor<1x6x64x64xbf16>, %k: tensor<1x2x64x64xbf16>) -> tensor<1x6x64x64xbf16> {
  %r = attn.route %k, %k
      : tensor<1x2x64x64xbf16>, tensor<1x2x64x64xbf16>
  // expected-error @below {{cannot have 'heads' 2: neighbours read several key heads}}
  %o = attn_sched.forward %q over %r tile(128, 128) heads(2) scale(0.125) threads(384) shared(0) {
  } : tensor<1x6x64x64xbf16> -> tensor<1x6x64x64xbf16>
  return %o : tensor<1x6x64x64xbf16>
}

// -----

func.func @forward_c5_map(%q: tensor<1x4x64x64xbf16>, %k: tensor<1x2x64x64xbf16>) -> tensor<1x4x64x64xbf16> {
  %r = attn.route %k, %k heads [0, 1, 1, 1]
      : tensor<1x2x64x64xbf16>, tensor<1x2x64x64xbf16>
  // expected-error @below {{cannot have 'heads' 2: neighbours read several key heads}}
  %o = attn_sched.forward %q over %r tile(128, 128) heads(2) scale(0.125) threads(384) shared(0) {
  } : tensor<1x4x64x64xbf16> -> tensor<1x4x64x64xbf16>
  return %o : tensor<1x4x64x64xbf16>
}

// -----

!q = tensor<1x2x64x64xbf16>
!t = tensor<1x1x64x64xbf16>

func.func @forward_c6_mask(%q: !q, %k: !t) -> !q {
  %r = attn.route %k, %k
      visible {
      ^bb0(%b: index, %h: index, %i: index, %j: index):
        %y = arith.cmpi sle, %h, %j : index
        attn.yield %y : i1
      } : !t, !t
  // expected-error @below {{cannot have 'heads' 2: a mask reads the number of the head}}
  %o = attn_sched.forward %q over %r tile(128, 128) heads(2) scale(0.125) threads(384) shared(0) {
  } : !q -> !q
  return %o : !q
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @forward_c7(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 1)
    attn_sched.role "producer" warpgroups(0, 1) registers(24) {
      attn_sched.query_tiles {
        attn_sched.acquire %q
      }
    }
    // expected-error @below {{has no attn_sched.query_tiles, another role has; expected the same query tiles for all roles}}
    attn_sched.role "consumer" warpgroups(1, 1) registers(240) {
      attn_sched.await %q
    }
  } : !t -> !t
  return %query : !t
}

// -----

!q = tensor<1x2x64x64xbf16>
!t = tensor<1x1x64x64xbf16>

func.func @forward_c6_score(%q: !q, %k: !t) -> !q {
  %r = attn.route %k, %k
      : !t, !t
  // expected-error @below {{cannot have 'heads' 2: the score region reads the number of the head}}
  %o = attn_sched.forward %q over %r tile(128, 128) heads(2) scale(0.125) score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %n = arith.index_cast %h : index to i32
    %f = arith.sitofp %n : i32 to f32
    %y = arith.addf %x, %f : f32
    attn.yield %y : f32
  } threads(384) shared(0) {
  } : !q -> !q
  return %o : !q
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @forward_c4_threads(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  // expected-error @below {{has roles for 1 warpgroups but 256 threads; expected 128 each}}
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    attn_sched.role "producer" warpgroups(0, 1) registers(24) {
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @buffer_c1(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    // expected-error @below {{expects 'tensor' "q", "k" or "v" but got "x"}}
    %q = attn_sched.buffer "x" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 0)
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @buffer_c2(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    // expected-error @below {{expects rows in multiples of 8 and columns of 64, at most 256, and stages of 1 or more but got 60 x 64, 1 stages}}
    %q = attn_sched.buffer "q" rows(60) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 0)
  } : !t -> !t
  return %query : !t
}

// -----

func.func @buffer_c3() {
  // expected-error @below {{expects to stand in the plan of attn_sched.forward}}
  %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(8192) arrivals(1, 0)
  return
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @fragment_c1(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    // expected-error @below {{expects 64 rows and columns in multiples of 8, at most 256, but got 32 x 128}}
    %s = attn_sched.fragment f32 rows(32) columns(128)
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c1(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    // expected-error @below {{expects 'registers' to be a multiple of 8 from 24 to 256 but got 20}}
    attn_sched.role "producer" warpgroups(0, 2) registers(20) {
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c2(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    attn_sched.role "producer" warpgroups(0, 2) registers(24) {
      // expected-error @below {{is not legal in a role; expected steps, attn_sched.query_tiles and attn_sched.key_tiles}}
      %s = attn_sched.fragment f32 rows(64) columns(128)
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c3(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 0)
    %k = attn_sched.buffer "k" rows(128) columns(64) stages(2) at(32768) barriers(163848) arrivals(1, 2)
    %s = attn_sched.fragment f32 rows(64) columns(128)
    %p = attn_sched.fragment bf16 rows(64) columns(128)
    %o = attn_sched.fragment f32 rows(64) columns(64)
    attn_sched.role "producer" warpgroups(0, 1) registers(24) {
    }
    attn_sched.role "consumer" warpgroups(1, 1) registers(240) {
      attn_sched.await %q
      attn_sched.await %k
      attn_sched.logits %s = %q, %k
      // expected-error @below {{reads a fragment that a product in flight writes; settle that product first}}
      attn_sched.softmax %s
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c3_end(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 0)
    %k = attn_sched.buffer "k" rows(128) columns(64) stages(2) at(32768) barriers(163848) arrivals(1, 2)
    %s = attn_sched.fragment f32 rows(64) columns(128)
    %p = attn_sched.fragment bf16 rows(64) columns(128)
    %o = attn_sched.fragment f32 rows(64) columns(64)
    attn_sched.role "producer" warpgroups(0, 1) registers(24) {
    }
    // expected-error @below {{ends with 1 products in flight; expected a settle 0}}
    attn_sched.role "consumer" warpgroups(1, 1) registers(240) {
      attn_sched.await %q
      attn_sched.await %k
      attn_sched.logits %s = %q, %k
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c4(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 0)
    %k = attn_sched.buffer "k" rows(128) columns(64) stages(2) at(32768) barriers(163848) arrivals(1, 2)
    %s = attn_sched.fragment f32 rows(64) columns(128)
    %p = attn_sched.fragment bf16 rows(64) columns(128)
    %o = attn_sched.fragment f32 rows(64) columns(64)
    attn_sched.role "producer" warpgroups(0, 1) registers(24) {
    }
    attn_sched.role "consumer" warpgroups(1, 1) registers(240) {
      attn_sched.await %q
      // expected-error @below {{reads a buffer that is not awaited; expected attn_sched.await of it before}}
      attn_sched.logits %s = %q, %k
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c4_release(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 0)
    %k = attn_sched.buffer "k" rows(128) columns(64) stages(2) at(32768) barriers(163848) arrivals(1, 2)
    %s = attn_sched.fragment f32 rows(64) columns(128)
    %p = attn_sched.fragment bf16 rows(64) columns(128)
    %o = attn_sched.fragment f32 rows(64) columns(64)
    attn_sched.role "producer" warpgroups(0, 1) registers(24) {
    }
    attn_sched.role "consumer" warpgroups(1, 1) registers(240) {
      attn_sched.await %q
      attn_sched.await %k
      attn_sched.logits %s = %q, %k
      // expected-error @below {{gives back a buffer that a product in flight reads; settle that product first}}
      attn_sched.release %k
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @settle_c1(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 0)
    %k = attn_sched.buffer "k" rows(128) columns(64) stages(2) at(32768) barriers(163848) arrivals(1, 2)
    %s = attn_sched.fragment f32 rows(64) columns(128)
    %p = attn_sched.fragment bf16 rows(64) columns(128)
    %o = attn_sched.fragment f32 rows(64) columns(64)
    attn_sched.role "producer" warpgroups(0, 1) registers(24) {
    }
    attn_sched.role "consumer" warpgroups(1, 1) registers(240) {
      attn_sched.await %q
      attn_sched.await %k
      attn_sched.logits %s = %q, %k
      // expected-error @below {{expects 'pending' from 0 to 7 but got 8}}
      attn_sched.settle 8 for %s
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @settle_names(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 0)
    %k = attn_sched.buffer "k" rows(128) columns(64) stages(2) at(32768) barriers(163848) arrivals(1, 2)
    %s = attn_sched.fragment f32 rows(64) columns(128)
    %p = attn_sched.fragment bf16 rows(64) columns(128)
    %o = attn_sched.fragment f32 rows(64) columns(64)
    attn_sched.role "producer" warpgroups(0, 1) registers(24) {
    }
    attn_sched.role "consumer" warpgroups(1, 1) registers(240) {
      attn_sched.await %q
      attn_sched.await %k
      attn_sched.logits %s = %q, %k
      // expected-error @below {{expects to name the 1 fragments whose products it waits for, oldest first}}
      attn_sched.settle 0 for %o
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @key_tiles_c1(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r, %r tile(64, 128) scale(0.125) threads(128) shared(163912) {
    %k = attn_sched.buffer "k" rows(128) columns(64) stages(2) at(32768) barriers(163848) arrivals(1, 2)
    attn_sched.role "producer" warpgroups(0, 1) registers(24) {
      // expected-error @below {{expects 'streams' to be 2, as many as the kernel has, but got 1}}
      attn_sched.key_tiles {
        attn_sched.load %k
      }
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @clear_c1(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(128) shared(163912) {
    %v = attn_sched.buffer "v" rows(128) columns(64) stages(2) at(32768) barriers(163848) arrivals(1, 2)
    attn_sched.role "consumer" warpgroups(0, 1) registers(240) {
      // expected-error @below {{writes to a buffer that is not awaited; expected attn_sched.await of it before}}
      attn_sched.clear %v
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @clear_in_flight(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(128) shared(163912) {
    %v = attn_sched.buffer "v" rows(128) columns(64) stages(2) at(32768) barriers(163848) arrivals(1, 2)
    %p = attn_sched.fragment bf16 rows(64) columns(128)
    %o = attn_sched.fragment f32 rows(64) columns(64)
    attn_sched.role "consumer" warpgroups(0, 1) registers(240) {
      attn_sched.await %v
      attn_sched.accumulate %p, %v into %o
      // expected-error @below {{writes to a buffer that a product in flight reads; settle that product first}}
      attn_sched.clear %v
      attn_sched.settle 0 for %o
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c5(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    attn_sched.role "consumer" warpgroups(0, 2) registers(240) {
      // expected-error @below {{opens turns that are not closed; expected attn_sched.close_turns at the end of the role}}
      attn_sched.open_turns
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c6(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    attn_sched.role "consumer" warpgroups(0, 2) registers(240) {
      attn_sched.open_turns
      attn_sched.key_tiles {
        // expected-error @below {{takes a turn that is not passed; expected attn_sched.pass_turn in the same block}}
        attn_sched.take_turn
      }
      attn_sched.close_turns
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @store_c1(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(128) shared(163912) {
    %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 0)
    %o = attn_sched.fragment f32 rows(64) columns(64)
    attn_sched.role "consumer" warpgroups(0, 1) registers(240) {
      // expected-error @below {{goes through a buffer that is not awaited; expected attn_sched.await of it before}}
      attn_sched.store %o through %q
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @store_size(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(128) shared(163912) {
    %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 0)
    %o = attn_sched.fragment f32 rows(64) columns(72)
    attn_sched.role "consumer" warpgroups(0, 1) registers(240) {
      attn_sched.await %q
      // expected-error @below {{goes through a buffer of 64 x 64; expected 64 rows and at least 72 columns}}
      attn_sched.store %o through %q
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @store_in_flight(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(128) shared(163912) {
    %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 0)
    %k = attn_sched.buffer "k" rows(128) columns(64) stages(2) at(32768) barriers(163848) arrivals(1, 2)
    %s = attn_sched.fragment f32 rows(64) columns(128)
    %o = attn_sched.fragment f32 rows(64) columns(64)
    attn_sched.role "consumer" warpgroups(0, 1) registers(240) {
      attn_sched.await %q
      attn_sched.await %k
      attn_sched.logits %s = %q, %k
      // expected-error @below {{overwrites a fragment that a product in flight reads; settle that product first}}
      attn_sched.store %o through %q
      attn_sched.settle 0 for %s
    }
  } : !t -> !t
  return %query : !t
}
