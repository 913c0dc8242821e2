//===- Oracle.cpp - The reference as attn-pack asks it --------------------===//

#include "Oracle.h"

#include "attn/codegen/Compiler.h"
#include "attn/codegen/Reference.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

using namespace mlir;

namespace attn::pack {

struct Oracle::Implementation {
  Implementation()
      : context(getCompilerRegistry(), MLIRContext::Threading::DISABLED) {}
  MLIRContext context;
  std::unique_ptr<reference::Program> program;
};

namespace {
/// Threads of this machine, made for each loop.
void parallelFor(void *, int64_t n, reference::Host::Task task, void *context) {
  std::atomic<int64_t> next{0};
  std::vector<std::thread> threads;
  int64_t count = std::max(1u, std::thread::hardware_concurrency());
  for (int64_t worker = 0; worker < count; ++worker)
    threads.emplace_back([&, worker] {
      for (int64_t i; (i = next++) < n;)
        task(context, i, worker);
    });
  for (std::thread &thread : threads)
    thread.join();
}

reference::Host makeHost() {
  reference::Host host;
  host.threads = std::max(1u, std::thread::hardware_concurrency());
  host.parallelFor = &parallelFor;
  return host;
}

/// AttnDtype and reference::Dtype list the same types in one order.
static_assert(int(reference::Dtype::F16) == ATTN_F16 &&
              int(reference::Dtype::BF16) == ATTN_BF16 &&
              int(reference::Dtype::F32) == ATTN_F32 &&
              int(reference::Dtype::I32) == ATTN_I32 &&
              int(reference::Dtype::Bool) == ATTN_BOOL);

std::vector<reference::Tensor>
convert(const std::vector<AttnTensor> &arguments) {
  std::vector<reference::Tensor> converted;
  for (const AttnTensor &argument : arguments) {
    reference::Tensor tensor;
    tensor.data = argument.data;
    tensor.dtype = reference::Dtype(argument.dtype);
    tensor.sizes.assign(argument.sizes, argument.sizes + argument.rank);
    tensor.strides.resize(tensor.sizes.size());
    int64_t stride = 1; // dense
    for (size_t axis = tensor.sizes.size(); axis-- > 0;) {
      tensor.strides[axis] = stride;
      stride *= tensor.sizes[axis];
    }
    converted.push_back(std::move(tensor));
  }
  return converted;
}

std::vector<KeyRange> rangesOf(const std::vector<uint8_t> &visible) {
  std::vector<KeyRange> ranges;
  for (uint32_t j = 0; j < visible.size(); ++j) {
    if (!visible[j])
      continue;
    if (ranges.empty() || ranges.back().last != j)
      ranges.push_back({j, j});
    ranges.back().last = j + 1;
  }
  return ranges;
}
} // namespace

Oracle::Oracle(std::unique_ptr<Implementation> implementation)
    : implementation(std::move(implementation)) {}
Oracle::~Oracle() = default;

std::string Oracle::version() { return getCompilerVersion(); }

std::unique_ptr<Oracle> Oracle::load(const std::string &path,
                                     std::string &error) {
  auto made = std::make_unique<Implementation>();
  ScopedDiagnosticHandler handler(&made->context, [&](Diagnostic &diagnostic) {
    error += diagnostic.str() + "\n";
    return success();
  });
  OwningOpRef<ModuleOp> module =
      parseProgram(made->context, llvm::StringRef(path));
  if (!module) {
    error = path + ": " + error;
    return nullptr;
  }
  auto program =
      reference::Program::create(*module->getOps<func::FuncOp>().begin());
  if (!program) {
    error = llvm::toString(program.takeError());
    return nullptr;
  }
  made->program = std::move(*program);
  return std::unique_ptr<Oracle>(new Oracle(std::move(made)));
}

std::string Oracle::rows(
    const std::vector<AttnTensor> &arguments,
    const std::function<std::vector<int64_t>(int64_t, int64_t)> &rowsOfHead,
    std::vector<ValueRow> &rows) const {
  std::mutex mutex;
  llvm::Error error = implementation->program->expectRows(
      convert(arguments), rowsOfHead, makeHost(),
      [&](const reference::ExpectedRow &row) {
        std::lock_guard<std::mutex> lock(mutex);
        rows.push_back({uint32_t(row.b), uint32_t(row.h), uint32_t(row.i),
                        row.outBound, row.lse, row.lseBound, row.out.vec()});
      });
  std::sort(rows.begin(), rows.end(), [](const auto &l, const auto &r) {
    return std::tie(l.b, l.h, l.i) < std::tie(r.b, r.h, r.i);
  });
  return llvm::toString(std::move(error));
}

std::string Oracle::visible(const std::vector<AttnTensor> &arguments,
                            int64_t batches, int64_t heads, int64_t queries,
                            std::vector<std::vector<KeyRange>> &visible) const {
  std::vector<reference::Tensor> tensors = convert(arguments);
  std::vector<uint8_t> first;
  for (int64_t b = 0; b < batches; ++b)
    for (int64_t i = 0; i < queries; ++i)
      for (int64_t h = 0; h < heads; ++h) {
        auto row = implementation->program->visible(tensors, {0, 0, b, h, i});
        if (!row)
          return llvm::toString(row.takeError());
        if (h == 0) {
          visible.push_back(rangesOf(*row));
          first = std::move(*row);
        } else if (*row != first) {
          visible.clear();
          return "";
        }
      }
  return "";
}

std::string Oracle::count(const std::vector<AttnTensor> &arguments,
                          double &pairs, double &operations) const {
  auto work = implementation->program->count(convert(arguments), makeHost());
  if (!work)
    return llvm::toString(work.takeError());
  pairs = work->visiblePairs;
  operations = work->operations;
  return "";
}

} // namespace attn::pack
