"""Registers of wgmma in flight that something else writes or reads.

Between a wgmma that reads A from registers and the WARPGROUP.DEPBAR that covers its group (or a wait on a read
barrier it sets) these registers must not be written, nor the accumulators touched. The loop is walked twice in the
order of control flow, the second time with what the first left in flight. Register numbers, not values; conditional
code counts as executed.
"""
import re
from dataclasses import dataclass, field

from control_flow import loop_instrs, reverse_postorder
from figures import a_register, ends_group, mma_shape

NO_DEST = re.compile(r"ST|RED\b|BAR|NANOSLEEP|WARPSYNC|BRX|RET|CALL|JM|R2UR|R2P|\w*SETP|FCHK|CCTL|SYNCS")
PREDICATE = re.compile(r"!?U?P(\d|T)$")


def operand_regs(text, width=1):
    regs = set()
    for m in re.finditer(r"(?<![UA-Z])R(\d+)", text):
        regs |= set(range(int(m.group(1)), int(m.group(1)) + width))
    return regs


def access_width(op):
    """Registers moved by a memory or paired opcode."""
    if m := re.search(r"M88\.([24])\b|MT88\.([24])\b", op):
        return int(m.group(1) or m.group(2))
    if ".128" in op:
        return 4
    paired = ".64" in op or op.startswith("CS2R") and not op.startswith("CS2R.32") or "IMAD.WIDE" in op
    return 2 if paired else 1


def writes_reads(instr):
    """Registers written and read.  Width of read operands is known for stores only."""
    if instr.cls == "mma":
        return operand_regs(instr.args[0], mma_shape(instr)[1] // 2), set()
    args = [a for a in instr.args if not PREDICATE.match(a)]
    dest = bool(args) and bool(re.match(r"R\d+", args[0])) and not NO_DEST.match(instr.op)
    width = access_width(instr.op)
    wrote = operand_regs(args[0], width) if dest else set()
    stored = width if instr.op.startswith("ST") else 1
    read = set().union(*[operand_regs(a, 1 if "[" in a else stored) for a in args[dest:]] or [set()])
    return wrote, read


@dataclass
class Group:
    a_regs: dict = field(default_factory=dict)  # register -> (address of the HGMMA, its read barrier)
    d_regs: set = field(default_factory=set)


class Flight:
    """wgmma groups not yet waited for."""

    def __init__(self):
        self.groups, self.open, self.found = [], Group(), {}

    def issue(self, ins):
        first = a_register(ins)
        for r in range(first, first + 4) if first is not None else ():
            self.open.a_regs[r] = (ins.addr, ins.rbar)
        self.open.d_regs |= operand_regs(ins.args[0], mma_shape(ins)[1] // 2)
        if ends_group(ins):
            self.groups.append(self.open)
            self.open = Group()

    def retire(self, ins):
        if ins.op.startswith("WARPGROUP.DEPBAR"):
            left = int(ins.args[-1], 16)
            self.groups = self.groups[len(self.groups) - left:] if left < len(self.groups) else self.groups
            if left == 0:
                self.groups = []
        for group in self.groups + [self.open]:
            group.a_regs = {r: v for r, v in group.a_regs.items() if v[1] == 7 or not ins.wait >> v[1] & 1}

    def check(self, ins):
        wrote, read = writes_reads(ins)
        for group in self.groups + [self.open]:
            for r in sorted(wrote & set(group.a_regs)):
                note = f"{ins.op} writes R{r}, A operand in flight since {group.a_regs[r][0]:#x}"
                self.found.setdefault(("A", ins.addr), note)
            if ins.cls != "mma" and (wrote | read) & group.d_regs:
                regs = sorted((wrote | read) & group.d_regs)
                self.found.setdefault(("D", ins.addr), f"{ins.op} touches in-flight accumulator R{regs[0]}")


def hazards(kernel, blocks, loop):
    flight = Flight()
    order = [n for n in reverse_postorder(blocks, loop.head, loop.body) if n not in loop.spin]
    for _ in range(2):
        for ins in loop_instrs(kernel, blocks, order):
            flight.retire(ins)
            flight.check(ins)
            if ins.cls == "mma":
                flight.issue(ins)
    return [{"kind": k, "addr": hex(addr), "what": what} for (k, addr), what in sorted(flight.found.items())]


def min_a_reuse_distance(instrs):
    """Fewest instructions between a register-A HGMMA and the next write of its A registers (-1: never)."""
    best = -1
    for pos, ins in enumerate(instrs):
        first = a_register(ins) if ins.cls == "mma" else None
        if first is None:
            continue
        regs = set(range(first, first + 4))
        for ahead in range(1, len(instrs)):
            if writes_reads(instrs[(pos + ahead) % len(instrs)])[0] & regs:
                best = ahead if best < 0 else min(best, ahead)
                break
    return best
