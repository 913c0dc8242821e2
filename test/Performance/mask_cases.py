"""The masks of mask_speed.py: programs, who sees whom by definition, and rivals' forms of them.

A case names a program of test/Systems or gives a line of ours. `visible(h, i, j)` is the definition, on integers or
tensors of them: everything counted comes from it, and FlexAttention compiles it.
"""
import dataclasses
import functools
import pathlib

import torch

SYSTEMS = pathlib.Path(__file__).resolve().parent.parent / "Systems"
HEADS, SIZE = 4, 64
TILE = 64
DENSE = """\
func.func @main(
    %q: tensor<?x4x?x64xf32> {attn.name = "q", attn.shape = ["B", "H", "Lq", "D"]},
    %k: tensor<?x4x?x64xf32> {attn.name = "k", attn.shape = ["B", "H", "L", "D"]},
    %v: tensor<?x4x?x64xf32> {attn.name = "v", attn.shape = ["B", "H", "L", "D"]})
    -> (tensor<?x4x?x64xf32> {attn.name = "o"}, tensor<?x4x?xf32> {attn.name = "lse"}) {
  %keys = attn.stream %k, %v : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  %o, %lse = attn.attend %q over %keys : tensor<?x4x?x64xf32> -> tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
  return %o, %lse : tensor<?x4x?x64xf32>, tensor<?x4x?xf32>
}
"""
MASKED = DENSE.replace('"Lq"', '"L"').replace("attn.stream %k, %v :", "attn.stream %k, %v mask %mask :")


@dataclasses.dataclass
class Case:
    """`program`: a name in test/Systems, an op, or a text. `grid`: tokens per axis. `tensors`: what the program takes
    beside q, k and v. `by_head`: heads see different keys. `matmul(case)` makes the form by batched products of a small
    window, a function of q, k and v.
    """
    name: str
    program: str
    grid: tuple
    visible: callable
    tensors: tuple = ()
    by_head: bool = False
    matmul: callable = None
    batch: int = 1

    @property
    def length(self):
        return functools.reduce(lambda x, y: x * y, self.grid)

    def text(self, dtype):
        if self.program.startswith("func."):
            text = self.program
        elif self.program.startswith("attn."):
            text = MASKED.replace("  %keys", f"  %mask = {self.program}\n  %keys")
        else:
            text = (SYSTEMS / f"{self.program}.mlir").read_text()
        return typed(text, dtype)

    def shape(self, dense_shape):
        """[B, H, L, ...] as the program takes it: some have an axis per axis of the grid."""
        takes_grid = '"W"' in self.text("f32")
        return [*dense_shape[:2], *(self.grid if takes_grid else [self.length]), *dense_shape[3:]]

    @functools.cached_property
    def counts(self):
        """(visible pairs, visible tiles of 64 x 64) per head, the mean over heads."""
        heads = range(HEADS) if self.by_head else [0]
        pairs = tiles = 0
        for head in heads:
            for first in range(0, self.length, TILE):
                seen = self.rows(range(first, min(first + TILE, self.length)), head)
                pairs += int(seen.sum())
                seen = torch.nn.functional.pad(seen.any(0), (0, -self.length % TILE))
                tiles += int(seen.view(-1, TILE).any(1).sum())
        return pairs / len(heads), tiles / len(heads)

    def rows(self, rows, head=0):
        """bool [rows, L]"""
        i, j = torch.as_tensor(list(rows))[:, None], torch.arange(self.length)[None, :]
        seen = self.visible(torch.tensor(head), i, j)
        return seen.expand(len(rows), self.length)


def typed(text, dtype):
    """q, k, v and o in another type; lse and tables stay f32."""
    return text.replace(f"x{SIZE}xf32>", f"x{SIZE}x{dtype}>")


# Who sees whom.


def causal(h, i, j):
    return j <= i


def band(left, right):
    return lambda h, i, j: (j >= i - left) & (j <= i + right)


def streaming(h, i, j):
    return (j <= i) & ((j < 4) | (i - j < 256))


def powers(h, i, j, size=256):
    d = i // size - j // size
    return (j <= i) & ((j < size) | (d < 5) | ((d & (d - 1)) == 0))


def strided(h, i, j):
    return (j <= i) & ((i // 64 - j // 64 < 4) | ((j // 64 + 2 * h) % 8 == 0))


def global_window(h, i, j):
    return (i < 512) | (j < 512) | ((i - j).abs() <= 256)


def coordinates(i, grid):
    found = []
    for size in reversed(grid):
        found.insert(0, i % size)
        i = i // size
    return found


def neighborhood(grid, window, stride=1):
    """Windows that move inward at a border; `stride` queries of an axis share one."""

    def visible(h, i, j):
        seen = i == i
        for x, y, n, w in zip(coordinates(i, grid), coordinates(j, grid), grid, window):
            leader = torch.clamp(x // stride * stride + stride // 2, max=n - 1)
            start = torch.clamp(leader - w // 2, min=0, max=n - w)
            seen = seen & (y >= start) & (y < start + w)
        return seen

    return visible


def disc(h, i, j, text=512, columns=64):
    a, b = torch.clamp(i - text, min=0), torch.clamp(j - text, min=0)
    dy, dx = a // columns - b // columns, a % columns - b % columns
    return (i < text) | (j < text) | (dy * dy + dx * dx < 64)


def blocks_of(grid, size, moved=0):
    """Equal blocks, their edges `moved` before multiples of `size`."""

    def visible(h, i, j):
        seen = i == i
        for x, y in zip(coordinates(i, grid), coordinates(j, grid)):
            seen = seen & ((x + moved) // size == (y + moved) // size)
        return seen

    return visible


def document_ids(length, mean=1024, seed=8):
    draw = torch.Generator().manual_seed(seed)
    cuts = torch.randperm(length - 1, generator=draw)[:length // mean - 1] + 1
    return torch.bucketize(torch.arange(length), cuts.sort().values, right=True).to(torch.int32)


def with_ids(ids, also):
    return lambda h, i, j: (ids[i] == ids[j]) & also(h, i, j)


def prefix(length):
    return lambda h, i, j: (j <= i) | (j < length)


# Forms by batched products. The tables of indices are made before the clock starts.


def attend(q, k, v):
    weights = torch.softmax(q @ k.transpose(-1, -2) * SIZE**-0.5, -1)
    return weights @ v


def gathered(case):
    """Every query gathers its keys; rows see equally many."""
    seen = case.rows(range(case.length))
    index = seen.nonzero()[:, 1].view(case.length, -1)

    def run(q, k, v):
        near = [x.index_select(2, index.flatten()).unflatten(2, index.shape) for x in (k, v)]
        return attend(q.unsqueeze(3), *near).squeeze(3)

    return run


def partitioned(case):
    """Tokens are cut into windows of one size (`case.grid`, blocks along each axis) and back."""
    size = round((case.counts[0] / case.length)**(1 / len(case.grid)))
    inner = [n for g in case.grid for n in (g // size, size)]
    axes = len(case.grid)
    forth = [0, 1, *range(2, 2 + 2 * axes, 2), *range(3, 3 + 2 * axes, 2), 2 + 2 * axes]
    back = [forth.index(n) for n in range(len(forth))]

    def run(q, k, v):
        cut = lambda x: x.unflatten(2, inner).permute(forth).flatten(2 + axes, 1 + 2 * axes).flatten(2, 1 + axes)
        out = attend(*map(cut, (q, k, v)))
        grid = [g // size for g in case.grid] + [size] * axes
        whole = out.flatten(2, 3).unflatten(2, grid)
        return whole.permute(back).flatten(2, 1 + 2 * axes)

    return run


def windows(size):
    """A sequence per window, all of one constant length."""
    return DENSE.replace('"Lq"', '"L"').replace("?x4x?x", f"?x4x{size}x")


def ordered(grid, layout, mask):
    """A program over tokens in the order of a layout."""
    n = functools.reduce(lambda x, y: x * y, grid)
    shape = ", ".join(map(str, grid))
    text = MASKED.replace("?x4x?x", f"?x4x{n}x")
    flat, lse = f"tensor<?x4x{n}x64xf32>", f"tensor<?x4x{n}xf32>"
    lines = [f"  %layout = attn.layout.grid shape({shape}) {layout}", f"  %mask = {mask}"]
    lines += [f"  %{x}t = attn.reorder %{x} by %layout : {flat} -> {flat}" for x in "qkv"]
    lines += [f"  %keys = attn.stream %kt, %vt mask %mask : {flat}, {flat}",
              f"  %ot, %lt = attn.attend %qt over %keys : {flat} -> {flat}, {lse}",
              f"  %o = attn.restore %ot by %layout : {flat} -> {flat}",
              f"  %lse = attn.restore %lt by %layout : {lse} -> {lse}"]
    return "\n".join([text[:text.index("  %keys")].rstrip("\n"), *lines, text[text.index("  return"):]])


def make_cases(length):
    square, cube = (length**0.5, ) * 2, (round(length**(1 / 3)), ) * 3
    square = tuple(map(int, square))
    ids = document_ids(length)
    line = (length, )
    near = lambda grid, window, stride=1: (
        f"attn.mask.neighborhood shape({', '.join(map(str, grid))}) window({', '.join(map(str, window))})" +
        (f" stride({', '.join([str(stride)] * len(grid))})" if stride > 1 else ""))
    axis = lambda grid, window, **more: Case(
        f"neighborhood {'x'.join(map(str, window))}", near(grid, window), grid, neighborhood(grid, window), **more)
    swin = (56, 56)
    return [
        Case("causal", "longca-causal", line, causal),
        Case("window 256", "sliding-window", line, band(255, 0)),
        Case("window 1024", "longca-window-causal", line, band(1024, 0)),
        Case("streaming", "streaming", line, streaming),
        Case("prefix", "prefix-lm", line, prefix(length // 3), (torch.tensor([length // 3], dtype=torch.int32), )),
        Case("documents", "longca-doc", line, with_ids(ids, lambda h, i, j: i == i), (ids[None], )),
        Case("documents causal", "packed-documents", line, with_ids(ids, causal), (ids[None], )),
        Case("documents block-causal", "longca-doc-block-causal", line,
             with_ids(ids, lambda h, i, j: j // 1024 <= i // 1024), (ids[None], )),
        Case("stride 4", "e-mmdit", line, lambda h, i, j: i % 4 == j % 4),
        Case("strided blocks", "s2-attention", line, strided, by_head=True),
        Case("power of two", "powerattention", line, powers),
        Case("global and window", "longca-global-window", line, global_window),
        Case("disc and text", "clear", line, disc),
        axis(line, (7, ), matmul=gathered),
        axis(line, (257, )),
        axis(square, (7, 7), matmul=gathered),
        axis(square, (17, 17)),
        axis(square, (33, 33)),
        axis(cube, (3, 3, 3), matmul=gathered),
        axis(cube, (7, 7, 7)),
        Case("blocks 16", "tnt", line, blocks_of(line, 16), matmul=partitioned),
        Case("windows 7x7", windows(49), (49, ), lambda h, i, j: i == i, matmul=lambda case: attend, batch=64),
        Case("blocks 7x7", near(swin, (7, 7), 7), swin, blocks_of(swin, 7), matmul=partitioned),
        Case("blocks 7x7, in their order", ordered(swin, "tile(7, 7)", near(swin, (7, 7), 7)), swin, blocks_of(swin, 7),
             matmul=partitioned),
    ]
