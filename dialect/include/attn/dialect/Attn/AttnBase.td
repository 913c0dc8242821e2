//===- AttnBase.td - The attn dialect itself ----------------*- tablegen -*-===//
//
// The dialect and the base classes of its types and ops. Families with a file of
// their own start here, so that others are not built again with them.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_ATTNBASE_TD
#define ATTN_DIALECT_ATTN_ATTNBASE_TD

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

/// Base of every op. The file names the family.
class Attn_Op<string mnemonic, list<Trait> traits = []>
    : Op<Attn_Dialect, mnemonic, traits>;

#endif // ATTN_DIALECT_ATTN_ATTNBASE_TD
