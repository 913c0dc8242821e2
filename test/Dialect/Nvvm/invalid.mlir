// RUN: attn-opt %s --split-input-file --verify-diagnostics

!acc = !llvm.struct<(f32, f32, f32, f32)>

llvm.func @wgmma_ra_c1(%a: i32, %desc: i64, %c: !acc) {
  // expected-error @below {{expects 'n' to be a multiple of 8 from 8 to 256 but got 12}}
  %0 = attn_nvvm.wgmma_ra %a, %a, %a, %a, %desc, %c n(12) bf16 : !acc
  llvm.return
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

llvm.func @wgmma_ra_c1_size(%a: i32, %desc: i64, %c: !acc) {
  // expected-error @below {{expects 'acc' to be a struct of 8 f32 (n / 2) but got '!llvm.struct<(f32, f32, f32, f32)>'}}
  %0 = attn_nvvm.wgmma_ra %a, %a, %a, %a, %desc, %c n(16) bf16 : !acc
  llvm.return
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

llvm.func @wgmma_ra_c2(%a: i32, %desc: i64, %c: !acc) {
  // expected-error @below {{expects 'element' f16 or bf16 but got 'f32'}}
  %0 = attn_nvvm.wgmma_ra %a, %a, %a, %a, %desc, %c n(8) f32 : !acc
  llvm.return
}

// -----

llvm.func @wgmma_fence_c1(%p: i32) {
  // expected-error @below {{expects results of the types of its operands ('i32') but got ('f32')}}
  %0 = attn_nvvm.wgmma_fence fragments(%p : i32) -> f32
  llvm.return
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

llvm.func @wgmma_wait_c1(%c: !acc) {
  // expected-error @below {{expects results of the types of its operands}}
  attn_nvvm.wgmma_wait 0 accs(%c : !acc)
  llvm.return
}

// -----

!acc = !llvm.struct<(f32, f32, f32, f32)>

llvm.func @wgmma_wait_c2(%c: !acc) {
  // expected-error @below {{expects 'pending' from 0 to 7 but got 8}}
  %0 = attn_nvvm.wgmma_wait 8 accs(%c : !acc) -> !acc
  llvm.return
}

// -----

// expected-error @below {{expects 'attn_nvvm.roles' to be names with array<i32: first warp, number of warps> but got {consumer = array<i32: 4, 0>}}}
llvm.func @roles() attributes {attn_nvvm.roles = {consumer = array<i32: 4, 0>}} {
  llvm.return
}

// -----

// expected-error @below {{has an attribute that attn_nvvm does not know: "attn_nvvm.shared"}}
llvm.func @unknown() attributes {attn_nvvm.shared = 0 : i64} {
  llvm.return
}

// -----

llvm.func @may_leave_where(%p: i32) {
  // expected-error @below {{has 'attn_nvvm.may_leave', which is for tensor copies of nvvm}}
  %0 = llvm.add %p, %p {attn_nvvm.may_leave = array<i32: 0>} : i32
  llvm.return
}

// -----

llvm.func @may_leave_axis(%map: !llvm.ptr, %source: !llvm.ptr<3>, %c: i32) {
  // expected-error @below {{expects 'attn_nvvm.may_leave' to be array<i32: ...> of axes from 0 to 1 but got array<i32: 0, 2>}}
  nvvm.cp.async.bulk.tensor.global.shared.cta %map, %source, box[%c, %c] {attn_nvvm.may_leave = array<i32: 0, 2>} : !llvm.ptr, !llvm.ptr<3>
  llvm.return
}

// -----

llvm.func @may_leave_form(%map: !llvm.ptr, %source: !llvm.ptr<3>, %c: i32) {
  // expected-error @below {{expects 'attn_nvvm.may_leave' to be array<i32: ...> of axes from 0 to 1 but got 1 : i64}}
  nvvm.cp.async.bulk.tensor.global.shared.cta %map, %source, box[%c, %c] {attn_nvvm.may_leave = 1 : i64} : !llvm.ptr, !llvm.ptr<3>
  llvm.return
}

// -----

llvm.func @may_begin_axis(%map: !llvm.ptr, %source: !llvm.ptr<3>, %c: i32) {
  // expected-error @below {{expects 'attn_nvvm.may_begin' to be array<i32: ...> of axes from 0 to 1 but got array<i32: 2>}}
  nvvm.cp.async.bulk.tensor.global.shared.cta %map, %source, box[%c, %c] {attn_nvvm.may_begin = array<i32: 2>} : !llvm.ptr, !llvm.ptr<3>
  llvm.return
}
