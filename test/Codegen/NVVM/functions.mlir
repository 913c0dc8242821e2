// Functions and divisions of regions on a GPU: by a constant is a product, unless the inverse is no normal number;
// tanh is a quotient of polynomials.
//
// RUN: split-file %s %t
// RUN: attnc %t/softcap.mlir --target=sm_90a --emit=lowlevel --ptxas=none | FileCheck %t/softcap.mlir
// RUN: attnc %t/quotients.mlir --target=sm_90a --emit=lowlevel --ptxas=none | FileCheck %t/quotients.mlir

//--- softcap.mlir
// A first factor would join the scale: logits are doubled before.
//
// CHECK:     %[[INVERSE:.+]] = llvm.mlir.constant(2.000000e-02 : f32)
// CHECK:     %[[Z:.+]] = llvm.fmul %{{.+}}, %[[INVERSE]] : f32
// CHECK:     %[[LOW:.+]] = llvm.intr.maximum(%[[Z]], %{{.+}})
// CHECK:     %[[NINE:.+]] = llvm.mlir.constant(9.000000e+00 : f32)
// CHECK:     %[[X:.+]] = llvm.intr.minimum(%[[LOW]], %[[NINE]])
// CHECK:     %[[SQUARE:.+]] = llvm.fmul %[[X]], %[[X]]
// CHECK-COUNT-4: llvm.intr.fma(%{{.+}}, %[[SQUARE]], %{{.+}})
// CHECK:     %[[P:.+]] = llvm.fmul %[[X]], %{{.+}}
// CHECK-COUNT-4: llvm.intr.fma(%{{.+}}, %[[SQUARE]], %{{.+}})
// CHECK:     %[[Q:.+]] = nvvm.rcp.approx.ftz.f
// CHECK:     llvm.fmul %[[P]], %[[Q]]
// CHECK-NOT: llvm.fdiv
func.func @main(%q: tensor<1x1x64x64xbf16>, %k: tensor<1x1x64x64xbf16>) -> tensor<1x1x64x64xbf16> {
  %s = attn.stream %k, %k : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>
  %o = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %cap = arith.constant 50.0 : f32
    %0 = arith.addf %x, %x : f32
    %1 = arith.divf %0, %cap : f32
    %2 = math.tanh %1 : f32
    %y = arith.mulf %2, %cap : f32
    attn.yield %y : f32
  } : tensor<1x1x64x64xbf16> -> tensor<1x1x64x64xbf16>
  return %o : tensor<1x1x64x64xbf16>
}

//--- quotients.mlir
// CHECK: llvm.fdiv %{{.+}}, %{{.+}} : f32
// CHECK: llvm.fdiv %{{.+}}, %{{.+}} : f32
// CHECK: llvm.fdiv %{{.+}}, %{{.+}} : f32
func.func @main(%q: tensor<1x1x64x64xbf16>, %k: tensor<1x1x64x64xbf16>) -> tensor<1x1x64x64xbf16> {
  %s = attn.stream %k, %k : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>
  %o = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %zero = arith.constant 0.0 : f32
    %large = arith.constant 3.0e38 : f32
    %0 = arith.divf %x, %zero : f32
    %1 = arith.divf %0, %large : f32
    %y = arith.divf %1, %x : f32
    attn.yield %y : f32
  } : tensor<1x1x64x64xbf16> -> tensor<1x1x64x64xbf16>
  return %o : tensor<1x1x64x64xbf16>
}
