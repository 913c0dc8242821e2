!t = tensor<1x1x64x64xbf16>
func.func @one(%q: !t, %k: !t) -> !t {
  %s = attn.stream %k, %k : !t, !t
  %o = attn.attend %q over %s : !t -> !t
  return %o : !t
}
func.func @two(%q: !t, %k: !t) -> !t {
  %m = attn.mask.causal
  %s = attn.stream %k, %k mask %m : !t, !t
  %o = attn.attend %q over %s : !t -> !t
  return %o : !t
}
