//===- ExplainMasks.cpp - What attnc says about masks ---------------------===//

#include "ExplainMasks.h"
#include "MaskReport.h"

#include "attn/dialect/Attn/Attn.h"

#include "mlir/IR/Remarks.h"

using namespace mlir;
using attn::reference::MaskedStream;

namespace attn::view {
namespace {

/// Tokens that letters without a value give a sequence, unless that costs more
/// than `kMostCost`; then half, and so on.
constexpr int64_t kTokens = 4096, kFewestTokens = 64;
/// In pairs of an atom. Twice those of causal-gqa at 4096, which take 16 ms of
/// attnc (2026-11-21).
constexpr double kMostCost = 1 << 25;
constexpr int64_t kMostTokens = 1 << 22; ///< Whose order or row is looked at.

class Explainer {
public:
  Explainer(MaskProgram &program, StringRef target)
      : program(program), tile(getMeasuredTile(target)) {}

  /// \param original the function that diagnostics are about.
  void explainCounts(func::FuncOp original) {
    auto session = openAffordable(original);
    if (!session)
      return sayNotCounted(original.getLoc(), session.takeError());
    for (const MaskedStream &stream : session->masks.getStreams())
      if (stream.hasMask)
        explainCounts(*session, stream, getLocation(original, stream));
  }

  /// Only for masks without tables: what drawn ones show says nothing about
  /// others.
  void warnIfEmpty(func::FuncOp original) {
    auto session = MaskSession::create(program, choose(original), kTokens);
    if (!session) // Sizes that do not fit are told when they are given.
      return llvm::consumeError(session.takeError());
    if (!session->inputs.drawn.empty())
      return;
    for (const MaskedStream &stream : session->masks.getStreams()) {
      if (!stream.hasMask || !hasPairs(stream) || isLong(stream))
        continue;
      auto isEmpty = isProvenEmpty(*session, stream, tile, kMostCost);
      if (!isEmpty) // Nor is a region that has no meaning at these sizes.
        llvm::consumeError(isEmpty.takeError());
      else if (*isEmpty)
        warnEmpty(getLocation(original, stream), session->getLettersText());
    }
  }

private:
  static LaunchChoice choose(func::FuncOp original) {
    LaunchChoice choice;
    choice.entry = original.getSymName().str();
    return choice;
  }

  /// Of `stream`, which belongs to a copy in another context.
  static Location getLocation(func::FuncOp original,
                              const MaskedStream &stream) {
    auto place = stream.location->findInstanceOf<FileLineColLoc>();
    if (!place)
      return original.getLoc();
    return FileLineColLoc::get(original.getContext(),
                               place.getFilename().getValue(), place.getLine(),
                               place.getColumn());
  }

  static bool isLong(const MaskedStream &stream) {
    return *llvm::max_element(stream.queries) > kMostTokens ||
           *llvm::max_element(stream.keys) > kMostTokens;
  }

  static bool hasPairs(const MaskedStream &stream) {
    for (size_t b = 0; b < stream.queries.size(); ++b)
      if (stream.heads && stream.pairs[b])
        return true;
    return false;
  }

  double getTotalCost(const MaskSession &session) const {
    double cost = 0;
    for (const MaskedStream &stream : session.masks.getStreams())
      if (stream.hasMask)
        cost += getCost(stream, {tile});
    return cost;
  }

  llvm::Expected<MaskSession> openAffordable(func::FuncOp original) {
    for (int64_t tokens = kTokens;; tokens /= 2) {
      auto session = MaskSession::create(program, choose(original), tokens);
      if (!session || tokens == kFewestTokens ||
          getTotalCost(*session) <= kMostCost)
        return session;
    }
  }

  static void say(Location loc, StringRef text) {
    remark::analysis(loc, remark::RemarkOpts::name("Masks").category("Masks"))
        << remark::add("{0}", text.str());
  }

  /// The program is good, but its masks can not be looked at without more.
  static void sayNotCounted(Location loc, llvm::Error error) {
    say(loc, "masks are not counted: " + llvm::toString(std::move(error)));
  }

  void explainCounts(MaskSession &session, const MaskedStream &stream,
                     Location loc) {
    if (getCost(stream, {tile}) > kMostCost)
      return say(loc, "this mask is not counted at " +
                          session.getLettersText() +
                          ", that takes long; attn-view does");
    auto report = countStream(session, stream, {tile});
    if (!report)
      return sayNotCounted(loc, report.takeError());
    for (const std::string &sentence : explain(*report, session, /*seed=*/0))
      say(loc, sentence);
  }

  MaskProgram &program;
  TileShape tile;
};

} // namespace

void explainMasks(ModuleOp module, StringRef name, StringRef target,
                  bool remarks) {
  auto program = MaskProgram::create(module, name.str());
  if (!program) {
    llvm::consumeError(program.takeError()); // The compiler says it.
    return;
  }
  Explainer explainer(**program, target);
  for (auto function : module.getOps<func::FuncOp>()) {
    if (remarks)
      explainer.explainCounts(function);
    explainer.warnIfEmpty(function);
  }
}

void warnEmpty(Location stream, StringRef letters) {
  emitWarning(stream) << "no query sees a key of this stream at " << letters
                      << ": its mask is empty; expected a mask that some pair "
                         "passes, else leave the stream out";
}

} // namespace attn::view
