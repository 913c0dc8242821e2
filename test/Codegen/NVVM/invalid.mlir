// RUN: not attnc %s --target=sm_90a --emit=lowlevel 2>&1 | FileCheck %s

!t = tensor<1x1x64x64xbf16>

// CHECK: invalid.mlir:[[#@LINE+5]]:{{.*}}: error: 'math.powf' op is not supported in regions by target sm_90a; supported are arith.{addf,
func.func @operation(%q: !t) -> !t {
  %s = attn.stream %q, %q : !t, !t
  %o = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %y = math.powf %x, %x : f32
    attn.yield %y : f32
  } : !t -> !t
  return %o : !t
}
