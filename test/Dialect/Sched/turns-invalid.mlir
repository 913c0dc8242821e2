// More ways to break role-C5 and role-C6: turns that somebody would wait for in vain, or that nobody takes.
//
// RUN: attn-opt %s --split-input-file --verify-diagnostics

!t = tensor<1x1x64x64xbf16>

func.func @role_c5_not_open(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    attn_sched.role "consumer" warpgroups(0, 2) registers(240) {
      // expected-error @below {{closes turns that are not open; expected attn_sched.open_turns before all loops}}
      attn_sched.close_turns
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c5_again(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    attn_sched.role "consumer" warpgroups(0, 2) registers(240) {
      attn_sched.open_turns
      attn_sched.close_turns
      // expected-error @below {{opens turns in a loop or again; expected one attn_sched.open_turns before all loops}}
      attn_sched.open_turns
      attn_sched.close_turns
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c5_in_a_loop(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    attn_sched.role "consumer" warpgroups(0, 2) registers(240) {
      attn_sched.key_tiles {
        // expected-error @below {{opens turns in a loop or again; expected one attn_sched.open_turns before all loops}}
        attn_sched.open_turns
      }
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c5_in_query_tiles(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    attn_sched.role "consumer" warpgroups(0, 2) registers(240) {
      attn_sched.query_tiles {
        // expected-error @below {{opens turns in a loop or again; expected one attn_sched.open_turns before all loops}}
        attn_sched.open_turns
      }
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c5_closed_in_a_loop(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    attn_sched.role "consumer" warpgroups(0, 2) registers(240) {
      attn_sched.open_turns
      attn_sched.key_tiles {
        // expected-error @below {{closes turns that are not open; expected attn_sched.open_turns before all loops}}
        attn_sched.close_turns
      }
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c5_one_warpgroup(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(128) shared(163912) {
    // expected-error @below {{has turns; expected two or more whole warpgroups}}
    attn_sched.role "consumer" warpgroups(0, 1) registers(240) {
      attn_sched.open_turns
      attn_sched.close_turns
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c5_elected(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    // expected-error @below {{has turns; expected two or more whole warpgroups}}
    attn_sched.role "consumer" warpgroups(0, 2) registers(240) elected {
      attn_sched.open_turns
      attn_sched.close_turns
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c5_two_roles(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(512) shared(163912) {
    attn_sched.role "consumer" warpgroups(0, 2) registers(120) {
      attn_sched.open_turns
      attn_sched.close_turns
    }
    // expected-error @below {{has turns as role "consumer" does; expected one role with turns}}
    attn_sched.role "other" warpgroups(2, 2) registers(120) {
      attn_sched.open_turns
      attn_sched.close_turns
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c6_not_open(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    attn_sched.role "consumer" warpgroups(0, 2) registers(240) {
      // expected-error @below {{takes a turn where turns are not open; expected attn_sched.open_turns before}}
      attn_sched.take_turn
      attn_sched.pass_turn
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c6_closed(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    attn_sched.role "consumer" warpgroups(0, 2) registers(240) {
      attn_sched.open_turns
      attn_sched.close_turns
      // expected-error @below {{takes a turn where turns are not open; expected attn_sched.open_turns before}}
      attn_sched.take_turn
      attn_sched.pass_turn
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c6_taken_twice(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    attn_sched.role "consumer" warpgroups(0, 2) registers(240) {
      attn_sched.open_turns
      attn_sched.take_turn
      // expected-error @below {{takes a turn that the warpgroup has; expected attn_sched.pass_turn before}}
      attn_sched.take_turn
      attn_sched.pass_turn
      attn_sched.close_turns
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c6_passed_twice(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    attn_sched.role "consumer" warpgroups(0, 2) registers(240) {
      attn_sched.open_turns
      attn_sched.take_turn
      attn_sched.pass_turn
      // expected-error @below {{passes a turn that the warpgroup does not have; expected attn_sched.take_turn before, in the same block}}
      attn_sched.pass_turn
      attn_sched.close_turns
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c6_other_block(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    attn_sched.role "consumer" warpgroups(0, 2) registers(240) {
      attn_sched.open_turns
      attn_sched.key_tiles begin {
      } {
        attn_sched.take_turn
        attn_sched.pass_turn
      } end {
        // expected-error @below {{passes a turn that the warpgroup does not have; expected attn_sched.take_turn before, in the same block}}
        attn_sched.pass_turn
      }
      attn_sched.close_turns
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c6_loop(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    attn_sched.role "consumer" warpgroups(0, 2) registers(240) {
      attn_sched.open_turns
      attn_sched.take_turn
      // expected-error @below {{makes the warpgroup wait for others while it has the turn; expected attn_sched.pass_turn before}}
      attn_sched.key_tiles {
        attn_sched.take_turn
        attn_sched.pass_turn
      }
      attn_sched.pass_turn
      attn_sched.close_turns
    }
  } : !t -> !t
  return %query : !t
}

// -----

!t = tensor<1x1x64x64xbf16>

func.func @role_c6_clear(%query: !t) -> !t {
  %r = attn.route %query, %query : !t, !t
  %out = attn_sched.forward %query over %r tile(64, 128) scale(0.125) threads(256) shared(163912) {
    %v = attn_sched.buffer "v" rows(128) columns(64) stages(2) at(32768) barriers(163848) arrivals(1, 2)
    attn_sched.role "consumer" warpgroups(0, 2) registers(240) {
      attn_sched.open_turns
      attn_sched.await %v
      attn_sched.take_turn
      // expected-error @below {{makes the warpgroup wait for others while it has the turn; expected attn_sched.pass_turn before}}
      attn_sched.clear %v
      attn_sched.pass_turn
      attn_sched.close_turns
    }
  } : !t -> !t
  return %query : !t
}
