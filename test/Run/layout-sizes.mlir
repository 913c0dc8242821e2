// A layout has as many points as the tensor has tokens: what only the launch knows is checked there.
//
// REQUIRES: compiler, attnc, attn-run
// CPU-VARIANTS: v3, v4
// RUN: attnc %s -o %t.attn --target=cpu
// RUN: %each-cpu -- attn-run %t.attn --device=cpu --random --set=B=1 --set=L=63 --against=reference
// RUN: not attn-run %t.attn --device=cpu --random --set=B=1 --set=L=64 --against=reference 2>&1 | FileCheck %s
// RUN: not attn-run %t.attn --device=cpu --random --set=B=1 --set=L=0 2>&1 | FileCheck %s --check-prefix=NONE
// CHECK: points of the layout (7 * 9) and tokens of the tensor (L) must be equal, at {{.*}}layout-sizes.mlir:15:8, but found L = 64
// NONE: tokens of the tensor (L) must be equal, at {{.*}}, but found L = 0
func.func @main(
    %q: tensor<?x2x?x16xf32> {attn.name = "q", attn.shape = ["B", "H", "L", "D"]})
    -> (tensor<?x2x63x16xf32> {attn.name = "o"}) {
  %l = attn.layout.grid shape(7, 9) tile(4, 4)
  %t = attn.reorder %q by %l : tensor<?x2x?x16xf32> -> tensor<?x2x?x16xf32>
  %s = attn.stream %t, %t : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  %ot = attn.attend %t over %s : tensor<?x2x?x16xf32> -> tensor<?x2x?x16xf32>
  %o = attn.restore %ot by %l : tensor<?x2x?x16xf32> -> tensor<?x2x63x16xf32>
  return %o : tensor<?x2x63x16xf32>
}
