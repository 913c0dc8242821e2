"""What the measurements say: the table of rates, the requirements, the kept record."""
import statistics

import masks

MIN_DENSE = {1024: 0.8, 4096: 0.9}       # causal against our own full, per visible tile
MIN_CAUSAL = {1024: 1.15, 4096: 1.0}     # causal f32 against the fastest rival


class Measurements:
    """Times by (process, who, mask, dtype, L, D); `process` is "amx" or "no-amx"."""

    def __init__(self, heads, peak):
        self.heads, self.peak, self.rows = heads, peak, {}

    def add(self, process, rows):
        for row in rows:
            self.rows[process, row["who"], row["mask"], row["dtype"], row["L"], row["D"]] = row

    def seconds(self, *key):
        row = self.rows.get(key)
        return row and row["seconds"]

    def cases(self):
        """(process, mask, dtype, L, D) of every measured case, in order."""
        return list(dict.fromkeys((p, m, t, length, size) for p, _, m, t, length, size in self.rows))

    def rivals(self, process, mask, dtype, length, size):
        """Name -> times of every rival of a case, fastest median first."""
        found = {k[1]: r["seconds"] for k, r in self.rows.items()
                 if k[1] != "attn" and (k[0], *k[2:]) == (process, mask, dtype, length, size)}
        return dict(sorted(found.items(), key=lambda item: statistics.median(item[1])))

    def rate(self, mask, length, size, seconds):
        """GFLOP/s over visible pairs: 2 D for the logits and 2 D for the values."""
        return 4 * self.heads * masks.count(mask, length)[0] * size / seconds * 1e-9


def paired(over, under, factor=1.0):
    """The median over rounds of factor * over / under; None where one was not measured."""
    if not over or not under:
        return None
    return statistics.median(factor * a / b for a, b in zip(over, under))


def print_rates(data):
    print(f"{'case':36}{'who':16}{'median ms':>11}{'min ms':>9}{'GFLOP/s':>9}{'of peak':>9}{'error/bound':>13}{'runs':>6}")
    for case in data.cases():
        process, mask, dtype, length, size = case
        named = {"attn": data.seconds(process, "attn", *case[1:]), **data.rivals(*case)}
        label = f"{dtype} {mask} D {size} L {length}" + ("" if process == "amx" else " (AMX off)")
        for who, times in named.items():
            if not times:
                continue
            median = statistics.median(times)
            rate = data.rate(mask, length, size, median)
            error = data.rows[process, who, *case[1:]]["error_ratio"]
            print(f"{label:36}{who:16}{median * 1e3:11.2f}{min(times) * 1e3:9.2f}{rate:9.1f}"
                  f"{rate / data.peak:9.2f}{error:13.2f}{len(times):6}")
            label = ""


def against_rival(data, *case):
    """(ratio, name of the fastest rival)"""
    rivals = data.rivals(*case)
    name = next(iter(rivals), None)
    return paired(rivals.get(name), data.seconds(case[0], "attn", *case[1:])), name


def per_tile(data, mask, length, size):
    """Our rate per visible tile on this mask over our rate on the full mask."""
    tiles = masks.count(mask, length)[1] / masks.count("full", length)[1]
    return paired(data.seconds("amx", "attn", "full", "f32", length, size),
                  data.seconds("amx", "attn", mask, "f32", length, size), tiles)


def requirements(data):
    """Yields (what, got, wanted, goal); got is None where it was not measured."""
    for length, size in sorted({case[3:] for case in data.cases()}):
        where = f"D {size} L {length}"
        ratio, name = against_rival(data, "amx", "full", "f32", length, size)
        yield f"f32 full {where}: speed over {name}", ratio, 0.95, 1.1
        yield (f"f32 causal {where}: rate per visible tile over full",
               per_tile(data, "causal", length, size), MIN_DENSE[length], None)
        ratio, name = against_rival(data, "amx", "causal", "f32", length, size)
        yield f"f32 causal {where}: speed over {name}", ratio, MIN_CAUSAL[length], None
        for mask in ("full", "causal"):
            f32, bf16 = (data.seconds("amx", "attn", mask, t, length, size) for t in ("f32", "bf16"))
            yield f"bf16 {mask} {where}: speed over our f32", paired(f32, bf16), 0.85, None
            ratio, name = against_rival(data, "no-amx", mask, "bf16", length, size)
            yield f"bf16 {mask} {where}: speed over {name}, AMX off", ratio, None, 1.0
            ratio, name = against_rival(data, "amx", mask, "bf16", length, size)
            yield f"bf16 {mask} {where}: speed over {name}, as it comes", ratio, None, None
        if length < 4096:
            continue
        for mask in ("window", "document"):
            yield (f"f32 {mask} {where}: rate per visible tile over full",
                   per_tile(data, mask, length, size), 0.9, None)
            ratio = paired(data.rivals("amx", mask, "f32", length, size).get("flex_attention"),
                           data.seconds("amx", "attn", mask, "f32", length, size))
            yield f"f32 {mask} {where}: speed over flex_attention", ratio, 3.0, None


def print_requirements(data):
    """Prints PASS or MISS for each; returns how many were missed."""
    missed = 0
    print(f"\n{'requirement':66}{'got':>8}{'wanted':>9}{'goal':>7}")
    for what, got, wanted, goal in requirements(data):
        number = lambda x, width: f"{'-' if x is None else format(x, '.2f'):>{width}}"
        verdict = "" if wanted is None else "PASS" if got is not None and got >= wanted else "MISS"
        missed += verdict == "MISS"
        print(f"{what:66}{number(got, 8)}{number(wanted, 9)}{number(goal, 7)}  {verdict}".rstrip())
    return missed


def record_rows(data, threads):
    """Rows of the kept record; a rival measured with AMX switched off says so in its name."""
    rows = []
    for case in data.cases():
        process, mask, dtype, length, size = case
        times = data.seconds(process, "attn", *case[1:])
        ms = lambda values: round(statistics.median(values) * 1e3, 4)
        suffix = "" if process == "amx" else "_amx_off"
        rows.append({
            "pass": "forward", "mask": mask, "score": "none", "dtype": dtype, "B": 1,
            "Hq": data.heads, "Hk": data.heads, "Lq": length, "Lk": length, "D": size, "Dv": size,
            "ours_ms": ms(times) if times else None,
            "rivals_ms": {name + suffix: ms(values) for name, values in data.rivals(*case).items()},
            "threads": threads,
            "image": data.rows[process, "attn", *case[1:]]["image"] if times else None,
            "peak_fraction": round(data.rate(mask, length, size, statistics.median(times)) / data.peak, 4)
                             if times else None,
        })
    return rows
