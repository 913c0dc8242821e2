// RUN: attnc %s -o %t.attn --target=cpu
// RUN: FileCheck %s --input-file=%t.attn/manifest.json
// RUN: attn-run %t.attn --device=cpu --entry=chain --random --seed=1 --set=L=70 --set=M=70 --against=reference
// RUN: not attn-run %t.attn --device=cpu --entry=chain --random --seed=1 --set=L=70 --set=M=33 2>&1 | FileCheck %s --check-prefix=UNEQUAL
// UNEQUAL: error: {{.*}}Lk of keyIds (M) and Lk of k (L) must be equal{{.*}}M = 33, L = 70

// Two attends, the second reading the first: summaries and the first result live in the
// workspace; every step names the steps it reads from. The letters of two tables that
// must agree are a check of the launch.
//
// CHECK: "name": "chain"
// CHECK: "checks":
// CHECK: Lk of keyIds (M) and Lk of k (L) must be equal
// CHECK: "plans":
// CHECK: "buffers":
// CHECK: "buffer0"
// CHECK: "steps":
// CHECK: "kernel": "chain_summarize0"
// CHECK: "kernel": "chain_fold{{[0-9]+}}"
func.func @chain(
    %q: tensor<1x2x?x16xf32> {attn.name = "q", attn.shape = ["B", "H", "L", "D"]},
    %k: tensor<1x2x?x16xf32> {attn.name = "k", attn.shape = ["B", "H", "L", "D"]},
    %doc: tensor<1x?xi32> {attn.name = "doc", attn.shape = ["B", "L"], attn.random = "segments"},
    %keydoc: tensor<1x?xi32> {attn.name = "keydoc", attn.shape = ["B", "M"], attn.random = "segments"})
    -> (tensor<1x2x?x16xf32> {attn.name = "o"}) {
  %d = attn.mask.document %doc, %keydoc : tensor<1x?xi32>, tensor<1x?xi32>
  %s = attn.stream %k, %k mask %d : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  %first = attn.attend %q over %s : tensor<1x2x?x16xf32> -> tensor<1x2x?x16xf32>
  %c = attn.mask.causal
  %t = attn.stream %first, %k mask %c : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  %o = attn.attend %first over %t : tensor<1x2x?x16xf32> -> tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}
