// RUN: not kernel-check %s --tiles --print-ir 2>&1 | FileCheck %s

!t = tensor<1x1x?x16xf32>

// CHECK: invalid.mlir:[[#@LINE+5]]:{{.*}}: error: 'math.powf' op is not supported in regions by target cpu; supported are arith.{addf,
func.func @operation(%q: !t, %k: !t, %v: !t) -> !t {
  %r = attn.route %k, %v : !t, !t
  %o = attn_tile.fold %q over %r tile(48, 32) scale(0.25) score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %y = math.powf %x, %x : f32
    attn.yield %y : f32
  } : !t -> !t
  return %o : !t
}
