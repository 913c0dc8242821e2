//===- Mask.cpp - Masks as bytes of a row ---------------------------------===//

#include "Mask.h"
#include "Neighborhood.h"
#include "Number.h"
#include "RegionCompiler.h"

#include "attn/dialect/Attn/Neighborhood.h"
#include "attn/dialect/Attn/Views.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>

using namespace mlir;

namespace attn::reference {
namespace {

/// A predicate over the keys of a row: true where key `j` is visible.
template <typename F>
MaskFunction forEachKey(F makePredicate) {
  return [=](const MaskRow &row, uint8_t *visible) {
    auto predicate = makePredicate(row);
    for (int64_t j = 0; j < row.keys; ++j)
      visible[j] = predicate(j);
    return std::string();
  };
}

/// p = i + Lk - Lq
int64_t getPosition(const MaskRow &row) {
  return row.i + row.keys - row.queries;
}

/// Rounded down; `b` is positive.
int64_t floorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0); }

class MaskCompiler {
public:
  explicit MaskCompiler(Mask &mask) : mask(mask) {}

  llvm::Expected<MaskFunction> compile(Value value) {
    Operation *op = value.getDefiningOp();
    if (auto atom = dyn_cast_or_null<MaskOpInterface>(op))
      if (llvm::Error error = addTables(atom))
        return error;
    return TypeSwitch<Operation *, llvm::Expected<MaskFunction>>(op)
        .Case([&](MaskCausalOp op) { return makeCausal(op); })
        .Case([&](MaskWindowOp op) { return makeWindow(op); })
        .Case([&](MaskFirstOp op) { return makeFirst(op); })
        .Case([&](MaskPrefixOp op) { return makePrefix(op); })
        .Case([&](MaskBlockOp op) { return makeBlock(op); })
        .Case([&](MaskDocumentOp op) { return makeDocument(op); })
        .Case([&](MaskNeighborhoodOp op) { return makeNeighborhood(op); })
        .Case([&](MaskBlockCausalOp op) { return makeBlockCausal(op); })
        .Case([&](MaskStrideOp op) { return makeStride(op); })
        .Case([&](MaskPowerOfTwoOp op) { return makePowerOfTwo(op); })
        .Case([&](MaskStaircaseOp op) { return makeStaircase(op); })
        .Case([&](MaskTwoStreamOp op) { return makeTwoStream(op); })
        .Case([&](MaskSlicesOp op) { return makeSlices(op); })
        .Case([&](MaskRowsOp op) { return makeRows(op); })
        .Case([&](MaskColumnsOp op) { return makeColumns(op); })
        .Case([&](MaskBlockBitmapOp op) { return makeBlockBitmap(op); })
        .Case([&](MaskFreeOp op) { return makeFree(op); })
        .Case<MaskAndOp, MaskOrOp, MaskNotOp>(
            [&](Operation *op) { return makeConnective(op); })
        .Default([&](Operation *) {
          return errorAt(value.getLoc(),
                         "the reference does not evaluate this mask; expected "
                         "an op 'attn.mask'");
        });
  }

private:
  /// A number of the op, or one per head: parameter(row).
  using Parameter = std::function<int64_t(const MaskRow &)>;

  llvm::Error addTables(MaskOpInterface op) {
    for (Value table : op.getTables())
      if (!getViewedArgument(table) && !table.getType().isIndex())
        return errorAt(op.getLoc(), "'" + op->getName().getStringRef() +
                                        "' op expects tables that are "
                                        "arguments of the function");
    for (TableRule &rule : op.getTableRules())
      mask.tables.push_back({argumentOf(rule.table), rule,
                             op->getName().getStringRef().str(), op.getLoc()});
    return llvm::Error::success();
  }

  static unsigned argumentOf(Value table) { return getInputNumber(table); }

  static Capture compileCapture(Value value) {
    if (value.getType().isIndex())
      return getIndexCapture(value);
    unsigned argument = argumentOf(value);
    return {"argument " + std::to_string(argument), argument, std::nullopt,
            std::nullopt};
  }

  Parameter getParameter(std::optional<int64_t> number, Value table) {
    if (!table)
      return [=](const MaskRow &) { return number.value_or(0); };
    mask.perHead = true;
    unsigned argument = argumentOf(table);
    return [=](const MaskRow &row) {
      const Tensor &numbers = row.arguments[argument];
      return loadInteger(numbers, getOffset(numbers, {row.h}));
    };
  }

  /// j <= p + offset
  MaskFunction makeCausal(MaskCausalOp op) {
    Parameter offset = getParameter(op.getOffset(), op.getOffsets());
    return forEachKey([=](const MaskRow &row) {
      int64_t last = getPosition(row) + offset(row);
      return [=](int64_t j) { return j <= last; };
    });
  }

  /// p - left <= j <= p + right
  MaskFunction makeWindow(MaskWindowOp op) {
    bool hasLeft = op.getLeft() || op.getLefts();
    bool hasRight = op.getRight() || op.getRights();
    Parameter left = getParameter(op.getLeft(), op.getLefts());
    Parameter right = getParameter(op.getRight(), op.getRights());
    return forEachKey([=](const MaskRow &row) {
      int64_t p = getPosition(row);
      int64_t first = hasLeft ? p - left(row) : 0;
      int64_t last = hasRight ? p + right(row) : row.keys;
      return [=](int64_t j) { return first <= j && j <= last; };
    });
  }

  /// j < count
  MaskFunction makeFirst(MaskFirstOp op) {
    Parameter count = getParameter(op.getCount(), op.getCounts());
    return forEachKey([=](const MaskRow &row) {
      int64_t n = count(row);
      return [=](int64_t j) { return j < n; };
    });
  }

  /// j < prefix[b]
  MaskFunction makePrefix(MaskPrefixOp op) {
    unsigned argument = argumentOf(op.getPrefix());
    return forEachKey([=](const MaskRow &row) {
      const Tensor &prefix = row.arguments[argument];
      int64_t n = loadInteger(prefix, getOffset(prefix, {row.b}));
      return [=](int64_t j) { return j < n; };
    });
  }

  /// floor(p / size) == floor(j / size)
  MaskFunction makeBlock(MaskBlockOp op) {
    Parameter size = getParameter(op.getSize(), op.getSizes());
    return forEachKey([=](const MaskRow &row) {
      int64_t n = std::max<int64_t>(size(row), 1);
      int64_t own = floorDiv(getPosition(row), n);
      return [=](int64_t j) { return floorDiv(j, n) == own; };
    });
  }

  /// queryIds[b, i] == keyIds[b, j]
  MaskFunction makeDocument(MaskDocumentOp op) {
    unsigned queryIds = argumentOf(op.getQueryIds());
    unsigned keyIds = argumentOf(op.getKeyIds());
    return forEachKey([=](const MaskRow &row) {
      const Tensor &queries = row.arguments[queryIds];
      const Tensor &keys = row.arguments[keyIds];
      auto id = loadInteger(queries, getOffset(queries, {row.b, row.i}));
      const auto *ids =
          static_cast<const int32_t *>(keys.data) + getOffset(keys, {row.b});
      int64_t stride = keys.strides[1];
      return [=](int64_t j) { return ids[j * stride] == id; };
    });
  }

  /// Row-major: the bytes of the last axis stand in those of the one before.
  MaskFunction makeNeighborhood(MaskNeighborhoodOp op) {
    std::vector<GridAxis> given;
    std::vector<Capture> sizes;
    for (Value size : op.getSizes())
      sizes.push_back(getIndexCapture(size));
    bool hasKeys = op.getKeys().has_value();
    llvm::ArrayRef<int64_t> keys = op.getKeys().value_or(op.getShape());
    for (unsigned n = 0; n < keys.size(); ++n)
      given.push_back({op.getShape()[n], keys[n], op.getWindow()[n],
                       op.getStride() ? (*op.getStride())[n] : 1,
                       op.getDilation() ? (*op.getDilation())[n] : 1,
                       op.getCausal() && (*op.getCausal())[n],
                       op.getEdge() == Edge::shift});
    return [=](const MaskRow &row, uint8_t *visible) {
      if (row.keys == 0)
        return std::string(); // A size may be 0.
      std::vector<GridAxis> axes = fillSizes(given, hasKeys, sizes, row);
      std::vector<uint8_t> seen{1};
      int64_t token = row.i;
      for (const GridAxis &axis : llvm::reverse(axes)) {
        bool isFirst = &axis == &axes.front();
        int64_t c = isFirst ? token : token % axis.queries;
        token /= axis.queries;
        if (c >= axis.queries)
          seen.assign(seen.size(), 0);
        seen =
            getProduct(getVisible(axis, std::min(c, axis.queries - 1)), seen);
      }
      for (int64_t j = 0; j < row.keys; ++j)
        visible[j] = j < int64_t(seen.size()) && seen[j];
      return std::string();
    };
  }

  /// Sizes that only the launch knows: of the queries' grid, then of the keys'.
  static std::vector<GridAxis> fillSizes(std::vector<GridAxis> axes,
                                         bool hasKeys,
                                         llvm::ArrayRef<Capture> sizes,
                                         const MaskRow &row) {
    auto fill = [&](int64_t &size) {
      if (!ShapedType::isDynamic(size))
        return;
      const Capture &from = sizes.front();
      size = from.number ? *from.number
                         : row.arguments[from.value].sizes[*from.axis];
      sizes = sizes.drop_front();
    };
    for (GridAxis &axis : axes)
      fill(axis.queries);
    for (GridAxis &axis : axes)
      if (hasKeys)
        fill(axis.keys);
      else
        axis.keys = axis.queries;
    return axes;
  }

  static std::vector<uint8_t> getProduct(const std::vector<uint8_t> &outer,
                                         const std::vector<uint8_t> &inner) {
    std::vector<uint8_t> product;
    for (uint8_t isLine : outer)
      for (uint8_t isSeen : inner)
        product.push_back(isLine & isSeen);
    return product;
  }

  /// floor(j / size) <= floor(p / size) + offset
  MaskFunction makeBlockCausal(MaskBlockCausalOp op) {
    Parameter offset = getParameter(op.getOffset(), op.getOffsets());
    return forEachKey([=, size = int64_t(op.getSize())](const MaskRow &row) {
      int64_t last = floorDiv(getPosition(row), size) + offset(row);
      return [=](int64_t j) { return j / size <= last; };
    });
  }

  /// every divides the number of the block, or the distance, plus a shift.
  MaskFunction makeStride(MaskStrideOp op) {
    Parameter offset = getParameter(op.getOffset(), op.getOffsets());
    int64_t every = op.getEvery(), size = op.getSize().value_or(1);
    int64_t step = op.getStep().value_or(0);
    mask.perHead |= step != 0;
    bool isRelative = op.getRelative();
    return forEachKey([=](const MaskRow &row) {
      int64_t shift = offset(row) + step * row.h;
      int64_t own = floorDiv(getPosition(row), size);
      return [=](int64_t j) {
        int64_t block = j / size;
        return ((isRelative ? own - block : block) + shift) % every == 0;
      };
    });
  }

  /// The distance of the blocks has one bit.
  MaskFunction makePowerOfTwo(MaskPowerOfTwoOp op) {
    return forEachKey([=, size = int64_t(op.getSize())](const MaskRow &row) {
      int64_t own = floorDiv(getPosition(row), size);
      return [=](int64_t j) {
        int64_t distance = own - j / size;
        return distance > 0 && (distance & (distance - 1)) == 0;
      };
    });
  }

  /// step j + offset <= i
  MaskFunction makeStaircase(MaskStaircaseOp op) {
    Parameter offset = getParameter(op.getOffset(), op.getOffsets());
    return forEachKey([=, step = int64_t(op.getStep())](const MaskRow &row) {
      int64_t first = offset(row), i = row.i;
      return [=](int64_t j) { return step * j + first <= i; };
    });
  }

  /// The table of the op: noised or clean query by noised or clean key.
  MaskFunction makeTwoStream(MaskTwoStreamOp op) {
    bool blocks = op.getBlocks();
    return forEachKey([=, size = int64_t(op.getSize())](const MaskRow &row) {
      int64_t queries = row.queries / 2, keys = row.keys / 2;
      bool isNoised = row.i < queries;
      int64_t x = isNoised ? row.i : row.i - queries;
      return [=](int64_t j) {
        bool ofNoised = j < keys;
        int64_t y = ofNoised ? j : j - keys;
        if (isNoised)
          return ofNoised ? x / size == y / size : y / size < x / size;
        return !ofNoised && (blocks ? y / size <= x / size : y <= x);
      };
    });
  }

  /// Slice by slice, each over the keys it holds.
  MaskFunction makeSlices(MaskSlicesOp op) {
    unsigned argument = argumentOf(op.getSlices());
    return [=](const MaskRow &row, uint8_t *visible) {
      std::fill_n(visible, row.keys, 0);
      const Tensor &slices = row.arguments[argument];
      for (int64_t n = 0; n < slices.sizes[0]; ++n) {
        int64_t w[5];
        for (int64_t c = 0; c < 5; ++c)
          w[c] = loadInteger(slices, getOffset(slices, {n, c}));
        if (row.i < w[0] || row.i >= w[1])
          continue;
        int64_t first = w[2], end = w[3];
        if (w[4] & 1)
          end = std::min(end, row.i - w[1] + w[3] + 1);
        if (w[4] & 2)
          first = std::max(first, row.i - w[0] + w[2]);
        for (int64_t j = std::max<int64_t>(first, 0);
             j < std::min(end, row.keys); ++j)
          visible[j] = 1;
      }
      return std::string();
    };
  }

  /// marks[b, i] != 0
  MaskFunction makeRows(MaskRowsOp op) {
    unsigned argument = argumentOf(op.getMarks());
    return forEachKey([=](const MaskRow &row) {
      const Tensor &marks = row.arguments[argument];
      bool isMarked = loadInteger(marks, getOffset(marks, {row.b, row.i})) != 0;
      return [=](int64_t) { return isMarked; };
    });
  }

  /// marks[b, j] != 0
  MaskFunction makeColumns(MaskColumnsOp op) {
    unsigned argument = argumentOf(op.getMarks());
    return forEachKey([=](const MaskRow &row) {
      const Tensor &marks = row.arguments[argument];
      return [=, &marks](int64_t j) {
        return loadInteger(marks, getOffset(marks, {row.b, j})) != 0;
      };
    });
  }

  /// bits[b, h, i / size_q, j / size_k] != 0
  MaskFunction makeBlockBitmap(MaskBlockBitmapOp op) {
    unsigned argument = argumentOf(op.getBits());
    bool perBatch = op.getPerBatch(), perHead = op.getPerHead();
    int64_t querySize = op.getQuerySize(), keySize = op.getKeySize();
    mask.perHead |= perHead;
    return forEachKey([=](const MaskRow &row) {
      const Tensor &bits = row.arguments[argument];
      llvm::SmallVector<int64_t, 4> at;
      if (perBatch)
        at.push_back(row.b);
      if (perHead)
        at.push_back(row.h);
      at.push_back(row.i / querySize);
      int64_t first = getOffset(bits, at), stride = bits.strides[at.size()];
      return [=, &bits](int64_t j) {
        return loadInteger(bits, first + j / keySize * stride) != 0;
      };
    });
  }

  /// The region itself, pair by pair.
  llvm::Expected<MaskFunction> makeFree(MaskFreeOp op) {
    Value head = op.getPredicate().getArgument(1);
    mask.perHead |= !head.use_empty();
    std::vector<Capture> captures;
    for (Value capture : op.getCaptures())
      captures.push_back(compileCapture(capture));
    auto compiled = RegionProgram<double>::create(
        op.getPredicate(), RegionKind::Visible, captures);
    if (!compiled)
      return compiled.takeError();
    RegionProgram<double> region = std::move(*compiled);
    return [=](const MaskRow &row, uint8_t *visible) {
      llvm::SmallVector<Tensor> tables;
      for (const Capture &capture : captures)
        tables.push_back(row.arguments[capture.value]);
      Frame<double> frame = region.makeFrame(tables, row.queries, row.keys);
      for (int64_t j = 0; j < row.keys && frame.error.empty(); ++j) {
        region.run(frame, {row.b, row.h, row.i, j});
        visible[j] = region.getResult(frame, 0).integer != 0;
      }
      return frame.error;
    };
  }

  llvm::Expected<MaskFunction> makeConnective(Operation *op) {
    std::vector<MaskFunction> operands;
    for (Value operand : op->getOperands()) {
      llvm::Expected<MaskFunction> function = compile(operand);
      if (!function)
        return function.takeError();
      operands.push_back(std::move(*function));
    }
    bool isAnd = isa<MaskAndOp>(op), isNot = isa<MaskNotOp>(op);
    return [=](const MaskRow &row, uint8_t *visible) {
      std::string error = operands[0](row, visible);
      for (int64_t j = 0; isNot && j < row.keys; ++j)
        visible[j] = !visible[j];
      std::vector<uint8_t> other(row.keys);
      for (size_t n = 1; n < operands.size() && error.empty(); ++n) {
        error = operands[n](row, other.data());
        for (int64_t j = 0; j < row.keys; ++j)
          visible[j] = isAnd ? visible[j] & other[j] : visible[j] | other[j];
      }
      return error;
    };
  }

  Mask &mask;
};

} // namespace

unsigned getInputNumber(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return argument.getArgNumber();
  Block *block = value.getParentBlock();
  unsigned number = block->getNumArguments();
  for (auto view : block->getOps<tensor::CollapseShapeOp>()) {
    if (view.getResult() == value)
      break;
    ++number;
  }
  return number;
}

llvm::Expected<Mask> compileMask(Value value) {
  Mask mask;
  if (!value) {
    mask.evaluate = forEachKey(
        [](const MaskRow &) { return [](int64_t) { return true; }; });
    return mask;
  }
  llvm::Expected<MaskFunction> function = MaskCompiler(mask).compile(value);
  if (!function)
    return function.takeError();
  mask.evaluate = std::move(*function);
  return mask;
}

static void collectConditions(Value mask,
                              llvm::SetVector<Operation *> &conditions) {
  Operation *op = mask.getDefiningOp();
  if (!isa<MaskAndOp, MaskOrOp, MaskNotOp>(op)) {
    conditions.insert(op);
    return;
  }
  for (Value operand : op->getOperands())
    collectConditions(operand, conditions);
}

llvm::SmallVector<Operation *> getConditions(Value value) {
  llvm::SetVector<Operation *> conditions;
  if (value)
    collectConditions(value, conditions);
  return conditions.takeVector();
}

} // namespace attn::reference
