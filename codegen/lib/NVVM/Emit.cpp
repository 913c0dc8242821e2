//===- Emit.cpp - Kernels of structured ops -------------------------------===//

#include "Boxes.h"
#include "Kernels.h"

#include "attn/codegen/Kernel/RegionOps.h"
#include "attn/dialect/Attn/LayoutBoxes.h"
#include "attn/dialect/Nvvm/Nvvm.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <numeric>

using namespace mlir;
using namespace attn;
using namespace attn::nvptx;

namespace {

LogicalResult checkRegions(ArrayRef<Region *> regions) {
  for (Region *region : regions)
    if (failed(checkRegionOps(*region, "sm_90a", {"acos", "asin"})))
      return failure();
  return success();
}

LLVM::LLVMFuncOp createFunction(gpu::GPUModuleOp kernels, Location loc,
                                StringRef symbol, ArrayRef<int64_t> block) {
  auto b = OpBuilder::atBlockEnd(kernels.getBody());
  auto type =
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()), {});
  auto function = LLVM::LLVMFuncOp::create(b, loc, symbol, type);
  SmallVector<int32_t> threads(block);
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
  function->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(),
                    b.getUnitAttr());
  function->setAttr(NVVM::NVVMDialect::getReqntidAttrName(),
                    b.getDenseI32ArrayAttr(threads));
  function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(),
                    b.getI32IntegerAttr(1));
  function.getBody().emplaceBlock();
  return function;
}

int64_t getThreads(Operation *op) {
  if (auto forward = dyn_cast<sched::ForwardOp>(op))
    return forward.getThreads();
  if (auto merge = dyn_cast<tile::MergeOp>(op))
    return 32 * merge.getRows();
  return 128;
}

/// Warps of the roles by name.
DictionaryAttr getRoles(sched::ForwardOp op) {
  Builder b(op.getContext());
  SmallVector<NamedAttribute> roles;
  for (auto role : op.getPlan().getOps<sched::RoleOp>())
    roles.push_back(
        b.getNamedAttr(role.getName(),
                       b.getDenseI32ArrayAttr({int32_t(4 * role.getFirst()),
                                               int32_t(4 * role.getCount())})));
  return b.getDictionaryAttr(roles);
}

/// What keeps TMA from copying tiles of `rows` rows through `layout`; empty:
/// nothing.
std::string findBoxFault(sched::ForwardOp op, LayoutGridOp layout, int64_t rows,
                         const BoxLimits &limits) {
  std::string fault;
  if (op.getPlan()
          .walk([](sched::LoadOp load) {
            return load.getCopy() ? WalkResult::interrupt()
                                  : WalkResult::advance();
          })
          .wasInterrupted())
    return "head sizes that are no multiples of 8 are loaded without TMA";
  findSlotBox(layout, rows, limits, &fault);
  return fault;
}

/// `tensor`, of which a tile has `rows` rows, has no memory: is it there in
/// boxes?
LogicalResult checkBoxes(sched::ForwardOp op, Value tensor, int64_t rows,
                         const BoxLimits &limits) {
  LayoutGridOp layout = getStoredLayout(tensor);
  std::string fault = layout ? findBoxFault(op, layout, rows, limits) : "";
  if (fault.empty())
    return success();
  Operation *maker = tensor.getDefiningOp();
  if (maker == op)
    maker = *tensor.user_begin();
  InFlightDiagnostic diag =
      maker->emitOpError()
      << "is 'in_place', but TMA can not copy tiles of " << rows
      << " rows in boxes: " << fault
      << "; expected a layout whose tiles are boxes, or a copy, without "
         "'in_place'";
  diag.attachNote(layout.getLoc()) << "the layout is made here";
  return diag;
}

/// Rows of q, k and v come as boxes, and O goes so where it takes the way
/// through shared memory; other results are stored row by row.
LogicalResult checkInPlace(sched::ForwardOp op) {
  BoxLimits loads = getLoadBoxes(op);
  if (failed(checkBoxes(op, op.getQ(), op.getQueriesPerTile(), loads)))
    return failure();
  for (Value stream : op.getStreams()) {
    auto route = stream.getDefiningOp<RouteOp>();
    if (failed(checkBoxes(op, route.getK(), op.getKeyTile(), loads)) ||
        failed(checkBoxes(op, route.getV(), op.getKeyTile(), loads)))
      return failure();
  }
  constexpr int64_t kRows = 64; // Of a warpgroup.
  bool isThrough = op.getPlan()
                       .walk([](sched::StoreOp store) {
                         return store.getThrough() ? WalkResult::interrupt()
                                                   : WalkResult::advance();
                       })
                       .wasInterrupted();
  return success(
      !isThrough ||
      succeeded(checkBoxes(op, op.getOut(),
                           std::gcd(kRows, int64_t(op.getQueriesPerTile())),
                           getStoreBoxes(op))));
}

} // namespace

LogicalResult attn::checkNvvmLegality(Operation *op) {
  if (isa<tile::MergeOp, tile::SummarizeOp, ReorderOp, RestoreOp>(op))
    return success();
  auto forward = dyn_cast<sched::ForwardOp>(op);
  if (!forward)
    return op->emitOpError()
           << "is not a kernel of target sm_90a; expected attn_sched.forward, "
              "attn_tile.merge, attn_tile.summarize, attn.reorder or "
              "attn.restore";
  if (failed(checkInPlace(forward)) ||
      failed(checkRegions({&forward.getScore()})))
    return failure();
  for (Value stream : forward.getStreams()) {
    auto route = stream.getDefiningOp<RouteOp>();
    if (failed(checkRegions(
            {&route.getBounds(), &route.getVisible(), &route.getClassify()})))
      return failure();
  }
  return success();
}

gpu::GPUModuleOp attn::createNvvmModule(ModuleOp module, StringRef name) {
  MLIRContext *context = module.getContext();
  context->loadDialect<arith::ArithDialect, attn::nvvm::AttnNvvmDialect,
                       gpu::GPUDialect, LLVM::LLVMDialect, math::MathDialect,
                       NVVM::NVVMDialect>();
  auto b = OpBuilder::atBlockEnd(module.getBody());
  Location loc = module.getLoc();
  module->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                  b.getUnitAttr());
  auto target = NVVM::NVVMTargetAttr::get(
      context, /*O=*/3, "nvptx64-nvidia-cuda", "sm_90a", "+ptx80");
  auto kernels = gpu::GPUModuleOp::create(b, loc, name, b.getArrayAttr(target));
  b.setInsertionPointToStart(kernels.getBody());
  auto type = LLVM::LLVMArrayType::get(b.getI8Type(), 0);
  LLVM::GlobalOp::create(b, loc, type, /*isConstant=*/false,
                         LLVM::Linkage::External, "dynsm", Attribute(),
                         /*alignment=*/1024, /*addrSpace=*/kShared);
  return kernels;
}

FailureOr<NvvmKernel> attn::emitNvvmKernel(Operation *op, StringRef symbol,
                                           gpu::GPUModuleOp kernels,
                                           const NvvmTensors &tensors) {
  if (failed(checkNvvmLegality(op)))
    return failure();
  auto forward = dyn_cast<sched::ForwardOp>(op);
  int64_t threads = getThreads(op);
  LLVM::LLVMFuncOp function =
      createFunction(kernels, op->getLoc(), symbol, {threads, 1, 1});
  KernelBuilder kb(OpBuilder::atBlockEnd(&function.getBody().front()),
                   op->getLoc());
  KernelArguments args(function, tensors);
  NvvmKernel kernel;
  if (forward)
    kernel = emitForwardKernel(forward, kb, args);
  else if (auto merge = dyn_cast<tile::MergeOp>(op))
    kernel = emitMergeKernel(merge, kb, args);
  else if (isa<ReorderOp, RestoreOp>(op))
    kernel = emitReorderKernel(op, kb, args);
  else
    kernel = emitSummarizeKernel(cast<tile::SummarizeOp>(op), kb, args);
  function->setAttr(attn::nvvm::kSharedBytesAttr,
                    kb.b.getI64IntegerAttr(kernel.sharedBytes));
  if (forward)
    function->setAttr(attn::nvvm::kRolesAttr, getRoles(forward));
  kernel.symbol = symbol.str();
  kernel.args = args.finish();
  return kernel;
}
