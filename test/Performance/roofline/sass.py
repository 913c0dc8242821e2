"""Machine code as instructions: what nvdisasm prints, and the control fields of the encodings.

Bits 105 to 125 of an instruction are its control field: stall count (4 bits), yield, write barrier (3), read barrier
(3), wait mask (6), reuse (4). Plausible on sm_90a: over ten thousand instructions the number of reuse bits equals
that of `.reuse` marks in the text, and only opcodes of variable latency set a write barrier.
"""
import glob
import os
import re
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass, field

MMA = re.compile(r"[HQI]GMMA\.(?:SP\.)?(\d+)x(\d+)x(\d+)")

# (class, pattern on the opcode); the first match wins.
CLASSES = [
    ("mma", r"[HQI]GMMA\."), ("mufu_ex2", r"MUFU\.EX2"), ("mufu_other", r"MUFU"),
    ("ffma", r"FFMA"), ("fadd", r"FADD"), ("fmul", r"FMUL"), ("fmnmx", r"FMNMX"),
    ("half2", r"H(FMA2|ADD2|MUL2|MNMX2)"), ("cvt", r"F2F|F2FP|F2I|I2F|I2FP|F2IP"), ("shfl", r"SHFL"),
    ("smem", r"LDSM|STSM|LDS|STS|ATOMS|MOVM"),
    ("gmem", r"LDG|STG|LDGSTS|UTMA|UBLK|ATOMG|ATOM|RED(?!UX)|LD$|ST$|LD\.|ST\.|CCTL|LDGDEPBAR"),
    ("local", r"LDL|STL"), ("mbarrier", r"SYNCS"), ("bar", r"BAR|B2R"), ("fence", r"FENCE|MEMBAR|ERRBAR"),
    ("wg_wait", r"WARPGROUP|DEPBAR"), ("r2ur", r"R2UR"),
    ("mov", r"MOV|IMAD\.MOV|IMAD\.U32|CS2R|S2R|LDC|LEPC"),
    ("pred_sel", r"[FIDHP]+SETP|UP2|PLOP3|SEL|FSEL|P2R|R2P|VOTE(?!U)|FSET|FCHK|MATCH"),
    ("branch", r"BRA|BRX|JMP|JMX|CALL|RET|EXIT|BSSY|BSYNC|BREAK|WARPSYNC|YIELD|NANOSLEEP|ELECT|"
               r"ENDCOLLECTIVE|KILL|ACQBULK|USETMAXREG|BPT|BMOV"),
    ("nop", r"NOP"), ("uniform", r"U[A-Z]|S2UR|VOTEU|REDUX|CREDUX"),
    ("int", r"I[A-Z]|LOP|SHF|LEA|VI|PRMT|BMSK|SGXT|POPC|FLO|BREV|VABSDIFF|IDP|TMML"), ("other", r"."),
]
CLASS_RE = [(name, re.compile(r"(?:%s)" % pat)) for name, pat in CLASSES]
CLASS_NAMES = [name for name, _ in CLASSES]


@dataclass
class Instr:
    addr: int
    guard: str          # "", "@P0", "@!UP1", ...
    op: str             # HGMMA.64x128x16.F32.BF16
    args: list          # operand strings
    stall: int = 0
    wbar: int = 7
    rbar: int = 7
    wait: int = 0
    yield_: int = 0
    reuse: int = 0
    cls: str = "other"


@dataclass
class Kernel:
    name: str
    instrs: list = field(default_factory=list)
    labels: dict = field(default_factory=dict)  # label -> address of the instruction that follows
    threads: int = 0                            # block size bound from the cubin, 0 if unknown


INSTR_RE = re.compile(r"^\s+/\*([0-9a-f]{4,})\*/\s+(.*?);?\s*/\* 0x([0-9a-f]{16}) \*/")
HIGH_RE = re.compile(r"^\s+/\* 0x([0-9a-f]{16}) \*/")
LABEL_RE = re.compile(r"^([.$\w]+):\s*$")
SECTION_RE = re.compile(r"^\s*\.section\s+\.text\.([^,\s]+)")


def find_nvdisasm(explicit):
    """--nvdisasm, then PATH, then the pip wheel nvidia-cuda-nvdisasm of this interpreter."""
    roots = [os.path.join(p, "nvidia", "*", "bin", "nvdisasm") for p in sys.path if "site-packages" in p]
    wheel = [f for pattern in roots for f in sorted(glob.glob(pattern), reverse=True)]
    for path in [explicit, shutil.which("nvdisasm"), *wheel]:
        if path and os.path.exists(path):
            return path
    sys.exit("error: nvdisasm not found; use --nvdisasm or install nvidia-cuda-nvdisasm")


def disassemble(nvdisasm, cubin):
    done = subprocess.run([nvdisasm, "-c", "-hex", cubin], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"error: nvdisasm {cubin}: {done.stderr.strip()}")
    return done.stdout


def split_args(text):
    """Operands are separated by commas outside brackets and parentheses."""
    out, depth, cur = [], 0, ""
    for ch in text:
        depth += (ch in "([") - (ch in ")]")
        if ch == "," and depth == 0:
            out.append(cur.strip())
            cur = ""
        else:
            cur += ch
    return out + [cur.strip()] if cur.strip() else out


def make_instr(addr, text):
    guard = ""
    if text.startswith("@"):
        guard, _, text = text.partition(" ")
    op, _, rest = text.strip().partition(" ")
    instr = Instr(addr, guard, op.rstrip(";"), split_args(rest.strip().rstrip(";")))
    instr.cls = next(name for name, rx in CLASS_RE if rx.match(instr.op))
    if instr.cls == "half2" and re.match(r"HFMA2\S*$", instr.op) and instr.args[1:3] == ["-RZ", "RZ"]:
        instr.cls = "mov"                       # HFMA2 R, -RZ, RZ, a, b loads a constant
    return instr


def set_control(instr, high):
    ctrl = (high >> 41) & 0x1FFFFF
    instr.stall, instr.yield_ = ctrl & 15, (ctrl >> 4) & 1
    instr.wbar, instr.rbar = (ctrl >> 5) & 7, (ctrl >> 8) & 7
    instr.wait, instr.reuse = (ctrl >> 11) & 63, (ctrl >> 17) & 15


def parse_sass(text):
    """Kernels of one `nvdisasm -c -hex` listing."""
    kernels, cur, pending = [], None, []
    for line in text.splitlines():
        if m := SECTION_RE.match(line):
            cur, pending = Kernel(m.group(1)), []
            kernels.append(cur)
        elif cur is None:
            continue
        elif m := INSTR_RE.match(line):
            addr = int(m.group(1), 16)
            cur.instrs.append(make_instr(addr, m.group(2).strip()))
            cur.labels.update((label, addr) for label in pending)
            pending = []
        elif (m := HIGH_RE.match(line)) and cur.instrs:
            set_control(cur.instrs[-1], int(m.group(1), 16))
        elif m := LABEL_RE.match(line):
            pending.append(m.group(1))
    return [k for k in kernels if k.instrs]


def elf_kernel_info(path):
    """{kernel: largest block size} from the .nv.info.* sections of a cubin."""
    data, info = open(path, "rb").read(), {}
    if data[:4] != b"\x7fELF":
        return info
    shoff, = struct.unpack_from("<Q", data, 0x28)
    size, count, names = struct.unpack_from("<HHH", data, 0x3A)
    heads = [struct.unpack_from("<IIQQQQIIQQ", data, shoff + i * size) for i in range(count)]
    base = heads[names][4]
    for h in heads:
        name = data[base + h[0]:data.index(b"\0", base + h[0])].decode()
        if name.startswith(".nv.info."):
            info[name[9:]] = max_threads(data[h[4]:h[4] + h[5]])
    return info


def max_threads(blob):
    """EIATTR_REQNTID (0x10) or EIATTR_MAX_THREADS (0x05): product of three 32-bit sizes."""
    pos, threads = 0, 0
    while pos + 4 <= len(blob):
        fmt, attr, size = struct.unpack_from("<BBH", blob, pos)
        pos += 4
        if fmt == 4:
            if attr in (0x05, 0x10) and size >= 12:
                x, y, z = struct.unpack_from("<III", blob, pos)
                threads = x * y * z
            pos += size
    return threads
