//===- FoldShape.cpp - What is constant in the kernel of a fold -----------===//

#include "FoldShape.h"
#include "AmxTiles.h"

#include "attn/dialect/Attn/Layout.h"
#include "attn/passes/Dependence.h"

#include "mlir/IR/Matchers.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace attn;
using namespace attn::cpu;

namespace {

constexpr float kLog2E = 1.44269504088896340736f;
constexpr float kLn2 = 0.693147180559945309417f;

/// Tiles of packed pairs: O^T is read and written once per 128 keys. A block of
/// lanes is two tile registers wide. A run of tiles of keys comes from memory
/// once per task, which has several tiles of queries where there are many.
constexpr int64_t kPairTile = 128, kPairLanes = 32, kPairTiles = 4;

/// Larger heads have more code than they gain from tile registers.
constexpr int64_t kLargestPairHead = 256;

bool readsOfTiles(Region &region, attn::RegionKind kind) {
  if (region.empty())
    return false;
  DependenceAnalysis dependence(region, kind);
  return llvm::any_of(region.getOps<ReadOp>(), [&](ReadOp read) {
    return !dependence.get(read.getResult()).isUniform();
  });
}

} // namespace

StreamShape::StreamShape(tile::FoldOp fold, Value stream)
    : route(stream.getDefiningOp<RouteOp>()),
      heads(getStreamOperands(stream)->heads),
      headGroup(getHeadGroup(fold, stream)) {}

bool StreamShape::hasVisible() const {
  return !RouteOp(route).getVisible().empty();
}
bool StreamShape::hasClassify() const {
  return !RouteOp(route).getClassify().empty();
}
bool StreamShape::boundsAreOfTiles() const {
  return readsOfTiles(RouteOp(route).getBounds(), attn::RegionKind::Bounds);
}
bool StreamShape::classesAreOfTiles() const {
  return readsOfTiles(RouteOp(route).getClassify(), attn::RegionKind::Classify);
}
bool StreamShape::masksOften() const {
  RouteOp op = route;
  if (!hasVisible() || hasClassify() || op.getBounds().empty())
    return hasVisible();
  Value lower = op.getBounds().front().getTerminator()->getOperand(0);
  return !matchPattern(lower, m_Zero());
}

FoldShape::FoldShape(tile::FoldOp fold, CpuVariant variant)
    : fold(fold), axes(isPacked(fold.getLengths())),
      queryRows(fold.getQueryTile()),
      queryTile(llvm::alignTo(queryRows, getLongestVector())),
      keyTile(fold.getKeyTile()), hasScore(!fold.getScore().empty()),
      scale(fold.getScale().convertToDouble()) {
  for (Value stream : fold.getStreams())
    streams.emplace_back(fold, stream);
  auto q = cast<RankedTensorType>(fold.getQ().getType());
  elementType = q.getElementType();
  headSize = q.getDimSize(axes.channel());
  const StreamShape &first = streams.front();
  RouteOp route = first.route;
  valueHeadSize =
      cast<RankedTensorType>(route.getV().getType()).getShape().back();
  usesTiles = variant == CpuVariant::Amx;
  bool canPack = elementType.isBF16() && !findsTokens() &&
                 std::max(headSize, valueHeadSize) <= kLargestPairHead;
  usesPairs = canPack && (usesTiles ||
                          (variant == CpuVariant::V4Bf16 && isWorthPacking()));
  lanePitch = queryTile;
  if (usesPairs && queryTile > kPairLanes && fitsBlocks()) {
    queryRows = keyTile = kPairTile;
    mostTiles = axes.batch() ? kPairTiles : 1;
    queryTile = mostTiles * kPairTile;
    lanePitch = kPairLanes;
  }
  headGroup = first.headGroup;
}

bool FoldShape::isWorthPacking() const {
  bool hasShortKeys = llvm::any_of(streams, [](StreamShape stream) {
    auto k = cast<RankedTensorType>(stream.route.getK().getType());
    TokenAxes axes(isPacked(stream.route.getLengths()));
    int64_t keys = k.getDimSize(axes.length());
    return !ShapedType::isDynamic(keys) && keys < kPairTile;
  });
  return queryTile > kPairLanes && fitsBlocks() && !hasShortKeys;
}

FoldShape FoldShape::withRows(int64_t rows) const {
  FoldShape shape = *this;
  shape.queryRows = shape.queryTile = shape.lanePitch = rows;
  shape.mostTiles = 1;
  shape.keyTile = tile::FoldOp(fold).getKeyTile();
  shape.hasRowPairs = usesPairs && !usesTiles && headSize % kTileDepth == 0 &&
                      valueHeadSize % kTileDepth == 0 && shape.keyTile % 2 == 0;
  shape.usesPairs = false;
  return shape;
}

bool FoldShape::findsTokens() const {
  tile::FoldOp op = fold;
  SmallVector<Value> tensors(op->getResults());
  tensors.push_back(op.getQ());
  for (StreamShape stream : streams)
    tensors.append({stream.route.getK(), stream.route.getV()});
  return llvm::any_of(
      tensors, [](Value tensor) { return bool(getStoredLayout(tensor)); });
}
/// Classes of a block are those of the tiles of the fold that it meets, at most
/// two by rows.
bool FoldShape::fitsBlocks() const {
  tile::FoldOp op = fold;
  bool tilesFit =
      op.getQueryTile() >= kPairLanes && kPairTile % op.getKeyTile() == 0;
  return llvm::all_of(streams, [&](const StreamShape &stream) {
    return !stream.boundsAreOfTiles() &&
           (tilesFit || !stream.classesAreOfTiles());
  });
}
bool FoldShape::hasMass() const {
  return !tile::FoldOp(fold).getMass().empty();
}
bool FoldShape::givesState() const {
  return !tile::FoldOp(fold).getState().empty();
}
bool FoldShape::needsExactSums() const {
  return tile::FoldOp(fold).getLse() || hasMass() || givesState() || hasTerms();
}
bool FoldShape::hasTerms() const {
  tile::FoldOp op = fold;
  return op.getSink() || !op.getStates().empty();
}
int64_t FoldShape::getHeadChunks() const {
  return llvm::divideCeil(headSize, kTileDepth);
}
int64_t FoldShape::getKeyChunks() const {
  return llvm::divideCeil(keyTile, kTileDepth);
}
int64_t FoldShape::getOutputRows() const {
  return usesPairs ? llvm::alignTo(valueHeadSize, kTileRows) : valueHeadSize;
}
int64_t FoldShape::getLogitRows() const {
  return usesPairs ? llvm::alignTo(keyTile, kTileRows) : keyTile;
}
int64_t FoldShape::getKeyElements() const {
  return getLogitRows() * getHeadChunks() * kTileDepth;
}
int64_t FoldShape::getValueElements() const {
  return getOutputRows() * getKeyChunks() * kTileDepth;
}
int64_t FoldShape::getWeightElements() const {
  return lanePitch * getKeyChunks() * kTileDepth;
}
float FoldShape::log2OfUnit() const {
  return hasScore && !usesPairs ? kLog2E : 1.0f;
}
float FoldShape::getQueryFactor() const {
  return static_cast<float>(hasScore ? scale : scale * M_LOG2E);
}
float FoldShape::getWeighedFactor() const {
  if (!usesPairs)
    return 1.0f;
  if (hasScore)
    return kLog2E;
  return keepsProducts() ? getQueryFactor() : 1.0f;
}
float FoldShape::unit() const { return hasScore && !usesPairs ? 1.0f : kLn2; }
