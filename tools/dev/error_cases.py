"""The mistakes that write_errors.py makes, and what is told to who made them.

A case of the command line edits PROGRAM, writes it to x.mlir and runs a command; program.attn is
PROGRAM for cpu, gpu.attn the same in bf16 for sm_90a. A case in Python runs after PREAMBLE (with
`attn.flex` after FLEX too). The first error or warning is the message.
"""
import dataclasses

PROGRAM = """func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]},
    %k: tensor<?x2x?x64xf32> {attn.name = "k", attn.shape = ["B", "Hk", "L", "D"]},
    %v: tensor<?x2x?x64xf32> {attn.name = "v", attn.shape = ["B", "Hk", "L", "D"]},
    %ids: tensor<?x?xi32> {attn.name = "ids", attn.shape = ["B", "L"], attn.random = "segments"},
    %bias: tensor<?xf32> {attn.name = "bias", attn.shape = ["N"]})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}) {
  %m = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>
  %s = attn.stream %k, %v mask %m : tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>
  %o = attn.attend %q over %s score(%bias : tensor<?xf32>) {
  ^bb0(%x: f32, %b: index, %h: index, %i: index, %j: index, %table: tensor<?xf32>):
    %y = attn.read %table[%j] : tensor<?xf32>
    %z = arith.addf %x, %y : f32
    attn.yield %z : f32
  } : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>
  return %o : tensor<?x4x?x64xf32>
}
"""
BF16 = (("x64xf32", "x64xbf16"),)
ATTNC = "attnc x.mlir -o x.attn --target=cpu"
GPU = "attnc x.mlir -o x.attn --target=sm_90a --sim-image=off --ptxas=none"
DRAW = "attn-run program.attn --random --device="
SIZES = " --set=B=1 --set=L=4 --set=N=4"

PREAMBLE = """
import pathlib
import attn
import numpy as np
program = attn.load("program.attn")
q, k = np.zeros((1, 4, 8, 64), np.float32), np.zeros((1, 2, 8, 64), np.float32)
ids, bias = np.zeros((1, 8), np.int32), np.zeros(8, np.float32)
call = lambda **given: program(**{**dict(q=q, k=k, v=k, ids=ids, bias=bias), **given})
"""
FLEX = """
import torch
from attn.flex import AuxRequest, create_block_mask, flex_attention
q, table = torch.zeros(1, 2, 8, 16), torch.zeros(4)
score = lambda function: flex_attention(q, q, q, function)
"""


@dataclasses.dataclass(frozen=True)
class Case:
    run: str  # a command, or Python
    means: str
    do: str
    edits: tuple = ()  # of PROGRAM: (what stands there, what stands there instead)
    needs: str = "tools"  # or "no driver", "python", "torch"; where it is missing, the row of the page is kept


def program(old, new, means, do, run=ATTNC):
    return Case(run, means, do, ((old, new),))


def gpu(edits, means, do, run=GPU):
    return Case(run, means, do, edits)


def tool(run, means, do):
    return Case(run, means, do)


def python(run, means, do):
    return Case(run, means, do, needs="python")


def flex(run, means, do):
    return Case(run, means, do, needs="torch")


DOCUMENT = "%m = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>"
READ = "%y = attn.read %table[%j]"

PROGRAMS = [
    program("attn.mask.document", "attn.mask.documents", "The dialect has no such op.", "`dialect/README.md` lists the ops."),
    program("mask %m :", "mask %mask :", "No line before defines this value.", "Check the spelling; order matters."),
    program("mask %m : tensor<?x2x?x64xf32>, tensor<?x2x?x64xf32>", "mask %m", "The text is no MLIR at this place, or at the end of the line before.",
            "Compare with the example of the op; in most ops the types stand at the end."),
    program("over %s score", "over %k score", "The operand is of another kind: `over` takes streams, `mask` a mask.",
            "Make streams with `attn.stream`, masks with ops of the mask family."),
    program('attn.name = "q", attn.shape = ["B", "Hq", "L", "D"]', 'attn.name = "q"', "An argument has a `?` and no letters.",
            "Add `attn.shape`: one letter per axis, also for axes of fixed size."),
    program('"k", attn.shape = ["B", "Hk", "L", "D"]', '"k", attn.shape = ["B", "Hq", "L", "D"]', "One letter stands for two sizes.",
            "Give axes that may differ different letters, as `Hq` and `Hk`."),
    program("x2x", "x3x", "Query heads can not be shared out evenly to key heads.",
            "Pass a number of key heads that divides the query heads, or say which belongs to which: `heads [...]`."),
    program("x64xf32", "x64xf64", "Keys and values are of two types, or of one that attention is not computed in.",
            "f32, f16 or bf16, the same for both."),
    program("x64xf32", "x?xf32", "A head size is `?`.", "Fix `D` and `Dv`, kernels are made for them. All other sizes may be `?`."),
    program("-> (tensor<?x4x?x64xf32>", "-> (tensor<?x4x?x32xf32>", "The function promises another type than it returns.",
            "`out` is `[B, Hq, Lq, Dv]` in the type of q, lse `[B, Hq, Lq]` in f32."),
    program(DOCUMENT, "%m = attn.mask.window left(-1)", "A parameter is out of its range.", "Leave a side out to leave it unbounded."),
    program(DOCUMENT, "%m = attn.mask.prefix %ids : tensor<?x?xi32>", "A table of a mask has another shape or type than its op reads.",
            "Shapes stand in the description of the op; integers are i32."),
    program("attn.read %table[%j]", "attn.read %bias[%j]", "A region uses a tensor of the function.",
            "Regions see captures only: `score(%bias : ...)`, then read the block argument."),
    program("^bb0(%x: f32, %b: index,", "^bb0(%x: f32,", "A region has other arguments than its op gives it.",
            "Score: logit, b, h, i, j, captures; mask: b, h, i, j, captures; coordinates are `index`."),
    program(READ, "%t = tensor.from_elements %x : tensor<1xf32> " + READ, "A region computes with something that is no scalar.",
            "Compute it before, and capture the tensor."),
    program(READ, "%y = math.powf %x, %x : f32 %w = attn.read %table[%j]", "The target has no code for this op in regions.",
            "Use ops of the list (`codegen/SUPPORT.md`), here `math.exp` and `math.log`."),
    program(READ, "%r = arith.fptosi %x : f32 to i32 %n = arith.index_cast %r : i32 to index %y = attn.read %table[%n]", "Nothing proves that the index stays inside the table.",
            "Clamp it as the message says; a clamp that never acts costs next to nothing."),
    Case(ATTNC, "For some coordinates the index leaves the table.", "Pass a table that is long enough, or clamp.",
         (("tensor<?xf32>", "tensor<2xf32>"), ("%table[%j]", "%table[%h]"))),
    program("return %o", "%p = arith.addf %o, %o : tensor<?x4x?x64xf32> return %p", "The function holds tensor algebra.",
            "Compute it in the framework and pass it in."),
]

TARGETS = [
    gpu((), "sm_90a has no matrix product of f32.", "Use bf16 or f16 there, or `--target=cpu`."),
    gpu((("x64xf32", "x320xbf16"),), "Kernels for sm_90a hold heads of up to 256 elements.",
        "Smaller heads, or `--target=cpu`, which has no limit."),
    gpu(BF16, "No assembler was asked for, or none was found.",
        "`tools/setup.sh` installs one; else `--ptxas=PATH`. Device sim needs none."),
    gpu(BF16, "The ptxas that was named does not run.", "Name another, or leave it out: `codegen/README.md` says where it is looked for.",
        GPU.replace("none", "nowhere/ptxas")),
    tool("attnc program.mlir -o x.attn --target=sm_80", "There is no such target.", "`cpu`, `sm_90a` or both with a comma between them."),
    tool("attnc absent.mlir -o x.attn --target=cpu", "The file can not be read.", "Check the name; `-` is standard input."),
    tool("attnc program.mlir -o /dev/full --emit=tiles", "The output can not be written, here because the disk is full.",
         "Make room, or write elsewhere. No half-written file is left, an old one stays."),
]

RUNS = [
    tool("attn-run program.attn --random", "There is no default device, so that nothing runs elsewhere than you think.", "Say which."),
    tool("attn-run program.attn --random --device=gpu", "There is no such device.", "A GPU is `cuda`; its kernels without one: `sim`."),
    tool(DRAW + "cpu", "Neither an array nor `--set` says how long an axis is.", "Add what the message says, one `--set` per letter."),
    tool("attn-run program.attn --device=cpu", "An argument has no data.", "`--in=NAME=FILE.npy`, or `--random`."),
    program(', attn.random = "segments"', "", "Random integers would be ids or lengths without sense.", "Give a file, or say what they are with `attn.random`.",
            "attn-run x.mlir --device=cpu --random" + SIZES),
    tool(DRAW + "cpu --in=q=q4.npy --in=k=k5.npy --set=N=4", "Two arrays give one letter two values.", "Pass arrays that fit each other; see `attn.shape` in the program."),
    tool(DRAW + "cpu --in=q=q4.npy --set=L=6", "`--set` contradicts an array.", "Leave `--set` out for letters that arrays give."),
    tool(DRAW + "cpu --set=B=1 --set=L=4 --set=N=3", "A table is too short for these lengths. Checked before the launch, on every device.",
         "Pass a longer table, or clamp the index in the region."),
    tool(DRAW + "cpu --in=q=heads.npy", "The array has another size than the program fixes.", "Change the array, or compile the program for it."),
    tool(DRAW + "cpu --in=q=rank.npy", "An axis is missing, or too many.", "q `[B, Hq, Lq, D]`, k `[B, Hk, Lk, D]`, v `[B, Hk, Lk, Dv]`; packed: without B."),
    tool(DRAW + "cpu --in=q=double.npy", "The array is of another type.", "`array.astype(...)`; for bf16 pass f32, which is rounded."),
    tool(DRAW + "cpu --in=q=fortran.npy", "The file holds its axes in reverse.", "Save it as the message says."),
    tool(DRAW + "cpu --in=q=text.npy", "The file is no array.", "`numpy.save`; no `.npz`, no text."),
    tool(DRAW + "cpu --in=query=q4.npy", "The program has no argument of this name.", "Names are `attn.name`, else `arg0`, `arg1`; results `result0`."),
    tool(DRAW + "cpu --in=q=absent.npy", "The file can not be read.", "Check the name."),
    tool(DRAW + "cpu --entry=decode" + SIZES, "The artifact has no function of this name.", "Pick one of those listed; without `--entry` it is `main`."),
    tool(DRAW + "cpu --out=o=/dev/full" + SIZES, "A result can not be written, here because the disk is full.", "Make room, or write elsewhere. All files of a run appear, or none."),
    tool(DRAW + "cpu --set=B=2000000000 --set=L=2000000000 --set=N=1", "No memory is large enough.", "Smaller sizes."),
    tool("attn-run absent.attn --device=cpu", "There is no such artifact.", "It is the folder that `attnc -o` made."),
    tool("attn-run damaged.attn --device=cpu --random" + SIZES, "A file of the artifact is not the one that the manifest describes.",
         "Copy the folder again, whole, or compile again."),
    tool("attn-run future.attn --device=cpu --random" + SIZES, "The artifact is for another major version of the runtime.",
         "Compile again with the `attnc` beside this runtime."),
]

MASKS = [
    program(DOCUMENT, "%c = attn.mask.causal %n = attn.mask.not %c %m = attn.mask.and %c, %n",
            "The mask leaves every query without keys, at the lengths that are named: a warning, the program is legal.",
            "`attn-view` shows the mask; `attn.mask.and` of masks that exclude each other is empty."),
    tool("attn-view program.mlir -o mask.png", "The name says what is written: a page or the pictures.", "`-o FILE.html` or `-o FILE.svg`."),
    tool("attn-view program.mlir -o mask.html --set=L=70000", "Nobody could look at so many pairs.", "Shorter lengths show the same mask."),
    tool("attn-view program.mlir -o mask.html --set=B=10 --set=L=60000", "Every pair is evaluated, and there are too many.", "Shorter lengths show the same mask."),
    tool("attn-view program.mlir -o mask.html --head=7", "The program has fewer heads.", "Heads count from 0."),
    program(', attn.random = "segments"', "", "The mask depends on a table that nobody gave.", "Give a file, or say what it holds with `attn.random`.",
            "attn-view x.mlir -o mask.html"),
]

DEVICES = [
    Case("attn-run gpu.attn --random --device=cuda", "No NVIDIA driver was found.",
         "Install the driver of the GPU, not only the toolkit; in a container pass the GPU in. `sim` runs the same kernels.", needs="no driver"),
    tool(DRAW + "sim" + SIZES, "The artifact has no GPU kernels.", "`attnc --target=sm_90a`, or `sm_90a,cpu` for both."),
    tool(DRAW.replace("program", "gpu") + "cpu" + SIZES, "The artifact has no CPU kernels.", "`attnc --target=cpu`, or `sm_90a,cpu` for both."),
    tool("ATTN_CPU=v9 " + DRAW + "cpu" + SIZES, "`ATTN_CPU` names no variant of kernels.", "Unset it: the best that the machine and the artifact have is taken."),
    tool("ATTN_THREADS=many " + DRAW + "cpu" + SIZES, "The variable holds no number of threads.", "Unset it to use all cores that the process may use."),
]

PYTHON = [
    python('attn.compile("program.mlir")', "A `str` is the program itself.", '`pathlib.Path("program.mlir")` for a file.'),
    python('attn.compile(pathlib.Path("absent.mlir"))', "The file can not be read.", "Check the name."),
    python('attn.compile(pathlib.Path("program.mlir"), target="sm_90a")', "The compiler refused; `.diagnostics` says where.", "As above, for the same text."),
    python("program(q=q, k=k, ids=ids, bias=bias)", "An argument is missing.", "Pass all by the names of the program: `program.inputs`."),
    python("call(mask=ids)", "The program has no argument or letter of this name.", "Use those that the message lists."),
    python("call(q=q.astype(np.float64))", "The array is of another type; nothing is converted silently.", "`q.astype(np.float32)`. NumPy's default is float64."),
    python("call(q=q[0])", "An axis is missing, or too many.", "Add it: `q[None]`."),
    python("call(k=np.zeros((1, 4, 8, 64), np.float32))", "The array has another size than the program fixes.",
           "Change the array, or compile the program for it."),
    python("call(k=np.zeros((1, 2, 9, 64), np.float32))", "Two arrays give one letter two values.", "Pass arrays that fit each other."),
    python("call(q=np.asfortranarray(q))", "The last axis does not lie dense in memory.", "`np.ascontiguousarray`, or transpose so that D stays last."),
    python("call(k=np.broadcast_to(k[:, :1], k.shape))", "An axis was expanded: all its elements are one.",
           "Pass keys before they are repeated; the program shares heads itself."),
    python("call(bias=np.zeros(3, np.float32))", "A table is too short for these lengths.", "Pass a longer table, or clamp the index in the region."),
    python('call(device="gpu")', "There is no such device.", '`"cpu"`, `"sim"` or `"cuda"`.'),
    python('call(device="sim")', "The artifact has no GPU kernels.", '`attn.compile(..., target="sm_90a")`.'),
    python('attn.load("absent.attn")', "There is no such artifact.", "It is the folder that `attnc -o` made."),
]

FLEX_ATTENTION = [
    flex("score(lambda s, b, h, i, j: s if i > j else -s)", "Python decides on a tensor; the function is traced once for all pairs.", "`torch.where`."),
    flex("score(lambda s, b, h, i, j: torch.stack([s, s]).cumsum(0)[0])", "The op has no counterpart for scalars of a region.", "On captured tensors alone any op is good: compute a table and read it."),
    flex("score(lambda s, b, h, i, j: s + torch.rand(()))", "Functions must give the same at every call.", "Draw a tensor before, and capture it."),
    flex("score(lambda s, b, h, i, j: s + table.add_(1)[0])", "The function changes a captured tensor.", "Make the change before the call."),
    flex("score(lambda s, b, h, i, j: s + table[i])", "A captured table is too short for these lengths.", "Pass a longer one, or clamp the index."),
    flex("flex_attention(q.double(), q.double(), q.double())", "float64 is not computed in.", "float32, float16 or bfloat16."),
    flex("flex_attention(q, q[:, :1], q[:, :1])", "Fewer key heads than query heads.", "`enable_gqa=True`."),
    flex("flex_attention(q.requires_grad_(), q, q)", "There is no backward pass so far.", "`torch.no_grad()` or `torch.inference_mode()`."),
    flex("flex_attention(q, q, q, block_mask=create_block_mask(lambda b, h, i, j: i >= j, 1, 2, 16, 16, device='cpu'))",
         "The block mask is for other lengths.", "Create one for these; that costs nothing here."),
    flex("flex_attention(q, q, q, return_aux=AuxRequest(max_scores=True))", "Maxima are not stored.", "Ask for `lse` only."),
]

SECTIONS = [
    ("Programs", "Said by `attnc`, `attn-run FILE.mlir`, `attn.compile`; behind FILE:LINE:COLUMN.", PROGRAMS),
    ("Targets and files of `attnc`", "", TARGETS),
    ("Runs", "Said by `attn-run`; the C API says the same of tensors and artifacts.", RUNS),
    ("Masks", "Said by `attn-view`; the warning by `attnc`, too, behind FILE:LINE:COLUMN.", MASKS),
    ("Devices", "Nothing falls back to another device.", DEVICES),
    ("Python", "`attn.CompileError` and `attn.LaunchError`.", PYTHON),
    ("FlexAttention in Python", "`attn.flex.FlexError` or `attn.LaunchError`, with the line of your function.", FLEX_ATTENTION),
]
