// CLEAR without pooled tokens: 512 tokens of text, then an image of 64 columns. Text sees all and is
// seen by all; a token of the image sees those at a distance below 8.
// y = (i - 512) / 64, x = (i - 512) % 64 for i >= 512,
// visible(i, j) = i < 512 or j < 512 or (yi - yj)^2 + (xi - xj)^2 < 8^2
// The entry gives no width: 64 columns are those of an image of 1024 x 1024, L = 512 + 64 H.
//
// Source: Liu et al. 2024, CLEAR (arXiv:2412.16112), section 3; the repository Huage001/CLEAR.
//
// CPU-VARIANTS: v3, v4, v4bf16, amx
// RUN: %python %S/Inputs/systems.py %s --work=%t | FileCheck %S/Inputs/systems.txt
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %text = arith.constant 512 : index
  %columns = arith.constant 64 : index
  %first = attn.mask.first count(512)
  %image = attn.mask.free (%text, %columns : index, index) {
  ^bb0(%b: index, %h: index, %i: index, %j: index, %t: index, %w: index):
    %zero = arith.constant 0 : index
    %reach = arith.constant 64 : index
    %is_text = arith.cmpi slt, %i, %t : index
    %i_raw = arith.subi %i, %t : index
    %j_raw = arith.subi %j, %t : index
    %i_image = arith.maxsi %i_raw, %zero : index
    %j_image = arith.maxsi %j_raw, %zero : index
    %yi = arith.divui %i_image, %w : index
    %xi = arith.remui %i_image, %w : index
    %yj = arith.divui %j_image, %w : index
    %xj = arith.remui %j_image, %w : index
    %dy = arith.subi %yi, %yj : index
    %dx = arith.subi %xi, %xj : index
    %y2 = arith.muli %dy, %dy : index
    %x2 = arith.muli %dx, %dx : index
    %distance = arith.addi %y2, %x2 : index
    %near = arith.cmpi slt, %distance, %reach : index
    %visible = arith.ori %is_text, %near : i1
    attn.yield %visible : i1
  }
  %mask = attn.mask.or %first, %image
  %keys = attn.stream %k, %v mask %mask : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
