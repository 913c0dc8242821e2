// Forms of known ops that device sim does not have.
//
// REQUIRES: compiler
// RUN: not sim-lower %s 2>&1 | FileCheck %s

gpu.module @forms {
  llvm.func @kernel(%x: f32, %y: bf16, %a: i64, %to: !llvm.ptr<7>, %map: !llvm.ptr, %bar: !llvm.ptr<3>, %i: i32, %m: i16)
      attributes {gpu.kernel, nvvm.kernel} {
    %undef = llvm.mlir.undef : !llvm.struct<(f32, f32, f32, f32)>
    // CHECK: unknown-forms.mlir:[[#@LINE+1]]:10: error: device sim knows wgmma of f16 or bf16 with f32 accumulators only
    %d = nvvm.wgmma.mma_async %a, %a, %undef, #nvvm.shape<m = 64, n = 8, k = 32>, D[<f32>, <zero>], A[<e4m3>, <one>, <row>], B[<e4m3>, <one>, <col>] : !llvm.struct<(f32, f32, f32, f32)> -> !llvm.struct<(f32, f32, f32, f32)>
    // CHECK: unknown-forms.mlir:[[#@LINE+1]]:5: error: device sim knows tensor loads in mode tile without multicast and CTA group only
    nvvm.cp.async.bulk.tensor.shared.cluster.global %to, %map, %bar, box[%i, %i] multicast_mask = %m : !llvm.ptr<7>, !llvm.ptr
    // CHECK: unknown-forms.mlir:[[#@LINE+1]]:10: error: device sim knows this conversion with rounding rn, without relu and saturation only
    %r = nvvm.convert.f32x2.to.bf16x2 %x, %x {rnd = #nvvm.fp_rnd_mode<rn>, relu = true} : vector<2xbf16>
    llvm.return
  }
}
