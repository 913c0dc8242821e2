//===- SchedDialect.td - The attn_sched dialect -------------*- tablegen -*-===//
//
// When each piece of a fold is computed and by whom: dialect, types, base class.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_SCHED_SCHEDDIALECT_TD
#define ATTN_DIALECT_SCHED_SCHEDDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/DialectBase.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def AttnSched_Dialect : Dialect {
  let name = "attn_sched";
  let cppNamespace = "::attn::sched";
  let summary = "when each piece of a fold is computed, and by whom";
  let description = [{
    A kernel as its engineer would write it down: shared memory and its barriers,
    register fragments, warp roles, and per role the steps in program order. What
    differs between programs are the holes: the key iterator of `key_tiles`, the
    `mask` and the `score`, filled from the regions of the fold when the kernel is
    emitted. The skeleton around them is always the same and is checked here:
    verifiers run each role once and refuse a step that reads what is in flight.

    ```
    .mlir text -> attn -> routes -> tiles -> [ schedule ] -> lowlevel -> artifact
                                               ^ you are here
    ```

    A *ring* is a buffer of several stages. Each role that uses it has a position
    in it; `load` and `release` move the position of their role to the next stage.
    Every stage has a *full* barrier, which loads complete, and, if consumers give
    it back, an *empty* barrier.
  }];
  let dependentDialects = ["::attn::AttnDialect"];
  let useDefaultTypePrinterParser = 1;
}

class AttnSched_Type<string name, string typeMnemonic>
    : TypeDef<AttnSched_Dialect, name>,
      BuildableType<"$_builder.getType<::attn::sched::" # name # "Type>()"> {
  let mnemonic = typeMnemonic;
}

def AttnSched_BufferType : AttnSched_Type<"Buffer", "buffer"> {
  let summary = "shared memory for tiles of q, k or v, with its barriers";
}

def AttnSched_FragmentType : AttnSched_Type<"Fragment", "fragment"> {
  let summary = "a tile in the registers of one warpgroup";
}

class AttnSched_Op<string mnemonic, list<Trait> traits = []>
    : Op<AttnSched_Dialect, mnemonic, traits>;

/// A step of a role: acts on buffers and fragments, in program order.
class AttnSched_Step<string mnemonic, list<Trait> traits = []>
    : AttnSched_Op<mnemonic, traits>;

#endif // ATTN_DIALECT_SCHED_SCHEDDIALECT_TD
