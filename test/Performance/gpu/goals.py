"""The goals on one H100 or H200, judged on ratios of the same run. A goal without its measurement is "not measured"."""
import statistics

WANTED = "bf16-h64-8"


def paired(over, under, factor=1.0):
    """The median over rounds of factor * over / under."""
    return statistics.median(factor * a / b for a, b in zip(over, under))


def times(rows, name, who="attn"):
    return rows.get(name, {}).get("times_ms", {}).get(who)


def over_rival(rows, name, rivals):
    """How many times as fast as the fastest of `rivals` ours is; None where one side is missing."""
    ours, found = times(rows, name), [t for t in (times(rows, name, rival) for rival in rivals) if t]
    return min(paired(theirs, ours) for theirs in found) if ours and found else None


def tflops(rows, name):
    ours = times(rows, name)
    return rows[name]["operations"] / statistics.median(ours) * 1e-9 if ours else None


def per_tile(rows, name):
    """Our rate per visible tile over that of our own dense kernel on the same inputs."""
    ours, dense = times(rows, name), times(rows, name, "attn_dense")
    if not ours or not dense:
        return None
    return paired(dense, ours, rows[name]["tiles"] / rows[name]["dense_tiles"])


def of_mufu_bound(rows, name, card):
    """The least time that the exponentials and tangents of the visible tiles take, over our time.

    16 results per clock and multiprocessor; `mufu_per_score` is read from the machine code when the pack is made.
    """
    ours, clock = times(rows, name), rows.get(name, {}).get("sm_mhz")
    if not (ours and clock and card.get("mufu_per_score", {}).get(name)):
        return None
    row = rows[name]
    scores = row["tiles"] * 128 * 128 * row["Hq"]
    seconds = scores * card["mufu_per_score"][name] / (16 * card["multiprocessors"] * clock * 1e6)
    return seconds * 1e3 / statistics.median(ours)


def case(mask, score="", size=128, batch=1):
    return f"{mask}{'-' if score else ''}{score}-{WANTED}-d{size}-b{batch}-l16384"


def all_goals(rows, card):
    """Yields (what, value or None, wanted)."""
    for mask in ("full", "causal"):
        yield f"{mask} D 128 16k: speed over cudnn", over_rival(rows, case(mask), ["cudnn"]), 1.0
    yield "full D 128 16k: TFLOP/s, first progress", tflops(rows, case("full")), 650
    for size, goals in ((64, (510, 485)), (256, (700, 620))):
        for mask, goal in zip(("full", "causal"), goals):
            yield f"{mask} D {size} 16k: TFLOP/s", tflops(rows, case(mask, size=size)), goal
    flexible = [case("full"), case("causal"), case("window1024"), case("documents-causal"), case("causal", "alibi"),
                case("causal", "bias"), case("documents-causal", "sink-alibi")]
    for name in flexible:
        yield f"{name}: speed over flex", over_rival(rows, name, ["flex"]), 1.8
    for name in (case("documents-causal", "softcap"), *(case("full", "softcap", size) for size in (64, 128, 256))):
        yield f"{name}: speed over flex", over_rival(rows, name, ["flex", "flex_fast_tanh"]), 1.4
    for name, goal in ((case("documents-causal", "sink-alibi"), 0.95), (case("full", "softcap", 128), 0.8),
                       (case("full", "softcap", 256), 0.8), (case("causal", "packed", batch=8), 0.9),
                       (case("window1024"), 0.9), (case("window128"), 0.6)):
        yield f"{name}: rate per visible tile over own dense", per_tile(rows, name), goal
    name = case("full", "softcap", 64)
    yield f"{name}: of its own MUFU bound", of_mufu_bound(rows, name, card), 0.95
