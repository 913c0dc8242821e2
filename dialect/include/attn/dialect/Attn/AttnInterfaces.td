//===- AttnInterfaces.td - What a mask op must say ----------*- tablegen -*-===//
//
// One question: the predicate of one pair. Ranges, tile classes and bounds are
// derived from it by analysis, so a new mask atom costs one function.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_ATTN_ATTNINTERFACES_TD
#define ATTN_DIALECT_ATTN_ATTNINTERFACES_TD

include "mlir/IR/OpBase.td"

def Attn_MaskOpInterface : OpInterface<"MaskOpInterface"> {
  let cppNamespace = "::attn";
  let description = "An op whose result is a predicate over pairs.";
  let methods = [
    InterfaceMethod<[{
        Tensors the predicate reads; they become captures of the region.
      }], "::mlir::ValueRange", "getTables", (ins), "",
      "return ::mlir::ValueRange();">,
    InterfaceMethod<[{
        Builds the predicate of one pair as an i1. `coordinates` holds the
        indices of the pair; `tables` the captures that stand for getTables();
        `operandMasks` the predicates of the operands that are masks.
      }], "::mlir::Value", "buildVisible",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "const ::attn::PairCoordinates &":$coordinates,
           "::mlir::ValueRange":$tables, "::mlir::ValueRange":$operandMasks)>
  ];
}

#endif // ATTN_DIALECT_ATTN_ATTNINTERFACES_TD
