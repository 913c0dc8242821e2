//===- Sites.cpp - Ops of a kernel, for messages --------------------------===//

#include "Sites.h"

#include "mlir/IR/Location.h"

using namespace mlir;

namespace attn::sim {
namespace {
std::string describe(Location loc) {
  std::string text = "an unknown place";
  loc->walk([&](Location part) {
    auto file = dyn_cast<FileLineColLoc>(part);
    if (!file)
      return WalkResult::advance();
    text = (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" +
            Twine(file.getColumn()))
               .str();
    return WalkResult::interrupt();
  });
  return text;
}
} // namespace

int32_t Sites::addText(StringRef string) {
  auto [entry, isNew] = known.try_emplace(string, int32_t(text.size()));
  if (isNew) {
    text += string;
    text.push_back('\0');
  }
  return entry->second;
}

int32_t Sites::add(Operation *op) {
  offsets.push_back(addText(op->getName().getStringRef()));
  offsets.push_back(addText(describe(op->getLoc())));
  return int32_t(size()) - 1;
}

} // namespace attn::sim
