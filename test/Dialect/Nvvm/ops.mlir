// RUN: %roundtrip

!acc = !llvm.struct<(f32, f32, f32, f32)>

// CHECK-LABEL: llvm.func @all_ops
llvm.func @all_ops(%a0: i32, %a1: i32, %a2: i32, %a3: i32, %desc: i64, %c: !acc, %p: i32,
                   %batch: i32, %shared: !llvm.ptr<3>, %x: f32, %y: f32) -> f32 {
  // CHECK: attn_nvvm.wgmma_fence accs(%{{.*}} : !llvm.struct<(f32, f32, f32, f32)>) fragments(%{{.*}} : i32) -> !llvm.struct<(f32, f32, f32, f32)>, i32
  %o1, %p1 = attn_nvvm.wgmma_fence accs(%c : !llvm.struct<(f32, f32, f32, f32)>) fragments(%p : i32)
      -> !llvm.struct<(f32, f32, f32, f32)>, i32
  // CHECK: attn_nvvm.wgmma_ra %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} n(8) bf16 transposed : !llvm.struct<(f32, f32, f32, f32)>
  %d = attn_nvvm.wgmma_ra %a0, %a1, %a2, %a3, %desc, %c n(8) bf16 transposed
      : !llvm.struct<(f32, f32, f32, f32)>
  // CHECK: attn_nvvm.wgmma_ra {{.*}} n(8) f16 : !llvm.struct
  %e = attn_nvvm.wgmma_ra %a0, %a1, %a2, %a3, %desc, %d n(8) f16
      : !llvm.struct<(f32, f32, f32, f32)>
  // CHECK: attn_nvvm.wgmma_wait 0 accs(%{{.*}} : !llvm.struct<(f32, f32, f32, f32)>) kept(%{{.*}} : i32) -> !llvm.struct<(f32, f32, f32, f32)>
  %o2 = attn_nvvm.wgmma_wait 0 accs(%e : !llvm.struct<(f32, f32, f32, f32)>) kept(%p1 : i32)
      -> !llvm.struct<(f32, f32, f32, f32)>
  // CHECK: attn_nvvm.anchor %{{.*}}, %{{.*}} : f32, f32
  attn_nvvm.anchor %x, %y : f32, f32
  // CHECK: attn_nvvm.pin %{{.*}} : i32
  %here = attn_nvvm.pin %batch : i32
  // CHECK: attn_nvvm.pin %{{.*}} : !llvm.ptr<3>
  %there = attn_nvvm.pin %shared : !llvm.ptr<3>
  // CHECK: attn_nvvm.tally "tiles", %{{.*}} : i32
  attn_nvvm.tally "tiles", %batch : i32
  // CHECK: attn_nvvm.ex2 %{{.*}} : f32
  %z = attn_nvvm.ex2 %x : f32
  llvm.return %z : f32
}
