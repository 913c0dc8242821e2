"""Grids of tokens as they lie in memory: what is one axis without a copy, and what a launch says of the rest."""
import pathlib

import attn
import numpy as np

SOURCE = (pathlib.Path(__file__).parents[2] / "Run" / "Inputs" / "views.mlir").read_text()
D = 16


def compile_video(element="f32", target="cpu"):
    text = SOURCE.replace("ELEMENT", element).replace("xDx", f"x{D}x").replace(", D]\n", f", {D}]\n")
    return attn.compile(text, entry="video", target=target)


def inside_nan(shape, order, gap=0):
    """A tensor [B, heads, T, H, W, D] of NaN around, axes in memory by `order`, `gap` more of the outermost of them."""
    wide = [shape[axis] for axis in order]
    wide[0] += gap
    memory = np.full(wide, np.nan, np.float32)
    view = memory[: shape[order[0]]].transpose(np.argsort(order))
    view[...] = np.random.default_rng(sum(shape)).standard_normal(shape, np.float32)
    return view


def draw(order, gap=0, grid=(3, 5, 7)):
    q, k, v = (inside_nan((2, heads, *grid, D), order, gap) for heads in (4, 2, 2))
    return {"q": q, "k": k, "v": v}


def test_layouts(run):
    """Heads inside of tokens or outside, batches inside of heads, channels of several tensors side by side."""
    expected = run(**{name: np.ascontiguousarray(x) for name, x in draw((0, 1, 2, 3, 4, 5)).items()}, device="reference")
    for order in ((0, 1, 2, 3, 4, 5), (0, 2, 3, 4, 1, 5), (1, 0, 2, 3, 4, 5), (2, 3, 4, 0, 1, 5)):
        found = run(**draw(order, gap=1), device="cpu")
        for x, y in zip(found, expected):
            assert x.shape == y.shape and np.abs(x - y).max() < 1e-5, order
    both = np.full((2, 4, 3, 5, 7, 2 * D), np.nan, np.float32)
    inputs = draw((0, 1, 2, 3, 4, 5))
    both[..., D:] = inputs["q"]
    found = run(**(inputs | {"q": both[..., D:]}), device="cpu")
    assert all(np.abs(x - y).max() < 1e-5 for x, y in zip(found, expected))


def test_axes_of_one():
    """The stride of an axis of size 1 is nobody's."""
    run = compile_video()
    for grid in ((1, 5, 7), (3, 1, 7), (3, 5, 1), (1, 1, 1), (4, 1, 1)):
        inputs = draw((0, 1, 2, 3, 4, 5), grid=grid)
        expected = run(**inputs, device="reference")
        strides = list(inputs["q"].strides)
        for axis, size in enumerate(grid):
            if size == 1:
                strides[2 + axis] = 12344
        odd = np.lib.stride_tricks.as_strided(inputs["q"], inputs["q"].shape, strides)
        for x, y in zip(run(**(inputs | {"q": odd}), device="cpu"), expected):
            assert np.abs(x - y).max() < 1e-5, grid


def test_refused(run):
    wide = np.zeros((2, 4, 3, 5, 9, D), np.float32)[..., :7, :]
    high = np.zeros((2, 2, 3, 6, 7, D), np.float32)[..., :5, :, :]
    turned = np.zeros((2, 2, 3, 7, 5, D), np.float32).transpose(0, 1, 2, 4, 3, 5)
    for name, tensor, text in (
            ("q", wide, f"argument 'q': axis 3 (H) has stride {9 * D}, expected {7 * D}: the program sees axes 2 to 4 as one"),
            ("k", high, f"argument 'k': axis 2 (T) has stride {42 * D}, expected {35 * D}"),
            ("v", turned, f"argument 'v': axis 3 (H) has stride {D}, expected {35 * D}")):
        for device in ("cpu", "reference"):
            try:
                run(**(draw((0, 1, 2, 3, 4, 5)) | {name: tensor}), device=device)
            except attn.LaunchError as error:
                assert text in str(error), str(error)
            else:
                raise AssertionError(f"{name} was accepted")


def test_letters(run):
    assert run.inputs[0].shape == ("B", 4, "T", "H", "W", D) and run.letters == ("B", "Hq", "T", "H", "W", "D", "Hk")


def main():
    run = compile_video()
    test_layouts(run)
    test_axes_of_one()
    test_refused(run)
    test_letters(run)
    print("4 tests")


main()
