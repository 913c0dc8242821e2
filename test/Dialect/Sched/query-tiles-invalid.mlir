// RUN: attn-opt %s --split-input-file --verify-diagnostics

// Roles that loop over query tiles, all of a kernel or none.

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
