//===- OpTable.cpp - Which op becomes what --------------------------------===//

#include "OpTable.h"

using namespace mlir;

namespace attn::sim {

const OpTable &OpTable::get() {
  static const OpTable table = [] {
    OpTable rows;
    addRegisterRows(rows);
    addWarpRows(rows);
    addBarrierRows(rows);
    addCopyRows(rows);
    addMatrixRows(rows);
    addArithmeticRows(rows);
    return rows;
  }();
  return table;
}

const OpTable::Handler *OpTable::find(Operation *op) const {
  auto found = rows.find(op->getName().getStringRef());
  return found == rows.end() ? nullptr : &found->second;
}

} // namespace attn::sim
