//===- Scratch.cpp - A worker's memory ------------------------------------===//

#include "Scratch.h"

#include "attn/manifest/CpuAbi.h"

#include "llvm/Support/MathExtras.h"

#include <cstddef>

using namespace mlir;
using namespace attn::cpu;

Scratch::Scratch(KernelBuilder &kb, Value host, Value worker) : kb(kb) {
  Type byte = kb.b.getI8Type();
  Value all =
      kb.load(kb.ptrType(), kb.at(host, byte, offsetof(AttnCpuHost, scratch)));
  size = arith::ConstantIntOp::create(kb.b, kb.loc, kb.i64Type(), 0);
  // Not folded: the factor is not known yet.
  Value offset = arith::MulIOp::create(kb.b, kb.loc, worker, size);
  base = kb.at(all, byte, offset);
}

Value Scratch::allocate(int64_t bytes) {
  int64_t offset = used;
  used += llvm::alignTo(bytes, 64);
  return kb.at(base, kb.b.getI8Type(), offset);
}

int64_t Scratch::finish() {
  size.setValueAttr(kb.b.getI64IntegerAttr(used));
  return used;
}
