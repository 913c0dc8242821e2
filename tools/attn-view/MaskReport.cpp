//===- MaskReport.cpp - What a mask leaves to do --------------------------===//

#include "MaskReport.h"

#include "llvm/Support/SHA256.h"

#include <algorithm>
#include <map>
#include <numeric>

using namespace mlir;
using attn::reference::CountedTile;
using attn::reference::MaskedStream;
using attn::reference::TileClass;

namespace attn::view {
namespace {

constexpr int64_t kMostCells = 512; ///< Of the longer side of a picture.
/// What a pair costs in a region, which is interpreted, in pairs of an atom:
/// 55 ns against 0.9 ns (2026-11-21, 2 cores).
constexpr double kRegionCost = 64;

TileKind getKind(const CountedTile &tile) {
  if (tile.scheduled == TileClass::Empty)
    return TileKind::Skipped;
  if (tile.scheduled == TileClass::Full)
    return TileKind::Full;
  if (tile.visible == 0)
    return TileKind::VisitedEmpty;
  return tile.visible == tile.getPairs() ? TileKind::PartialFull
                                         : TileKind::Partial;
}

/// Counts one head, draws it if asked to, and keeps a fingerprint.
class HeadCounter : public reference::TileSink {
public:
  HeadCounter(const MaskedStream &stream, int64_t b,
              const ReportRequest &request, double pairCost, HeadGroup &group)
      : counts(group.counts), picture(group.picture), request(request),
        pairCost(pairCost), draws(request.pictures) {
    counts.heads = 1;
    counts.pairs = stream.getPairs(b);
    counts.rows = stream.queries[b];
    counts.mixed.resize(stream.conditions.size());
    picture.queries = stream.queries[b];
    picture.keys = stream.keys[b];
    picture.side = request.side;
    int64_t longer = std::max(picture.queries, picture.keys);
    while (picture.cell * kMostCells < longer && picture.cell < request.side)
      picture.cell *= 2;
    picture.columns = (picture.keys + picture.cell - 1) / picture.cell;
    int64_t cellRows = (picture.queries + picture.cell - 1) / picture.cell;
    if (draws)
      picture.visible.resize(cellRows * picture.columns);
    hash.update(ArrayRef(reinterpret_cast<const uint8_t *>(&picture.queries),
                         2 * sizeof(int64_t)));
  }

  void row(int64_t i, ArrayRef<uint8_t> visible, int64_t seen) override {
    counts.visible += seen;
    counts.emptyRows += seen == 0;
    counts.fewestKeys = std::min(counts.fewestKeys, seen);
    counts.mostKeys = std::max(counts.mostKeys, seen);
    if (!draws)
      return;
    hash.update(visible);
    uint32_t *cells = &picture.visible[i / picture.cell * picture.columns];
    for (int64_t column = 0; column < picture.columns; ++column) {
      int64_t first = column * picture.cell;
      int64_t last = std::min<int64_t>(first + picture.cell, visible.size());
      for (int64_t j = first; j < last; ++j)
        cells[column] += visible[j];
    }
  }

  void tiles(ArrayRef<CountedTile> row) override {
    for (const CountedTile &tile : row) {
      TileKind kind = getKind(tile);
      ++counts.tiles[static_cast<int>(kind)];
      for (size_t n = 0; n < counts.mixed.size(); ++n)
        counts.mixed[n] += kind == TileKind::Partial && (tile.mixed >> n & 1);
      if (!draws)
        continue;
      picture.tiles.push_back({tile.tile, kind, tile.visible});
      hash.update(ArrayRef(static_cast<uint8_t>(kind)));
    }
    if (request.progress && !row.empty())
      request.progress(pairCost * double(picture.keys) *
                       double(row.front().tile.q1 - row.front().tile.q0 + 1));
  }

  std::array<uint8_t, 32> getFingerprint() { return hash.final(); }

private:
  MaskCounts &counts;
  MaskPicture &picture;
  const ReportRequest &request;
  double pairCost;
  bool draws;
  llvm::SHA256 hash;
};

std::vector<int64_t> getHeads(const MaskedStream &stream,
                              const ReportRequest &request) {
  if (!request.heads.empty())
    return request.heads;
  std::vector<int64_t> heads(stream.heads);
  std::iota(heads.begin(), heads.end(), int64_t(0));
  return heads;
}

} // namespace

int64_t MaskCounts::getTiles() const {
  return std::accumulate(std::begin(tiles), std::end(tiles), int64_t(0));
}

double MaskCounts::getIdealSpeedup() const {
  return visible ? double(pairs) / double(visible) : 0;
}

double MaskCounts::getScheduledSpeedup() const {
  return getScheduled() ? double(getTiles()) / double(getScheduled()) : 0;
}

void MaskCounts::add(const MaskCounts &other, int64_t times) {
  heads += times * other.heads;
  pairs += times * other.pairs;
  visible += times * other.visible;
  rows += times * other.rows;
  emptyRows += times * other.emptyRows;
  fewestKeys = std::min(fewestKeys, other.fewestKeys);
  mostKeys = std::max(mostKeys, other.mostKeys);
  for (size_t kind = 0; kind < std::size(tiles); ++kind)
    tiles[kind] += times * other.tiles[kind];
  mixed.resize(other.mixed.size());
  for (size_t n = 0; n < mixed.size(); ++n)
    mixed[n] += times * other.mixed[n];
}

/// Of a pair of one head.
static double getPairCost(const MaskedStream &stream) {
  size_t conditions = stream.conditions.size();
  double rows = conditions > 1 ? 1 + double(conditions) : 1;
  return rows * (stream.isRegion ? kRegionCost : 1);
}

double getCost(const MaskedStream &stream, const ReportRequest &request) {
  double pairs = 0;
  for (size_t b = 0; b < stream.queries.size(); ++b)
    pairs += double(stream.queries[b]) * double(stream.keys[b]);
  if (stream.perHead)
    pairs *= double(getHeads(stream, request).size());
  return pairs * getPairCost(stream);
}

llvm::Expected<StreamReport> countStream(MaskSession &session,
                                         const MaskedStream &stream,
                                         const ReportRequest &request) {
  StreamReport report{&stream, request.side, {}, {}};
  std::vector<int64_t> heads = getHeads(stream, request);
  std::map<std::array<uint8_t, 32>, size_t> known;
  double pairCost = getPairCost(stream);
  auto countHead = [&](int64_t b, ArrayRef<int64_t> alike) -> llvm::Error {
    HeadGroup group;
    HeadCounter counter(stream, b, request, pairCost, group);
    if (llvm::Error error = session.masks.count(stream, b, alike.front(),
                                                {request.side}, counter))
      return error;
    report.counts.add(group.counts, int64_t(alike.size()));
    auto [it, isNew] =
        known.try_emplace(counter.getFingerprint(), report.groups.size());
    if (isNew || !request.pictures)
      report.groups.push_back(std::move(group));
    size_t index = request.pictures ? it->second : report.groups.size() - 1;
    for (int64_t head : alike)
      report.groups[index].members.emplace_back(b, head);
    return llvm::Error::success();
  };
  for (size_t b = 0; b < stream.queries.size(); ++b) {
    size_t step = stream.perHead ? 1 : heads.size();
    for (size_t n = 0; n < heads.size(); n += step)
      if (llvm::Error error =
              countHead(int64_t(b), ArrayRef(heads).slice(n, step)))
        return error;
  }
  return report;
}

llvm::Expected<bool> isProvenEmpty(MaskSession &session,
                                   const MaskedStream &stream, int64_t side,
                                   double mostCost) {
  struct Seeker : reference::TileSink {
    void row(int64_t, ArrayRef<uint8_t> visible, int64_t seen) override {
      isSeen |= seen > 0;
      cost += double(visible.size()) * costOfPair;
    }
    void tiles(ArrayRef<CountedTile>) override {}
    bool wantsMore() const override { return !isSeen && cost <= mostCost; }
    bool isSeen = false;
    double cost = 0, costOfPair, mostCost;
  } seeker;
  seeker.costOfPair = stream.isRegion ? kRegionCost : 1;
  seeker.mostCost = mostCost;
  int64_t heads = stream.perHead ? stream.heads : 1;
  for (size_t b = 0; b < stream.queries.size(); ++b)
    for (int64_t h = 0; h < heads && seeker.wantsMore(); ++h)
      if (llvm::Error error = session.masks.count(
              stream, int64_t(b), h,
              {side, /*conditions=*/false, /*skipEmpty=*/true}, seeker))
        return error;
  return seeker.wantsMore();
}

int64_t getMeasuredTile(StringRef target) { return target == "cpu" ? 64 : 128; }

} // namespace attn::view
