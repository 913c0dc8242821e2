//===- NvvmOps.td - The attn_nvvm dialect -------------------*- tablegen -*-===//
//
// What Hopper kernels need and the nvvm dialect of LLVM 22 does not have. These
// ops live in stage `lowlevel` beside nvvm and llvm ops. The last step before
// PTX turns them into inline assembly; device `sim` executes them by name, so
// that nobody ever matches strings of assembly.
//
//===----------------------------------------------------------------------===//

#ifndef ATTN_DIALECT_NVVM_NVVMOPS_TD
#define ATTN_DIALECT_NVVM_NVVMOPS_TD

include "mlir/Dialect/LLVMIR/LLVMOpBase.td"
include "mlir/IR/DialectBase.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def AttnNvvm_Dialect : Dialect {
  let name = "attn_nvvm";
  let cppNamespace = "::attn::nvvm";
  let summary = "instructions of Hopper that the nvvm dialect lacks";
  let description = [{
    A handful of instructions: `wgmma` with A in registers, the fence and the
    wait of `wgmma` tied to the registers they order, an anchor that keeps an
    arithmetic result where it stands, and the base-2 exponential. Accumulators
    are llvm structs of f32, as `nvvm.wgmma.mma_async` has them. 

    Attributes of a kernel: `attn_nvvm.shared_bytes` (i64) is the dynamic shared
    memory that it is launched with; `attn_nvvm.roles`, a dictionary such as
    `{consumer = array<i32: 4, 8>, producer = array<i32: 0, 4>}`, names runs of
    warps (first, how many) that run a part of their own, for the counts of device
    `sim`.

    Tensor copies of nvvm may carry `attn_nvvm.may_leave = array<i32: 0, 1>`: the
    axes of the box, the innermost is 0, on which it may end outside of the
    tensor. TMA cuts such boxes; on any other axis that is an error, which strict
    mode of device `sim` finds. `attn_nvvm.may_begin`, of the same form, lists the
    axes on which all of the box may lie behind the end: padding.

    ```
    .mlir text -> attn -> routes -> tiles -> schedule -> [ lowlevel ] -> artifact
                                                          ^ you are here
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
  let hasOperationAttrVerify = 1;
}

class AttnNvvm_Op<string mnemonic, list<Trait> traits = []>
    : Op<AttnNvvm_Dialect, mnemonic, traits>;

def AttnNvvm_WgmmaRaOp : AttnNvvm_Op<"wgmma_ra", [AllTypesMatch<["acc", "result"]>]> {
  let summary = "wgmma with A in registers: acc + A * B, asynchronous";
  let description = [{
    `wgmma.mma_async.sync.aligned.m64n<N>k16` with f32 accumulators. `a0`..`a3`
    hold this thread's A fragment, two elements each. `descB` is the shared
    memory descriptor of B. With `transposed` B is MN-major (its rows are k), as V
    lies in shared memory; without, B is K-major. The result may be read only
    behind an `attn_nvvm.wgmma_wait` that covers it; `a0`..`a3` may not be
    overwritten before that wait.

    Fragment of A, lane l of warp w: a0 is row 16 w + l / 4, columns 2 (l % 4) and
    + 1; a1 the same 8 rows below; a2, a3 as a0, a1 but 8 columns to the right.

    Constraints:
      - (C1) `n` is a multiple of 8 from 8 to 256 and `acc` is a struct of
        `n / 2` f32.
      - (C2) `element` is f16 or bf16.

    Example:

    ```mlir
    %d = attn_nvvm.wgmma_ra %a0, %a1, %a2, %a3, %desc, %c n(8) bf16 transposed
        : !llvm.struct<(f32, f32, f32, f32)>
    ```
  }];
  let arguments = (ins I32:$a0, I32:$a1, I32:$a2, I32:$a3, I64:$descB,
                       LLVM_AnyStruct:$acc, I32Attr:$n, TypeAttr:$element,
                       UnitAttr:$transposed);
  let results = (outs LLVM_AnyStruct:$result);
  let assemblyFormat = [{
    $a0 `,` $a1 `,` $a2 `,` $a3 `,` $descB `,` $acc `n` `(` $n `)` $element
    (`transposed` $transposed^)? attr-dict `:` type($acc)
  }];
  let hasVerifier = 1;
}

def AttnNvvm_WgmmaFenceOp : AttnNvvm_Op<"wgmma_fence", [AttrSizedOperandSegments]> {
  let summary = "wgmma.fence, tied to the registers that were written before it";
  let description = [{
    `wgmma.fence.sync.aligned`. The results are the operands, unchanged: `accs`
    (structs of f32) then `fragments` (i32). Whoever reads the results stays
    behind the fence, whoever makes the operands stays before it.

    Constraints:
      - (C1) results have the types of the operands, in order.

    Example:

    ```mlir
    %o1, %p1 = attn_nvvm.wgmma_fence accs(%c : !llvm.struct<(f32, f32, f32, f32)>) fragments(%p : i32)
        -> !llvm.struct<(f32, f32, f32, f32)>, i32
    ```
  }];
  let arguments = (ins Variadic<LLVM_AnyStruct>:$accs, Variadic<I32>:$fragments);
  let results = (outs Variadic<AnyType>:$results);
  let assemblyFormat = [{
    (`accs` `(` $accs^ `:` type($accs) `)`)?
    (`fragments` `(` $fragments^ `:` type($fragments) `)`)?
    attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def AttnNvvm_WgmmaWaitOp : AttnNvvm_Op<"wgmma_wait", [AttrSizedOperandSegments]> {
  let summary = "wait until at most `pending` wgmma groups are in flight";
  let description = [{
    `wgmma.wait_group.sync.aligned`. The results are `accs`, complete now. `kept`
    are A registers of the groups waited for: listing them keeps their registers
    from being reused before the wait.

    Constraints:
      - (C1) results have the types of `accs`, in order.
      - (C2) `pending` is 0 to 7.

    Example:

    ```mlir
    %o2 = attn_nvvm.wgmma_wait 0 accs(%e : !llvm.struct<(f32, f32, f32, f32)>) kept(%p1 : i32)
        -> !llvm.struct<(f32, f32, f32, f32)>
    ```
  }];
  let arguments = (ins I32Attr:$pending, Variadic<LLVM_AnyStruct>:$accs,
                       Variadic<I32>:$kept);
  let results = (outs Variadic<LLVM_AnyStruct>:$results);
  let assemblyFormat = [{
    $pending (`accs` `(` $accs^ `:` type($accs) `)`)?
    (`kept` `(` $kept^ `:` type($kept) `)`)?
    attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def AttnNvvm_AnchorOp : AttnNvvm_Op<"anchor"> {
  let summary = "values that must be computed before this point";
  let description = [{
    Empty, side-effecting assembly that reads each value: neither LLVM nor ptxas
    moves the computation of `values` behind it. Used between the softmax and the
    wait for the product it overlaps with.

    Example:

    ```mlir
    attn_nvvm.anchor %x, %y : f32, f32
    ```
  }];
  let arguments = (ins Variadic<F32>:$values);
  let assemblyFormat = "$values attr-dict `:` type($values)";
}

def AttnNvvm_PinOp : AttnNvvm_Op<"pin", [SameOperandsAndResultType]> {
  let summary = "the operand, but not before this point";
  let description = [{
    An opaque copy. What is computed from the result stays here: LLVM can not
    move it out of a loop, where it would hold registers all the time, and does
    not fold what it knows of the operand into what is computed. The address of a
    variable is made again.

    Example:

    ```mlir
    %here = attn_nvvm.pin %batch : i32
    ```
  }];
  let arguments = (ins AnyTypeOf<[I32, I64, LLVM_AnyPointer]>:$x);
  let results = (outs AnyTypeOf<[I32, I64, LLVM_AnyPointer]>:$result);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

def AttnNvvm_TallyOp : AttnNvvm_Op<"tally"> {
  let summary = "add to a count that device sim reports";
  let description = [{
    Adds `n` to what `attn-run --stats` reports as `name` of the role that the
    thread has (`attn_nvvm.roles`). All threads of the role do so alike. No
    instruction on a GPU, and nothing where device `sim` does not count.

    Example:

    ```mlir
    attn_nvvm.tally "tiles", %batch : i32
    ```
  }];
  let arguments = (ins StrAttr:$name, I32:$n);
  let assemblyFormat = "$name `,` $n attr-dict `:` type($n)";
}

def AttnNvvm_Ex2Op : AttnNvvm_Op<"ex2", [Pure, SameOperandsAndResultType]> {
  let summary = "2 to the power of x, `ex2.approx.ftz.f32`";
  let description = [{
    Relative error at most 2^-22. ex2(-inf) is +0, ex2(+inf) is +inf, NaN gives
    NaN; subnormal operands and results become zero.

    Example:

    ```mlir
    %z = attn_nvvm.ex2 %x : f32
    ```
  }];
  let arguments = (ins F32:$x);
  let results = (outs F32:$result);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

#endif // ATTN_DIALECT_NVVM_NVVMOPS_TD
