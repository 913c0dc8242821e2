// RUN: attn-opt %s --split-input-file --verify-diagnostics

// More ways to break role-C2, query tiles in the wrong place, and role-C3.

!t = tensor<1x1x64x64xbf16>

func.func @role_c2_twice(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(128) shared(163912) {
    %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 1)
    attn_sched.role "producer" warpgroups(0, 1) registers(24) {
      attn_sched.query_tiles {
        attn_sched.key_tiles {
          attn_sched.acquire %q
        }
      }
      // expected-error @below {{is the second of a role; expected one}}
      attn_sched.query_tiles {
        attn_sched.acquire %q
      }
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c2_beside(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(128) shared(163912) {
    %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 1)
    attn_sched.role "producer" warpgroups(0, 1) registers(24) {
      attn_sched.query_tiles {
        attn_sched.acquire %q
      }
      // expected-error @below {{stands beside attn_sched.query_tiles; expected to stand in it}}
      attn_sched.key_tiles {
        attn_sched.acquire %q
      }
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @query_tiles_parent(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(128) shared(163912) {
    %q = attn_sched.buffer "q" rows(64) columns(64) stages(1) at(0) barriers(163840) arrivals(1, 1)
    attn_sched.role "producer" warpgroups(0, 1) registers(24) {
      attn_sched.query_tiles {
        // expected-error @below {{expects parent op 'attn_sched.role'}}
        attn_sched.query_tiles {
          attn_sched.acquire %q
        }
      }
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c3_overwrite(%query: !t) -> !t {
  %r = attn.route %query, %query
      : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    %v = attn_sched.buffer "v" rows(128) columns(64) stages(2) at(98304) barriers(163880) arrivals(1, 2)
    %s = attn_sched.fragment f32 rows(64) columns(128)
    %p = attn_sched.fragment bf16 rows(64) columns(128)
    %o = attn_sched.fragment f32 rows(64) columns(64)
    attn_sched.role "producer" warpgroups(0, 1) registers(24) {
    }
    attn_sched.role "consumer" warpgroups(1, 1) registers(240) {
      attn_sched.await %v
      attn_sched.accumulate %p, %v into %o
      // expected-error @below {{overwrites a fragment that a product in flight reads; settle that product first}}
      attn_sched.convert %p = %s
    }
  } : !t -> !t
  return %query : !t
}
