"""Runs attn-view on programs whose masks NumPy knows, and compares every number and every pixel."""
import re
import subprocess
import xml.etree.ElementTree as xml

import numpy as np

SIDE = 64  # of the tile that visible tiles are measured with
QKV = """    %q: tensor<?x{hq}x?x16xf32> {{attn.name = "q", attn.shape = ["B", "Hq", "Lq", "D"]}},
    %k: tensor<?x{hk}x?x16xf32> {{attn.name = "k", attn.shape = ["B", "Hk", "Lk", "D"]}},
    %v: tensor<?x{hk}x?x16xf32> {{attn.name = "v", attn.shape = ["B", "Hk", "Lk", "D"]}}"""


def program(masks, tables="", hq=4, hk=2):
    """One stream per (name of a mask, lines that make it)."""
    q, k = f"tensor<?x{hq}x?x16xf32>", f"tensor<?x{hk}x?x16xf32>"
    streams = "".join(f"{lines}  %s{n} = attn.stream %k, %v mask %{name} : {k}, {k}\n"
                      for n, (name, lines) in enumerate(masks))
    names = ", ".join(f"%s{n}" for n in range(len(masks)))
    return (f"func.func @main(\n{QKV.format(hq=hq, hk=hk)}{tables})\n    -> ({q} {{attn.name = \"o\"}}) {{\n{streams}"
            f"  %o = attn.attend %q over {names} : {q} -> {q}\n  return %o : {q}\n}}\n")


CAUSAL = ("c", "  %c = attn.mask.causal\n")


def kernel_tile(name, text):
    """Queries and keys of a tile of the kernel, as attnc says."""
    with open(name + ".mlir", "w") as file:
        file.write(text)
    tiles = subprocess.run(["attnc", name + ".mlir", "--emit=tiles", "--target=cpu", "-o", "-"], check=True,
                           capture_output=True, text=True).stdout
    found = re.findall(r"attn_tile.fold .* tile\((\d+), (\d+)\)", tiles)
    assert len(found) == 1, found
    return tuple(map(int, found[0]))


def view(name, text, sizes, arrays=(), suffix="html", extra=()):
    with open(name + ".mlir", "w") as file:
        file.write(text)
    options = [f"--set={letter}={size}" for letter, size in sizes.items()]
    for table, array in dict(arrays).items():
        np.save(table + ".npy", array)
        options.append(f"--in={table}={table}.npy")
    out = f"{name}.{suffix}"
    subprocess.run(["attn-view", name + ".mlir", "-o", out, *options, *extra], check=True)
    return out


def plain(element):
    """Without the name space of svg."""
    for part in element.iter():
        part.tag = part.tag.split("}")[-1]
    return element


def members(text):
    """(b, h) of "heads 0-2, 5" or "sequence 0: heads 0-3; sequence 1: head 0"."""
    found, b = set(), 0
    for part in re.split(r"; |, ", text.split(" (alike")[0]):
        sequence = re.match(r"sequence (\d+): ", part)
        b = int(sequence[1]) if sequence else b
        first, last = re.search(r"(\d+)(?:-(\d+))?$", part).groups()
        found |= {(b, h) for h in range(int(first), int(last or first) + 1)}
    return found


TITLE = re.compile(r"queries (\d+)-(\d+), keys (\d+)-(\d+): (?:(\d+) tiles )?(.*), (\d+) of (\d+) pairs visible")
KINDS = {"skipped": "skipped", "full": "full", "partial": "partial", "visited but empty": "visited-empty",
         "partial but full": "partial-full", "of several classes": "several"}


QUARTERS = {".4": 1, ".58": 2, ".78": 3, "1": 4}  # of the pairs of a cell, at most


def check_picture(svg, mask, cell, first=(0, 0), shape=None):
    """Colours and words of every tile, and the pairs that are drawn; returns the number of tiles by class.

    The picture shows mask from `first` on. A cell is cell[0] x cell[1] pairs.
    """
    shape = shape or mask.shape
    drawn = np.zeros([-(-size // side) for size, side in zip(shape, cell)], int)
    covered = np.zeros(shape, int)
    counts = dict.fromkeys(KINDS.values(), 0)

    def clip(low, high, axis):
        """Of the picture, in pairs."""
        return max(low - first[axis], 0), min(high + 1 - first[axis], shape[axis])
    for rect in svg.iter("rect"):
        title = rect.find("title")
        if title is None:
            continue
        *place, many, kind, visible, pairs = TITLE.fullmatch(title.text).groups()
        q0, q1, k0, k1 = map(int, place)
        tile = mask[q0:q1 + 1, k0:k1 + 1]
        (top, bottom), (left, right) = clip(q0, q1, 0), clip(k0, k1, 1)
        covered[top:bottom, left:right] += 1
        x, y, width, height = (int(rect.get(key)) for key in ("x", "y", "width", "height"))
        assert (x, y) == (left // cell[1], top // cell[0]), (x, y, title.text)
        assert (width, height) == (-(-right // cell[1]) - x, -(-bottom // cell[0]) - y), (width, height, title.text)
        assert rect.get("class") == KINDS[kind], (rect.get("class"), title.text)
        assert (int(visible), int(pairs)) == (tile.sum(), tile.size), (title.text, tile.sum())
        truth = {"skipped": 0, "visited-empty": 0, "full": tile.size, "partial-full": tile.size}
        assert int(visible) == truth.get(KINDS[kind], int(visible)), title.text
        assert kind != "partial" or 0 < tile.sum() < tile.size, title.text
        counts[KINDS[kind]] += int(many or 1)
        if kind in ("full", "partial but full"):
            drawn[y:y + height, x:x + width] = 4
    assert (covered == 1).all(), "tiles do not cover the mask"
    for path in svg.iter("path"):
        if path.get("class") == "seen":
            for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path.get("d")):
                drawn[int(y), int(x):int(x) + int(width)] = QUARTERS[path.get("fill-opacity")]
    rows, columns = (np.arange(0, size, side) for size, side in zip(shape, cell))

    def cells(values):
        return np.add.reduceat(np.add.reduceat(values.astype(int), rows, axis=0), columns, axis=1)
    part = mask[first[0]:first[0] + shape[0], first[1]:first[1] + shape[1]]
    expected = np.ceil(4 * cells(part) / cells(np.ones_like(part)))
    assert (drawn == expected).all(), f"{(drawn != expected).sum()} cells are drawn wrong"
    return counts


def check_detail(figure, mask):
    """Its corners stand at the axes."""
    texts = [text.text for text in figure.iter("text")]
    k0, k1, _, q0, q1, _ = texts
    first, last = (int(q0), int(k0)), (int(q1), int(k1))
    assert last == (first[0] + 96, first[1] + 96), texts
    check_picture(figure.find("svg"), mask, (1, 1), first, (96, 96))


def visible_tiles(mask):
    """By brute force."""
    rows, columns = (np.arange(0, size, SIDE) for size in mask.shape)
    return int(np.logical_or.reduceat(np.logical_or.reduceat(mask, rows, axis=0), columns, axis=1).sum())


def check_numbers(numbers, masks, kinds, tile, exact):
    visible = sum(int(mask.sum()) for mask in masks)
    pairs = sum(mask.size for mask in masks)

    def count(queries, keys):
        return sum(-(-mask.shape[0] // queries) * -(-mask.shape[1] // keys) for mask in masks)
    tiles = count(*tile)
    blocks = kinds.pop("several")  # of several tiles each, whose classes only the numbers say
    assert not blocks or {f"{kind}-tiles" for kind in kinds} <= set(numbers)
    kinds = {kind: int(numbers[f"{kind}-tiles"]) if blocks else number for kind, number in kinds.items()}
    assert sum(kinds.values()) == tiles, (kinds, tiles)
    scheduled = tiles - kinds["skipped"]
    rows = np.concatenate([mask.sum(1) for mask in masks])
    expected = {
        "visible-pairs": visible, "pairs": pairs, "density": round(100 * visible / pairs, 2),
        "scheduled-pairs": scheduled * tile[0] * tile[1], "tiles": tiles,
        "measured-tiles": count(SIDE, SIDE), "measured-visible-tiles": sum(map(visible_tiles, masks)),
        "ideal-speedup": round(pairs / visible, 2) if visible else 0,
        "scheduled-speedup": round(tiles / scheduled, 2) if scheduled else 0, "rows": len(rows),
        "fewest-keys": rows.min(), "most-keys": rows.max(), "empty-rows": (rows == 0).sum(),
        **{f"{kind}-tiles": count for kind, count in kinds.items()}}
    for wrong in ("measured-visited-empty-tiles", "measured-partial-full-tiles"):
        expected[wrong] = 0 if exact else numbers[wrong]
    assert set(numbers) == set(expected), set(numbers) ^ set(expected)
    for key, value in expected.items():
        assert abs(numbers[key] - value) < 0.0101, f"{key} is {numbers[key]}, expected {value}"


def numbers_of(element):
    return {data.get("class"): float(data.get("value")) for data in element.iter("data")}


def check_section(section, mask_of, heads, exact, tile):
    """mask_of(b, h), heads: all (b, h). Returns pictures and the tiles by class."""
    chip = [span for span in section.iter("span") if span.get("class") == "chip tile"]
    assert chip[0].text == f"{tile[0]} × {tile[1]}", (chip[0].text, tile)
    seen, total, masks = set(), dict.fromkeys(KINDS.values(), 0), []
    figures = [div for div in section.iter("div") if div.get("class") in ("one", "card")]
    for card in figures:
        group = members("".join(card.find("figure/h3").itertext()))
        assert group and not group & seen, (group, seen)
        seen |= group
        caption = card.find("figure/figcaption").text
        cell = re.search(r"a cell is (\d+) × (\d+)", caption)
        cell = tuple(map(int, cell.groups())) if cell else (1, 1)
        svg = card.find("figure/svg")
        for b, h in group:
            kinds = check_picture(svg, mask_of(b, h), cell)
            details = [figure for figure in card.iter("figure") if figure.get("class") == "detail"]
            assert len(details) == (cell != (1, 1))
            for figure in details:
                check_detail(figure, mask_of(b, h))
            masks.append(mask_of(b, h))
            for kind, count in kinds.items():
                total[kind] += count
        check_numbers(numbers_of(card), [mask_of(*min(group))], kinds, tile, exact)
    assert seen == heads, (seen, heads)
    everything = [div for div in section.iter("div") if div.get("class") == "all"]
    assert len(everything) == (len(figures) > 1)
    for div in everything:
        check_numbers(numbers_of(div), masks, dict(total), tile, exact)
    assert not exact or total["visited-empty"] == total["partial-full"] == 0, total
    return len(figures), total, cell


def check(name, text, sizes, masks, arrays=(), hq=4, b=1, exact=True):
    tile = kernel_tile(name, text)
    page = open(view(name, text, sizes, arrays)).read()
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|src=|@import|url\(", page), "not offline"
    assert page == open(view(name + "-again", text, sizes, arrays)).read().replace(name + "-again", name)
    root = plain(xml.fromstring(page.replace("<!DOCTYPE html>", "")))
    sections = list(root.iter("section"))
    assert len(sections) == len(masks), (len(sections), len(masks))
    heads = {(n, h) for n in range(b) for h in range(hq)}
    for section, mask_of in zip(sections, masks):
        pictures, kinds, cell = check_section(section, mask_of, heads, exact, tile)
    assert root.find("body/pre").text == text
    plain(xml.parse(view(name, text, sizes, arrays, "svg")).getroot())
    return pictures, kinds, cell, tile


def coordinates(lq, lk):
    i, j = np.ogrid[:lq, :lk]
    return i + lk - lq, j


def say(name, masks, pictures, rest=""):
    print(f"{name}: {masks} mask{'s' * (masks > 1)} of {pictures} picture{'s' * (pictures > 1)}{rest}")


def main():
    for lq, lk in (1, 1), (64, 64), (65, 129), (300, 300), (200, 77), (3, 500):
        p, j = coordinates(lq, lk)
        causal = check("causal", program([CAUSAL]), {"Lq": lq, "Lk": lk}, [lambda b, h: j <= p])
    say("causal", 6, causal[0])

    p, j = coordinates(130, 190)
    window = ("w", "  %w = attn.mask.window left(70) right(3)\n")
    say("ragged", 1, check("ragged", program([window]), {"Lq": 130, "Lk": 190},
                           [lambda b, h: (p - 70 <= j) & (j <= p + 3)])[0])

    lefts = np.array([5, 100, 100, 40], np.int32)
    table = ',\n    %left: tensor<4xi32> {attn.name = "left", attn.shape = ["Hq"]}'
    p, j = coordinates(250, 250)
    window = ("w", "  %w = attn.mask.window left(%left : tensor<4xi32>) right(0)\n")
    say("heads", 1, check("heads", program([window], table), {"Lq": 250, "Lk": 250},
                          [lambda b, h: (p - lefts[h] <= j) & (j <= p)], {"left": lefts})[0])

    ids = np.sort(np.random.default_rng(1).integers(0, 5, (2, 210)), axis=1).astype(np.int32)
    table = ',\n    %ids: tensor<?x?xi32> {attn.name = "ids", attn.shape = ["B", "Lk"]}'
    document = ("m", CAUSAL[1] + "  %d = attn.mask.document %ids, %ids : tensor<?x?xi32>, tensor<?x?xi32>\n"
                "  %m = attn.mask.and %c, %d\n")
    p, j = coordinates(210, 210)
    say("documents", 1, check("documents", program([document], table).replace('"Lq"', '"Lk"'), {},
                              [lambda b, h: (j <= p) & (ids[b][:, None] == ids[b])], {"ids": ids}, b=2)[0])

    p, j = coordinates(190, 190)
    first = ("f", "  %f = attn.mask.first count(9)\n")
    say("streams", 2, check("streams", program([CAUSAL, first]), {"Lq": 190, "Lk": 190},
                            [lambda b, h: j <= p, lambda b, h: (j < 9) & (p >= 0)])[0])

    # `never` holds for no pair, but that follows from a product of two coordinates modulo 4.
    product = """  %m = attn.mask.free {
  ^bb0(%b: index, %h: index, %i: index, %j: index):
    %c0 = arith.constant 0 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %c4 = arith.constant 4 : index
    %c130 = arith.constant 130 : index
    %0 = arith.muli %i, %j : index
    %1 = arith.remui %0, %c4 : index
    %2 = arith.cmpi eq, %1, %c3 : index
    %3 = arith.remui %i, %c2 : index
    %4 = arith.cmpi eq, %3, %c0 : index
    %never = arith.andi %2, %4 : i1
    %5 = arith.cmpi uge, %j, %c130 : index
    %6 = arith.xori %never, %5 : i1
    attn.yield %6 : i1
  }
"""
    i, j = np.ogrid[:260, :260]
    mask = ((i * j % 4 == 3) & (i % 2 == 0)) ^ (j >= 130)
    pictures, kinds, *_ = check("products", program([("m", product)]), {"Lq": 260, "Lk": 260}, [lambda b, h: mask],
                               exact=False)
    say("products", 1, pictures, f", {kinds['visited-empty']} tiles visited but empty, {kinds['partial-full']} "
        "partial but full")

    never = ("n", CAUSAL[1] + "  %not = attn.mask.not %c\n  %n = attn.mask.and %c, %not\n")
    say("empty", 1, check("empty", program([never]), {"Lq": 100, "Lk": 100},
                          [lambda b, h: np.zeros((100, 100), bool)])[0])

    window = ("w", "  %w = attn.mask.window left(200) right(0)\n")
    for lq, lk in (1500, 1500), (1501, 1100):
        p, j = coordinates(lq, lk)
        pictures, _, cell, _ = check("large", program([window]), {"Lq": lq, "Lk": lk},
                                     [lambda b, h: (p - 200 <= j) & (j <= p)])
    say("large", 2, pictures, f", cells of {cell[0]} x {cell[1]}")

    # Tiles across the rows of a grid; and small ones, so many that a cell holds several.
    side = 40
    grid = ("g", f"  %g = attn.mask.neighborhood shape({side}, {side}) window(7, 7)\n")
    i, j = np.ogrid[:side * side, :side * side]
    mask = np.ones((side * side, side * side), bool)
    for c, e in ((i // side, j // side), (i % side, j % side)):
        first = np.clip(c - 3, 0, side - 7)
        mask &= (first <= e) & (e < first + 7)
    pictures, _, cell, tile = check("grid", program([grid]), {"Lq": side * side, "Lk": side * side},
                                    [lambda b, h: mask])
    say("grid", 1, pictures, f", tiles of {tile[0]} x {tile[1]}, cells of {cell[0]} x {cell[1]}")
    window = ("w", "  %w = attn.mask.window left(5) right(0)\n")
    p, j = coordinates(300, 9000)
    pictures, kinds, cell, tile = check("blocks", program([window]), {"Lq": 300, "Lk": 9000},
                                        [lambda b, h: (p - 5 <= j) & (j <= p)])
    say("blocks", 1, pictures, f", tiles of {tile[0]} x {tile[1]}, cells of {cell[0]} x {cell[1]}, "
        f"{kinds['several']} of several classes")


if __name__ == "__main__":
    main()
