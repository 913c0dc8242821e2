//===- AttnDialect.td - The attn dialect --------------------*- tablegen -*-===//
//
// The dialect, its types and the base class of its ops.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_ATTNDIALECT_TD
#define ATTN_DIALECT_ATTN_ATTNDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/DialectBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attn_Dialect : Dialect {
  let name = "attn";
  let cppNamespace = "::attn";
  let summary = "what is attended to, as values, before tiling";
  let description = [{
    Ops of this dialect say *what* attention computes: who may see whom
    (masks), which keys and values are folded (streams), how logits change
    (score regions). They never say how tiles are shaped or where data lives.

    ```
    .mlir text -> [ attn ] -> routes -> tiles -> schedule -> lowlevel -> artifact
                     ^ you are here
    ```

    Function boundary, checked by the dialect's attribute verifier:

      - (boundary-C1) `attn.shape` is an array of strings, one letter per axis of
        the tensor argument it stands on; letters are C identifiers.
      - (boundary-C2) a letter that names two static axes names equal sizes.
      - (boundary-C3) a tensor argument with a dynamic size carries `attn.shape`.
      - (boundary-C4) `attn.name` is a C identifier, unique among the arguments
        and among the results of the function.
      - (boundary-C5) `attn.random` is one of `"lengths"`, `"segments"`, `"pages"`
        or `"indices<LETTER>"` and stands on an integer or bool argument.

    Views, checked with each stage (tokens may have several axes, as H and W):

      - (boundary-C6) an index is `tensor.dim` of an argument of the function at a
        constant axis, or an `arith.constant` of 0 or more, below 2^31.
      - (boundary-C7) `tensor.collapse_shape` is of an argument; of q, k, v and
        parts of states it makes one axis of token axes only.
      - (boundary-C8) `tensor.expand_shape` is of a result of an `attn.attend` or
        `attn.merge`, splits its tokens only, into sizes of the type or
        `tensor.dim` of axes with a `?`, and is returned.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
}

class Attn_Type<string name, string typeMnemonic> : TypeDef<Attn_Dialect, name> {
  let mnemonic = typeMnemonic;
}

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

def Attn_LayoutType : Attn_Type<"Layout", "layout"> {
  let summary = "an order of tokens";
  let description = [{
    In which order tokens stand. A description, not data: it is made by ops of
    the layout family and used by `attn.reorder` and `attn.restore`, inside one
    function.
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

/// Base of every op. The file names the family.
class Attn_Op<string mnemonic, list<Trait> traits = []>
    : Op<Attn_Dialect, mnemonic, traits>;

#endif // ATTN_DIALECT_ATTN_ATTNDIALECT_TD
