"""Masks of the systems as matrices of bool, written from their definitions, one pair or one slice at a time.

A mask takes the length and the tensors of its program by name, and gives what broadcasts to [B, Hq, L, L]. `id` are
numbers of tokens, [B, L].
"""
import numpy as np

FULL, CAUSAL = range(2)


def distances(length):
    """j - i of every pair."""
    return np.arange(length)[None, :] - np.arange(length)[:, None]


def causal(length, **tensors):
    return distances(length) <= 0


def window(length, left, right):
    return (distances(length) >= -left) & (distances(length) <= right)


def before(length, n):
    """Keys before n[b]."""
    return (np.arange(length) < n[:, None])[:, None, None, :]


def same(ids):
    """Query and key have one id."""
    return (ids[:, :, None] == ids[:, None, :])[:, None]


# Slices: rectangles [q0, q1) x [k0, k1) of pairs. A causal one is aligned bottom-right: its last row sees all its keys.


def slices(length, rectangles):
    mask = np.zeros((length, length), bool)
    for q0, q1, k0, k1, kind in rectangles:
        rows, keys = np.arange(q1 - q0)[:, None], np.arange(k1 - k0)
        mask[q0:q1, k0:k1] |= (kind == FULL) | (keys <= rows + (k1 - k0) - (q1 - q0))
    return mask


def runs(ids):
    """[start, end) of every run of equal numbers."""
    edges = np.flatnonzero(np.diff(ids)) + 1
    return list(zip([0, *edges], [*edges, len(ids)]))


def of_documents(make):
    """make(runs of a batch, length, **its numbers) gives slices."""

    def mask(length, doc, **numbers):
        made = [make(runs(ids), length, **{name: x[b] for name, x in numbers.items()}) for b, ids in enumerate(doc)]
        return np.stack([slices(length, one) for one in made])[:, None]

    return mask


@of_documents
def documents(runs, length):
    return [(s, e, s, e, FULL) for s, e in runs]


@of_documents
def causal_documents(runs, length):
    return [(s, e, s, e, CAUSAL) for s, e in runs]


@of_documents
def prefix_documents(runs, length, prefix):
    whole = [(s, s + min(prefix, e - s)) for s, e in runs]
    return [(s, n, s, n, FULL) for s, n in whole] + [(n, e, s, e, CAUSAL) for (_, n), (s, e) in zip(whole, runs)]


@of_documents
def shared_question(runs, length):
    end = runs[0][1]
    return [(s, e, s, e, CAUSAL) for s, e in runs] + [(end, length, 0, end, FULL)]


@of_documents
def blockwise(runs, length):
    return [(s, e, s, e, CAUSAL) for s, e in runs[:-1]] + [(runs[-1][0], length, 0, length, CAUSAL)]


def block_causal_documents(length, doc, size=1024):
    def steps(start, end):
        ends = sorted({start, end, *(x for x in range(0, end, size) if x > start)})
        return [(a, b, start, b, FULL) for a, b in zip(ends, ends[1:])]

    return np.stack([slices(length, sum((steps(*run) for run in runs(ids)), [])) for ids in doc])[:, None]


def prefix(length, prefix):
    return np.stack([slices(length, [(0, n, 0, n, FULL), (n, length, 0, length, CAUSAL)]) for n in prefix])[:, None]


def global_window(length, w=256):
    near = [(i, i + 1, max(i - w, 0), min(i + w + 1, length), FULL) for i in range(length)]
    n = min(2 * w, length)
    return slices(length, [(0, n, 0, length, FULL), (0, length, 0, n, FULL), *near])


# Blocks: `seen[kb] for every qb` as a matrix of blocks, drawn out to tokens.


def of_blocks(length, size, make):
    """make(distance of two blocks, number of the key block), matrices; cut to the length."""
    numbers = np.arange(-(-length // size))
    seen = make(numbers[:, None] - numbers[None, :], np.broadcast_to(numbers, (len(numbers),) * 2))
    return np.kron(seen, np.ones((size, size), bool))[:length, :length]


def elastic_window(length, alpha, beta, size=64):
    """One sink block and, per head, a window of ceil((alpha + beta L) / size) - 1 blocks, one at least."""

    def head(a, b):
        width = max(int(np.ceil((float(a) + float(b) * length) / size)) - 1, 1)
        return of_blocks(length, size, lambda distance, key: (key == 0) | (distance < width))

    return np.stack([head(a, b) for a, b in zip(alpha, beta)]) & causal(length)


def strided(length, heads=4, size=64, local=4, every=8):
    def head(h):
        first = [n for n in range(every) if (n + h * max(1, every // heads)) % every == 0]
        return of_blocks(length, size, lambda distance, key: (distance < local) | (key % every == first[0]))

    return np.stack([head(h) for h in range(heads)]) & causal(length)


def power_of_two(length, size=256, near=5):
    powers = [1 << n for n in range(31)]
    seen = lambda distance, key: (key == 0) | (distance < near) | np.isin(distance, powers)
    return of_blocks(length, size, seen) & causal(length)


def ranking(length, blk):
    """Instruction 0, documents, and the query, whose number is the largest."""
    seen, seeing = blk == 0, blk == blk.max(1, keepdims=True)
    return (same(blk) | seen[:, None, None, :] | seeing[:, None, :, None]) & causal(length)


def block_diffusion(length, size=32):
    """[noised; clean]."""
    n = length // 2
    rest = length - n
    own = of_blocks(rest, size, lambda distance, key: distance == 0)[:n, :n]
    earlier = of_blocks(rest, size, lambda distance, key: distance > 0)[:n]
    return np.block([[own, earlier], [np.zeros((rest, n), bool), causal(rest)]])


def groups(length, count):
    return distances(length) % count == 0


def design(length, segment, boxes, inside):
    """Prompt 0, image 1, subject 2, objects from 3 on: a rectangle of the matrix at a time."""
    masks = np.zeros((len(segment), length, length), bool)
    for mask, ids, box, marked in zip(masks, segment, boxes, inside != 0):
        tokens = {n: np.flatnonzero(ids == n) for n in range(ids.max() + 1)}
        prompt, image, subject = (tokens.get(n, np.zeros(0, int)) for n in range(3))
        within = lambda some: some[marked[some]]
        pairs = [(one, one) for one in tokens.values()] + [(prompt, image), (image, prompt)]
        pairs += [(prompt, within(subject)), (within(image), subject), (subject, within(image))]
        for n in range(3, ids.max() + 1):
            covered = image[[bool(int(x) & 1 << n - 3) for x in box[image]]] if len(image) else image
            pairs += [(tokens[n], covered), (covered, tokens[n])]
        for rows, keys in pairs:
            mask[np.ix_(rows, keys)] = True
    return masks[:, None]


def subset(length, keep):
    return (keep != 0)[:, None, None, :] & causal(length)


def own_block(length, size):
    return of_blocks(length, size, lambda distance, key: distance == 0)


def disc(length, text=512, columns=64, radius=8):
    """Text, then the rows of an image: text with all, the image with tokens at a distance below the radius."""
    y, x = np.divmod(np.arange(length - text), columns) if length > text else (np.zeros(0), np.zeros(0))
    seen = np.ones((length, length), bool)
    seen[text:, text:] = (y[:, None] - y) ** 2 + (x[:, None] - x) ** 2 < radius**2
    return seen
