//===- Explain.cpp - Counts of a mask in sentences ------------------------===//

#include "MaskReport.h"

#include "attn/dialect/Attn/Attn.h"
#include "attn/dialect/Attn/Boundary.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace attn::view {
namespace {

double percent(int64_t part, int64_t all) {
  return all ? 100.0 * double(part) / double(all) : 0;
}

/// "64 tiles"
std::string count(int64_t n, StringRef what) {
  return std::to_string(n) + " " + what.str() + (n == 1 ? "" : "s");
}

/// "at B = 2, L = 300, over 8 heads of each of 2 sequences, heads alike"
std::string getPlace(const StreamReport &report, const MaskSession &session) {
  int64_t sequences = int64_t(report.stream->queries.size());
  int64_t heads = report.counts.heads / std::max<int64_t>(sequences, 1);
  std::string text = "at " + session.getLettersText();
  if (report.counts.heads > 1)
    text += ", over " + count(heads, "head");
  if (sequences > 1)
    text += " of each of " + std::to_string(sequences) + " sequences";
  return text + (heads > 1 && !report.stream->perHead ? ", heads alike" : "");
}

std::string explainTiles(const MaskCounts &counts, const std::string &tile) {
  std::string text = llvm::formatv(
      "of {0} of {1}, {2} full, {3} partial, {4} skipped: {5} scheduled, {6} "
      "hold a visible pair",
      count(counts.getTiles(), "tile"), tile, counts.of(TileKind::Full),
      counts.getPartial(), counts.of(TileKind::Skipped), counts.getScheduled(),
      counts.getVisible());
  if (int64_t n = counts.of(TileKind::VisitedEmpty))
    text += "; " + count(n, "scheduled tile") + " could have been skipped";
  if (int64_t n = counts.of(TileKind::PartialFull))
    text += "; " + count(n, "partial tile") + " could have gone without mask";
  return text;
}

std::string explainWork(const MaskCounts &counts) {
  std::string text = llvm::formatv(
      "visible pairs {0} of {1} ({2:F2} %), {3} to {4} keys a row",
      counts.visible, counts.pairs, percent(counts.visible, counts.pairs),
      counts.rows ? counts.fewestKeys : 0, counts.mostKeys);
  if (counts.emptyRows)
    text += ", " + count(counts.emptyRows, "row") + " without a key";
  if (counts.visible)
    text +=
        llvm::formatv("; ideal speed-up {0:F2}, as scheduled {1:F2}",
                      counts.getIdealSpeedup(), counts.getScheduledSpeedup());
  return text;
}

/// Why tiles are partial, and what they cost.
std::string explainPartial(const StreamReport &report) {
  const MaskCounts &counts = report.counts;
  std::string text =
      llvm::formatv("partial tiles are {0:F1} % of the scheduled work",
                    percent(counts.getPartial(), counts.getScheduled()));
  std::string reasons;
  for (auto [condition, mixed] :
       llvm::zip(report.stream->conditions, counts.mixed))
    if (mixed)
      reasons += (reasons.empty() ? "" : ", ") + getConditionText(condition) +
                 " (" + count(mixed, "tile") + ")";
  return reasons.empty() ? text : text + "; what cuts them: " + reasons;
}

} // namespace

std::string getText(TileShape tile) {
  return std::to_string(tile.queries) + " x " + std::to_string(tile.keys);
}

std::string getConditionText(Operation *condition) {
  std::string text = condition->getName().getStringRef().str();
  if (condition->getNumOperands() == 0 && condition->getNumRegions() == 0) {
    std::string printed;
    llvm::raw_string_ostream(printed) << *condition;
    text = StringRef(printed).split(" = ").second.str();
  }
  auto function = condition->getParentOfType<FunctionOpInterface>();
  std::string tables;
  for (Value operand : condition->getOperands())
    if (auto argument = dyn_cast<BlockArgument>(operand))
      tables += (tables.empty() ? "" : ", ") +
                getArgumentName(function, argument.getArgNumber());
  if (!tables.empty())
    text += "(" + tables + ")";
  if (auto place = condition->getLoc()->findInstanceOf<FileLineColLoc>())
    text += " in line " + std::to_string(place.getLine());
  return text;
}

std::vector<std::string> explain(const StreamReport &report,
                                 const MaskSession &session, uint64_t seed) {
  std::string place = getPlace(report, session) + ": ";
  std::vector<std::string> sentences = {
      place + explainTiles(report.counts, getText(report.tile)),
      place + explainWork(report.counts)};
  if (report.counts.getPartial())
    sentences.push_back(place + explainPartial(report));
  if (report.measuredTile)
    sentences.push_back(
        place + "by the tile that precision is measured with: " +
        explainTiles(report.measured, getText(*report.measuredTile)));
  std::string tables;
  for (const std::string &name : session.inputs.drawn)
    tables += (tables.empty() ? "" : ", ") + name;
  if (!tables.empty())
    sentences.push_back("drawn as attn-run --random --seed=" +
                        std::to_string(seed) + " draws: " + tables);
  return sentences;
}

} // namespace attn::view
