// A bitmap must have the blocks that the lengths have; more are not read.
//
// REQUIRES: compiler, attnc, attn-run
// CPU-VARIANTS: v3, v4
// RUN: attnc %s -o %t.attn --target=cpu
// RUN: %each-cpu -- attn-run %t.attn --device=cpu --random --seed=1 --set=B=1 --set=L=129 --set=Nq=3 --set=Nk=2 --against=reference
// RUN: %each-cpu -- attn-run %t.attn --device=cpu --random --seed=1 --set=B=1 --set=L=0 --set=Nq=0 --set=Nk=0 --against=reference
// RUN: %exits 1 attn-run %t.attn --device=cpu --random --set=B=1 --set=L=129 --set=Nq=2 --set=Nk=2 2>&1 | FileCheck %s --check-prefix=QUERIES
// QUERIES: blocks of Lq of bits (Nq) must be Lq of q / 64 (ceildiv(L, 64)) or more, at {{.*}}bitmap-sizes.mlir:[[@LINE+10]]:8, but found {{.*}}L = 129
// RUN: %exits 1 attn-run %t.attn --device=cpu --random --set=B=1 --set=L=129 --set=Nq=3 --set=Nk=1 2>&1 | FileCheck %s --check-prefix=KEYS
// KEYS: blocks of Lk of bits (Nk) must be Lk of k / 128 (ceildiv(L, 128)) or more, at {{.*}}bitmap-sizes.mlir:[[@LINE+8]]:8, but found {{.*}}L = 129
// RUN: %exits 1 attn-run %s --device=reference --random --set=B=1 --set=L=129 --set=Nq=3 --set=Nk=1 2>&1 | FileCheck %s --check-prefix=KEYS
func.func @main(
    %q: tensor<?x2x?x64xf32> {attn.name = "q", attn.shape = ["B", "H", "L", "D"]},
    %k: tensor<?x2x?x64xf32> {attn.name = "k", attn.shape = ["B", "H", "L", "D"]},
    %v: tensor<?x2x?x64xf32> {attn.name = "v", attn.shape = ["B", "H", "L", "D"]},
    %bits: tensor<2x?x?xi1> {attn.name = "bits", attn.shape = ["H", "Nq", "Nk"], attn.random = "segments"})
    -> (tensor<?x2x?x64xf32> {attn.name = "o"}) {
  %m = attn.mask.block_bitmap %bits per_head size(64, 128) : tensor<2x?x?xi1>
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>
  %o = attn.attend %q over %s : tensor<?x2x?x64xf32> -> tensor<?x2x?x64xf32>
  return %o : tensor<?x2x?x64xf32>
}
