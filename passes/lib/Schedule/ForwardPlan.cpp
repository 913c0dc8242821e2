//===- ForwardPlan.cpp - The forward skeleton as steps --------------------===//
//
// Shah et al. 2024, FlashAttention-3 (arXiv:2407.08608), algorithm 2: the
// logits of a key tile are computed while the product of the tile before with V
// is in flight. The wait for the next K tile between softmax and settle, and
// the anchor, keep the exponentials under that product. Section 3.1: consumers
// take turns in issuing the two products of an iteration, so that one computes
// weights while the tensor cores work for another. What `begin` and `end` issue
// is one product, without turns.
//
// A role does its steps for the query tile of the CTA, or in a loop over
// several; turns go on through all of them. There the producer is ahead: K of
// the next tile comes before Q, whose place the consumers still need for their
// results.
//
//===----------------------------------------------------------------------===//

#include "ForwardPlan.h"

using namespace mlir;

namespace attn {
namespace {

class PlanBuilder {
public:
  PlanBuilder(OpBuilder &b, Location loc, const ForwardSizes &sizes)
      : b(b), loc(loc), sizes(sizes) {}

  void buildResources() {
    int64_t arrivals = sizes.useTma ? 1 : 128, barriers = sizes.getBarriers();
    int64_t ring = 16 * sizes.stages;
    int64_t kAt = sizes.getQueryBytes();
    int64_t vAt = kAt + sizes.stages * sizes.getKeyBytes();
    int64_t kBarriers = barriers + 8 * sizes.getQueryBarriers();
    q = buffer("q", sizes.queryTile, sizes.headSize, 1, 0, barriers, arrivals,
               sizes.isPersistent ? sizes.consumers : 0);
    k = buffer("k", sizes.keyTile, sizes.headSize, sizes.stages, kAt, kBarriers,
               arrivals, sizes.consumers);
    v = buffer("v", sizes.keyTile, sizes.valueSize, sizes.stages, vAt,
               kBarriers + ring, arrivals, sizes.consumers);
    s = fragment(b.getF32Type(), sizes.keyTile);
    p = fragment(sizes.element, sizes.keyTile);
    o = fragment(b.getF32Type(), (sizes.valueSize + 7) / 8 * 8);
  }

  void buildProducer() {
    OpBuilder::InsertionGuard guard(b);
    enterRole("producer", 0, 1, sizes.producerRegisters, sizes.useTma);
    if (sizes.isPersistent)
      enter(sched::QueryTilesOp::create(b, loc).getBody());
    else
      load(q);
    auto keys = sched::KeyTilesOp::create(b, loc, sizes.streams);
    if (sizes.isPersistent) {
      enter(keys.getBegin());
      for (Value ring : {k, q, v})
        refill(ring);
      enter(keys.getNone());
      refill(q);
    }
    enter(keys.getSteady());
    for (Value ring : {k, v})
      refill(ring);
  }

  void buildConsumer() {
    OpBuilder::InsertionGuard guard(b);
    enterRole("consumer", 1, sizes.consumers, sizes.consumerRegisters, false);
    turn<sched::OpenTurnsOp>();
    if (sizes.isPersistent) {
      OpBuilder::InsertionGuard guard(b);
      enter(sched::QueryTilesOp::create(b, loc).getBody());
      buildQueryTile();
    } else {
      buildQueryTile();
    }
    turn<sched::CloseTurnsOp>();
  }

private:
  /// What a consumer does for a query tile.
  void buildQueryTile() {
    OpBuilder::InsertionGuard guard(b);
    await(q);
    auto keys = sched::KeyTilesOp::create(b, loc, sizes.streams);
    if (sizes.isPersistent && !sizes.storesByTma())
      release(q);
    sched::StoreOp::create(b, loc, o, sizes.storesByTma() ? q : Value());
    if (sizes.isPersistent && sizes.storesByTma())
      release(q);
    buildBegin(keys.getBegin());
    buildSteady(keys.getSteady());
    enter(keys.getEnd());
    await(v);
    if (clears())
      clear();
    accumulate();
    settle(0, o);
    release(v);
  }

  void buildBegin(Region &region) {
    enter(region);
    await(k);
    logits();
    settle(0, s);
    release(k);
    weigh();
    await(k, /*ifMore=*/true);
    sched::ConvertOp::create(b, loc, p, s);
  }

  void buildSteady(Region &region) {
    enter(region);
    if (isClearedInLoop()) {
      await(v);
      clear();
    }
    turn<sched::TakeTurnOp>();
    logits();
    if (!isClearedInLoop())
      await(v);
    accumulate();
    turn<sched::PassTurnOp>();
    settle(1, s);
    release(k);
    weigh();
    await(k, /*ifMore=*/true);
    sched::AnchorOp::create(b, loc, s);
    settle(0, o);
    release(v);
    sched::RescaleOp::create(b, loc, o);
    sched::ConvertOp::create(b, loc, p, s);
  }

  /// Logits to weights: the holes, then softmax.
  void weigh() {
    sched::ScoreOp::create(b, loc, s);
    sched::MaskOp::create(b, loc, s);
    sched::SoftmaxOp::create(b, loc, s);
  }

  Value buffer(StringRef name, int64_t rows, int64_t columns, int64_t stages,
               int64_t at, int64_t barriers, int64_t full, int64_t empty) {
    return sched::BufferOp::create(b, loc, b.getType<sched::BufferType>(), name,
                                   rows, ForwardSizes::getColumns(columns),
                                   stages, at, barriers, full, empty);
  }
  Value fragment(Type element, int64_t columns) {
    return sched::FragmentOp::create(b, loc, b.getType<sched::FragmentType>(),
                                     element, 64, columns);
  }
  void enter(Region &region) { b.createBlock(&region); }
  void enterRole(StringRef name, int64_t first, int64_t count,
                 int64_t registers, bool elected) {
    auto role =
        sched::RoleOp::create(b, loc, name, first, count, registers, elected);
    enter(role.getBody());
  }
  void load(Value buffer) {
    sched::LoadOp::create(b, loc, buffer, /*copy=*/!sizes.useTma);
  }
  void refill(Value buffer) {
    sched::AcquireOp::create(b, loc, buffer);
    load(buffer);
  }
  void await(Value buffer, bool ifMore = false) {
    sched::AwaitOp::create(b, loc, buffer, ifMore);
  }
  /// Keys end in the last tile of a stream, of the last one in `end`. Ordinary
  /// loads clear what is behind.
  bool clears() const { return sizes.useTma && sizes.hasLengths; }
  /// The consumers meet there: not while one of them has the turn.
  bool isClearedInLoop() const { return clears() && sizes.streams > 1; }
  void clear() { sched::ClearOp::create(b, loc, v); }
  template <typename Step>
  void turn() {
    if (sizes.takesTurns)
      Step::create(b, loc);
  }
  void release(Value buffer) { sched::ReleaseOp::create(b, loc, buffer); }
  void logits() { sched::LogitsOp::create(b, loc, s, q, k); }
  void accumulate() { sched::AccumulateOp::create(b, loc, o, p, v); }
  void settle(int64_t pending, Value fragment) {
    sched::SettleOp::create(b, loc, pending, fragment);
  }

  OpBuilder &b;
  Location loc;
  const ForwardSizes &sizes;
  Value q, k, v, s, p, o;
};

} // namespace

void buildForwardPlan(OpBuilder &builder, Location loc, Region &plan,
                      const ForwardSizes &sizes) {
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&plan);
  PlanBuilder steps(builder, loc, sizes);
  steps.buildResources();
  steps.buildProducer();
  steps.buildConsumer();
}

} // namespace attn
