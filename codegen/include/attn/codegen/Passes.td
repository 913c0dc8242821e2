//===- Passes.td - Passes over stage lowlevel ---------------*- tablegen -*-===//
//
// What may be asked of kernels of a GPU as they are, before PTX and device sim.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_CODEGEN_PASSES_TD
#define ATTN_CODEGEN_PASSES_TD

include "mlir/Pass/PassBase.td"

def VerifyLowlevel : Pass<"attn-verify-lowlevel", "::mlir::gpu::GPUModuleOp"> {
  let summary = "check registers in flight, register budgets, barriers and shared memory of kernels";
  let description = [{
    Every break of a rule is an error at one op with a note at the other. `attnc`
    runs this whenever it has made stage `lowlevel`.

    Registers of `wgmma`, followed through branches and loops:

      - *tied*: the wait that completes a product lists its result in `accs` and
        the A registers it read in `kept`; the kernel does not end before;
      - *in flight*: nothing uses an accumulator from the issue of a product on, or
        A registers, but products, the wait and the results of the wait;
      - *fence*: an accumulator that does not go on from a product in flight, and A
        registers, come from `attn_nvvm.wgmma_fence`, and nothing else uses them
        before the issue; between a wait and the next product stands a fence;
      - *undef*: undefined registers reach nothing but accumulators with scale-d 0.

    Resources, against the table of `passes/lib/Target.cpp`:

      - *registers*: `setmaxregister` of all warpgroups stay within the registers
        that the launch gave, a decrease goes down and an increase up;
      - *shared*: static variables and `attn_nvvm.shared_bytes` fit;
      - *barriers*: ids and thread counts exist, and as many threads as are waited
        for can get there, also where every warp has an id of its own; counts of
        mbarriers are those the hardware knows.

    Which warps get where, and to which barrier, follows from the thread's index.

    Stage contract: changes nothing.

    Before:

    ```mlir
    gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
    }
    ```

    After:

    ```mlir
    gpu.module @kernels [#nvvm.target<chip = "sm_90a">] {
    }
    ```
  }];
  let dependentDialects = ["::attn::AttnDialect"];
}

#endif // ATTN_CODEGEN_PASSES_TD
