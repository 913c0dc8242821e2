//===- Register.cpp - All dialects a program may hold ---------------------===//

#include "attn/dialect/Register.h"
#include "attn/dialect/Attn/Attn.h"
#include "attn/dialect/Nvvm/Nvvm.h"
#include "attn/dialect/Sched/Sched.h"
#include "attn/dialect/Tile/Tile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

void attn::registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<AttnDialect, nvvm::AttnNvvmDialect, sched::AttnSchedDialect,
                  tile::AttnTileDialect, mlir::func::FuncDialect,
                  mlir::arith::ArithDialect, mlir::math::MathDialect,
                  mlir::scf::SCFDialect, mlir::tensor::TensorDialect>();
}
