// RUN: attn-opt %s --attn-to-schedule=target=sm_90a | FileCheck %s

!t = tensor<1x2x4096x64xbf16>

// The one thread that loads makes the coordinates of boxes: it has more registers, which consumers give. Results leave
// through shared memory, their rows are boxes, too.
//
// CHECK-LABEL: func.func @windows
// CHECK-COUNT-2: attn.reorder {{.*}} in_place
// CHECK: attn_sched.role "producer" warpgroups(0, 1) registers(40)
// CHECK: attn_sched.role "consumer" warpgroups(1, 2) registers(232)
// CHECK: attn_sched.store %{{.*}} through %
// CHECK: attn.restore {{.*}} in_place
func.func @windows(%q: !t, %k: !t) -> !t {
  %l = attn.layout.grid shape(64, 64) tile(8, 8)
  %qt = attn.reorder %q by %l : !t -> !t
  %kt = attn.reorder %k by %l : !t -> !t
  %s = attn.stream %kt, %kt : !t, !t
  %ot = attn.attend %qt over %s : !t -> !t
  %o = attn.restore %ot by %l : !t -> !t
  return %o : !t
}

// Rolled: copies of what is loaded; results are stored row by row.
//
// CHECK-LABEL: func.func @rolled
// CHECK: attn.reorder %{{[a-z0-9]*}} by %{{[a-z0-9]*}} :
// CHECK: attn.reorder %{{[a-z0-9]*}} by %{{[a-z0-9]*}} :
// CHECK: attn_sched.role "producer" warpgroups(0, 1) registers(24)
// CHECK-NOT: through
// CHECK: attn.restore {{.*}} in_place
func.func @rolled(%q: !t, %k: !t) -> !t {
  %l = attn.layout.grid shape(64, 64) tile(8, 8) shift(4, 4)
  %qt = attn.reorder %q by %l : !t -> !t
  %kt = attn.reorder %k by %l : !t -> !t
  %s = attn.stream %kt, %kt : !t, !t
  %ot = attn.attend %qt over %s : !t -> !t
  %o = attn.restore %ot by %l : !t -> !t
  return %o : !t
}

// Points that are apart: TMA strides where it loads, not where it stores, so boxes of results are lines of 8.
//
// CHECK-LABEL: func.func @apart
// CHECK-COUNT-2: attn.reorder {{.*}} in_place
// CHECK: attn_sched.store %{{.*}} through %
func.func @apart(%q: !t, %k: !t) -> !t {
  %l = attn.layout.grid shape(64, 64) dilation(4, 1) tile(8, 8)
  %qt = attn.reorder %q by %l : !t -> !t
  %kt = attn.reorder %k by %l : !t -> !t
  %s = attn.stream %kt, %kt : !t, !t
  %ot = attn.attend %qt over %s : !t -> !t
  %o = attn.restore %ot by %l : !t -> !t
  return %o : !t
}

// Columns that are apart: no line is.
//
// CHECK-LABEL: func.func @columns_apart
// CHECK-COUNT-2: attn.reorder {{.*}} in_place
// CHECK-NOT: through
// CHECK: attn.restore {{.*}} in_place
func.func @columns_apart(%q: !t, %k: !t) -> !t {
  %l = attn.layout.grid shape(64, 64) dilation(1, 4) tile(4, 8)
  %qt = attn.reorder %q by %l : !t -> !t
  %kt = attn.reorder %k by %l : !t -> !t
  %s = attn.stream %kt, %kt : !t, !t
  %ot = attn.attend %qt over %s : !t -> !t
  %o = attn.restore %ot by %l : !t -> !t
  return %o : !t
}
