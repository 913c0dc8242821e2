// LongCA-bench, documents, each a prefix language model: its first prefix[b] tokens are seen by all of the document.
// visible(b, i, j) = doc[b, i] == doc[b, j] and (j <= i or j - start(b, j) < prefix[b])
// start is the first token of the document: j is one of the first n tokens iff token j - n is of another document, or
// before the sequence. So tokens of a document stand together, and no table of starts is needed.
//
// Source: Bu et al. 2025, Long-Context Attention Benchmark (arXiv:2510.17896), mask "prefix LM document";
// definitions as its repository NJUDeepEngine/LongCA-bench generates them. Its form for
// FlexAttention shows one key more than its list of slices, which counts here.
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]},
    %doc: tensor<?x?xi32> {attn.name = "doc", attn.shape = ["B", "L"], attn.random = "segments"},
    %prefix: tensor<?xi32> {attn.name = "prefix", attn.shape = ["B"], attn.random = "indices<L>"})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %documents = attn.mask.document %doc, %doc : tensor<?x?xi32>, tensor<?x?xi32>
  %causal = attn.mask.causal
  %first = attn.mask.free (%doc, %prefix : tensor<?x?xi32>, tensor<?xi32>) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %ids: tensor<?x?xi32>, %counts: tensor<?xi32>):
    %c0 = arith.constant 0 : index
    %number = attn.read %counts[%b] : tensor<?xi32>
    %given = arith.index_cast %number : i32 to index
    %count = arith.maxsi %given, %c0 : index
    %before = arith.subi %j, %count : index
    %starts = arith.cmpi slt, %before, %c0 : index
    %at = arith.maxsi %before, %c0 : index
    %last = arith.minsi %at, %j : index
    %earlier = attn.read %ids[%b, %last] : tensor<?x?xi32>
    %own = attn.read %ids[%b, %j] : tensor<?x?xi32>
    %other = arith.cmpi ne, %earlier, %own : i32
    %visible = arith.ori %starts, %other : i1
    attn.yield %visible : i1
  }
  %seen = attn.mask.or %causal, %first
  %mask = attn.mask.and %documents, %seen
  %keys = attn.stream %k, %v mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
