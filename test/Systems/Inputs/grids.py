"""Masks and score changes of systems on grids of tokens, (H, W) or (T, H, W), in row-major order.

Written from their definitions: a row of an axis at a time, or by cutting an image of token numbers into windows. A mask
takes the grid, and gives what broadcasts to [B, Hq, L, L].
"""
import numpy as np

import masks


def product(axes):
    """Who sees whom on the grid, of who sees whom on each axis."""
    seen = np.ones((1, 1), bool)
    for axis in axes:
        seen = np.kron(seen, axis)
    return seen


def neighborhood(grid, window=7, stride=1, dilation=1):
    """A window on every axis; at a border it moves inward, and it is as large as its class of residues at most."""

    def axis(n):
        seen = np.zeros((n, n), bool)
        for residue in range(min(dilation, n)):
            members = np.arange(residue, n, dilation)
            for number, token in enumerate(members):
                leader = min(number - number % stride + stride // 2, len(members) - 1)
                first = max(min(leader - window // 2, len(members) - window), 0)
                seen[token, members[first:first + window]] = True
        return seen

    return product(axis(n) for n in grid)


def rolled_windows(grid, shift=0):
    """Windows of half the grid along each axis, of an image that was rolled down and right."""
    place = np.arange(grid[0] * grid[1]).reshape(grid)
    tall, wide = -(-grid[0] // 2), -(-grid[1] // 2)
    rolled = np.roll(place, (-shift * (tall // 4), -shift * (wide // 4)), (0, 1))
    group = np.zeros(place.size, int)
    for row, first in enumerate(range(0, grid[0], tall)):
        for column, left in enumerate(range(0, grid[1], wide)):
            group[rolled[first:first + tall, left:left + wide]] = 2 * row + column
    return group[:, None] == group


def windows(grid, size, rolled=0):
    """Windows of an image, padded to whole ones and rolled up and left; parts that only the roll brought together are
    apart. An axis of one window is not rolled.
    """
    padded = [-(-n // size) * size for n in grid]
    place = np.full(padded, -1)
    place[:grid[0], :grid[1]] = np.arange(grid[0] * grid[1]).reshape(grid)
    part = np.zeros(padded, int)
    by = [rolled if n > size else 0 for n in padded]
    for axis, n in enumerate(by):
        edge = [slice(None)] * 2
        edge[axis] = slice(padded[axis] - n, None)
        part[tuple(edge)] += 1 + axis
    place = np.roll(place, [-n for n in by], (0, 1))
    group = np.zeros(grid[0] * grid[1], int)
    for row in range(0, padded[0], size):
        for column in range(0, padded[1], size):
            window = np.s_[row:row + size, column:column + size]
            real = place[window] >= 0
            group[place[window][real]] = 4 * (row * padded[1] + column) + part[window][real]
    return group[:, None] == group


def halves(grid, size=8):
    """Two heads in windows, two in windows rolled by half."""
    return np.stack([windows(grid, size, rolled) for rolled in (0, 0, size // 2, size // 2)])


def halo(grid, block=8, reach=3):
    """A block of queries sees the block and what is around it; beside the image are zeros, keys behind the tokens."""
    padded = np.full([-(-n // block) * block + 2 * reach for n in grid], -1)
    padded[reach:reach + grid[0], reach:reach + grid[1]] = np.arange(grid[0] * grid[1]).reshape(grid)
    seen = np.zeros((grid[0] * grid[1],) * 2, bool)
    zeros = np.zeros(grid[0] * grid[1], int)
    for token, (y, x) in enumerate(np.ndindex(*grid)):
        row, column = y - y % block, x - x % block
        window = padded[row:row + block + 2 * reach, column:column + block + 2 * reach]
        seen[token, window[window >= 0]] = True
        zeros[token] = (window < 0).sum()
    return np.concatenate([seen, np.arange(zeros.max()) < zeros[:, None]], 1)


def sets(grid, members=7):
    """Tokens far apart: residues of ceil(n / members) along each axis."""
    groups = np.zeros(grid, int)
    down, right = (-(-n // members) for n in grid)
    for row in range(down):
        for column in range(right):
            groups[row::down, column::right] = row * right + column
    return groups.reshape(-1, 1) == groups.ravel()


def in_set(n, members=7):
    """The number of every token of an axis in its set."""
    return np.arange(n) // -(-n // members)


def relative(grid, numbers, table):
    """table[h, y - y', x - x' + the middle] of the numbers that tokens have along each axis in their set."""
    y, x = (n.ravel() for n in np.meshgrid(*(numbers(n) for n in grid), indexing="ij"))
    middle = table.shape[1] // 2
    return table[:, y[:, None] - y + middle, x[:, None] - x + middle]


def radial(grid, size=128):
    """Bands between frames, then blocks of tokens by the density of their columns."""
    frames, t = grid[0], grid[1] * grid[2]
    apart = np.abs(masks.distances(t))
    near = np.zeros((frames, t, frames, t), bool)
    for f, g in np.ndindex(frames, frames):
        d = abs(f - g)
        length = 2 ** t.bit_length() / 2 ** d.bit_length()
        width = t if d <= 1 else max(length * 0.2, size)
        kept = length >= size or d % int(size / length) == 0
        near[f, :, g] = g == 0 or (apart <= width) & kept
    near = near.reshape(frames * t, frames * t)
    seen = np.zeros_like(near)
    for block in np.ndindex(*[-(-frames * t // size)] * 2):
        here = tuple(slice(size * n, size * n + size) for n in block)
        density = near[here].mean(0)
        seen[here] = (density > 1 / 3).sum() / ((density > 0).sum() + 1e-9) > 0.6
    return seen
