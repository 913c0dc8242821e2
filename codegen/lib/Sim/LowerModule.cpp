//===- LowerModule.cpp - A gpu.module becomes a module for the host -------===//
//
// Every function gets the host as its last argument and comes twice: as it is
// and, with a name that ends in _strict, for strict mode. A kernel K also gets
// the wrappers K_sim and K_sim_strict, which unpack its arguments, and a
// description K_sim_info.
//
//===----------------------------------------------------------------------===//

#include "LowerModule.h"
#include "LowerFunction.h"

#include "attn/dialect/Nvvm/Nvvm.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace attn::sim {
namespace {

class ModuleLowering {
public:
  ModuleLowering(gpu::GPUModuleOp source)
      : source(source), context(source.getContext()), builder(context),
        module(ModuleOp::create(source.getLoc())), layout(source),
        host(context, sites) {}

  FailureOr<OwningOpRef<ModuleOp>> run() {
    builder.setInsertionPointToEnd(module->getBody());
    for (auto global : source.getOps<LLVM::GlobalOp>())
      if (global.getAddrSpace() != 3)
        copyGlobal(global);
    // What device sim does not know is said once: by the first of the two.
    if (failed(lowerFunctions(/*strict=*/false)) ||
        failed(lowerFunctions(/*strict=*/true)))
      return failure();
    for (auto function : source.getOps<LLVM::LLVMFuncOp>())
      addRoles(function);
    addSites();
    for (auto function : source.getOps<LLVM::LLVMFuncOp>())
      if (isKernel(function)) {
        addWrapper(function, /*strict=*/false);
        addWrapper(function, /*strict=*/true);
        addInfo(function);
      }
    return std::move(module);
  }

private:
  LLVM::LLVMPointerType pointer() {
    return LLVM::LLVMPointerType::get(context);
  }

  void copyGlobal(LLVM::GlobalOp global) {
    auto copy = cast<LLVM::GlobalOp>(builder.clone(*global));
    copy.setLinkage(LLVM::Linkage::Internal);
  }

  static bool isKernel(LLVM::LLVMFuncOp function) {
    return function->hasAttr(NVVM::NVVMDialect::getKernelFuncAttrName());
  }

  static std::string nameOf(StringRef function, bool strict) {
    return (function + (strict ? kStrictSuffix : "")).str();
  }

  LogicalResult lowerFunctions(bool strict) {
    host.strict = strict;
    SmallVector<std::pair<LLVM::LLVMFuncOp, bool>> functions;
    for (auto function : source.getOps<LLVM::LLVMFuncOp>())
      if (!function.isExternal())
        functions.push_back(
            {copyFunction(function, strict), isKernel(function)});
    bool good = true;
    for (auto [function, kernel] : functions) {
      host.isKernel = kernel;
      good &= succeeded(lowerFunction(function, layout, host, blocks));
    }
    return success(good);
  }

  LLVM::LLVMFuncOp copyFunction(LLVM::LLVMFuncOp function, bool strict) {
    LLVM::LLVMFunctionType type = function.getFunctionType();
    SmallVector<Type> inputs(type.getParams());
    inputs.push_back(pointer());
    auto copy = LLVM::LLVMFuncOp::create(
        builder, function.getLoc(), nameOf(function.getSymName(), strict),
        LLVM::LLVMFunctionType::get(type.getReturnType(), inputs),
        LLVM::Linkage::Internal);
    IRMapping mapping;
    function.getBody().cloneInto(&copy.getBody(), mapping);
    copy.getBody().front().addArgument(pointer(), function.getLoc());
    return copy;
  }

  LLVM::GlobalOp addConstant(StringRef name, Type type, Attribute value) {
    return LLVM::GlobalOp::create(builder, source.getLoc(), type,
                                  /*isConstant=*/true, LLVM::Linkage::Internal,
                                  name, value, /*alignment=*/4);
  }

  void addNumbers(StringRef name, ArrayRef<int32_t> numbers) {
    // No array is empty.
    SmallVector<int32_t> all(numbers);
    if (all.empty())
      all.push_back(0);
    auto i32 = builder.getI32Type();
    addConstant(
        name, LLVM::LLVMArrayType::get(i32, all.size()),
        DenseElementsAttr::get(RankedTensorType::get(int64_t(all.size()), i32),
                               ArrayRef<int32_t>(all)));
  }

  static DictionaryAttr getRoles(LLVM::LLVMFuncOp kernel) {
    auto roles = kernel->getAttrOfType<DictionaryAttr>(nvvm::kRolesAttr);
    return roles ? roles : DictionaryAttr::get(kernel.getContext());
  }

  static std::string rolesOf(LLVM::LLVMFuncOp kernel) {
    return (kernel.getSymName() + "_roles").str();
  }

  /// The table of the roles of one kernel.
  void addRoles(LLVM::LLVMFuncOp kernel) {
    SmallVector<int32_t> numbers;
    for (NamedAttribute role : getRoles(kernel)) {
      numbers.push_back(sites.addText(role.getName()));
      llvm::append_range(numbers,
                         cast<DenseI32ArrayAttr>(role.getValue()).asArrayRef());
    }
    addNumbers(rolesOf(kernel), numbers);
  }

  void addSites() {
    addNumbers("sites", sites.getOffsets());
    addNumbers("blocks", blocks.getTable());
    std::string text = sites.getText().str();
    text.push_back('\0');
    addConstant("text",
                LLVM::LLVMArrayType::get(builder.getI8Type(), text.size()),
                builder.getStringAttr(text));
  }

  /// void K_sim(void *const *args, AttnSimHost *host)
  void addWrapper(LLVM::LLVMFuncOp kernel, bool strict) {
    OpBuilder::InsertionGuard guard(builder);
    Location loc = kernel.getLoc();
    auto target = module->lookupSymbol<LLVM::LLVMFuncOp>(
        nameOf(kernel.getSymName(), strict));
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context),
                                            {pointer(), pointer()});
    auto wrapper = LLVM::LLVMFuncOp::create(
        builder, loc, nameOf((kernel.getSymName() + "_sim").str(), strict),
        type);
    Block *body = wrapper.addEntryBlock(builder);
    builder.setInsertionPointToStart(body);
    SmallVector<Value> arguments;
    for (auto [i, input] :
         llvm::enumerate(kernel.getFunctionType().getParams())) {
      Value address = LLVM::GEPOp::create(
          builder, loc, pointer(), pointer(), body->getArgument(0),
          ArrayRef<LLVM::GEPArg>{LLVM::GEPArg(int32_t(i))});
      address = LLVM::LoadOp::create(builder, loc, pointer(), address);
      bool byValue =
          bool(kernel.getArgAttr(i, LLVM::LLVMDialect::getByValAttrName()));
      arguments.push_back(byValue ? address
                                  : LLVM::LoadOp::create(builder, loc, input,
                                                         address,
                                                         /*alignment=*/1));
    }
    arguments.push_back(body->getArgument(1));
    LLVM::CallOp::create(builder, loc, target, arguments);
    LLVM::ReturnOp::create(builder, loc, ValueRange());
  }

  /// AttnSimKernelInfo K_sim_info
  void addInfo(LLVM::LLVMFuncOp kernel) {
    OpBuilder::InsertionGuard guard(builder);
    Location loc = kernel.getLoc();
    SmallVector<int32_t> numbers = {
        ATTN_SIM_ABI, int32_t(kernel.getFunctionType().getNumParams())};
    SmallVector<int32_t> block(3, 0);
    if (auto threads = kernel->getAttrOfType<DenseI32ArrayAttr>(
            NVVM::NVVMDialect::getReqntidAttrName()))
      llvm::copy(threads.asArrayRef(), block.begin());
    for (size_t i = 0; i < 3; ++i)
      numbers.push_back(block[i] || !block[0] ? block[i] : 1);
    llvm::append_values(
        numbers, int32_t(layout.getStaticBytes()),
        int32_t(layout.getAlignment()), launchRegistersOf(kernel),
        int32_t(flushesDenormals(kernel)), int32_t(sites.size()),
        int32_t(blocks.size()), int32_t(getRoles(kernel).size()));
    SmallVector<Type> fields(numbers.size(), builder.getI32Type());
    fields.append(4, pointer());
    auto type = LLVM::LLVMStructType::getLiteral(context, fields);
    auto info = LLVM::GlobalOp::create(
        builder, loc, type, /*isConstant=*/true, LLVM::Linkage::External,
        (kernel.getSymName() + "_sim_info").str(), Attribute());
    builder.setInsertionPointToStart(
        builder.createBlock(&info.getInitializer()));
    Value value = LLVM::UndefOp::create(builder, loc, type);
    for (auto [i, number] : llvm::enumerate(numbers))
      value = LLVM::InsertValueOp::create(
          builder, loc, value,
          LLVM::ConstantOp::create(builder, loc,
                                   builder.getI32IntegerAttr(number)),
          i);
    // A list in the loop's head would be gone before its body.
    std::string roles = rolesOf(kernel);
    const StringRef names[] = {"sites", "text", "blocks", roles};
    for (auto [i, name] : llvm::enumerate(names))
      value = LLVM::InsertValueOp::create(
          builder, loc, value,
          LLVM::AddressOfOp::create(builder, loc, pointer(), name),
          int64_t(numbers.size() + i));
    LLVM::ReturnOp::create(builder, loc, value);
  }

  /// Registers per thread at launch, as far as they are known before ptxas:
  /// what the kernel asks for, or all of them over the threads of its CTAs.
  static int32_t launchRegistersOf(LLVM::LLVMFuncOp kernel) {
    auto number = [&](StringRef name) -> int64_t {
      auto attribute = kernel->getAttrOfType<IntegerAttr>(name);
      return attribute ? attribute.getInt() : 0;
    };
    if (int64_t given = number(NVVM::NVVMDialect::getMaxnregAttrName()))
      return int32_t(given);
    int64_t ctas = number(NVVM::NVVMDialect::getMinctasmAttrName());
    auto block = kernel->getAttrOfType<DenseI32ArrayAttr>(
        NVVM::NVVMDialect::getReqntidAttrName());
    if (!ctas || !block)
      return 0;
    for (int32_t size : block.asArrayRef())
      ctas *= size;
    // Source: CUDA programming guide, compute capability 9.0.
    constexpr int64_t kRegisters = 65536, kMost = 256, kStep = 8;
    return int32_t(std::min(kRegisters / ctas / kStep * kStep, kMost));
  }

  /// Whether NVPTX gives f32 arithmetic of this kernel .ftz.
  static bool flushesDenormals(LLVM::LLVMFuncOp kernel) {
    auto all = kernel.getPassthroughAttr();
    return all && llvm::any_of(all, [](Attribute attribute) {
             auto pair = dyn_cast<ArrayAttr>(attribute);
             return pair && pair.size() == 2 &&
                    pair[0] == StringAttr::get(pair.getContext(),
                                               "denormal-fp-math-f32");
           });
  }

  gpu::GPUModuleOp source;
  MLIRContext *context;
  OpBuilder builder;
  OwningOpRef<ModuleOp> module;
  SharedLayout layout;
  Sites sites;
  HostCalls host;
  BlockCounts blocks;
};

} // namespace

FailureOr<OwningOpRef<ModuleOp>> lowerModule(gpu::GPUModuleOp kernels) {
  return ModuleLowering(kernels).run();
}

} // namespace attn::sim
