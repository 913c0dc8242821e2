//===- MaskReport.cpp - What a mask leaves to do --------------------------===//

#include "MaskReport.h"

#include "attn/dialect/Attn/Attn.h"

#include "llvm/Support/SHA256.h"
#include "llvm/Support/xxhash.h"

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
constexpr int64_t kDetail = 96;     ///< Queries and keys of a detail.
/// What a pair costs in a region, which is interpreted, in pairs of an atom, to
/// be on the safe side: 22 ns (an addition, a comparison) to 48 ns
/// (s2-attention of test/Systems) against 1.5 ns (causal), by attn-view on
/// 2026-11-21.
constexpr double kRegionCost = 40;

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

/// A window on the diagonal, if it can, across the corner of a tile.
MaskPicture makeDetail(const MaskPicture &whole) {
  MaskPicture detail;
  detail.side = whole.side;
  detail.queries = std::min(kDetail, whole.queries);
  detail.keys = std::min(kDetail, whole.keys);
  int64_t middle = whole.queries / 2 / whole.side * whole.side;
  auto clip = [](int64_t first, int64_t size, int64_t all) {
    return std::clamp<int64_t>(first, 0, all - size);
  };
  detail.firstQuery = clip(middle - kDetail / 2, detail.queries, whole.queries);
  detail.firstKey = clip(detail.firstQuery + whole.keys - whole.queries,
                         detail.keys, whole.keys);
  return detail;
}

void addRow(MaskPicture &picture, int64_t i, ArrayRef<uint8_t> visible) {
  int64_t row = i - picture.firstQuery, columns = picture.getColumns();
  if (row < 0 || row >= picture.queries)
    return;
  uint32_t *cells = &picture.visible[row / picture.cell * columns];
  for (int64_t column = 0; column < columns; ++column) {
    int64_t first = column * picture.cell;
    int64_t last = std::min(first + picture.cell, picture.keys);
    for (int64_t j = first; j < last; ++j)
      cells[column] += visible[picture.firstKey + j];
  }
}

void addTile(MaskPicture &picture, const PicturedTile &tile) {
  if (tile.tile.q0 < picture.firstQuery + picture.queries &&
      tile.tile.q1 >= picture.firstQuery &&
      tile.tile.k0 < picture.firstKey + picture.keys &&
      tile.tile.k1 >= picture.firstKey)
    picture.tiles.push_back(tile);
}

/// Counts one head, draws it if asked to, and keeps a fingerprint.
class HeadCounter : public reference::TileSink {
public:
  HeadCounter(const MaskedStream &stream, int64_t b,
              const ReportRequest &request, double pairCost, HeadGroup &group)
      : counts(group.counts), request(request), pairCost(pairCost) {
    counts.heads = 1;
    counts.pairs = stream.pairs[b];
    counts.mixed.resize(stream.conditions.size());
    int64_t sizes[] = {stream.queries[b], stream.keys[b]};
    hash.update(
        ArrayRef(reinterpret_cast<const uint8_t *>(sizes), sizeof sizes));
    if (!request.pictures)
      return;
    MaskPicture &picture = group.picture;
    picture.queries = sizes[0];
    picture.keys = sizes[1];
    picture.side = request.side;
    int64_t longer = std::max(picture.queries, picture.keys);
    while (picture.cell * kMostCells < longer && picture.cell < request.side)
      picture.cell *= 2;
    pictures.push_back(&picture);
    if (picture.cell > 1)
      pictures.push_back(&group.detail.emplace(makeDetail(picture)));
    for (MaskPicture *each : pictures)
      each->visible.resize(each->getRows() * each->getColumns());
  }

  void row(int64_t i, ArrayRef<uint8_t> visible, int64_t seen) override {
    ++counts.rows;
    counts.visible += seen;
    counts.emptyRows += seen == 0;
    counts.fewestKeys = std::min(counts.fewestKeys, seen);
    counts.mostKeys = std::max(counts.mostKeys, seen);
    for (MaskPicture *picture : pictures)
      addRow(*picture, i, visible);
    if (request.pictures)
      addToHash(visible);
  }

  void tiles(ArrayRef<CountedTile> row) override {
    double pairs = 0;
    for (const CountedTile &tile : row) {
      TileKind kind = getKind(tile);
      pairs += double(tile.getPairs());
      ++counts.tiles[static_cast<int>(kind)];
      for (size_t n = 0; n < counts.mixed.size(); ++n)
        counts.mixed[n] += kind == TileKind::Partial && (tile.mixed >> n & 1);
      for (MaskPicture *picture : pictures)
        addTile(*picture, {tile.tile, kind, tile.visible});
      if (request.pictures)
        kinds.push_back(static_cast<uint8_t>(kind));
    }
    addToHash(kinds);
    kinds.clear();
    if (request.progress)
      request.progress(pairCost * pairs);
  }

  std::array<uint8_t, 32> getFingerprint() { return hash.final(); }

private:
  /// A digest of 128 bits is fast, that of all digests safe.
  void addToHash(ArrayRef<uint8_t> bytes) {
    llvm::XXH128_hash_t digest = llvm::xxh3_128bits(bytes);
    uint64_t words[] = {digest.low64, digest.high64};
    hash.update(
        ArrayRef(reinterpret_cast<const uint8_t *>(words), sizeof words));
  }

  MaskCounts &counts;
  const ReportRequest &request;
  double pairCost;
  llvm::SmallVector<MaskPicture *, 2> pictures;
  llvm::SHA256 hash;
  std::vector<uint8_t> kinds; ///< Of a row of tiles.
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

/// Of a pair of one head, in pairs of an atom.
static double getPairCost(const MaskedStream &stream) {
  double cost = 0;
  for (Operation *condition : stream.conditions)
    cost += isa<MaskFreeOp>(condition) ? kRegionCost : 1;
  // Where there are several, each is asked alone, too.
  return stream.conditions.size() > 1 ? 2 * cost : std::max(cost, 1.0);
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
  seeker.costOfPair = getPairCost(stream);
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
