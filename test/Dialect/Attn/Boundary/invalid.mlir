// RUN: attn-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{argument 'q' expects 'attn.shape' with one letter per axis of 'tensor<?x4xf32>' but got 1 letters}}
func.func @boundary_c1(%q: tensor<?x4xf32> {attn.name = "q", attn.shape = ["B"]}) {
  return
}

// -----

// expected-error @below {{argument 'arg0' expects 'attn.shape' to be an array of strings but got [1, 2]}}
func.func @boundary_c1_type(%q: tensor<?x4xf32> {attn.shape = [1, 2]}) {
  return
}

// -----

// expected-error @below {{argument 'arg0' expects the letter of axis 1 to be an identifier but got '4D'}}
func.func @boundary_c1_letter(%q: tensor<?x4xf32> {attn.shape = ["B", "4D"]}) {
  return
}

// -----

// expected-error @below {{argument 'k' gives letter 'D' the size 8 but argument 'q' gives it 4; use another letter for another size}}
func.func @boundary_c2(%q: tensor<4xf32> {attn.name = "q", attn.shape = ["D"]}, %k: tensor<8xf32> {attn.name = "k", attn.shape = ["D"]}) {
  return
}

// -----

// expected-error @below {{argument 'arg1' of type 'tensor<?xf32>' has a size that only the launch knows; expected 'attn.shape' with one letter per axis}}
func.func @boundary_c3(%q: tensor<?xf32> {attn.shape = ["L"]}, %k: tensor<?xf32>) {
  return
}

// -----

// expected-error @below {{arguments 0 and 1 are both named 'q'; expected unique names}}
func.func @boundary_c4(%q: tensor<4xf32> {attn.name = "q"}, %k: tensor<4xf32> {attn.name = "q"}) {
  return
}

// -----

// expected-error @below {{result 0 expects 'attn.name' to be an identifier but got 'o ut'}}
func.func @boundary_c4_identifier(%q: tensor<4xf32>) -> (tensor<4xf32> {attn.name = "o ut"}) {
  return %q : tensor<4xf32>
}

// -----

// expected-error @below {{argument 'ids' expects 'attn.random' to be "lengths", "segments", "pages" or "indices<LETTER>" but got "documents"}}
func.func @boundary_c5(%ids: tensor<4xi32> {attn.name = "ids", attn.random = "documents"}) {
  return
}

// -----

// expected-error @below {{argument 'ids' has 'attn.random', which only integer and bool tensors take, but is 'tensor<4xf32>'}}
func.func @boundary_c5_type(%ids: tensor<4xf32> {attn.name = "ids", attn.random = "segments"}) {
  return
}
