//===- Accesses.cpp - Ordinary loads and stores in strict mode ------------===//

#include "Accesses.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attn::sim {
namespace {

/// Where a pointer comes from, as far as the function says.
Value getRoot(Value pointer) {
  while (Operation *op = pointer.getDefiningOp()) {
    if (auto element = dyn_cast<LLVM::GEPOp>(op))
      pointer = element.getBase();
    else if (auto cast = dyn_cast<LLVM::AddrSpaceCastOp>(op))
      pointer = cast.getArg();
    else
      break;
  }
  return pointer;
}

/// The number of the kernel argument that `root` is; -1 if it is none. The last
/// argument of a function is the host.
int32_t getArgument(Value root, HostCalls &host) {
  auto argument = dyn_cast<BlockArgument>(root);
  if (!argument || !argument.getOwner()->isEntryBlock() || !host.isKernel)
    return -1;
  return int32_t(argument.getArgNumber());
}

class Teller {
public:
  Teller(Operation *op, HostCalls &host)
      : op(op), host(host), loc(op->getLoc()) {}

  void tellTyped(Value address, Type type, std::optional<uint64_t> alignment,
                 AttnSimAccess kind) {
    DataLayout layout = DataLayout::closest(op);
    uint64_t bytes = layout.getTypeSize(type).getFixedValue();
    // A GPU wants what it moves at once at a multiple of its size.
    uint64_t natural = std::min<uint64_t>(llvm::PowerOf2Ceil(bytes), 16);
    tell(address, host.constant(loc, int64_t(bytes)), kind,
         alignment.value_or(natural));
  }

  void tellRange(Value address, Value length, AttnSimAccess kind) {
    if (length.getType() != host.builder.getI32Type())
      length = LLVM::TruncOp::create(host.builder, loc,
                                     host.builder.getI32Type(), length);
    tell(address, length, kind, 1);
  }

private:
  void tell(Value address, Value bytes, AttnSimAccess kind,
            uint64_t alignment) {
    Value root = getRoot(address);
    auto global = root.getDefiningOp<LLVM::AddressOfOp>();
    bool isShared =
        global &&
        cast<LLVM::LLVMPointerType>(global.getType()).getAddressSpace() == 3;
    if (root.getDefiningOp<LLVM::AllocaOp>() || (global && !isShared))
      return;
    host.call(op, ATTN_SIM_FIELD(access), {},
              {host.generic(address), bytes, host.constant(loc, kind),
               host.constant(loc, int64_t(alignment)),
               host.constant(loc, getArgument(root, host))});
  }

  Operation *op;
  HostCalls &host;
  Location loc;
};

} // namespace

void tellAccess(Operation *op, HostCalls &host) {
  Teller teller(op, host);
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](LLVM::LoadOp load) {
        teller.tellTyped(load.getAddr(), load.getType(), load.getAlignment(),
                         ATTN_SIM_ACCESS_READ);
      })
      .Case([&](LLVM::StoreOp store) {
        teller.tellTyped(store.getAddr(), store.getValue().getType(),
                         store.getAlignment(), ATTN_SIM_ACCESS_WRITE);
      })
      .Case([&](LLVM::AtomicRMWOp atomic) {
        teller.tellTyped(atomic.getPtr(), atomic.getType(),
                         atomic.getAlignment(), ATTN_SIM_ACCESS_ATOMIC);
      })
      .Case([&](LLVM::AtomicCmpXchgOp atomic) {
        teller.tellTyped(atomic.getPtr(), atomic.getVal().getType(),
                         atomic.getAlignment(), ATTN_SIM_ACCESS_ATOMIC);
      })
      .Case<LLVM::MemcpyOp, LLVM::MemmoveOp>([&](auto copy) {
        teller.tellRange(copy.getSrc(), copy.getLen(), ATTN_SIM_ACCESS_READ);
        teller.tellRange(copy.getDst(), copy.getLen(), ATTN_SIM_ACCESS_WRITE);
      })
      .Case([&](LLVM::MemsetOp set) {
        teller.tellRange(set.getDst(), set.getLen(), ATTN_SIM_ACCESS_WRITE);
      });
}

} // namespace attn::sim
