// RUN: attn-opt %s --attn-to-schedule=target=sm_90a | FileCheck %s
// RUN: attn-opt %s --attn-to-schedule=target=sm_90a | attn-opt | FileCheck %s

// Q once per query tile, behind the first K, rings of K and V; the producer is one thread, the consumers overlap
// the logits of one tile with the product of the tile before and take turns in issuing both.
//
// CHECK-LABEL: func.func @head_128
// CHECK:         attn_sched.forward %{{.*}} over %{{.*}} tile(128, 176) scale(0.0883{{.*}}) threads(384) shared(213072) {
// CHECK-NEXT:      %q = attn_sched.buffer "q" rows(128) columns(128) stages(1) at(0) barriers(212992) arrivals(1, 2)
// CHECK-NEXT:      %k = attn_sched.buffer "k" rows(176) columns(128) stages(2) at(32768) barriers(213008) arrivals(1, 2)
// CHECK-NEXT:      %v = attn_sched.buffer "v" rows(176) columns(128) stages(2) at(122880) barriers(213040) arrivals(1, 2)
// CHECK-NEXT:      %s = attn_sched.fragment f32 rows(64) columns(176)
// CHECK-NEXT:      %p = attn_sched.fragment bf16 rows(64) columns(176)
// CHECK-NEXT:      %o = attn_sched.fragment f32 rows(64) columns(128)
// CHECK-NEXT:      attn_sched.role "producer" warpgroups(0, 1) registers(24) elected {
// CHECK-NEXT:        attn_sched.query_tiles {
// CHECK-NEXT:        attn_sched.key_tiles begin {
// CHECK-NEXT:          attn_sched.acquire %k
// CHECK-NEXT:          attn_sched.load %k
// CHECK-NEXT:          attn_sched.acquire %q
// CHECK-NEXT:          attn_sched.load %q
// CHECK-NEXT:          attn_sched.acquire %v
// CHECK-NEXT:          attn_sched.load %v
// CHECK-NEXT:        } {
// CHECK-NEXT:          attn_sched.acquire %k
// CHECK-NEXT:          attn_sched.load %k
// CHECK-NEXT:          attn_sched.acquire %v
// CHECK-NEXT:          attn_sched.load %v
// CHECK-NEXT:        } none {
// CHECK-NEXT:          attn_sched.acquire %q
// CHECK-NEXT:          attn_sched.load %q
// CHECK-NEXT:        }
// CHECK:           attn_sched.role "consumer" warpgroups(1, 2) registers(240) {
// CHECK-NEXT:        attn_sched.open_turns
// CHECK-NEXT:        attn_sched.query_tiles {
// CHECK-NEXT:        attn_sched.await %q
// CHECK-NEXT:        attn_sched.key_tiles begin {
// CHECK-NOT:           attn_sched.take_turn
// CHECK:             } {
// CHECK-NEXT:          attn_sched.take_turn
// CHECK-NEXT:          attn_sched.logits %s = %q, %k
// CHECK-NEXT:          attn_sched.await %v
// CHECK-NEXT:          attn_sched.accumulate %p, %v into %o
// CHECK-NEXT:          attn_sched.pass_turn
// CHECK-NEXT:          attn_sched.settle 1 for %s
// CHECK-NEXT:          attn_sched.release %k
// CHECK-NEXT:          attn_sched.score %s
// CHECK-NEXT:          attn_sched.mask %s
// CHECK-NEXT:          attn_sched.softmax %s
// CHECK-NEXT:          attn_sched.await %k if_more
// CHECK-NEXT:          attn_sched.anchor %s
// CHECK-NEXT:          attn_sched.settle 0 for %o
// CHECK-NEXT:          attn_sched.release %v
// CHECK-NEXT:          attn_sched.rescale %o
// CHECK-NEXT:          attn_sched.convert %p = %s
// CHECK-NEXT:        } end {
// CHECK-NOT:           attn_sched.take_turn
// CHECK:             }
// CHECK-NEXT:          attn_sched.store %o through %q
// CHECK-NEXT:          attn_sched.release %q
// CHECK-NEXT:        }
// CHECK-NEXT:        attn_sched.close_turns
func.func @head_128(%q: tensor<1x1x64x128xbf16>) -> tensor<1x1x64x128xbf16> {
  %s = attn.stream %q, %q : tensor<1x1x64x128xbf16>, tensor<1x1x64x128xbf16>
  %o = attn.attend %q over %s : tensor<1x1x64x128xbf16> -> tensor<1x1x64x128xbf16>
  return %o : tensor<1x1x64x128xbf16>
}

// Columns in shared memory come in blocks of 64; larger heads, smaller key tiles,
// whose products leave no time for turns.
//
// CHECK-LABEL: func.func @head_192
// CHECK:         tile(128, 112)
// CHECK:         buffer "k" rows(112) columns(192)
// CHECK:         attn_sched.fragment f16 rows(64) columns(112)
// CHECK-NOT:     turn
// CHECK:         attn_sched.store
func.func @head_192(%q: tensor<1x1x64x192xf16>) -> tensor<1x1x64x192xf16> {
  %s = attn.stream %q, %q : tensor<1x1x64x192xf16>, tensor<1x1x64x192xf16>
  %o = attn.attend %q over %s : tensor<1x1x64x192xf16> -> tensor<1x1x64x192xf16>
  return %o : tensor<1x1x64x192xf16>
}

// TMA moves multiples of 16 bytes: other head sizes are copied by 128 threads,
// which need more registers.
//
// CHECK-LABEL: func.func @head_100
// CHECK:         buffer "k" rows(176) columns(128) stages(2) at({{.*}}) barriers({{.*}}) arrivals(128, 2)
// CHECK:         attn_sched.fragment f32 rows(64) columns(104)
// CHECK:         attn_sched.role "producer" warpgroups(0, 1) registers(56) {
// CHECK:             attn_sched.load %q copy
// CHECK:         attn_sched.role "consumer" warpgroups(1, 2) registers(224) {
// CHECK:           attn_sched.release %q
// CHECK-NEXT:      attn_sched.store %o{{$}}
func.func @head_100(%q: tensor<1x1x64x100xbf16>) -> tensor<1x1x64x100xbf16> {
  %s = attn.stream %q, %q : tensor<1x1x64x100xbf16>, tensor<1x1x64x100xbf16>
  %o = attn.attend %q over %s : tensor<1x1x64x100xbf16> -> tensor<1x1x64x100xbf16>
  return %o : tensor<1x1x64x100xbf16>
}

// Masks, score regions and further streams need registers and have edges: smaller
// key tiles.
//
// CHECK-LABEL: func.func @masked
// CHECK:         tile(128, 128)
func.func @masked(%q: tensor<1x1x64x128xbf16>) -> tensor<1x1x64x128xbf16> {
  %m = attn.mask.causal
  %s = attn.stream %q, %q mask %m : tensor<1x1x64x128xbf16>, tensor<1x1x64x128xbf16>
  %o = attn.attend %q over %s : tensor<1x1x64x128xbf16> -> tensor<1x1x64x128xbf16>
  return %o : tensor<1x1x64x128xbf16>
}

// CHECK-LABEL: func.func @scored
// CHECK:         tile(128, 128)
func.func @scored(%q: tensor<1x1x64x64xbf16>) -> tensor<1x1x64x64xbf16> {
  %s = attn.stream %q, %q : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>
  %o = attn.attend %q over %s score {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index):
    %y = math.tanh %x : f32
    attn.yield %y : f32
  } : tensor<1x1x64x64xbf16> -> tensor<1x1x64x64xbf16>
  return %o : tensor<1x1x64x64xbf16>
}

// CHECK-LABEL: func.func @joined
// CHECK:         tile(128, 128)
func.func @joined(%q: tensor<1x1x64x64xbf16>) -> tensor<1x1x64x64xbf16> {
  %s = attn.stream %q, %q : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>
  %t = attn.stream %q, %q : tensor<1x1x64x64xbf16>, tensor<1x1x64x64xbf16>
  %o = attn.attend %q over %s, %t : tensor<1x1x64x64xbf16> -> tensor<1x1x64x64xbf16>
  return %o : tensor<1x1x64x64xbf16>
}

// Between the sizes of the table; D and Dv are looked up each for itself.
//
// CHECK-LABEL: func.func @head_96
// CHECK:         tile(128, 192)
// CHECK-LABEL: func.func @head_192_128
// CHECK:         tile(128, 128)
// CHECK-LABEL: func.func @head_128_192
// CHECK:         tile(128, 112)
func.func @head_96(%q: tensor<1x1x64x96xbf16>) -> tensor<1x1x64x96xbf16> {
  %s = attn.stream %q, %q : tensor<1x1x64x96xbf16>, tensor<1x1x64x96xbf16>
  %o = attn.attend %q over %s : tensor<1x1x64x96xbf16> -> tensor<1x1x64x96xbf16>
  return %o : tensor<1x1x64x96xbf16>
}

func.func @head_192_128(%q: tensor<1x1x64x192xbf16>, %v: tensor<1x1x64x128xbf16>) -> tensor<1x1x64x128xbf16> {
  %s = attn.stream %q, %v : tensor<1x1x64x192xbf16>, tensor<1x1x64x128xbf16>
  %o = attn.attend %q over %s : tensor<1x1x64x192xbf16> -> tensor<1x1x64x128xbf16>
  return %o : tensor<1x1x64x128xbf16>
}

func.func @head_128_192(%q: tensor<1x1x64x128xbf16>, %v: tensor<1x1x64x192xbf16>) -> tensor<1x1x64x192xbf16> {
  %s = attn.stream %q, %v : tensor<1x1x64x128xbf16>, tensor<1x1x64x192xbf16>
  %o = attn.attend %q over %s : tensor<1x1x64x128xbf16> -> tensor<1x1x64x192xbf16>
  return %o : tensor<1x1x64x192xbf16>
}
