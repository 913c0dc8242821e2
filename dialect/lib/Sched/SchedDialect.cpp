//===- SchedDialect.cpp - Registration of the attn_sched dialect ----------===//

#include "attn/dialect/Sched/Sched.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "attn/dialect/Sched/SchedDialect.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "attn/dialect/Sched/SchedTypes.cpp.inc"

void attn::sched::AttnSchedDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "attn/dialect/Sched/SchedTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "attn/dialect/Sched/SchedOps.cpp.inc"
      >();
}
