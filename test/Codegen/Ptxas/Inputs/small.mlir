!t = tensor<1x1x64x64xbf16>
func.func @main(%q: !t, %k: !t) -> !t {
  %s = attn.stream %k, %k : !t, !t
  %o = attn.attend %q over %s : !t -> !t
  return %o : !t
}
