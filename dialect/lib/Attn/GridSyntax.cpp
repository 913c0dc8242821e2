//===- GridSyntax.cpp - How grids and lists per axis are written ----------===//

#include "GridSyntax.h"

#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;

namespace attn {
namespace {

using Operands = SmallVectorImpl<OpAsmParser::UnresolvedOperand>;

ParseResult parseSizes(OpAsmParser &parser, DenseI64ArrayAttr &grid,
                       Operands &sizes) {
  SmallVector<int64_t> numbers;
  auto parseSize = [&]() -> ParseResult {
    OpAsmParser::UnresolvedOperand operand;
    OptionalParseResult isValue = parser.parseOptionalOperand(operand);
    if (isValue.has_value()) {
      numbers.push_back(ShapedType::kDynamic);
      sizes.push_back(operand);
      return *isValue;
    }
    return parser.parseInteger(numbers.emplace_back());
  };
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, parseSize))
    return failure();
  grid = parser.getBuilder().getDenseI64ArrayAttr(numbers);
  return success();
}

template <typename T, typename F>
void printList(OpAsmPrinter &printer, StringRef keyword, ArrayRef<T> list,
               F printOne) {
  printer << keyword << "(";
  llvm::interleaveComma(list, printer, printOne);
  printer << ")";
}

} // namespace

ParseResult parseGrids(OpAsmParser &parser, DenseI64ArrayAttr &shape,
                       DenseI64ArrayAttr &keys, Operands &sizes) {
  if (parser.parseKeyword(kShape) || parseSizes(parser, shape, sizes))
    return failure();
  if (succeeded(parser.parseOptionalKeyword(kKeys)))
    return parseSizes(parser, keys, sizes);
  return success();
}

void printGrids(OpAsmPrinter &printer, Operation *, DenseI64ArrayAttr shape,
                DenseI64ArrayAttr keys, OperandRange sizes) {
  auto printSize = [&](int64_t size) {
    if (!ShapedType::isDynamic(size)) {
      printer << size;
      return;
    }
    printer << sizes.front();
    sizes = sizes.drop_front();
  };
  printList(printer, kShape, shape.asArrayRef(), printSize);
  if (!keys)
    return;
  printer << " ";
  printList(printer, kKeys, keys.asArrayRef(), printSize);
}

ParseResult parseGrid(OpAsmParser &parser, DenseI64ArrayAttr &shape,
                      Operands &sizes) {
  return failure(parser.parseKeyword(kShape) ||
                 parseSizes(parser, shape, sizes));
}

void printGrid(OpAsmPrinter &printer, Operation *op, DenseI64ArrayAttr shape,
               OperandRange sizes) {
  printGrids(printer, op, shape, DenseI64ArrayAttr(), sizes);
}

ParseResult parsePerAxis(OpAsmParser &parser, StringRef keyword,
                         DenseI64ArrayAttr &numbers) {
  if (failed(parser.parseOptionalKeyword(keyword)))
    return success();
  SmallVector<int64_t> list;
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, [&] {
        return parser.parseInteger(list.emplace_back());
      }))
    return failure();
  numbers = parser.getBuilder().getDenseI64ArrayAttr(list);
  return success();
}

ParseResult parsePerAxis(OpAsmParser &parser, StringRef keyword,
                         DenseBoolArrayAttr &truths) {
  if (failed(parser.parseOptionalKeyword(keyword)))
    return success();
  SmallVector<bool> list;
  auto parseTruth = [&]() -> ParseResult {
    bool isTrue = succeeded(parser.parseOptionalKeyword("true"));
    list.push_back(isTrue);
    return isTrue ? success() : parser.parseKeyword("false");
  };
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, parseTruth))
    return failure();
  truths = parser.getBuilder().getDenseBoolArrayAttr(list);
  return success();
}

void printPerAxis(OpAsmPrinter &printer, Operation *, StringRef keyword,
                  DenseI64ArrayAttr numbers) {
  if (!numbers)
    return;
  printer << " ";
  printList(printer, keyword, numbers.asArrayRef(),
            [&](int64_t number) { printer << number; });
}

void printPerAxis(OpAsmPrinter &printer, Operation *, StringRef keyword,
                  DenseBoolArrayAttr truths) {
  if (!truths)
    return;
  printer << " ";
  printList(printer, keyword, truths.asArrayRef(),
            [&](bool isTrue) { printer << (isTrue ? "true" : "false"); });
}

} // namespace attn
