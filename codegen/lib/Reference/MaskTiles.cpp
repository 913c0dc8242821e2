//===- MaskTiles.cpp - Masks at one launch, counted by tiles --------------===//

#include "attn/codegen/MaskTiles.h"
#include "RegionCompiler.h"
#include "SlotOrder.h"
#include "Values.h"

#include "attn/dialect/Attn/Views.h"

#include "llvm/ADT/SetVector.h"

#include <algorithm>
#include <map>

using namespace mlir;

namespace attn::reference {
namespace {

constexpr size_t kMostConditions = 64; ///< Bits of CountedTile::mixed.

/// A mask, and where its numbers come from.
struct CountedMask {
  const Stream *stream;
  const FoldSizes *sizes;
  RouteOp route;
  /// Null: tokens are in their own order.
  LayoutGridOp queryLayout, keyLayout;
  /// Tokens by slot, -1 is padding, where there is a layout; filled when the
  /// first tiles are counted, since grids may be large.
  std::optional<std::vector<int64_t>> queryOrder, keyOrder;
  /// By lengths; heads and sequences of the same lengths share them.
  std::map<std::pair<int64_t, int64_t>, TileClasses> classes;
};

/// Counts the tiles of one head.
class TileCounter {
public:
  TileCounter(const CountedMask &mask, const MaskRow &row, TileClasses &classes,
              const TileCount &request, TileSink &sink)
      : mask(mask), row(row), classes(classes), b(row.b), h(row.h),
        shape(request.tile), skipEmpty(request.skipEmpty), sink(sink),
        queries(mask.queryOrder ? mask.queryOrder->size() : row.queries),
        keys(mask.keyOrder ? mask.keyOrder->size() : row.keys), visible(keys),
        other(keys), tokens(row.keys),
        conditions(llvm::ArrayRef(mask.stream->conditions)
                       .take_front(kMostConditions)) {
    // A mask of one condition mixes where that does.
    if (request.conditions && conditions.size() > 1)
      counts.resize(conditions.size());
    countsMask = request.conditions && conditions.size() == 1;
  }

  llvm::Error run() {
    for (int64_t q0 = 0; q0 < queries && sink.wantsMore(); q0 += shape.queries)
      if (llvm::Error error =
              countTiles(q0, std::min(q0 + shape.queries, queries) - 1))
        return error;
    return llvm::Error::success();
  }

private:
  llvm::Error countTiles(int64_t q0, int64_t q1) {
    tiles.clear();
    hasPartial = false;
    bool isEmpty = true;
    for (int64_t k0 = 0; k0 < keys; k0 += shape.keys) {
      Tile tile{q0, q1, k0, std::min(k0 + shape.keys, keys) - 1};
      auto scheduled = classes.classify(b, h, tile);
      if (!scheduled)
        return scheduled.takeError();
      tiles.push_back({tile, *scheduled});
      hasPartial |= *scheduled == TileClass::Partial;
      isEmpty &= *scheduled == TileClass::Empty;
    }
    if (isEmpty && skipEmpty)
      return llvm::Error::success();
    for (std::vector<int64_t> &count : counts)
      count.assign(tiles.size(), 0);
    for (int64_t i = q0; i <= q1; ++i)
      if (std::string error = countRow(i); !error.empty())
        return llvm::createStringError(error);
    findMixed();
    if (llvm::Error error = checkSound())
      return error;
    sink.tiles(tiles);
    return llvm::Error::success();
  }

  std::string countRow(int64_t slot) {
    const TokenRange &rows = mask.sizes->rows[b];
    row.i = mask.queryOrder ? (*mask.queryOrder)[slot] : slot;
    if (row.i < rows.begin || row.i >= rows.end) {
      for (CountedTile &tile : tiles)
        tile.padding += row.i < 0;
      std::fill(visible.begin(), visible.end(), 0); // nobody sees nothing
      if (row.i >= 0)
        sink.row(slot, visible, 0);
      return "";
    }
    std::string error = evaluate(mask.stream->mask, visible);
    int64_t seen = 0;
    for (CountedTile &tile : tiles) {
      int64_t count = sum(visible, tile.tile);
      tile.visible += count;
      seen += count;
    }
    sink.row(slot, visible, seen);
    for (size_t c = 0; c < counts.size() && hasPartial && error.empty(); ++c) {
      error = evaluate(conditions[c], other);
      for (auto [n, tile] : llvm::enumerate(tiles))
        if (tile.scheduled == TileClass::Partial)
          counts[c][n] += sum(other, tile.tile);
    }
    return error;
  }

  /// Who of the keys, in their order, `row` sees.
  std::string evaluate(const Mask &condition, std::vector<uint8_t> &seen) {
    if (!mask.keyOrder)
      return condition.evaluate(row, seen.data());
    std::string error = condition.evaluate(row, tokens.data());
    for (auto [slot, token] : llvm::enumerate(*mask.keyOrder))
      seen[slot] = token >= 0 && tokens[token];
    return error;
  }

  static int64_t sum(llvm::ArrayRef<uint8_t> bytes, const Tile &tile) {
    uint32_t sum = 0; // a tile is not so wide
    for (int64_t j = tile.k0; j <= tile.k1; ++j)
      sum += bytes[j];
    return sum;
  }

  void findMixed() {
    auto isMixed = [](int64_t count, const CountedTile &tile) {
      return count > 0 && count < tile.getPairs();
    };
    for (auto [n, tile] : llvm::enumerate(tiles)) {
      if (countsMask)
        tile.mixed = isMixed(tile.visible, tile);
      for (auto [c, count] : llvm::enumerate(counts))
        if (isMixed(count[n], tile))
          tile.mixed |= uint64_t(1) << c;
    }
  }

  llvm::Error checkSound() {
    for (const CountedTile &counted : tiles) {
      bool isEmpty = counted.scheduled == TileClass::Empty;
      bool isFull = counted.scheduled == TileClass::Full;
      if (!(isEmpty && counted.visible > 0) &&
          !(isFull && counted.visible < counted.getPairs() &&
            mask.sizes->rows[b].size() == row.queries))
        continue;
      const Tile &tile = counted.tile;
      return errorAt(mask.stream->location,
                     "mask analysis calls rows " + llvm::Twine(tile.q0) +
                         " .. " + llvm::Twine(tile.q1) + ", keys " +
                         llvm::Twine(tile.k0) + " .. " + llvm::Twine(tile.k1) +
                         " of sequence " + llvm::Twine(b) + ", head " +
                         llvm::Twine(h) + (isEmpty ? " empty" : " full") +
                         ", but " + llvm::Twine(counted.visible) + " of " +
                         llvm::Twine(counted.getPairs()) +
                         " pairs are visible; this is an error of the "
                         "compiler, please report it");
    }
    return llvm::Error::success();
  }

  const CountedMask &mask;
  MaskRow row; ///< `i` changes.
  TileClasses &classes;
  int64_t b, h;
  TileShape shape;
  bool skipEmpty;
  TileSink &sink;
  int64_t queries, keys;
  std::vector<uint8_t> visible, other, tokens;
  llvm::ArrayRef<Mask> conditions;
  std::vector<CountedTile> tiles;
  std::vector<std::vector<int64_t>> counts; ///< Of conditions, by tile.
  bool countsMask = false, hasPartial = false;
};

} // namespace

struct MaskTiles::Implementation {
  llvm::SmallVector<Tensor> arguments;
  std::unique_ptr<Program> program;
  std::unique_ptr<Values> values;
  std::vector<std::unique_ptr<FoldSizes>> sizes; ///< Of every attend.
  std::vector<MaskedStream> streams;
  std::vector<CountedMask> masks; ///< One per stream.
};

namespace {

llvm::SmallVector<AttendOp> getAttends(func::FuncOp function) {
  return llvm::to_vector(function.getOps<AttendOp>());
}

LayoutGridOp getGrid(Value tensor) {
  Value layout = getLayoutOf(tensor);
  return layout ? layout.getDefiningOp<LayoutGridOp>() : LayoutGridOp();
}

void fillOrders(CountedMask &mask, llvm::ArrayRef<Tensor> arguments) {
  if (mask.queryLayout && !mask.queryOrder)
    mask.queryOrder = getSlotTokens(mask.queryLayout, arguments);
  if (mask.keyLayout && !mask.keyOrder)
    mask.keyOrder = getSlotTokens(mask.keyLayout, arguments);
}

llvm::Error addStream(MaskTiles::Implementation &all, unsigned fold,
                      unsigned index, const Fold &from, AttendOp input,
                      AttendOp routes) {
  const Stream &stream = from.streams[index];
  const FoldSizes &sizes = *all.sizes.back();
  MaskedStream made(fold, index, stream.location);
  auto op = input.getStreams()[index].getDefiningOp<StreamOp>();
  CountedMask counted{&stream,
                      &sizes,
                      routes.getStreams()[index].getDefiningOp<RouteOp>(),
                      getGrid(input.getQ()),
                      getGrid(op.getK()),
                      {},
                      {},
                      {}};
  auto count = [&](LayoutGridOp layout, int64_t tokens) {
    return layout ? countSlots(layout, all.arguments) : tokens;
  };
  made.conditions = getConditions(op.getMask());
  if (made.conditions.size() > kMostConditions)
    made.conditions.resize(kMostConditions);
  made.hasMask = op.getMask() != nullptr;
  made.perHead = stream.mask.perHead;
  made.heads = sizes.hq;
  for (int64_t b = 0; b < sizes.b; ++b) {
    made.pairs.push_back(sizes.queries.getLength(b) *
                         sizes.streams[index].keys.getLength(b));
    made.queries.push_back(
        count(counted.queryLayout, sizes.queries.getLength(b)));
    made.keys.push_back(
        count(counted.keyLayout, sizes.streams[index].keys.getLength(b)));
  }
  all.streams.push_back(std::move(made));
  all.masks.push_back(std::move(counted));
  return llvm::Error::success();
}

} // namespace

llvm::Expected<MaskTiles> MaskTiles::create(func::FuncOp input,
                                            func::FuncOp routes,
                                            llvm::ArrayRef<Tensor> arguments) {
  auto all = std::make_unique<Implementation>();
  auto program = Program::create(input);
  if (!program)
    return program.takeError();
  all->program = std::move(*program);
  const Program::Implementation &folds = all->program->get();
  all->arguments = folds.getInputs(arguments);
  all->values = std::make_unique<Values>(folds, all->arguments);
  llvm::SmallVector<AttendOp> inputs = getAttends(input),
                              routed = getAttends(routes);
  unsigned attend = 0;
  for (const Fold &fold : folds.folds) {
    auto sizes = getSizes(fold, all->values->values, all->arguments);
    if (!sizes)
      return sizes.takeError();
    all->values->describe(fold, *sizes);
    if (fold.streams.empty())
      continue; // a merge
    all->sizes.push_back(std::make_unique<FoldSizes>(std::move(*sizes)));
    for (unsigned index = 0; index < fold.streams.size(); ++index)
      if (llvm::Error error = addStream(*all, attend, index, fold,
                                        inputs[attend], routed[attend]))
        return error;
    ++attend;
  }
  return MaskTiles(std::move(all));
}

MaskTiles::MaskTiles(std::unique_ptr<Implementation> implementation)
    : implementation(std::move(implementation)) {}
MaskTiles::MaskTiles(MaskTiles &&) = default;
MaskTiles::~MaskTiles() = default;

llvm::ArrayRef<MaskedStream> MaskTiles::getStreams() const {
  return implementation->streams;
}

llvm::Error MaskTiles::count(const MaskedStream &stream, int64_t b, int64_t h,
                             const TileCount &request, TileSink &sink) {
  CountedMask &mask =
      implementation->masks[&stream - implementation->streams.data()];
  fillOrders(mask, implementation->arguments);
  std::pair<int64_t, int64_t> lengths = {stream.queries[b], stream.keys[b]};
  auto found = mask.classes.find(lengths);
  if (found == mask.classes.end()) {
    auto classes = TileClasses::create(mask.route, implementation->arguments,
                                       lengths.first, lengths.second);
    if (!classes)
      return classes.takeError();
    found = mask.classes.emplace(lengths, std::move(*classes)).first;
  }
  MaskRow row{implementation->arguments,
              b,
              h,
              0,
              mask.sizes->queries.getLength(b),
              mask.sizes->streams[stream.stream].keys.getLength(b)};
  return TileCounter(mask, row, found->second, request, sink).run();
}

llvm::SmallVector<unsigned> getMaskArguments(func::FuncOp function) {
  llvm::SetVector<unsigned> arguments;
  auto add = [&](ValueRange values) {
    for (Value value : values)
      if (BlockArgument argument = value.getType().isIndex()
                                       ? getIndexOrigin(value).argument
                                       : getViewedArgument(value))
        arguments.insert(argument.getArgNumber());
  };
  function.walk([&](Operation *op) {
    if (auto mask = dyn_cast<MaskOpInterface>(op))
      add(mask.getTables());
    else if (isa<LengthsPerBatchOp, LengthsPackedOp, LayoutGridOp>(op))
      add(op->getOperands());
  });
  return llvm::to_vector(arguments);
}

} // namespace attn::reference
