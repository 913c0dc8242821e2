"""All figures of the loops of a kernel, as one record each."""
import re
from collections import Counter

from control_flow import build_cfg, find_loops, loop_instrs, measure_ways
from figures import count_classes, covered, mma_figures, model
from hazards import hazards, min_a_reuse_distance, writes_reads
from sass import disassemble, elf_kernel_info, parse_sass


def derive_consumers(kernel):
    groups = kernel.threads // 128
    specialised = any(ins.op.startswith("USETMAXREG") for ins in kernel.instrs)
    return max(1, groups - 1 if specialised else groups) if groups else 2


def max_register(instrs):
    """Highest register number named or covered by an accumulator."""
    return max((r for ins in instrs for regs in writes_reads(ins) for r in regs), default=0)


def analyse_loop(kernel, blocks, loop, tile, consumers):
    always, cond = (loop_instrs(kernel, blocks, x) for x in (loop.always, loop.cond))
    mma = mma_figures(always)
    if tile:
        mma["scores"] = tile[0] * tile[1]
    per_thread = mma["scores"] / 128
    counts = count_classes(always)
    per = {c: n / per_thread for c, n in counts.items()} if per_thread else {}
    under = covered(always)
    if per_thread:
        per["total"] = len(always) / per_thread
        per["exposed_ex2"] = (counts.get("mufu_ex2", 0) - under.get("mufu_ex2", 0)) / per_thread
        least, masked, longest = measure_ways(kernel, blocks, loop, round(per_thread) or 1)
        per["least"], per["longest"] = least / per_thread, (longest - least) / per_thread
        per["masked"] = (masked - least) / per_thread if masked else 0
    waits = [ins.args[-1] for ins in always if ins.op.startswith("WARPGROUP.DEPBAR")]
    return {
        "kernel": kernel.name, "threads": kernel.threads, "max_register": max_register(always),
        "loop": hex(kernel.instrs[blocks[loop.head].start].addr), "mma": mma, "scores_per_thread": per_thread,
        "counts": counts, "total": len(always), "cond": count_classes(cond), "cond_total": len(cond),
        "spin_total": len(loop_instrs(kernel, blocks, loop.spin)), "per_score": per, "waits": waits,
        "covered": under,
        "opcodes": dict(Counter(".".join(i.op.split(".")[:2]) for i in always).most_common()),
        "model": model(always, consumers or derive_consumers(kernel)),
        "hazards": hazards(kernel, blocks, loop), "a_reuse_distance": min_a_reuse_distance(always),
    }


def analyse(text, info, pattern, tile, consumers):
    out = []
    for kernel in parse_sass(text):
        if pattern and not re.search(pattern, kernel.name):
            continue
        kernel.threads = info.get(kernel.name, 0)
        blocks = build_cfg(kernel)
        for loop in find_loops(kernel, blocks):
            out.append(analyse_loop(kernel, blocks, loop, tile, consumers))
    return out


def analyse_cubin(nvdisasm, cubin, pattern=None, tile=None, consumers=None):
    return analyse(disassemble(nvdisasm, str(cubin)), elf_kernel_info(cubin), pattern, tile, consumers)
