"""Blocks, dominators, and the innermost loops that hold a wgmma.

The instructions of a loop fall in three sets: `always` in blocks that dominate the back edge, executed once in every
iteration; `cond` the other blocks (the arrive of an elected thread, a mask); `spin` nested loops without wgmma
(waits on barriers), whose first pass is `always` where it dominates.
"""
import re
from dataclasses import dataclass, field

from sass import Instr


@dataclass
class Block:
    start: int                                  # index of the first instruction
    end: int                                    # one past the last
    succ: list = field(default_factory=list)
    pred: list = field(default_factory=list)


def branch_labels(instr):
    return re.findall(r"\.L_x_\d+|\.L_\w+", " ".join(instr.args))


def is_conditional(instr):
    others = [a for a in instr.args if not branch_labels(Instr(0, "", "", [a]))]
    return bool(instr.guard) or ".DIV" in instr.op or bool(others) or ".U" in instr.op


def leaders(kernel):
    marks = {0} | {i for i, ins in enumerate(kernel.instrs) if ins.addr in set(kernel.labels.values())}
    for i, ins in enumerate(kernel.instrs):
        if re.match(r"BRA|BRX|EXIT|BSYNC|RET|WARPSYNC\.COLLECTIVE|JM|KILL", ins.op):
            marks.add(i + 1)
    return sorted(m for m in marks if m < len(kernel.instrs))


def build_cfg(kernel):
    starts = leaders(kernel)
    blocks = [Block(s, e) for s, e in zip(starts, starts[1:] + [len(kernel.instrs)])]
    by_index = {b.start: n for n, b in enumerate(blocks)}
    at = {ins.addr: i for i, ins in enumerate(kernel.instrs)}
    target = {label: by_index[at[addr]] for label, addr in kernel.labels.items() if addr in at}
    for n, b in enumerate(blocks):
        last = kernel.instrs[b.end - 1]
        jumps = re.match(r"BRA|BRX|WARPSYNC\.COLLECTIVE|JM", last.op)
        if jumps:
            b.succ = [target[x] for x in branch_labels(last) if x in target]
        ends = re.match(r"EXIT|RET|KILL|BSYNC", last.op) or (jumps and "WARPSYNC" not in last.op)
        if n + 1 < len(blocks) and (not ends or is_conditional(last) and last.op[:5] != "BSYNC" or last.guard):
            b.succ.append(n + 1)
    add_bsync_edges(kernel, blocks, target)
    for n, b in enumerate(blocks):
        b.succ = sorted(set(b.succ))
        for s in b.succ:
            blocks[s].pred.append(n)
    return blocks


def add_bsync_edges(kernel, blocks, target):
    """BSYNC Bn continues at the label of the BSSY Bn that reaches it: a forward dataflow problem."""
    state = [dict() for _ in blocks]            # barrier register -> set of target blocks
    work = list(range(len(blocks)))
    while work:
        n = work.pop(0)
        env = {k: set(v) for k, v in state[n].items()}
        for ins in kernel.instrs[blocks[n].start:blocks[n].end]:
            if ins.op.startswith("BSSY") and branch_labels(ins):
                env[ins.args[0]] = {target[branch_labels(ins)[0]]}
            elif ins.op.startswith("BSYNC"):
                known = env.get(ins.args[0], set()) or ({n + 1} if n + 1 < len(blocks) else set())
                blocks[n].succ = sorted(set(blocks[n].succ) | known)
        for s in blocks[n].succ:
            before = {k: set(v) for k, v in state[s].items()}
            for k, v in env.items():
                state[s].setdefault(k, set()).update(v)
            if state[s] != before and s not in work:
                work.append(s)


def dominators(blocks):
    """Bit masks: bit d of dom[n] is set when block d dominates block n; 0 for unreachable blocks."""
    order = reverse_postorder(blocks, 0, None)
    full = (1 << len(blocks)) - 1
    dom = [0] * len(blocks)
    for n in order:
        dom[n] = full
    dom[0], changed = 1, True
    while changed:
        changed = False
        for n in order[1:]:
            meet = full
            for p in blocks[n].pred:
                if dom[p]:
                    meet &= dom[p]
            meet |= 1 << n
            changed |= meet != dom[n]
            dom[n] = meet
    return dom


def reverse_postorder(blocks, root, inside):
    """Depth first without recursion; `inside` restricts the walk, edges back to the root are dropped.
    The fall-through is visited last, so that it comes first in the result."""
    seen, out, stack = {root}, [], [(root, iter(sorted(blocks[root].succ, reverse=True)))]
    while stack:
        node, todo = stack[-1]
        for s in todo:
            if s not in seen and (inside is None or s in inside):
                seen.add(s)
                stack.append((s, iter(sorted(blocks[s].succ, reverse=True))))
                break
        else:
            out.append(node)
            stack.pop()
    return out[::-1]


def natural_loop(blocks, head, latch):
    body, stack = {head, latch}, [latch]
    while stack:
        node = stack.pop()
        if node != head:
            for p in blocks[node].pred:
                if p not in body:
                    body.add(p)
                    stack.append(p)
    return body


@dataclass
class Loop:
    head: int
    latches: list
    body: set
    always: list = field(default_factory=list)  # block numbers in execution order
    cond: list = field(default_factory=list)
    spin: list = field(default_factory=list)


def has_mma(kernel, blocks, body):
    return any(ins.cls == "mma" for n in body for ins in kernel.instrs[blocks[n].start:blocks[n].end])


def find_loops(kernel, blocks):
    """Innermost loops with wgmma.  Back edges to one header are merged only when each carries wgmma, so a
    polling loop that shares its header with the main loop stays apart."""
    dom, mma, spins = dominators(blocks), {}, []
    for n, b in enumerate(blocks):
        for h in b.succ:
            if dom[n] >> h & 1:
                body = natural_loop(blocks, h, n)
                if has_mma(kernel, blocks, body):
                    loop = mma.setdefault(h, Loop(h, [], set()))
                    loop.latches.append(n)
                    loop.body |= body
                else:
                    spins.append(body)
    inner = [x for x in mma.values() if not any(y is not x and y.body < x.body for y in mma.values())]
    for loop in inner:
        sort_blocks(blocks, dom, loop, spins)
    return sorted(inner, key=lambda x: blocks[x.head].start)


def sort_blocks(blocks, dom, loop, spins):
    common = -1
    for latch in loop.latches:
        common &= dom[latch]
    nested = set().union(*[s for s in spins if s <= loop.body] or [set()])
    for n in reverse_postorder(blocks, loop.head, loop.body):
        kind = loop.always if common >> n & 1 else loop.spin if n in nested else loop.cond
        kind.append(n)


def measure_ways(kernel, blocks, loop, scores):
    """Instructions of ways through one iteration: of the shortest, of the shortest on which conditional blocks select
    for every score (None: there is none), of the longest. The first two leave out no score region: where conditional
    blocks can add something to every score, they do. A nested loop is gone through once."""
    order = reverse_postorder(blocks, loop.head, loop.body)
    place, always = {n: i for i, n in enumerate(order)}, set(loop.always)
    # Selects and additions in conditional blocks, each at most `scores`: shortest, longest.
    ways, ends = {loop.head: {(0, 0): (0, 0)}}, {}
    for n in order:
        instrs = kernel.instrs[blocks[n].start:blocks[n].end]
        here = [0 if n in always else sum(ins.op.startswith(ops) for ins in instrs) for ops in ("FSEL", ("FADD", "FFMA"))]
        targets = [ways.setdefault(s, {}) for s in blocks[n].succ if place.get(s, -1) > place[n]]
        for target in targets + ([ends] if n in loop.latches else []):
            for before, (least, most) in ways.get(n, {}).items():
                key = tuple(min(x + y, scores) for x, y in zip(before, here))
                known = target.get(key, (least + len(instrs), 0))
                target[key] = min(known[0], least + len(instrs)), max(known[1], most + len(instrs))
    added = scores if any(key[1] == scores for key in ends) else 0
    shortest = min(least for key, (least, _) in ends.items() if key[1] >= added)
    masked = min((least for key, (least, _) in ends.items() if key[0] == scores and key[1] >= added), default=None)
    return shortest, masked, max(most for _, most in ends.values())


# ------------------------------------------------------------------------------------------ figures

def loop_instrs(kernel, blocks, numbers):
    return [ins for n in numbers for ins in kernel.instrs[blocks[n].start:blocks[n].end]]
