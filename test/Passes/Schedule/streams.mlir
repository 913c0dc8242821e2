// RUN: attn-opt %s --attn-to-schedule=target=sm_90a | FileCheck %s
// RUN: attn-opt %s --attn-to-schedule=target=sm_90a | attn-opt | FileCheck %s

!q = tensor<?x4x?x64xbf16>
!n = tensor<?x4x?xf32>
!a = tensor<?x4x?x64xf32>

// One loop over the tiles of all streams, with the rings and registers of one. Keys that
// end inside a tensor: every stream but the last ends in `steady`, where the consumers meet
// before one of them takes its turn; V lags behind.
//
// CHECK-LABEL: func.func @two
// CHECK:         attn_sched.forward %{{.*}} lengths(%{{.*}}) over %{{.*}}, %{{.*}} from %{{.*}} tile(128, 128)
// CHECK-SAME:      threads(384) shared(81992) {
// CHECK:           role "producer" warpgroups(0, 1) registers(24) elected {
// CHECK:             attn_sched.key_tiles streams(2) {
// CHECK:           role "consumer"
// CHECK:             attn_sched.key_tiles streams(2) begin {
// CHECK-NOT:           attn_sched.clear
// CHECK:             } {
// CHECK-NEXT:          attn_sched.await %v
// CHECK-NEXT:          attn_sched.clear %v
// CHECK-NEXT:          attn_sched.take_turn
// CHECK-NEXT:          attn_sched.logits
// CHECK-NEXT:          attn_sched.accumulate
// CHECK-NEXT:          attn_sched.pass_turn
// CHECK:             } end {
// CHECK-NEXT:          attn_sched.await %v
// CHECK-NEXT:          attn_sched.clear %v
// CHECK-NEXT:          attn_sched.accumulate
// CHECK:         -> {{.*}} mass(tensor<?x4x?xf32>, tensor<?x4x?xf32>) state(tensor<?x4x?xf32>, tensor<?x4x?xf32>, tensor<?x4x?x64xf32>)
func.func @two(%q: !q {attn.shape = ["B", "H", "L", "D"]}, %k: !q {attn.shape = ["B", "H", "M", "D"]},
    %lens: tensor<?xi32> {attn.shape = ["B"]}, %x: !n {attn.shape = ["B", "H", "L"]}) -> (!q, !n, !n, !n, !n, !a) {
  %l = attn.lengths.per_batch %lens : tensor<?xi32>
  %s = attn.stream %k, %k lengths(%l) : !q, !q
  %t = attn.stream %q, %q : !q, !q
  %st = attn.state %q, %x : !q, !n
  %o, %s1, %s2, %m, %sum, %acc = attn.attend %q lengths(%l) over %s, %t from %st : !q -> !q mass(!n, !n) state(!n, !n, !a)
  return %o, %s1, %s2, %m, %sum, %acc : !q, !n, !n, !n, !n, !a
}

// One stream ends in the last tile of the loop.
//
// CHECK-LABEL: func.func @one
// CHECK:             attn_sched.key_tiles begin {
// CHECK-NOT:           attn_sched.clear
// CHECK:             } end {
// CHECK-NEXT:          attn_sched.await %v
// CHECK-NEXT:          attn_sched.clear %v
func.func @one(%q: tensor<4x?x64xbf16> {attn.shape = ["H", "T", "D"]}, %offsets: tensor<?xi32> {attn.shape = ["N"]}) -> tensor<4x?x64xbf16> {
  %l = attn.lengths.packed %offsets : tensor<?xi32>
  %s = attn.stream %q, %q lengths(%l) : tensor<4x?x64xbf16>, tensor<4x?x64xbf16>
  %o = attn.attend %q lengths(%l) over %s : tensor<4x?x64xbf16> -> tensor<4x?x64xbf16>
  return %o : tensor<4x?x64xbf16>
}

// Ordinary loads put zeros behind the keys themselves; queries with lengths need nothing.
//
// CHECK-LABEL: func.func @copied
// CHECK-NOT:     attn_sched.clear
// CHECK-LABEL: func.func @full_keys
// CHECK-NOT:     attn_sched.clear
// CHECK-LABEL: func.func @merged
// CHECK:         attn_tile.merge %{{.*}}, %{{.*}} rows(4)
func.func @copied(%q: tensor<4x?x60xbf16> {attn.shape = ["H", "T", "D"]}, %offsets: tensor<?xi32> {attn.shape = ["N"]}) -> tensor<4x?x60xbf16> {
  %l = attn.lengths.packed %offsets : tensor<?xi32>
  %s = attn.stream %q, %q lengths(%l) : tensor<4x?x60xbf16>, tensor<4x?x60xbf16>
  %o = attn.attend %q lengths(%l) over %s : tensor<4x?x60xbf16> -> tensor<4x?x60xbf16>
  return %o : tensor<4x?x60xbf16>
}

func.func @full_keys(%q: !q {attn.shape = ["B", "H", "L", "D"]}, %lens: tensor<?xi32> {attn.shape = ["B"]}) -> !q {
  %l = attn.lengths.per_batch %lens : tensor<?xi32>
  %s = attn.stream %q, %q : !q, !q
  %o = attn.attend %q lengths(%l) over %s : !q -> !q
  return %o : !q
}

func.func @merged(%q: !q {attn.shape = ["B", "H", "L", "D"]}, %x: !n {attn.shape = ["B", "H", "L"]}) -> !q {
  %s = attn.state %q, %x : !q, !n
  %o = attn.merge %s, %s : !q
  return %o : !q
}
