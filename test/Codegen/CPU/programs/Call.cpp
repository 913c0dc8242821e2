//===- Call.cpp - Compile the kernels of a program and call them ----------===//

#include "Call.h"
#include "EmulatedTiles.h"

#include "attn/dialect/Attn/AttendRules.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <limits>
#include <thread>
#include <xmmintrin.h>

using namespace mlir;
using namespace attn;
using namespace attn::test;
using attn::manifest::KernelArg;

namespace {

/// dlopen wants a file; it may go once it is mapped.
void *openImage(StringRef bytes) {
  llvm::SmallString<128> path;
  int descriptor;
  if (llvm::sys::fs::createTemporaryFile("kernel-check", "so", descriptor,
                                         path))
    return nullptr;
  {
    llvm::raw_fd_ostream os(descriptor, /*shouldClose=*/true);
    os << bytes;
  }
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    llvm::errs() << dlerror() << "\n";
  if (const char *keep = std::getenv("KERNEL_CHECK_KEEP"))
    llvm::sys::fs::copy_file(path, keep);
  llvm::sys::fs::remove(path);
  return library;
}

struct Team {
  int threads;
};

void parallelFor(void *pool, int64_t n, AttnCpuTask task, void *context) {
  std::atomic<int64_t> next{0};
  auto work = [&](int64_t worker) {
    unsigned saved = _mm_getcsr();
    _mm_setcsr(saved | 0x8040); // flush to zero, denormals are zero
    for (int64_t i; (i = next++) < n;)
      task(context, i, worker);
    _mm_setcsr(saved);
  };
  std::vector<std::thread> team;
  for (int i = 1; i < static_cast<Team *>(pool)->threads; ++i)
    team.emplace_back(work, i);
  work(0);
  for (std::thread &thread : team)
    thread.join();
}

std::vector<int64_t> flatten(ArrayRef<KernelArg> arguments,
                             const llvm::StringMap<const Tensor *> &byName) {
  std::vector<int64_t> flat;
  for (const KernelArg &argument : arguments) {
    const Tensor &tensor = *byName.lookup(argument.tensor);
    switch (argument.kind) {
    case KernelArg::Kind::kPointer:
      flat.push_back(reinterpret_cast<int64_t>(tensor.data));
      break;
    case KernelArg::Kind::kSize:
      flat.push_back(tensor.sizes[argument.axis]);
      break;
    default:
      flat.push_back(tensor.strides[argument.axis]);
    }
  }
  return flat;
}

} // namespace

std::string attn::test::nameOf(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return "arg" + std::to_string(argument.getArgNumber());
  auto result = cast<OpResult>(value);
  int64_t position = 0;
  for (Operation *op = result.getOwner()->getPrevNode(); op;
       op = op->getPrevNode())
    ++position;
  return "op" + std::to_string(position) + "_" +
         std::to_string(result.getResultNumber());
}

static FailureOr<std::vector<LoadedKernel>>
emitKernels(func::FuncOp function, CpuVariant variant, ModuleOp module) {
  std::vector<LoadedKernel> kernels;
  for (Operation &op : function.front()) {
    if (!isa<tile::FoldOp, tile::MergeOp, tile::SummarizeOp>(op))
      continue;
    std::string symbol = "kernel" + std::to_string(kernels.size());
    FailureOr<CpuKernel> kernel =
        emitCpuKernel(&op, symbol, variant, module, nameOf);
    if (failed(kernel))
      return failure();
    kernels.push_back({*kernel, nullptr});
  }
  return kernels;
}

/// What other ops make is unknown here: orders of tokens, results taken apart.
LogicalResult attn::test::checkKnown(func::FuncOp function) {
  for (Operation &op : function.front()) {
    bool isView = isa<tensor::CollapseShapeOp>(op) &&
                  isa<BlockArgument>(op.getOperand(0));
    bool isResult = isa<tensor::ExpandShapeOp>(op) &&
                    llvm::all_of(op.getUsers(), [](Operation *user) {
                      return isa<func::ReturnOp>(user);
                    });
    bool isKnown = isa<tile::FoldOp, tile::MergeOp, tile::SummarizeOp>(op) ||
                   isView || isResult ||
                   !llvm::any_of(op.getResultTypes(), [](Type type) {
                     return isa<RankedTensorType>(type);
                   });
    if (!isKnown)
      return op.emitError()
             << "kernel-check has no tensor for '" << op.getName()
             << "'; expected folds, merges and collapsed arguments: run the "
                "program with attn-run --against=reference";
  }
  return success();
}

LogicalResult attn::test::printKernels(func::FuncOp function,
                                       CpuVariant variant) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(function.getLoc());
  if (failed(emitKernels(function, variant, *module)) ||
      failed(verify(*module)))
    return failure();
  module->print(llvm::outs());
  llvm::outs() << "\n";
  return success();
}

FailureOr<std::vector<LoadedKernel>>
attn::test::loadKernels(func::FuncOp function, CpuVariant variant,
                        bool realTiles) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(function.getLoc());
  FailureOr<std::vector<LoadedKernel>> emitted =
      emitKernels(function, variant, *module);
  if (failed(emitted))
    return failure();
  std::vector<LoadedKernel> kernels = *emitted;
  CpuVariant machine = variant;
  if (variant == CpuVariant::Amx && !realTiles) {
    machine = CpuVariant::V4;
    if (failed(emulateTiles(*module)))
      return failure();
  }
  if (variant == CpuVariant::V4Bf16 && !__builtin_cpu_supports("avx512bf16")) {
    machine = CpuVariant::V4;
    emulatePairs(*module);
  }
  if (failed(lowerCpuModule(*module, machine)))
    return failure();
  FailureOr<std::vector<std::string>> objects =
      compileCpuModules({{*module, machine}});
  if (failed(objects))
    return failure();
  FailureOr<std::string> image = linkCpuImage(*objects, function.getLoc());
  if (failed(image))
    return failure();
  void *library = openImage(*image);
  if (!library)
    return failure();
  for (LoadedKernel &kernel : kernels) {
    std::string name =
        kernel.description.symbol + "_" + getCpuVariantName(variant).str();
    kernel.entry =
        reinterpret_cast<AttnCpuKernel>(dlsym(library, name.c_str()));
    if (!kernel.entry)
      return emitError(function.getLoc()) << "the image has no symbol " << name;
  }
  return kernels;
}

namespace {

/// Rows of states among the arguments: sums above 0; every fifth row is empty,
/// by one of its numbers.
void fillState(StateOp state, const TensorMap &tensors) {
  if (!isa<BlockArgument>(state.getLogit()))
    return;
  const Tensor &logit = tensors.find(state.getLogit())->second;
  int64_t row = 0;
  forEachIndex(logit.sizes, [&](ArrayRef<int64_t> at) {
    bool isEmpty = row++ % 5 == 2;
    if (Value sum = state.getSum()) {
      const Tensor &sums = tensors.find(sum)->second;
      sums.set(at, isEmpty && row % 2 ? 0 : std::fabs(sums.get(at)) + 0.5);
      isEmpty &= row % 2 == 0;
    }
    if (isEmpty)
      logit.set(at, -std::numeric_limits<double>::infinity());
  });
}

/// NaN in all values of those rows.
void spoilEmptyRows(StateOp state, const TensorMap &tensors) {
  double nan = std::numeric_limits<double>::quiet_NaN();
  if (!isa<BlockArgument>(state.getLogit()))
    return;
  const Tensor &values = tensors.find(state.getValues())->second;
  int64_t row = 0;
  forEachIndex(tensors.find(state.getLogit())->second.sizes,
               [&](ArrayRef<int64_t> at) {
                 if (row++ % 5 != 2)
                   return;
                 std::vector<int64_t> channel = at.vec();
                 channel.push_back(0);
                 for (int64_t d = 0; d < values.sizes.back(); ++d) {
                   channel.back() = d;
                   values.set(channel, nan);
                 }
               });
}

/// Of numbers near 2, the last bit of whose bf16 is 2^-8 of them: one rounding
/// too many shows.
double equalValue(int64_t column) {
  return static_cast<double>(255 - column % 7) / 128;
}

/// Calls `body` for the values of every stream, and of every state of arguments
/// with that.
void forEachValues(func::FuncOp function, const TensorMap &tensors,
                   llvm::function_ref<void(const Tensor &, StateOp)> body) {
  function.walk([&](tile::FoldOp fold) {
    for (Value stream : fold.getStreams())
      body(tensors.find(getStreamOperands(stream)->v)->second, nullptr);
  });
  function.walk([&](StateOp state) {
    if (isa<BlockArgument>(state.getLogit()))
      body(tensors.find(state.getValues())->second, state);
  });
}

/// Sizes of the results of a launch, those of `like` on its leading axes.
void makeResults(ValueRange results, Tensor like, Layout layout,
                 TensorMap &tensors) {
  for (Value result : results) {
    auto type = cast<RankedTensorType>(result.getType());
    std::vector<int64_t> sizes = type.getShape().vec();
    for (auto [axis, size] : llvm::enumerate(sizes))
      if (ShapedType::isDynamic(size))
        size = like.sizes[axis];
    tensors[result] = makeTensor(type.getElementType(), sizes, layout);
  }
}

/// The parts of a fold: three where there are few queries, on whole lines of
/// the cache as a workspace is.
void makeParts(tile::FoldOp fold, TensorMap &tensors) {
  constexpr int64_t kParts = 3, kLine = 64;
  tile::SplitAttr split = *fold.getSplit();
  const Tensor &q = tensors[fold.getQ()];
  int64_t queries = std::max<int64_t>(q.sizes[2], 1);
  int64_t together = std::min(split.getHeads(),
                              std::max<int64_t>(split.getRows() / queries, 1));
  int64_t tiles = q.sizes[1] / split.getHeads() *
                  llvm::divideCeilSigned(split.getHeads(), together);
  Tensor parts =
      makeTensor(Float32Type::get(fold.getContext()),
                 {q.sizes[0], tiles, q.sizes[2] <= split.getRows() ? kParts : 0,
                  tile::getPartNumbers(fold)},
                 Layout::Contiguous);
  auto address = reinterpret_cast<uintptr_t>(parts.data);
  parts.data += llvm::alignTo(address, kLine) - address;
  tensors[fold.getParts()] = parts;
}

} // namespace

/// Without a size nothing would be tested.
static int64_t getSize(const llvm::StringMap<int64_t> &letters,
                       StringRef letter) {
  auto found = letters.find(letter);
  if (found == letters.end())
    fail("--set gives no size for '" + letter + "': add " + letter + "=N");
  return found->second;
}

TensorMap attn::test::makeTensors(func::FuncOp function,
                                  const llvm::StringMap<int64_t> &letters,
                                  Layout layout, double spread) {
  TensorMap tensors;
  std::mt19937 random(1);
  for (BlockArgument argument : function.getArguments()) {
    auto type = cast<RankedTensorType>(argument.getType());
    std::vector<int64_t> sizes = type.getShape().vec();
    if (auto shape = function.getArgAttrOfType<ArrayAttr>(
            argument.getArgNumber(), "attn.shape"))
      for (auto [size, letter] : llvm::zip(sizes, shape))
        if (ShapedType::isDynamic(size))
          size = getSize(letters, cast<StringAttr>(letter).getValue());
    Tensor tensor = makeTensor(type.getElementType(), sizes, layout);
    fillRandom(tensor, random, sizes.size() >= 3 ? spread : 1.0);
    tensors[argument] = tensor;
  }
  for (Operation &op : function.front()) {
    if (auto summarize = dyn_cast<tile::SummarizeOp>(op)) {
      const Tensor like = tensors[summarize.getTable()];
      makeResults(op.getResults(), like, layout, tensors);
    } else if (auto view = dyn_cast<tensor::CollapseShapeOp>(op)) {
      tensors[view.getResult()] =
          collapse(tensors[view.getSrc()], view.getReassociationIndices());
    } else if (auto fold = dyn_cast<tile::FoldOp>(op)) {
      ValueRange results = fold->getResults();
      if (fold.getSplit()) {
        makeParts(fold, tensors);
        results = results.drop_back();
      }
      makeResults(results, tensors[fold.getQ()], layout, tensors);
    } else if (auto merge = dyn_cast<tile::MergeOp>(op)) {
      auto state = merge.getStates().front().getDefiningOp<StateOp>();
      makeResults(op.getResults(), tensors[state.getValues()], layout, tensors);
    }
  }
  function.walk([&](StateOp state) {
    fillState(state, tensors);
    spoilEmptyRows(state, tensors);
  });
  return tensors;
}

void attn::test::redrawValues(func::FuncOp function, const TensorMap &tensors,
                              std::mt19937 &random, double spread) {
  forEachValues(function, tensors, [&](const Tensor &values, StateOp) {
    fillRandom(values, random, spread);
  });
  function.walk([&](StateOp state) { spoilEmptyRows(state, tensors); });
}

void attn::test::makeValuesEqual(func::FuncOp function,
                                 const TensorMap &tensors) {
  forEachValues(function, tensors, [&](const Tensor &values, StateOp state) {
    bool isSum = state && state.getSum();
    forEachIndex(values.sizes, [&](ArrayRef<int64_t> at) {
      double number = equalValue(at.back());
      if (isSum)
        number *= tensors.find(state.getSum())->second.get(at.drop_back());
      values.set(at, number);
    });
  });
  function.walk([&](StateOp state) { spoilEmptyRows(state, tensors); });
}

namespace {

/// A buffer of a kernel, within a line of NaN.
class RecordBuffer {
public:
  RecordBuffer(const CpuBuffer &buffer, const TensorMap &tensors)
      : elements(buffer.recordElements), count(countRecords(buffer, tensors)),
        bytes((count * elements + 2 * kLine) * 2 + 64, '\xff') {
    auto address = reinterpret_cast<uintptr_t>(bytes.data());
    tensor.data =
        bytes.data() + (llvm::alignTo(address, 64) - address) + kLine * 2;
  }

  /// Records whose first number is no longer NaN.
  int64_t countWritten() const {
    int64_t written = 0;
    for (int64_t i = 0; i < count; ++i)
      written += at(i * elements) != 0xffff;
    for (int64_t i = 0; i < kLine; ++i)
      if (at(i - kLine) != 0xffff || at(count * elements + i) != 0xffff)
        fail("a kernel wrote beside its buffer");
    return written;
  }

  const int64_t elements, count;
  Tensor tensor;

private:
  static constexpr int64_t kLine = 32;

  static int64_t countRecords(const CpuBuffer &buffer,
                              const TensorMap &tensors) {
    auto fold = cast<tile::FoldOp>(buffer.fold);
    std::optional<tile::SplitAttr> split = fold.getSplit();
    if (split && tensors.find(fold.getQ())->second.sizes[2] <= split->getRows())
      return 0;
    StreamOperands keys = *getStreamOperands(buffer.stream);
    TokenAxes axes(isPacked(keys.lengths));
    const Tensor &k = tensors.find(keys.k)->second;
    int64_t tiles =
        llvm::divideCeilSigned(k.sizes[axes.length()], buffer.keyTile);
    if (axes.batch())
      return k.sizes[0] * k.sizes[axes.head()] * tiles;
    Value table = getLengthsTable(keys.lengths);
    tiles += std::max<int64_t>(tensors.find(table)->second.sizes[0] - 1, 0);
    return k.sizes[axes.head()] * tiles;
  }

  uint16_t at(int64_t i) const {
    uint16_t bits;
    std::memcpy(&bits, tensor.data + i * 2, sizeof(bits));
    return bits;
  }

  std::vector<char> bytes;
};

} // namespace

PackedRecords attn::test::callKernels(ArrayRef<LoadedKernel> kernels,
                                      const TensorMap &tensors, int threads) {
  llvm::StringMap<const Tensor *> byName;
  for (const auto &[value, tensor] : tensors)
    byName[nameOf(value)] = &tensor;
  PackedRecords records;
  for (const LoadedKernel &kernel : kernels) {
    std::vector<std::unique_ptr<RecordBuffer>> buffers;
    for (const CpuBuffer &buffer : kernel.description.buffers) {
      buffers.push_back(std::make_unique<RecordBuffer>(buffer, tensors));
      byName[buffer.name] = &buffers.back()->tensor;
    }
    std::vector<int64_t> arguments = flatten(kernel.description.args, byName);
    int64_t bytes = kernel.description.scratchBytesPerThread * threads;
    char *scratch = static_cast<char *>(
        std::aligned_alloc(4096, llvm::alignTo(bytes + 1, 4096)));
    std::memset(scratch, 0xff, bytes); // Undefined contents: NaN.
    Team team{threads};
    AttnCpuHost host{parallelFor, &team, scratch};
    kernel.entry(arguments.data(), &host);
    std::free(scratch);
    for (const auto &buffer : buffers) {
      records.written += buffer->countWritten();
      records.all += buffer->count;
    }
  }
  return records;
}
