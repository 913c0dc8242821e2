// RUN: attn-opt %s --split-input-file --verify-diagnostics --attn-verify-stage=stage=routes

// A stream that is still there after stage routes: the note names the culprit.
func.func @stream(%q: tensor<1x1x4x8xf32>) -> tensor<1x1x4x8xf32> {
  // expected-error @below {{'attn.stream' op is not legal in stage 'routes'}}
  // expected-note @below {{attn-mask-to-routes should have removed it}}
  %s = attn.stream %q, %q : tensor<1x1x4x8xf32>, tensor<1x1x4x8xf32>
  %o = attn.attend %q over %s : tensor<1x1x4x8xf32> -> tensor<1x1x4x8xf32>
  return %o : tensor<1x1x4x8xf32>
}

// -----

// Ordinary tensor algebra is not ours to compile.
func.func @algebra(%q: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{'arith.addf' op is not legal in stage 'routes'}}
  // expected-note @below {{compute this in the framework and pass it in}}
  %o = arith.addf %q, %q : tensor<4xf32>
  return %o : tensor<4xf32>
}

// -----

// expected-error @below {{'func.func' op is not legal in stage 'routes'; expected functions with a body}}
func.func private @declaration(%q: tensor<4xf32>) -> tensor<4xf32>

// -----

// The boundary is complete: a dynamic size has a letter.
// expected-error @below {{argument 'arg0' of type 'tensor<?xf32>' has a size that only the launch knows}}
func.func @no_letters(%q: tensor<?xf32>) {
  return
}
