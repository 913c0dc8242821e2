// RUN: attn-opt %s --attn-to-schedule=target=sm_90a | FileCheck %s

// Neighbouring heads that read one key head share query tiles, at most eight.
//
// CHECK-LABEL: func.func @grouped
// CHECK: tile(128, 176) heads(4) scale
func.func @grouped(%q: tensor<?x8x?x128xbf16> {attn.shape = ["B", "Hq", "L", "D"]}, %k: tensor<?x2x?x128xbf16> {attn.shape = ["B", "Hk", "M", "D"]}) -> tensor<?x8x?x128xbf16> {
  %s = attn.stream %k, %k : tensor<?x2x?x128xbf16>, tensor<?x2x?x128xbf16>
  %o = attn.attend %q over %s : tensor<?x8x?x128xbf16> -> tensor<?x8x?x128xbf16>
  return %o : tensor<?x8x?x128xbf16>
}

// CHECK-LABEL: func.func @one_key_head
// CHECK: tile(128, 176) heads(8) scale
func.func @one_key_head(%q: tensor<?x32x?x128xbf16> {attn.shape = ["B", "Hq", "L", "D"]}, %k: tensor<?x1x?x128xbf16> {attn.shape = ["B", "Hk", "M", "D"]}) -> tensor<?x32x?x128xbf16> {
  %s = attn.stream %k, %k : tensor<?x1x?x128xbf16>, tensor<?x1x?x128xbf16>
  %o = attn.attend %q over %s : tensor<?x32x?x128xbf16> -> tensor<?x32x?x128xbf16>
  return %o : tensor<?x32x?x128xbf16>
}

// Groups of six: pairs.
//
// CHECK-LABEL: func.func @six
// CHECK: tile(128, 176) heads(2) scale
func.func @six(%q: tensor<?x12x?x128xbf16> {attn.shape = ["B", "Hq", "L", "D"]}, %k: tensor<?x2x?x128xbf16> {attn.shape = ["B", "Hk", "M", "D"]}) -> tensor<?x12x?x128xbf16> {
  %s = attn.stream %k, %k : tensor<?x2x?x128xbf16>, tensor<?x2x?x128xbf16>
  %o = attn.attend %q over %s : tensor<?x12x?x128xbf16> -> tensor<?x12x?x128xbf16>
  return %o : tensor<?x12x?x128xbf16>
}

// Two streams: what both allow.
//
// CHECK-LABEL: func.func @two_streams
// CHECK: tile(128, 128) heads(2) scale
func.func @two_streams(%q: tensor<?x8x?x128xbf16> {attn.shape = ["B", "Hq", "L", "D"]}, %k: tensor<?x2x?x128xbf16> {attn.shape = ["B", "Hk", "M", "D"]}) -> tensor<?x8x?x128xbf16> {
  %s = attn.stream %k, %k : tensor<?x2x?x128xbf16>, tensor<?x2x?x128xbf16>
  %t = attn.stream %k, %k heads [0, 0, 1, 1, 1, 1, 0, 0] : tensor<?x2x?x128xbf16>, tensor<?x2x?x128xbf16>
  %o = attn.attend %q over %s, %t : tensor<?x8x?x128xbf16> -> tensor<?x8x?x128xbf16>
  return %o : tensor<?x8x?x128xbf16>
}

// Where a region reads the head, and where every head has its own keys, a tile
// has one.
//
// CHECK-LABEL: func.func @slopes
// CHECK: tile(128, 128) scale
func.func @slopes(%q: tensor<?x8x?x128xbf16> {attn.shape = ["B", "Hq", "L", "D"]}, %k: tensor<?x2x?x128xbf16> {attn.shape = ["B", "Hk", "M", "D"]}, %slopes: tensor<8xf32>) -> tensor<?x8x?x128xbf16> {
  %s = attn.stream %k, %k : tensor<?x2x?x128xbf16>, tensor<?x2x?x128xbf16>
  %o = attn.attend %q over %s score(%slopes : tensor<8xf32>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<8xf32>):
    %a = attn.read %t[%h] : tensor<8xf32>
    %y = arith.addf %x, %a : f32
    attn.yield %y : f32
  } : tensor<?x8x?x128xbf16> -> tensor<?x8x?x128xbf16>
  return %o : tensor<?x8x?x128xbf16>
}

// CHECK-LABEL: func.func @own_keys
// CHECK: tile(128, 176) scale
func.func @own_keys(%q: tensor<?x?x?x128xbf16> {attn.shape = ["B", "H", "L", "D"]}, %k: tensor<?x?x?x128xbf16> {attn.shape = ["B", "H", "M", "D"]}) -> tensor<?x?x?x128xbf16> {
  %s = attn.stream %k, %k : tensor<?x?x?x128xbf16>, tensor<?x?x?x128xbf16>
  %o = attn.attend %q over %s : tensor<?x?x?x128xbf16> -> tensor<?x?x?x128xbf16>
  return %o : tensor<?x?x?x128xbf16>
}
