//===- StepOps.td - Steps of a role -------------------------*- tablegen -*-===//
//
// Steps act on buffers and fragments in program order. Products are started and
// finish later; everything else is done when the step is.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_SCHED_STEPOPS_TD
#define ATTN_DIALECT_SCHED_STEPOPS_TD

include "attn/dialect/Sched/SchedDialect.td"

//===----------------------------------------------------------------------===//
// Moving tiles
//===----------------------------------------------------------------------===//

def AttnSched_AcquireOp : AttnSched_Step<"acquire"> {
  let summary = "wait until the stage at hand is empty";
  let description = [{
    Waits on the empty barrier of the stage at the role's position.

    Example:

    ```mlir
    attn_sched.acquire %k
    ```
  }];
  let arguments = (ins AttnSched_BufferType:$buffer);
  let assemblyFormat = "$buffer attr-dict";
}

def AttnSched_LoadOp : AttnSched_Step<"load"> {
  let summary = "fill the stage at hand";
  let description = [{
    Loads the tile at hand (of q: the query tile; of k and v: the key tile) and
    moves on to the next stage. Elements outside of the tensor become 0. By TMA
    (one thread, completes the full barrier by bytes), or with `copy` by ordinary
    loads of all threads of the role, each of which arrives on the full barrier.

    Example:

    ```mlir
    attn_sched.load %k
    ```
  }];
  let arguments = (ins AttnSched_BufferType:$buffer, UnitAttr:$copy);
  let assemblyFormat = "$buffer (`copy` $copy^)? attr-dict";
}

def AttnSched_AwaitOp : AttnSched_Step<"await"> {
  let summary = "wait until the stage at hand is full";
  let description = [{
    Waits on the full barrier of the stage at the role's position; with `if_more`
    only if another key tile follows.

    Example:

    ```mlir
    attn_sched.await %k if_more
    ```
  }];
  let arguments = (ins AttnSched_BufferType:$buffer, UnitAttr:$ifMore);
  let assemblyFormat = "$buffer (`if_more` $ifMore^)? attr-dict";
}

def AttnSched_ReleaseOp : AttnSched_Step<"release"> {
  let summary = "give the stage at hand back";
  let description = [{
    One thread of the warpgroup arrives on the empty barrier; the role moves on to
    the next stage.

    Example:

    ```mlir
    attn_sched.release %k
    ```
  }];
  let arguments = (ins AttnSched_BufferType:$buffer);
  let assemblyFormat = "$buffer attr-dict";
}

def AttnSched_ClearOp : AttnSched_Step<"clear"> {
  let summary = "rows of the stage at hand that are no keys become 0";
  let description = [{
    The stage holds a tile of v whose keys may end inside the tensor, where
    `lengths` say so: what lies behind them, in padding or in another sequence, is
    set to 0, whatever bits it has (a weight of 0 times NaN is NaN). Elements
    outside of the tensor are 0 already. The consumers share the rows and meet;
    tiles that lie inside the length are skipped.

    Constraints:
      - (C1) the stage is awaited, and no product in flight reads it.

    Example:

    ```mlir
    attn_sched.clear %v
    ```
  }];
  let arguments = (ins AttnSched_BufferType:$buffer);
  let assemblyFormat = "$buffer attr-dict";
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

def AttnSched_LogitsOp : AttnSched_Step<"logits"> {
  let summary = "start s = q * k^T";
  let description = [{
    One wgmma group with both operands in shared memory. Rows: those of the
    warpgroup.

    Example:

    ```mlir
    attn_sched.logits %s = %q, %k
    ```
  }];
  let arguments = (ins AttnSched_FragmentType:$s, AttnSched_BufferType:$q,
                       AttnSched_BufferType:$k);
  let assemblyFormat = "$s `=` $q `,` $k attr-dict";
}

def AttnSched_AccumulateOp : AttnSched_Step<"accumulate"> {
  let summary = "start o += p * v";
  let description = [{
    One wgmma group with p in registers and v, whose rows are keys, in shared
    memory.

    Example:

    ```mlir
    attn_sched.accumulate %p, %v into %o
    ```
  }];
  let arguments = (ins AttnSched_FragmentType:$o, AttnSched_FragmentType:$p,
                       AttnSched_BufferType:$v);
  let assemblyFormat = "$p `,` $v `into` $o attr-dict";
}

def AttnSched_SettleOp : AttnSched_Step<"settle"> {
  let summary = "wait until at most `pending` products are in flight";
  let description = [{
    The oldest products finish first. `fragments` are their results.

    Constraints:
      - (C1) `pending` is 0 to 7.

    Example:

    ```mlir
    attn_sched.settle 1 for %s
    ```
  }];
  let arguments = (ins I64Attr:$pending, Variadic<AttnSched_FragmentType>:$fragments);
  let assemblyFormat = "$pending (`for` $fragments^)? attr-dict";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Turns
//===----------------------------------------------------------------------===//

def AttnSched_OpenTurnsOp : AttnSched_Step<"open_turns"> {
  let summary = "the first warpgroup of the role has the first turn";
  let description = [{
    Warpgroups of a role take turns in issuing products, so that the tensor cores
    serve one while another computes its weights (ping-pong: Shah et al. 2024,
    FlashAttention-3, arXiv:2407.08608, section 3.1). They come round in their
    order. A turn is a named barrier of the warpgroup that takes it: 128 threads
    wait, the 128 of the warpgroup before arrive and go on. Here the last
    warpgroup arrives at the barrier of the first.

    Turns order nothing but the issue of products: what data needs stays with the
    rings.

    Example:

    ```mlir
    attn_sched.open_turns
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def AttnSched_TakeTurnOp : AttnSched_Step<"take_turn"> {
  let summary = "wait until the warpgroup before has passed the turn";
  let description = [{
    Example:

    ```mlir
    attn_sched.take_turn
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def AttnSched_PassTurnOp : AttnSched_Step<"pass_turn"> {
  let summary = "let the next warpgroup issue its products";
  let description = [{
    Arrives without waiting; the last warpgroup passes to the first. Products that
    are in flight stay so.

    Example:

    ```mlir
    attn_sched.pass_turn
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def AttnSched_CloseTurnsOp : AttnSched_Step<"close_turns"> {
  let summary = "the first warpgroup takes the turn that nobody needs any more";
  let description = [{
    After it nobody is left at a barrier: every turn that was passed was taken.

    Example:

    ```mlir
    attn_sched.close_turns
    ```
  }];
  let assemblyFormat = "attr-dict";
}

//===----------------------------------------------------------------------===//
// Logits to weights
//===----------------------------------------------------------------------===//

def AttnSched_ScoreOp : AttnSched_Step<"score"> {
  let summary = "hole: scale the logits and apply the score region";
  let description = [{
    Example:

    ```mlir
    attn_sched.score %s
    ```
  }];
  let arguments = (ins AttnSched_FragmentType:$s);
  let assemblyFormat = "$s attr-dict";
}

def AttnSched_MaskOp : AttnSched_Step<"mask"> {
  let summary = "hole: hide keys of a partial tile";
  let description = [{
    Where the tile at hand is partial, sets the logits of keys beyond the length,
    and of those that `visible` does not show, to -inf. Full tiles skip it.

    Example:

    ```mlir
    attn_sched.mask %s
    ```
  }];
  let arguments = (ins AttnSched_FragmentType:$s);
  let assemblyFormat = "$s attr-dict";
}

def AttnSched_SoftmaxOp : AttnSched_Step<"softmax"> {
  let summary = "logits become weights under the running maximum";
  let description = [{
    Updates the running maximum m and sum l of every row: s becomes
    exp(s - m); what was summed under the old maximum is behind by a factor, which
    `rescale` applies.

    Example:

    ```mlir
    attn_sched.softmax %s
    ```
  }];
  let arguments = (ins AttnSched_FragmentType:$s);
  let assemblyFormat = "$s attr-dict";
}

def AttnSched_AnchorOp : AttnSched_Step<"anchor"> {
  let summary = "keep the computation of a fragment before this point";
  let description = [{
    Without it the assembler moves the exponentials behind the next wait, and they
    no longer run under the product in flight.

    Example:

    ```mlir
    attn_sched.anchor %s
    ```
  }];
  let arguments = (ins AttnSched_FragmentType:$s);
  let assemblyFormat = "$s attr-dict";
}

def AttnSched_RescaleOp : AttnSched_Step<"rescale"> {
  let summary = "multiply the accumulator by the factor of the last softmax";
  let description = [{
    Example:

    ```mlir
    attn_sched.rescale %o
    ```
  }];
  let arguments = (ins AttnSched_FragmentType:$o);
  let assemblyFormat = "$o attr-dict";
}

def AttnSched_ConvertOp : AttnSched_Step<"convert"> {
  let summary = "round weights to the type of v";
  let description = [{
    p = round(s), to nearest even.

    Example:

    ```mlir
    attn_sched.convert %p = %s
    ```
  }];
  let arguments = (ins AttnSched_FragmentType:$p, AttnSched_FragmentType:$s);
  let assemblyFormat = "$p `=` $s attr-dict";
}

def AttnSched_StoreOp : AttnSched_Step<"store"> {
  let summary = "close the normaliser and store the results";
  let description = [{
    Adds what states and the sink contribute: with M the largest of m and their
    logits, o and l are rescaled to M and the terms added with weight exp(x - M).
    Then out = o / l, lse = M + ln l, mass = l of the stream / l, and the state
    M, l, o, for the rows inside the length; a row that saw no key gives 0, -inf,
    0 and -inf, 0, 0.

    With `through`, out goes through that buffer and by TMA, each warpgroup's 64
    rows as boxes of 64 columns, where TMA can reach the tensor (address and
    strides are multiples of 16 bytes) and the rows are all inside the length, or
    those outside are outside of the tensor; else by ordinary stores, as without
    it. Behind the step the buffer has been read.

    Constraints:
      - (C1) `through` is awaited, no product in flight reads it, and it has 64
        rows for each warpgroup of the role and the columns of o.

    Example:

    ```mlir
    attn_sched.store %o through %q
    ```
  }];
  let arguments = (ins AttnSched_FragmentType:$o,
                       Optional<AttnSched_BufferType>:$through);
  let assemblyFormat = "$o (`through` $through^)? attr-dict";
  let hasVerifier = 1;
}

#endif // ATTN_DIALECT_SCHED_STEPOPS_TD
