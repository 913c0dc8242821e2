// An image has code for pairs of bf16 and for tile registers only if a fold uses them, each in its variant.
// RUN: attnc %s --emit=lowlevel | FileCheck %s
// RUN: rm -rf %t.attn && attnc %s -o %t.attn && FileCheck %s --check-prefix=ALL --input-file=%t.attn/manifest.json
// RUN: sed 's/xbf16>/xf16>/g' %s > %t.mlir && rm -rf %t.attn && attnc %t.mlir -o %t.attn && FileCheck %s --check-prefix=TWO --input-file=%t.attn/manifest.json
// RUN: attnc %t.mlir --emit=lowlevel | FileCheck %s --check-prefix=NONE

// CHECK:      module @v3
// CHECK-NOT:  dpbf16ps
// CHECK:      module @v4
// CHECK-NOT:  dpbf16ps
// CHECK:      module @v4bf16
// CHECK:      llvm.func internal @main_fold0_v4bf16_task
// CHECK:      llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"
// CHECK-NOT:  tdpbf16ps
// CHECK:      module @amx
// CHECK:      llvm.func internal @main_fold0_amx_task
// CHECK:      llvm.call_intrinsic "llvm.x86.tdpbf16ps.internal"
// CHECK-NOT:  amx.tile
// ALL: "variants": ["v3", "v4", "v4bf16", "amx"]
// TWO: "variants": ["v3", "v4"]
// NONE-NOT: module @v4bf16
// NONE-NOT: module @amx

func.func @main(%q: tensor<1x1x200x8xbf16>) -> tensor<1x1x200x8xbf16> {
  %m = attn.mask.causal
  %s = attn.stream %q, %q mask %m : tensor<1x1x200x8xbf16>, tensor<1x1x200x8xbf16>
  %o = attn.attend %q over %s : tensor<1x1x200x8xbf16> -> tensor<1x1x200x8xbf16>
  return %o : tensor<1x1x200x8xbf16>
}
