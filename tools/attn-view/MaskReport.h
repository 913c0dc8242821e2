//===- MaskReport.h - What a mask leaves to do ------------------*- C++ -*-===//
//
// Counts of one stream: visible pairs by the reference, tiles as mask analysis
// schedules them. Heads and sequences that see the same are one group.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_TOOLS_ATTNVIEW_MASKREPORT_H
#define ATTN_TOOLS_ATTNVIEW_MASKREPORT_H

#include "MaskSession.h"

#include <functional>

namespace attn::view {

/// A tile as scheduled, and what it is in truth where the two differ.
enum class TileKind {
  Skipped,
  Full,
  Partial,
  VisitedEmpty, ///< Scheduled as partial, but no pair is visible.
  PartialFull   ///< Scheduled as partial, but all pairs are visible.
};

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

struct PicturedTile {
  reference::Tile tile;
  TileKind kind;
  int64_t visible; ///< Pairs.
};

/// What one head sees of `queries` x `keys` pairs: how many pairs of every cell
/// of `cell` x `cell`, and the tiles. Cells do not cross tiles.
struct MaskPicture {
  int64_t firstQuery = 0, firstKey = 0; ///< Where the picture begins.
  int64_t queries = 0, keys = 0, cell = 1, side = 0;
  std::vector<uint32_t> visible;   ///< By cell.
  std::vector<PicturedTile> tiles; ///< That it touches, whole, row by row.

  int64_t getRows() const { return (queries + cell - 1) / cell; }
  int64_t getColumns() const { return (keys + cell - 1) / cell; }
};

struct HeadGroup {
  std::vector<std::pair<int64_t, int64_t>> members; ///< (b, h), all alike.
  MaskCounts counts;                                ///< Of one of them.
  MaskPicture picture;
  /// Pairs one by one around the middle, where `picture` has larger cells.
  std::optional<MaskPicture> detail;
};

struct StreamReport {
  const reference::MaskedStream *stream;
  int64_t side;      ///< Queries and keys of a tile.
  MaskCounts counts; ///< Of all heads of all sequences.
  std::vector<HeadGroup> groups;
};

struct ReportRequest {
  int64_t side;
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
                                   int64_t side, double mostCost);

/// Side of a tile, by target: as the project measures visible tiles.
int64_t getMeasuredTile(llvm::StringRef target);

/// "attn.mask.window left(255) right(0) in line 7"
std::string getConditionText(mlir::Operation *condition);

/// What `attnc --explain` says, a sentence each.
std::vector<std::string> explain(const StreamReport &report,
                                 const MaskSession &session, uint64_t seed);

} // namespace attn::view

#endif // ATTN_TOOLS_ATTNVIEW_MASKREPORT_H
