func.func @main(%q: tensor<1x2x40x16xf32>, %k: tensor<1x2x50x16xf32>, %v: tensor<1x2x50x8xf32>,
                %k2: tensor<1x2x30x16xf32>, %v2: tensor<1x2x30x8xf32>)
    -> (tensor<1x2x40x8xf32>, tensor<1x2x40xf32>, tensor<1x2x40xf32>, tensor<1x2x40xf32>,
        tensor<1x2x40xf32>, tensor<1x2x40xf32>, tensor<1x2x40x8xf32>) {
  // Row i loses key i - 10 of the second stream.
  %same = attn.mask.window left(0) right(0)
  %m = attn.mask.not %same
  %s = attn.stream %k, %v : tensor<1x2x50x16xf32>, tensor<1x2x50x8xf32>
  %t = attn.stream %k2, %v2 MASK : tensor<1x2x30x16xf32>, tensor<1x2x30x8xf32>
  %o, %lse, %m0, %m1, %m_, %l, %acc = attn.attend %q over %s, %t
      : tensor<1x2x40x16xf32> -> tensor<1x2x40x8xf32>, tensor<1x2x40xf32>
      mass(tensor<1x2x40xf32>, tensor<1x2x40xf32>)
      state(tensor<1x2x40xf32>, tensor<1x2x40xf32>, tensor<1x2x40x8xf32>)
  return %o, %lse, %m0, %m1, %m_, %l, %acc : tensor<1x2x40x8xf32>, tensor<1x2x40xf32>,
      tensor<1x2x40xf32>, tensor<1x2x40xf32>, tensor<1x2x40xf32>, tensor<1x2x40xf32>,
      tensor<1x2x40x8xf32>
}
