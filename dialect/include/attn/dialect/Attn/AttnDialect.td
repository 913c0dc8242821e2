//===- AttnDialect.td - Types of the attn dialect -----------*- tablegen -*-===//
//
// Its types and attributes, but for those of families with a file of their own.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_ATTNDIALECT_TD
#define ATTN_DIALECT_ATTN_ATTNDIALECT_TD

include "attn/dialect/Attn/AttnBase.td"

def Attn_MaskType : Attn_Type<"Mask", "mask"> {
  let summary = "a predicate over (batch, head, query, key)";
  let description = [{
    Says which query sees which key. A description, not data: it is made by ops
    of the mask family and used by `attn.stream`, inside one function.
  }];
}

def Attn_StreamType : Attn_Type<"Stream", "stream"> {
  let summary = "keys and values, and who may see them";
  let description = [{
    What `attn.attend` folds over. A description, not data: it is made by
    `attn.stream` (after stage `routes` by `attn.route`) in the same function.
  }];
}

def Attn_StateType : Attn_Type<"State", "state"> {
  let summary = "attention of every row, to be resumed or merged";
  let description = [{
    Maximum, sum and weighted values of every row. A description, not data: it is
    made of tensors by `attn.state` and used by `attn.attend` and `attn.merge`,
    inside one function.
  }];
}

def Attn_LengthsType : Attn_Type<"Lengths", "lengths"> {
  let summary = "how long each sequence of a batch is";
  let description = [{
    Lengths of the sequences of queries or of keys, on the device. A description,
    not data: it is made by ops of the lengths family and used by `attn.stream`
    and `attn.attend`, inside one function. Full length needs no value.
  }];
}

def Attn_TargetAttr : AttrDef<Attn_Dialect, "Target"> {
  let mnemonic = "target";
  let summary = "what the passes know about a target: limits and sizes as data";
  let description = [{
    Stands on the module as `attn.target` from stage `tiles` on. `limits` is a
    dictionary of integers; its keys are listed in `passes/README.md`.

    Example: `#attn.target<"cpu", {key_tile = 32, query_tile = 48}>`.
  }];
  let parameters = (ins StringRefParameter<"name of the target">:$name,
                        "::mlir::DictionaryAttr":$limits);
  let assemblyFormat = "`<` $name `,` $limits `>`";
}

/// What a region is given beside its coordinates: a table, or an index that is
/// the same for all pairs (Views.h says which).
def Attn_CaptureType : AnyTypeOf<[AnyRankedTensor, Index],
    "ranked tensor of any type values or index">;

#endif // ATTN_DIALECT_ATTN_ATTNDIALECT_TD
