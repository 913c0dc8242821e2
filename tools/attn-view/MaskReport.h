//===- MaskReport.h - What a mask leaves to do ------------------*- C++ -*-===//
//
// Counts of one stream: visible pairs by the reference, tiles as mask analysis
// schedules them. Heads and sequences that see the same are one group.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNVIEW_MASKREPORT_H
#define ATTN_TOOLS_ATTNVIEW_MASKREPORT_H

#include "MaskPicture.h"
#include "MaskSession.h"

#include <functional>

namespace attn::view {

struct MaskCounts {
  int64_t heads = 0; ///< That were counted, over all sequences.
  int64_t pairs = 0, visible = 0;
  int64_t rows = 0, emptyRows = 0;
  int64_t fewestKeys = INT64_MAX, mostKeys = 0; ///< That a row sees.
  int64_t tiles[5] = {};                        ///< By TileKind.
  std::vector<int64_t> mixed; ///< Partial tiles that a condition mixes.

  int64_t of(TileKind kind) const { return tiles[static_cast<int>(kind)]; }
  int64_t getTiles() const;
  int64_t getScheduled() const { return getTiles() - of(TileKind::Skipped); }
  /// Tiles that evaluate the mask.
  int64_t getPartial() const { return getScheduled() - of(TileKind::Full); }
  int64_t getVisible() const {
    return getScheduled() - of(TileKind::VisitedEmpty);
  }
  /// The work of all pairs in that of the pairs, or tiles, that are left; 0 for
  /// none left.
  double getIdealSpeedup() const;
  double getScheduledSpeedup() const;
  void add(const MaskCounts &other, int64_t times);
};

struct HeadGroup {
  std::vector<std::pair<int64_t, int64_t>> members; ///< (b, h), all alike.
  MaskCounts counts;                                ///< Of one of them.
  MaskCounts measured;                              ///< As in StreamReport.
  MaskPicture picture;
  /// Pairs one by one around the middle, where `picture` has larger cells.
  std::optional<MaskPicture> detail;
};

struct StreamReport {
  const reference::MaskedStream *stream;
  TileShape tile;
  std::optional<TileShape> measuredTile;
  MaskCounts counts;   ///< Of all heads of all sequences.
  MaskCounts measured; ///< Tiles alone, where there is a `measuredTile`.
  std::vector<HeadGroup> groups;
};

struct ReportRequest {
  TileShape tile; ///< Of what is scheduled.
  /// Counts these tiles, too: those that the project measures precision with.
  std::optional<TileShape> measuredTile = {};
  std::vector<int64_t> heads = {}; ///< Those to count; empty: all.
  bool pictures = false;
  /// Gets the costs, as in `getCost`, of what was counted since the last call.
  std::function<void(double)> progress = {};
};

/// Pairs and, for conditions and regions, what they cost as much as, that
/// `countStream` looks at.
double getCost(const reference::MaskedStream &stream,
               const ReportRequest &request);

llvm::Expected<StreamReport> countStream(MaskSession &session,
                                         const reference::MaskedStream &stream,
                                         const ReportRequest &request);

/// Whether no head of any sequence sees a key of `stream`; false where finding
/// out costs more than `mostCost`.
llvm::Expected<bool> isProvenEmpty(MaskSession &session,
                                   const reference::MaskedStream &stream,
                                   TileShape tile, double mostCost);

/// By target, the tile that visible tiles are measured with.
TileShape getMeasuredTile(llvm::StringRef target);

/// "48 x 32", queries first
std::string getText(TileShape tile);

/// "attn.mask.window left(255) right(0) in line 7"
std::string getConditionText(mlir::Operation *condition);

/// What `attnc --explain` says, a sentence each.
std::vector<std::string> explain(const StreamReport &report,
                                 const MaskSession &session, uint64_t seed);

} // namespace attn::view

#endif // ATTN_TOOLS_ATTNVIEW_MASKREPORT_H
