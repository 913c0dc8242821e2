"""Counts of a loop and the model of its resources; README.md says what they mean and where the rates are from."""
import re
from collections import Counter

from sass import CLASS_NAMES, MMA

FP32 = ("ffma", "fadd", "fmul", "half2")
RESOURCES = ("issue", "mufu", "fma", "alu", "smem")
BOUNDS = ("perfect", "schedule", "pingpong", "alone", "serial")


def mma_shape(instr):
    return tuple(int(x) for x in MMA.match(instr.op).groups())


def a_register(instr):
    """First A register of a register-A wgmma, or None.  Operands: D, [A register,] descriptor, C, ..."""
    m = re.match(r"R(\d+)", instr.args[1]) if len(instr.args) > 1 else None
    return int(m.group(1)) if m else None


def starts_from_zero(instr):
    return "!UPT" in instr.args or "RZ" in instr.args[1:]


def tensor_cycles(instr):
    return mma_shape(instr)[1] / 2


def ends_group(instr):
    return any(a.startswith("gsb") for a in instr.args)


def mma_figures(instrs):
    """Shapes, multiply-adds, scores of one warpgroup and the head sizes they imply."""
    shapes, macs, scores, qk_macs, qk_regs = Counter(), 0, 0, 0, None
    for ins in (i for i in instrs if i.cls == "mma"):
        m, n, k = mma_shape(ins)
        where = "RS" if a_register(ins) is not None else "SS"
        shapes[f"{m}x{n}x{k} {where}"] += 1
        macs += m * n * k
        if starts_from_zero(ins):
            scores += m * n
            qk_regs = ins.args[0]
        if ins.args[0] == qk_regs:
            qk_macs += m * n * k
    return {"shapes": dict(shapes), "macs": macs, "scores": scores,
            "d_qk": qk_macs / scores if scores else 0, "d_v": (macs - qk_macs) / scores if scores else 0}


def count_classes(instrs):
    counts = Counter(ins.cls for ins in instrs)
    return {name: counts[name] for name in CLASS_NAMES if counts[name]}


def split_stalls(instrs):
    """(stall sum outside, inside) HGMMA issue regions: from the first HGMMA of a group to its gsb0."""
    outside = inside = 0
    open_group = False
    for ins in instrs:
        open_group |= ins.cls == "mma"
        if open_group:
            inside += ins.stall
        else:
            outside += ins.stall
        if ins.cls == "mma" and ends_group(ins):
            open_group = False
    return outside, inside


def smem_cycles(instrs):
    """Cycles of the SM's shared-memory port for one iteration of one warpgroup (four warps)."""
    cycles = 0.0
    for ins in instrs:
        if ins.cls == "mma":
            _, n, _ = mma_shape(ins)
            cycles += (32 * n + (0 if a_register(ins) is not None else 2048)) / 128
        elif ins.cls == "shfl":
            cycles += 4
        elif ins.cls == "smem":
            wide = re.search(r"\.(64|128)\b", ins.op) or re.search(r"M88\.(2|4)\b", ins.op)
            cycles += 4 * ({"64": 2, "128": 4, "2": 2, "4": 4}[wide.group(1)] if wide else 1)
    return cycles


def pipe_of(instr):
    """(pipe, cycles it is busy) of a vector instruction, or None.  IMAD counts on its half of the fma pipe."""
    if instr.cls in ("mufu_ex2", "mufu_other") or instr.cls == "cvt" and not instr.op.startswith("F2FP"):
        return "mufu", 8
    if instr.op.startswith("IMAD"):
        return "imad", 2
    if instr.cls in FP32 or instr.op.startswith("HFMA2"):
        return "fma", 1
    moves = instr.cls == "mov" and not re.match(r"LDC|S2R", instr.op)
    return ("alu", 2) if moves or instr.cls in ("fmnmx", "pred_sel", "int", "cvt") else None


def pipe_cycles(instrs):
    busy, count = Counter(), Counter()
    for pipe, cycles in filter(None, map(pipe_of, instrs)):
        busy[pipe] += cycles
        count[pipe] += 1
    return {
        "tensor": sum(tensor_cycles(i) for i in instrs if i.cls == "mma"),
        "issue": len(instrs),
        "mufu": busy["mufu"],
        "fma": max(count["fma"] + count["imad"], busy["imad"]),
        "alu": busy["alu"],
        "cvt": 2 * sum(i.op.startswith("F2FP") for i in instrs),
        "smem": smem_cycles(instrs),
    }


def timeline(instrs):
    """Cycles of a steady iteration of one warp alone: in-order issue with its stall counts, busy pipes, the
    tensor pipe working off groups in order, WARPGROUP.DEPBAR waiting for them.  No other latency."""
    now = tensor_free = 0.0
    free, done, ends = Counter(), [], []
    for _ in range(6):
        for ins in instrs:
            pipe, cycles = pipe_of(ins) or ("", 0)
            now = max(now, free[pipe])
            if pipe:
                free[pipe] = now + cycles
            if ins.cls == "mma":
                tensor_free = max(now, tensor_free) + tensor_cycles(ins)
                if ends_group(ins):
                    done.append(tensor_free)
            elif ins.op.startswith("WARPGROUP.DEPBAR"):
                left = int(ins.args[-1], 16)
                now = max(now, done[-1 - left]) if len(done) > left else now
            now += ins.stall
        ends.append(now)
    return (ends[-1] - ends[1]) / (len(ends) - 2)


def covered(instrs):
    """Counts by class, and stall cycles, of instructions placed while a committed wgmma group is in flight."""
    groups, counts = 0, Counter()
    for turn in range(2):
        for ins in instrs:
            if ins.op.startswith("WARPGROUP.DEPBAR"):
                groups = min(groups, int(ins.args[-1], 16))
            if turn and groups and ins.cls != "mma":
                counts[ins.cls] += 1
                counts["stall"] += ins.stall
            groups += ins.cls == "mma" and ends_group(ins)
    return dict(counts)


def model(instrs, consumers):
    cycles = pipe_cycles(instrs)
    cycles["stall"], cycles["stall_mma"] = split_stalls(instrs)
    cycles["timeline"] = timeline(instrs)
    tensor = cycles["tensor"] or 1
    resource = max(cycles[x] for x in RESOURCES)
    vector = max(cycles[x] for x in ("stall", "mufu", "fma", "alu"))
    k = consumers
    return {
        "cycles": cycles, "consumers": k,
        "limiter": max(("tensor",) + RESOURCES, key=lambda x: cycles[x]),
        "perfect": tensor / max(tensor, resource),
        "schedule": k * tensor / max(k * tensor, k * resource, cycles["timeline"]),
        "pingpong": k * tensor / max(k * tensor, k * resource, tensor + vector),
        "alone": tensor / max(tensor, cycles["timeline"]),
        "serial": tensor / (tensor + vector),
    }
