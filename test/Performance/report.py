"""What the measurements say: the table of rates, the requirements, the kept record."""
import statistics

import masks

MIN_DENSE = {1024: 0.8, 4096: 0.9}  # causal against our own full, per visible tile
AT_8K = {"window": (0.9, 0.75), "document": (0.9, 0.85), "alibi": (0.9, 0.85), "softcap": (0.9, None)}
SOFTCAP_AMX = {64: 0.6, 128: 0.7}
AMX = {64: {"full": 2.4, "causal": 2.6}, 128: {"full": 2.0, "causal": 2.2}}
NO_AMX = {"full": 1.05, "causal": 1.15}
PYTORCH = ("pytorch", "pytorch_compiled")


class Measurements:
    """Times by (process, who, mask, dtype, L, D); `process` is one of LABELS."""

    def __init__(self, peak, bf16_peaks):
        self.peak, self.bf16_peaks, self.rows = peak, bf16_peaks, {}  # of f32; of images that multiply bf16

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

    def heads(self, case):
        return next(row["H"] for key, row in self.rows.items() if (key[0], *key[2:]) == case)

    def rate(self, case, seconds):
        """GFLOP/s over visible pairs: 2 D for the logits and 2 D for the values."""
        _, mask, _, length, size = case
        return 4 * self.heads(case) * masks.count(mask, length)[0] * size / seconds * 1e-9

    def peak_of(self, *key):
        """The peak of what `key` ran on; on one thread there is none."""
        if key[0] == "one thread":
            return None
        return self.bf16_peaks.get(self.rows[key]["image"], self.peak)


def paired(over, under, factor=1.0):
    """The median over rounds of factor * over / under; None where one was not measured."""
    if not over or not under:
        return None
    return statistics.median(factor * a / b for a, b in zip(over, under))


def number(x, width):
    return f"{'-' if x is None else format(x, '.2f'):>{width}}"


LABELS = {"amx": "", "no-amx": " (AMX off)", "one thread": " (1 thread)"}


def print_rates(data):
    print(f"{'case':38}{'who':18}{'median ms':>11}{'min ms':>9}{'GFLOP/s':>9}{'of peak':>9}{'pack ms':>9}{'error/bound':>13}{'runs':>6}")
    for case in data.cases():
        process, mask, dtype, length, size = case
        named = {"attn": data.seconds(process, "attn", *case[1:]), **data.rivals(*case)}
        label = f"{dtype} {mask} D {size} L {length}" + LABELS[process]
        for who, times in named.items():
            if not times:
                continue
            key = process, who, *case[1:]
            median, peak = statistics.median(times), data.peak_of(*key)
            rate, pack = data.rate(case, median), data.rows[key]["pack_seconds"]
            print(f"{label:38}{who:18}{median * 1e3:11.2f}{min(times) * 1e3:9.2f}{rate:9.1f}"
                  f"{number(peak and rate / peak, 9)}{number(pack and statistics.median(pack) * 1e3, 9)}"
                  f"{data.rows[key]['error_ratio']:13.2f}{len(times):6}")
            label = ""


def against(data, names, *case):
    """Our speed over the fastest of `names`."""
    found = [times for name, times in data.rivals(*case).items() if name in names]
    return paired(found[0], data.seconds(case[0], "attn", *case[1:])) if found else None


def per_tile(data, mask, dtype, length, size):
    """Our rate per visible tile on this mask over our rate on the full mask."""
    tiles = masks.count(mask, length)[1] / masks.count("full", length)[1]
    return paired(data.seconds("amx", "attn", "full", dtype, length, size),
                  data.seconds("amx", "attn", mask, dtype, length, size), tiles)


def dense_requirements(data, length, size):
    where = f"D {size} L {length}"
    at = lambda special, value, other: value if (size, length) == special else other
    f32 = lambda names, mask: against(data, names, "amx", mask, "f32", length, size)
    yield f"f32 full {where}: speed over PyTorch", f32(PYTORCH, "full"), at((64, 4096), 1.2, 1.05)
    yield f"f32 full {where}: speed over ONNX Runtime", f32(("onnxruntime",), "full"), 1.0
    yield f"f32 causal {where}: speed over PyTorch", f32(PYTORCH, "causal"), at((128, 4096), 1.1, 1.2)
    yield f"f32 causal {where}: rate per tile over full", per_tile(data, "causal", "f32", length, size), MIN_DENSE[length]
    for mask in ("full", "causal"):
        case = mask, "bf16", length, size
        ours = [data.seconds("amx", "attn", mask, t, length, size) for t in ("f32", "bf16")]
        yield f"bf16 {mask} {where}: speed over our f32", paired(*ours), 0.85
        yield f"bf16 {mask} {where}: speed over PyTorch, AMX off", against(data, PYTORCH, "no-amx", *case), NO_AMX[mask]
        yield (f"bf16 {mask} {where}: speed over PyTorch, AMX on", against(data, PYTORCH, "amx", *case),
               AMX[size][mask] if data.bf16_peaks["amx"] else None)


def masked_requirements(data, size):
    for dtype in ("f32", "bf16"):
        uses_amx = dtype == "bf16" and data.bf16_peaks["amx"]
        for mask, (plain, amx) in AT_8K.items():
            wanted = (amx or SOFTCAP_AMX[size]) if uses_amx else plain
            where = f"{dtype} {mask} D {size} L 8192"
            yield f"{where}: rate per tile over full", per_tile(data, mask, dtype, 8192, size), wanted
            yield (f"{where}: speed over FlexAttention", against(data, ("flex_attention",), "amx", mask, dtype, 8192, size),
                   5.0 if (mask, dtype) == ("window", "bf16") else None)


def other_figures(data):
    """Figures without a requirement, and those of few queries."""
    for dtype in ("f32", "bf16"):
        one, two = (data.seconds(p, "attn", "causal", dtype, 4096, 128) for p in ("one thread", "amx"))
        yield f"{dtype} causal D 128 L 4096: one thread's time over all threads'", paired(one, two), None
        for mask, length, size in (("full", 256, 128), ("causal", 256, 128), ("causal", 32768, 128), ("full", 4096, 256),
                                   ("causal", 4096, 256)):
            yield (f"{dtype} {mask} D {size} L {length}: speed over PyTorch",
                   against(data, PYTORCH, "amx", mask, dtype, length, size), None)


def short_requirements(rows):
    for row in rows:
        seconds, is_named = row["seconds"], (row["dtype"], row["Lq"], row["Lk"]) == ("bf16", 1, 32768)
        ours, label = seconds["ours"], f"{row['dtype']} {row['Lq']} queries, {row['Lk']} keys"
        yield f"{label}: speed over PyTorch", min(seconds["gqa"], seconds["rows"]) / ours, 1.8 if is_named else None
        yield f"{label}: speed over a read of K and V", seconds["read"] / ours, 0.95 if is_named else None


def requirements(data, short):
    """Yields (what, got, wanted); got is None where it was not measured."""
    for length in (1024, 4096):
        for size in (64, 128):
            yield from dense_requirements(data, length, size)
    for size in (64, 128):
        yield from masked_requirements(data, size)
    yield from other_figures(data)
    yield from short_requirements(short)


def print_requirements(data, short):
    """Prints PASS or MISS for each; returns how many were missed."""
    missed = 0
    print(f"\n{'requirement':66}{'got':>8}{'wanted':>9}")
    for what, got, wanted in requirements(data, short):
        if got is None:
            continue  # not part of this run
        verdict = "" if wanted is None else "PASS" if got >= wanted else "MISS"
        missed += verdict == "MISS"
        print(f"{what:66}{number(got, 8)}{number(wanted, 9)}  {verdict}".rstrip())
    return missed


def record_rows(data, threads):
    """Rows of the kept record; a rival measured with AMX switched off says so in its name."""
    rows = []
    for case in data.cases():
        process, mask, dtype, length, size = case
        times = data.seconds(process, "attn", *case[1:])
        ms = lambda values: round(statistics.median(values) * 1e3, 4)
        suffix = {"amx": "", "no-amx": "_amx_off", "one thread": ""}[process]
        heads, score = data.heads(case), mask if mask in ("alibi", "softcap") else "none"
        peak = data.peak_of(process, "attn", *case[1:]) if times else None
        pack = data.rows[process, "attn", *case[1:]]["pack_seconds"] if times else None
        rows.append({
            "pass": "forward", "mask": "causal" if score != "none" else mask, "score": score, "dtype": dtype, "B": 1,
            "Hq": heads, "Hk": heads, "Lq": length, "Lk": length, "D": size, "Dv": size,
            "ours_ms": ms(times) if times else None,
            "rivals_ms": {name + suffix: ms(values) for name, values in data.rivals(*case).items()},
            "threads": 1 if process == "one thread" else threads,
            "image": data.rows[process, "attn", *case[1:]]["image"] if times else None,
            "pack_ms": ms(pack) if pack else None,
            "peak_fraction": round(data.rate(case, statistics.median(times)) / peak, 4) if peak else None,
        })
    return rows
