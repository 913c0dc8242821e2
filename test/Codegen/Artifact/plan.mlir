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

// Tokens that a fold finds through a layout have no kernel and no buffer of their own; of two folds with a restore
// between them the tokens of the first are in one.
//
// CHECK: "name": "windows"
// CHECK: "buffers": [{"name": "buffer0", "dtype": "f32", "shape": [{"letter": "B"}, 2, 225, 8]}],
// CHECK: "kernel": "windows_fold0"
// CHECK: "kernel": "windows_fold1"
// CHECK-NOT: "kernel":
// CHECK: "name": "merged"
// RUN: attn-run %t.attn --device=cpu --entry=windows --random --set=B=2 --against=reference
func.func @windows(%q: tensor<?x2x225x8xf32> {attn.name = "q", attn.shape = ["B", "H", "L", "D"]})
    -> (tensor<?x2x225x8xf32> {attn.name = "o"}) {
  %l = attn.layout.grid shape(15, 15) tile(4, 4)
  %t = attn.reorder %q by %l : tensor<?x2x225x8xf32> -> tensor<?x2x256x8xf32>
  %s = attn.stream %t, %t : tensor<?x2x256x8xf32>, tensor<?x2x256x8xf32>
  %at = attn.attend %t over %s : tensor<?x2x256x8xf32> -> tensor<?x2x256x8xf32>
  %a = attn.restore %at by %l : tensor<?x2x256x8xf32> -> tensor<?x2x225x8xf32>
  %r = attn.reorder %a by %l : tensor<?x2x225x8xf32> -> tensor<?x2x256x8xf32>
  %ot = attn.attend %r over %s : tensor<?x2x256x8xf32> -> tensor<?x2x256x8xf32>
  %o = attn.restore %ot by %l : tensor<?x2x256x8xf32> -> tensor<?x2x225x8xf32>
  return %o : tensor<?x2x225x8xf32>
}

// A merge reads rows in the order of slots: its states are in buffers, and a kernel restores what it gives.
//
// CHECK: "kernel": "merged_restore{{[0-9]+}}"
// RUN: attn-run %t.attn --device=cpu --entry=merged --random --against=reference
func.func @merged(%q: tensor<1x2x225x8xf32> {attn.name = "q"}) -> (tensor<1x2x225x8xf32> {attn.name = "o"}) {
  %l = attn.layout.grid shape(15, 15) tile(4, 4)
  %t = attn.reorder %q by %l : tensor<1x2x225x8xf32> -> tensor<1x2x256x8xf32>
  %s = attn.stream %t, %t : tensor<1x2x256x8xf32>, tensor<1x2x256x8xf32>
  %at, %la = attn.attend %t over %s : tensor<1x2x256x8xf32> -> tensor<1x2x256x8xf32>, tensor<1x2x256xf32>
  %st = attn.state %at, %la : tensor<1x2x256x8xf32>, tensor<1x2x256xf32>
  %mt = attn.merge %st, %st : tensor<1x2x256x8xf32>
  %o = attn.restore %mt by %l : tensor<1x2x256x8xf32> -> tensor<1x2x225x8xf32>
  return %o : tensor<1x2x225x8xf32>
}
