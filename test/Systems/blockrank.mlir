// BlockRank: an instruction (block 0), documents, and a query (the block of the last token). A document sees itself and
// the instruction, the query sees all; causal. blk[b, t] is the number of token t's block.
// visible(b, i, j) = j <= i and (blk[b, i] == blk[b, j] or blk[b, j] == 0 or blk[b, i] == blk[b, L - 1])
//
// Source: Gupta et al. 2025, BlockRank (arXiv:2510.05396).
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]},
    %blk: tensor<?x?xi32> {attn.name = "blk", attn.shape = ["B", "L"], attn.random = "segments"})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %causal = attn.mask.causal
  %own = attn.mask.document %blk, %blk : tensor<?x?xi32>, tensor<?x?xi32>
  %others = attn.mask.free (%blk : tensor<?x?xi32>) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %ids: tensor<?x?xi32>):
    %instruction = arith.constant 0 : i32
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %length = attn.length queries
    %end = arith.subi %length, %c1 : index
    %at = arith.maxsi %end, %c0 : index
    %last = attn.read %ids[%b, %at] : tensor<?x?xi32>
    %of = attn.read %ids[%b, %i] : tensor<?x?xi32>
    %id = attn.read %ids[%b, %j] : tensor<?x?xi32>
    %seen = arith.cmpi eq, %id, %instruction : i32
    %seeing = arith.cmpi eq, %of, %last : i32
    %visible = arith.ori %seen, %seeing : i1
    attn.yield %visible : i1
  }
  %blocks = attn.mask.or %own, %others
  %mask = attn.mask.and %blocks, %causal
  %keys = attn.stream %k, %v mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
