//===- AttnInterfaces.td - Masks and folds to their users ---*- tablegen -*-===//
//
// Masks answer one question: the predicate of one pair. Ranges, tile classes and
// bounds are derived from it by analysis, so a new mask atom costs one function.
// Folds are attends in every stage: what they read and give does not change.
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
        Tensors the predicate reads and indices it computes with; they become
        captures of the region.
      }], "::mlir::ValueRange", "getTables", (ins), "",
      "return ::mlir::ValueRange();">,
    InterfaceMethod<[{
        Which axes its tables must have. A table that is not listed may have any.
      }], "::llvm::SmallVector<::attn::TableRule>", "getTableRules", (ins), "",
      "return {};">,
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

class Attn_FoldAccessor<string doc, string type, string name>
    : InterfaceMethod<doc, type, name>;

def Attn_FoldOpInterface : OpInterface<"FoldOpInterface"> {
  let cppNamespace = "::attn";
  let description = [{
    An op that computes an attention fold: `attn.attend`, `attn_tile.fold`,
    `attn_sched.forward`. The rules of `attn.attend` hold for all of them.
  }];
  let methods = [
    Attn_FoldAccessor<"Queries.", "::mlir::Value", "getQ">,
    Attn_FoldAccessor<"Lengths of queries, or null.", "::mlir::Value", "getLengths">,
    Attn_FoldAccessor<"Streams, one or more.", "::mlir::OperandRange", "getStreams">,
    Attn_FoldAccessor<"States that take part.", "::mlir::OperandRange", "getStates">,
    Attn_FoldAccessor<"Sink logits per query head, or null.", "::mlir::Value", "getSink">,
    Attn_FoldAccessor<"Captures of `score`.", "::mlir::OperandRange", "getCaptures">,
    Attn_FoldAccessor<"Score region, empty for the identity.", "::mlir::Region &", "getScore">,
    Attn_FoldAccessor<"Weighted mean of values.", "::mlir::Value", "getOut">,
    Attn_FoldAccessor<"Logarithm of the normaliser, or null.", "::mlir::Value", "getLse">,
    Attn_FoldAccessor<"Shares of the streams; none, or one per stream.", "::mlir::ResultRange", "getMass">,
    Attn_FoldAccessor<"m, l and acc, or none.", "::mlir::ResultRange", "getState">
  ];
}

#endif // ATTN_DIALECT_ATTN_ATTNINTERFACES_TD
