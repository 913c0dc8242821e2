// What an op becomes: a call through the table, with the host and the number of
// the op; a shared variable is an offset in the window; products into the same
// accumulator are one call.
//
// REQUIRES: compiler
// RUN: sim-lower %s | FileCheck %s

// CHECK-NOT: nvvm.
gpu.module @kernels {
  llvm.mlir.global internal @first() {addr_space = 3 : i32, alignment = 4 : i64} : !llvm.array<3 x i32>
  llvm.mlir.global internal @second() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<2 x i64>
  llvm.mlir.global external @dynsm() {addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<0 x i8>

  // CHECK-LABEL: llvm.func internal @store
  // CHECK-SAME: (%[[VALUE:.*]]: i32, %[[HOST:.*]]: !llvm.ptr)
  llvm.func @store(%value: i32) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 64>} {
    // The dynamic memory starts at the next multiple of 1024.
    // CHECK: %[[FIELD:.*]] = llvm.getelementptr %[[HOST]][8]
    // CHECK: %[[WINDOW:.*]] = llvm.load %[[FIELD]] invariant
    // CHECK: llvm.getelementptr %[[WINDOW]][1024]
    %sm = llvm.mlir.addressof @dynsm : !llvm.ptr<3>
    llvm.store %value, %sm : i32, !llvm.ptr<3>
    // 12 bytes of @first, then @second at its alignment.
    // CHECK: llvm.getelementptr %{{.*}}[16]
    %second = llvm.mlir.addressof @second : !llvm.ptr<3>
    llvm.store %value, %second : i32, !llvm.ptr<3>
    // CHECK: %[[ZERO:.*]] = llvm.mlir.constant(0 : i32)
    // CHECK-NEXT: %[[SITE:.*]] = llvm.mlir.constant(0 : i32)
    // CHECK-NEXT: llvm.getelementptr %[[HOST]][88]
    // CHECK-NEXT: %[[FUNCTION:.*]] = llvm.load %{{.*}} invariant {{.*}} -> !llvm.ptr
    // CHECK: llvm.call %[[FUNCTION]](%[[HOST]], %[[SITE]], %[[ZERO]], %[[ZERO]]) : !llvm.ptr, (!llvm.ptr, i32, i32, i32) -> ()
    nvvm.barrier0
    llvm.return
  }

  // CHECK-LABEL: llvm.func internal @chain
  llvm.func @chain(%a: i64, %b: i64, %out: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel} {
    %c2 = llvm.mlir.constant(2 : i64) : i64
    %undef = llvm.mlir.undef : !llvm.struct<(f32, f32, f32, f32)>
    // CHECK-COUNT-1: (!llvm.ptr, i32, !llvm.ptr, !llvm.ptr, i32) -> ()
    %d0 = nvvm.wgmma.mma_async %a, %b, %undef, #nvvm.shape<m = 64, n = 8, k = 16>, D[<f32>, <zero>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !llvm.struct<(f32, f32, f32, f32)> -> !llvm.struct<(f32, f32, f32, f32)>
    %b1 = llvm.add %b, %c2 : i64
    %d1 = nvvm.wgmma.mma_async %a, %b1, %d0, #nvvm.shape<m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !llvm.struct<(f32, f32, f32, f32)> -> !llvm.struct<(f32, f32, f32, f32)>
    // A store between two products ends the chain.
    // CHECK: llvm.store %{{.*}}, %{{.*}} : i64, !llvm.ptr<1>
    llvm.store %b1, %out : i64, !llvm.ptr<1>
    // CHECK: (!llvm.ptr, i32, !llvm.ptr, !llvm.ptr, i32) -> ()
    %d2 = nvvm.wgmma.mma_async %a, %b, %d1, #nvvm.shape<m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !llvm.struct<(f32, f32, f32, f32)> -> !llvm.struct<(f32, f32, f32, f32)>
    %x = llvm.extractvalue %d2[0] : !llvm.struct<(f32, f32, f32, f32)>
    llvm.store %x, %out : f32, !llvm.ptr<1>
    llvm.return
  }
  // Strict code tells of every load and store: 4 bytes written at a multiple of
  // 4, of no argument, then the store; argument 2 of @chain.
  // CHECK-LABEL: llvm.func internal @store_strict
  // CHECK: %[[BYTES:.*]] = llvm.mlir.constant(4 : i32)
  // CHECK: %[[WRITE:.*]] = llvm.mlir.constant(1 : i32)
  // CHECK: %[[ALIGN:.*]] = llvm.mlir.constant(4 : i32)
  // CHECK: %[[NONE:.*]] = llvm.mlir.constant(-1 : i32)
  // CHECK: llvm.call %{{.*}}(%{{.*}}, %{{.*}}, %{{.*}}, %[[BYTES]], %[[WRITE]], %[[ALIGN]], %[[NONE]])
  // CHECK-LABEL: llvm.func internal @chain_strict
  // CHECK: %[[TO:.*]] = llvm.addrspacecast %{{.*}} : !llvm.ptr<1> to !llvm.ptr
  // CHECK: %[[TWO:.*]] = llvm.mlir.constant(2 : i32)
  // CHECK: llvm.call %{{.*}}(%{{.*}}, %{{.*}}, %[[TO]], %{{.*}}, %{{.*}}, %{{.*}}, %[[TWO]])
  // CHECK-NEXT: llvm.store %{{.*}}, %{{.*}} : i64, !llvm.ptr<1>
  // The text of the sites: names of ops, then places.
  // CHECK: llvm.mlir.global internal constant @text("nvvm.barrier0\00{{.*}}lower.mlir:{{[0-9]+}}:5\00
  // CHECK: llvm.func @store_sim(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr)
  // CHECK: llvm.mlir.global external constant @store_sim_info
}
