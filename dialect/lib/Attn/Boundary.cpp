//===- Boundary.cpp - Names and letters of function arguments -------------===//

#include "attn/dialect/Attn/Boundary.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace attn {
namespace {

bool isIdentifier(StringRef text) {
  if (text.empty() || llvm::isDigit(text.front()))
    return false;
  return llvm::all_of(text,
                      [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

std::string nameOf(Attribute attribute, StringRef prefix, unsigned index) {
  if (auto text = dyn_cast_or_null<StringAttr>(attribute))
    return text.getValue().str();
  return (prefix + Twine(index)).str();
}

/// Where and how large a letter was first given a static size.
struct LetterSize {
  int64_t size;
  std::string argument;
};

class BoundaryVerifier {
public:
  explicit BoundaryVerifier(FunctionOpInterface function)
      : function(function) {}

  LogicalResult verify() {
    llvm::StringMap<unsigned> arguments, results;
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (failed(verifyShape(i)) || failed(verifyRandom(i)) ||
          failed(verifyName(function.getArgAttr(i, kNameAttr),
                            getArgumentName(function, i), "argument", i,
                            arguments)))
        return failure();
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      if (failed(verifyName(function.getResultAttr(i, kNameAttr),
                            getResultName(function, i), "result", i, results)))
        return failure();
    return success();
  }

private:
  InFlightDiagnostic error(unsigned index) {
    Location loc = function.isExternal() ? function->getLoc()
                                         : function.getArgument(index).getLoc();
    return emitError(loc) << "argument '" << getArgumentName(function, index)
                          << "' ";
  }

  // boundary-C1, boundary-C3
  LogicalResult verifyShape(unsigned index) {
    auto type = dyn_cast<RankedTensorType>(function.getArgumentTypes()[index]);
    Attribute attribute = function.getArgAttr(index, kShapeAttr);
    if (!attribute) {
      if (type && !type.hasStaticShape())
        return error(index)
               << "of type " << type
               << " has a size that only the launch knows; expected '"
               << kShapeAttr << "' with one letter per axis";
      return success();
    }
    auto array = dyn_cast<ArrayAttr>(attribute);
    if (!array || !llvm::all_of(array, llvm::IsaPred<StringAttr>))
      return error(index) << "expects '" << kShapeAttr
                          << "' to be an array of strings but got "
                          << attribute;
    if (!type || type.getRank() != static_cast<int64_t>(array.size()))
      return error(index) << "expects '" << kShapeAttr
                          << "' with one letter per axis of "
                          << function.getArgumentTypes()[index] << " but got "
                          << array.size() << " letters";
    for (auto [axis, letter] : llvm::enumerate(getLetters(function, index)))
      if (failed(verifyLetter(index, axis, letter, type.getDimSize(axis))))
        return failure();
    return success();
  }

  // boundary-C1, boundary-C2
  LogicalResult verifyLetter(unsigned index, unsigned axis, StringRef letter,
                             int64_t size) {
    if (!isIdentifier(letter))
      return error(index) << "expects the letter of axis " << axis
                          << " to be an identifier but got '" << letter << "'";
    if (ShapedType::isDynamic(size))
      return success();
    auto [it, isNew] = letters.try_emplace(
        letter, LetterSize{size, getArgumentName(function, index)});
    if (isNew || it->second.size == size)
      return success();
    return error(index) << "gives letter '" << letter << "' the size " << size
                        << " but argument '" << it->second.argument
                        << "' gives it " << it->second.size
                        << "; use another letter for another size";
  }

  // boundary-C4
  LogicalResult verifyName(Attribute attribute, std::string name,
                           StringRef what, unsigned index,
                           llvm::StringMap<unsigned> &seen) {
    if (attribute && !isa<StringAttr>(attribute))
      return function->emitError()
             << what << " " << index << " expects '" << kNameAttr
             << "' to be a string but got " << attribute;
    if (!isIdentifier(name))
      return function->emitError()
             << what << " " << index << " expects '" << kNameAttr
             << "' to be an identifier but got '" << name << "'";
    auto [it, isNew] = seen.try_emplace(name, index);
    if (isNew)
      return success();
    return function->emitError()
           << what << "s " << it->second << " and " << index
           << " are both named '" << name << "'; expected unique names";
  }

  // boundary-C5
  LogicalResult verifyRandom(unsigned index) {
    Attribute attribute = function.getArgAttr(index, kRandomAttr);
    if (!attribute)
      return success();
    auto text = dyn_cast<StringAttr>(attribute);
    StringRef kind = text ? text.getValue() : "";
    bool isIndices = kind.consume_front("indices<") && kind.consume_back(">") &&
                     isIdentifier(kind);
    bool isWord =
        text && (text.getValue() == "lengths" ||
                 text.getValue() == "segments" || text.getValue() == "pages");
    if (!isIndices && !isWord)
      return error(index) << "expects '" << kRandomAttr
                          << "' to be \"lengths\", \"segments\", \"pages\" or "
                             "\"indices<LETTER>\" but got "
                          << attribute;
    auto type = dyn_cast<ShapedType>(function.getArgumentTypes()[index]);
    if (!type || !type.getElementType().isInteger())
      return error(index)
             << "has '" << kRandomAttr
             << "', which only integer and bool tensors take, but is "
             << function.getArgumentTypes()[index];
    return success();
  }

  FunctionOpInterface function;
  llvm::StringMap<LetterSize> letters;
};

} // namespace

std::string getArgumentName(FunctionOpInterface function, unsigned index) {
  return nameOf(function.getArgAttr(index, kNameAttr), "arg", index);
}

std::string getResultName(FunctionOpInterface function, unsigned index) {
  return nameOf(function.getResultAttr(index, kNameAttr), "result", index);
}

SmallVector<StringRef> getLetters(FunctionOpInterface function,
                                  unsigned index) {
  auto array =
      dyn_cast_or_null<ArrayAttr>(function.getArgAttr(index, kShapeAttr));
  if (!array)
    return {};
  return llvm::map_to_vector(array, [](Attribute letter) {
    auto text = dyn_cast<StringAttr>(letter);
    return text ? text.getValue() : StringRef();
  });
}

LogicalResult verifyBoundary(FunctionOpInterface function) {
  return BoundaryVerifier(function).verify();
}

} // namespace attn
