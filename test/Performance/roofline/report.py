"""Figures as text, side by side, and against limits."""
from figures import BOUNDS, RESOURCES
from sass import CLASS_NAMES

GATES = (*CLASS_NAMES, "total", "least", "masked", "longest", "cond", "exposed_ex2", "hazards", "mufu_share", *BOUNDS)


def print_loop(r):
    m, c = r["mma"], r["model"]["cycles"]
    shapes = ", ".join(f"{n} x {s}" for s, n in m["shapes"].items())
    print(f"\n{r['kernel'][:100]}\n  loop {r['loop']}  highest register R{r['max_register']}  threads {r['threads']}")
    print(f"  wgmma: {shapes}; {m['macs']} multiply-adds, {m['scores']} scores per warpgroup "
          f"({r['scores_per_thread']:g} per thread), Dqk {m['d_qk']:g} Dv {m['d_v']:g}")
    print(f"  {'class':12}{'always':>8}{'cond':>7}{'per score':>11}")
    for name in CLASS_NAMES:
        n, cond = r["counts"].get(name, 0), r["cond"].get(name, 0)
        if n or cond:
            print(f"  {name:12}{n:8}{cond:7}{r['per_score'].get(name, 0):11.3f}")
    print(f"  {'total':12}{r['total']:8}{r['cond_total']:7}{r['per_score'].get('total', 0):11.3f}")
    print("  ways through an iteration, per score: "
          + "  ".join(f"{name} {r['per_score'].get(name, 0):.3f}" for name in ("least", "masked", "longest")))
    print("  cycles/iteration/warp: " + "  ".join(f"{k} {v:g}" for k, v in c.items()))
    b = r["model"]
    print(f"  tensor bound ({b['consumers']} consumers, largest resource {b['limiter']}): "
          + "  ".join(f"{x} {b[x]:.1%}" for x in BOUNDS))
    ex2, under = r["counts"].get("mufu_ex2", 0), r["covered"]
    print(f"  placed under a wgmma in flight: {under.get('mufu_ex2', 0)} of {ex2} MUFU.EX2, "
          f"{under.get('stall', 0)} of {c['stall'] + c['stall_mma']} stall cycles")
    print(f"  wgmma waits {r['waits']}; hazards {len(r['hazards'])}; fewest instructions from a register-A "
          f"wgmma to a write of its A: {r['a_reuse_distance']}")
    for h in r["hazards"][:8]:
        print(f"    hazard {h['kind']} at {h['addr']}: {h['what']}")


def compare(columns):
    """Loops side by side; `label` names each."""
    rows = [("loop", [f"{r['label'][-22:]}" for r in columns])]
    rows += [(c, [f"{r['per_score'].get(c, 0):.3f}" for r in columns]) for c in CLASS_NAMES + ["total", "exposed_ex2"]
             if any(r["per_score"].get(c) for r in columns)]
    rows += [("cycles " + c, [f"{r['model']['cycles'][c]:g}" for r in columns])
             for c in ("tensor",) + RESOURCES + ("stall", "timeline")]
    rows += [("bound " + b, [f"{r['model'][b]:.1%}" for r in columns]) for b in BOUNDS]
    for name, values in rows:
        print(f"{name:16}" + "".join(f"{v:>24}" for v in values))


def gate_value(r, name):
    """Per score element, or the plain count in a loop without scores; hazards always a count, bounds a fraction;
    `cond` is the total of conditional blocks, and local counts them too."""
    if name == "hazards":
        return len(r["hazards"])
    if name in BOUNDS:
        return r["model"][name]
    if name == "mufu_share":
        return r["model"]["cycles"]["mufu"] / (r["model"]["cycles"]["tensor"] or 1)
    if name == "cond":
        return r["cond_total"] / (r["scores_per_thread"] or 1)
    cond = r["cond"].get("local", 0) if name == "local" else 0
    if not r["scores_per_thread"]:
        return r["total"] if name == "total" else r["counts"].get(name, 0) + cond
    return r["per_score"].get(name, 0) + cond / r["scores_per_thread"]


def check_gates(loops, gates):
    """Yields what is out of `gates`: {"max" or "min": {name: limit}}."""
    for r in loops:
        for sense, limits in gates.items():
            for name, limit in limits.items():
                value = gate_value(r, name)
                if value > limit if sense == "max" else value < limit:
                    word = "most" if sense == "max" else "least"
                    yield f"{r['kernel'][:60]} loop {r['loop']}: {name} {value:.3f}, expected at {word} {limit:g}"
