//===- SchedOps.cpp - Verifiers of the attn_sched dialect -----------------===//

#include "RoleHazards.h"
#include "RoleTurns.h"

#include "attn/dialect/Attn/AttendRules.h"
#include "attn/dialect/Attn/Regions.h"
#include "attn/dialect/Sched/HeadTile.h"
#include "attn/dialect/Sched/Sched.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "attn/dialect/Sched/SchedOps.cpp.inc"

namespace attn::sched {
namespace {

struct Span {
  int64_t begin, end;
  bool overlaps(Span other) const {
    return begin < other.end && other.begin < end;
  }
};

// forward-C3
LogicalResult verifyLayout(ForwardOp forward, Block &plan) {
  SmallVector<Span> spans;
  for (auto buffer : plan.getOps<BufferOp>()) {
    if (buffer.getAt() % 1024 != 0)
      return buffer.emitOpError()
             << "expects to begin at a multiple of 1024 bytes "
                "but got "
             << buffer.getAt();
    for (Span span :
         {Span{static_cast<int64_t>(buffer.getAt()), buffer.getEnd()},
          Span{static_cast<int64_t>(buffer.getBarriers()),
               buffer.getBarriersEnd()}}) {
      if (span.end > static_cast<int64_t>(forward.getShared()))
        return buffer.emitOpError()
               << "ends at byte " << span.end << " but 'shared' is "
               << forward.getShared();
      for (Span other : spans)
        if (span.overlaps(other))
          return buffer.emitOpError()
                 << "overlaps another buffer or its barriers in bytes "
                 << span.begin << " to " << span.end;
      spans.push_back(span);
    }
  }
  return success();
}

bool hasQueryTiles(RoleOp role) {
  return llvm::any_of(role.getBody(), [](Block &block) {
    return !block.getOps<QueryTilesOp>().empty();
  });
}

// forward-C7
LogicalResult verifyQueryTiles(ForwardOp forward) {
  for (auto role : forward.getPlan().getOps<RoleOp>()) {
    bool hasSteps = llvm::any_of(role.getBody(),
                                 [](Block &block) { return !block.empty(); });
    if (hasSteps && hasQueryTiles(role) != forward.isPersistent())
      return role.emitOpError()
             << "has no attn_sched.query_tiles, another role has; expected the "
                "same query tiles for all roles";
  }
  return success();
}

// forward-C4, role-C5
LogicalResult verifyRoles(ForwardOp forward, Block &plan) {
  uint64_t next = 0;
  RoleOp withTurns;
  for (auto role : plan.getOps<RoleOp>()) {
    if (role.getFirst() != next)
      return role.emitOpError() << "begins at warpgroup " << role.getFirst()
                                << " but the roles before end at " << next;
    next += role.getCount();
    if (!hasTurns(role))
      continue;
    if (withTurns)
      return role.emitOpError() << "has turns as role \"" << withTurns.getName()
                                << "\" does; expected one role with turns";
    withTurns = role;
  }
  if (next != 0 && next * 128 != forward.getThreads())
    return forward.emitOpError()
           << "has roles for " << next << " warpgroups but "
           << forward.getThreads() << " threads; expected 128 each";
  return success();
}

} // namespace

LogicalResult ForwardOp::verify() {
  // forward-C1
  for (Value stream : getStreams())
    if (!stream.getDefiningOp<RouteOp>())
      return emitOpError() << "expects streams to be made by attn.route in the "
                              "same function";
  if (failed(verifyFold(*this)) ||
      failed(
          verifyOperandLengths(*this, getOperandLengths(), getOut().getType())))
    return failure();
  if (!getScore().empty() &&
      failed(verifyRegion(*this, getScore(), RegionKind::Score,
                          getCaptures().getTypes())))
    return failure();
  // forward-C5, forward-C6
  if (auto fault = findHeadTileFault(*this, getQueryTile(), getHeadTile()))
    return emitOpError() << "cannot have 'heads' " << getHeadTile() << ": "
                         << *fault;
  if (getPlan().empty())
    return success();
  // forward-C2
  Block &plan = getPlan().front();
  for (Operation &op : plan)
    if (!isa<BufferOp, FragmentOp, RoleOp>(op))
      return op.emitOpError() << "is not legal in a plan; expected buffers, "
                                 "fragments and roles";
  if (failed(verifyLayout(*this, plan)) || failed(verifyQueryTiles(*this)))
    return failure();
  return verifyRoles(*this, plan);
}

bool ForwardOp::isPersistent() {
  return llvm::any_of(getPlan().getOps<RoleOp>(), hasQueryTiles);
}

void BufferOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getBuffer(), getTensor());
}

/// s, p and o, by the products they take part in.
void FragmentOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  for (Operation *user : getFragment().getUsers()) {
    if (isa<LogitsOp>(user))
      return setName(getFragment(), "s");
    if (auto sum = dyn_cast<AccumulateOp>(user))
      return setName(getFragment(), sum.getO() == getFragment() ? "o" : "p");
  }
}

LogicalResult BufferOp::verify() {
  // buffer-C1
  if (getTensor() != "q" && getTensor() != "k" && getTensor() != "v")
    return emitOpError() << "expects 'tensor' \"q\", \"k\" or \"v\" but got "
                         << getTensorAttr();
  // buffer-C2
  auto isSize = [](uint64_t size, uint64_t multiple) {
    return size >= multiple && size <= 256 && size % multiple == 0;
  };
  if (!isSize(getRows(), 8) || !isSize(getColumns(), 64) || getStages() < 1)
    return emitOpError()
           << "expects rows in multiples of 8 and columns of 64, at "
              "most 256, and stages of 1 or more but got "
           << getRows() << " x " << getColumns() << ", " << getStages()
           << " stages";
  // buffer-C3
  if (!isa_and_nonnull<ForwardOp>((*this)->getParentOp()))
    return emitOpError()
           << "expects to stand in the plan of attn_sched.forward";
  return success();
}

LogicalResult FragmentOp::verify() {
  // fragment-C1
  if (getRows() == 64 && getColumns() >= 8 && getColumns() <= 256 &&
      getColumns() % 8 == 0)
    return success();
  return emitOpError()
         << "expects 64 rows and columns in multiples of 8, at most "
            "256, but got "
         << getRows() << " x " << getColumns();
}

LogicalResult RoleOp::verify() {
  // role-C1
  if (getRegisters() < 24 || getRegisters() > 256 || getRegisters() % 8 != 0)
    return emitOpError()
           << "expects 'registers' to be a multiple of 8 from 24 to "
              "256 but got "
           << getRegisters();
  return success();
}

LogicalResult RoleOp::verifyRegions() {
  // role-C2
  Operation *loop = nullptr;
  for (Block &block : getBody())
    for (auto queries : block.getOps<QueryTilesOp>()) {
      if (loop)
        return queries.emitOpError() << "is the second of a role; expected one";
      loop = queries;
    }
  WalkResult result = getBody().walk([&](Operation *op) -> WalkResult {
    if (isa<ForwardOp, RoleOp, BufferOp, FragmentOp>(op) ||
        !isa<AttnSchedDialect>(op->getDialect()))
      return op->emitOpError() << "is not legal in a role; expected steps, "
                                  "attn_sched.query_tiles and "
                                  "attn_sched.key_tiles";
    if (loop && op->getParentOp() == *this &&
        !isa<QueryTilesOp, OpenTurnsOp, CloseTurnsOp>(op))
      return op->emitOpError() << "stands beside attn_sched.query_tiles; "
                                  "expected to stand in it";
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  if (failed(verifyTurns(*this)))
    return failure();
  return verifyHazards(*this);
}

LogicalResult KeyTilesOp::verify() {
  // key_tiles-C1
  auto forward = (*this)->getParentOfType<ForwardOp>();
  if (!forward || forward.getStreams().size() == getStreams())
    return success();
  return emitOpError() << "expects 'streams' to be "
                       << forward.getStreams().size()
                       << ", as many as the kernel has, but got "
                       << static_cast<int64_t>(getStreams());
}

LogicalResult StoreOp::verify() {
  // store-C1
  if (!getThrough())
    return success();
  auto role = (*this)->getParentOfType<RoleOp>();
  auto buffer = getThrough().getDefiningOp<BufferOp>();
  auto fragment = getO().getDefiningOp<FragmentOp>();
  if (!role || !buffer || !fragment)
    return success();
  if (buffer.getRows() == 64 * role.getCount() &&
      buffer.getColumns() >= fragment.getColumns())
    return success();
  return emitOpError() << "goes through a buffer of " << buffer.getRows()
                       << " x " << buffer.getColumns() << "; expected "
                       << 64 * role.getCount() << " rows and at least "
                       << fragment.getColumns() << " columns";
}

LogicalResult SettleOp::verify() {
  // settle-C1
  if (getPending() <= 7)
    return success();
  return emitOpError() << "expects 'pending' from 0 to 7 but got "
                       << static_cast<int64_t>(getPending());
}

} // namespace attn::sched
