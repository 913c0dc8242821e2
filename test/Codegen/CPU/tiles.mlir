// What emitted kernels do for which tile: empty ones are not touched, full ones
// are not masked.
// RUN: kernel-check %s --print-ir --function=causal | FileCheck %s --check-prefix=CAUSAL
// RUN: kernel-check %s --print-ir --function=documents | FileCheck %s --check-prefix=DOC

!t = tensor<1x1x?x16xf32>

// The logits of a tile take one of two ways. The first, for partial tiles, compares
// coordinates and selects; the second only loads the maxima that the product left.
//
// CAUSAL:      llvm.func internal @kernel0_v4_task
// CAUSAL:      arith.cmpi sle, {{.*}} : vector<16xi32>
// CAUSAL:      arith.select {{.*}} : vector<16xi1>, vector<16xf32>
// CAUSAL:      } else {
// CAUSAL-NOT:    scf.for
// CAUSAL-NOT:    arith.select
// CAUSAL-NOT:    llvm.store
// CAUSAL:        scf.yield {{.*}} : vector<16xf32>, vector<16xf32>, vector<16xf32>
func.func @causal(%q: !t {attn.shape = ["B", "H", "L", "D"]}, %k: !t {attn.shape = ["B", "H", "L", "D"]}, %v: !t {attn.shape = ["B", "H", "L", "D"]}) -> !t {
  %m = attn.mask.causal
  %s = attn.stream %k, %v mask %m : !t, !t
  %o = attn.attend %q over %s : !t -> !t
  return %o : !t
}

// Between the tests of a tile's ids and the tile's first product there is a
// branch around everything.
//
// DOC:      llvm.func internal @kernel2_v4_task
// DOC:      scf.for
// DOC:      %[[SOME:.*]] = arith.andi {{.*}} : i1
// DOC:      scf.if %[[SOME]] {
// DOC:      llvm.intr.fma
func.func @documents(%q: !t {attn.shape = ["B", "H", "L", "D"]}, %k: !t {attn.shape = ["B", "H", "L", "D"]}, %v: !t {attn.shape = ["B", "H", "L", "D"]}, %ids: tensor<1x?xi32> {attn.shape = ["B", "L"]}) -> !t {
  %m = attn.mask.document %ids, %ids : tensor<1x?xi32>, tensor<1x?xi32>
  %s = attn.stream %k, %v mask %m : !t, !t
  %o = attn.attend %q over %s : !t -> !t
  return %o : !t
}
