//===- MaskParameter.cpp - How parameters of masks are written ------------===//

#include "MaskParameter.h"

using namespace mlir;

namespace attn {

ParseResult parseParameter(OpAsmParser &parser, StringRef keyword,
                           IntegerAttr &number,
                           std::optional<OpAsmParser::UnresolvedOperand> &table,
                           Type &type) {
  if (failed(parser.parseOptionalKeyword(keyword)))
    return success();
  if (parser.parseLParen())
    return failure();
  OpAsmParser::UnresolvedOperand operand;
  OptionalParseResult isTable = parser.parseOptionalOperand(operand);
  if (isTable.has_value()) {
    if (failed(*isTable) || parser.parseColonType(type))
      return failure();
    table = operand;
  } else if (parser.parseAttribute(number, parser.getBuilder().getI64Type())) {
    return failure();
  }
  return parser.parseRParen();
}

void printParameter(OpAsmPrinter &printer, Operation *, StringRef keyword,
                    IntegerAttr number, Value table, Type type) {
  if (!number && !table)
    return;
  printer << " " << keyword << "(";
  if (table)
    printer << table << " : " << type;
  else
    printer << number.getInt();
  printer << ")";
}

} // namespace attn
