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

namespace attn::view {
namespace {

/// What a pair costs in a region, which is interpreted, in pairs of an atom, to
/// be on the safe side: 22 ns (an addition, a comparison) to 48 ns
/// (s2-attention of test/Systems) against 1.5 ns (causal), by attn-view on
/// 2026-11-21.
constexpr double kRegionCost = 40;

/// What tells heads that do not see the same apart.
class Fingerprint {
public:
  /// A digest of 128 bits is fast, that of all digests safe.
  void add(ArrayRef<uint8_t> bytes) {
    llvm::XXH128_hash_t digest = llvm::xxh3_128bits(bytes);
    uint64_t words[] = {digest.low64, digest.high64};
    hash.update(
        ArrayRef(reinterpret_cast<const uint8_t *>(words), sizeof words));
  }

  std::array<uint8_t, 32> get() { return hash.final(); }

private:
  llvm::SHA256 hash;
};

/// Counts the tiles of one head.
class TilesOfHead : public reference::TileSink {
public:
  TilesOfHead(const ReportRequest &request, double pairCost, MaskCounts &counts,
              Fingerprint &fingerprint)
      : request(request), counts(counts), fingerprint(fingerprint),
        pairCost(pairCost) {}

  void tiles(ArrayRef<CountedTile> row) override {
    double pairs = 0;
    std::vector<uint8_t> kinds;
    for (const CountedTile &tile : row) {
      TileKind kind = getKind(tile);
      pairs += double(tile.getPairs());
      ++counts.tiles[static_cast<int>(kind)];
      for (size_t n = 0; n < counts.mixed.size(); ++n)
        counts.mixed[n] += kind == TileKind::Partial && (tile.mixed >> n & 1);
      if (request.pictures)
        kinds.push_back(static_cast<uint8_t>(kind));
    }
    fingerprint.add(kinds);
    if (request.progress)
      request.progress(pairCost * pairs);
  }

protected:
  const ReportRequest &request;
  MaskCounts &counts;
  Fingerprint &fingerprint;

private:
  double pairCost;
};

/// Counts the rows of one head, too, and draws it if asked to.
class HeadCounter : public TilesOfHead {
public:
  HeadCounter(const MaskedStream &stream, int64_t b,
              const ReportRequest &request, double pairCost, HeadGroup &group,
              Fingerprint &fingerprint)
      : TilesOfHead(request, pairCost, group.counts, fingerprint) {
    counts.heads = 1;
    counts.pairs = stream.pairs[b];
    counts.mixed.resize(stream.conditions.size());
    int64_t sizes[] = {stream.queries[b], stream.keys[b]};
    fingerprint.add(
        ArrayRef(reinterpret_cast<const uint8_t *>(sizes), sizeof sizes));
    if (!request.pictures)
      return;
    group.picture = makePicture(sizes[0], sizes[1], request.tile);
    pictures.push_back(&group.picture);
    if (group.picture.isDownsampled())
      pictures.push_back(&group.detail.emplace(makeDetail(group.picture)));
  }

  void row(int64_t i, ArrayRef<uint8_t> visible, int64_t seen) override {
    ++counts.rows;
    counts.visible += seen;
    counts.emptyRows += seen == 0;
    counts.fewestKeys = std::min(counts.fewestKeys, seen);
    counts.mostKeys = std::max(counts.mostKeys, seen);
    for (MaskPicture *picture : pictures)
      picture->addRow(i, visible);
    if (request.pictures)
      fingerprint.add(visible);
  }

  void tiles(ArrayRef<CountedTile> row) override {
    TilesOfHead::tiles(row);
    for (const CountedTile &tile : row)
      for (MaskPicture *picture : pictures)
        picture->addTile(tile);
  }

private:
  llvm::SmallVector<MaskPicture *, 2> pictures;
};

/// Whether measured tiles have to be counted for themselves.
bool isCountedTwice(const ReportRequest &request) {
  return request.measuredTile && !(*request.measuredTile == request.tile);
}

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
  return pairs * getPairCost(stream) * (isCountedTwice(request) ? 2 : 1);
}

/// Counts head `h` of sequence `b`.
static llvm::Expected<std::array<uint8_t, 32>>
countGroup(MaskSession &session, const MaskedStream &stream,
           const ReportRequest &request, int64_t b, int64_t h,
           HeadGroup &group) {
  double pairCost = getPairCost(stream);
  Fingerprint fingerprint;
  HeadCounter counter(stream, b, request, pairCost, group, fingerprint);
  if (llvm::Error error =
          session.masks.count(stream, b, h, {request.tile}, counter))
    return error;
  if (isCountedTwice(request)) {
    TilesOfHead measured(request, pairCost, group.measured, fingerprint);
    if (llvm::Error error = session.masks.count(
            stream, b, h, {*request.measuredTile, /*conditions=*/false},
            measured))
      return error;
  } else {
    group.measured = group.counts;
  }
  return fingerprint.get();
}

llvm::Expected<StreamReport> countStream(MaskSession &session,
                                         const MaskedStream &stream,
                                         const ReportRequest &request) {
  StreamReport report{&stream, request.tile, request.measuredTile, {}, {}, {}};
  std::vector<int64_t> heads = getHeads(stream, request);
  std::map<std::array<uint8_t, 32>, size_t> known;
  auto countHead = [&](int64_t b, ArrayRef<int64_t> alike) -> llvm::Error {
    HeadGroup group;
    auto fingerprint =
        countGroup(session, stream, request, b, alike.front(), group);
    if (!fingerprint)
      return fingerprint.takeError();
    report.counts.add(group.counts, int64_t(alike.size()));
    report.measured.add(group.measured, int64_t(alike.size()));
    auto [it, isNew] = known.try_emplace(*fingerprint, report.groups.size());
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
                                   const MaskedStream &stream, TileShape tile,
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
              {tile, /*conditions=*/false, /*skipEmpty=*/true}, seeker))
        return error;
  return seeker.wantsMore();
}

TileShape getMeasuredTile(StringRef target) {
  return target == "cpu" ? TileShape{64, 64} : TileShape{128, 128};
}

} // namespace attn::view
