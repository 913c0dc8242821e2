"""Writes a small BERT encoder and a tokenizer of single characters, as a folder that transformers loads.

usage: save_encoder.py FOLDER
"""
import pathlib
import string
import sys

import torch
from transformers import BertConfig, BertModel, BertTokenizerFast

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
pieces = [*string.ascii_lowercase, *string.punctuation]
words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *pieces, *(f"##{piece}" for piece in pieces)]
vocabulary = folder / "vocab.txt"
vocabulary.write_text("\n".join(words) + "\n")
BertTokenizerFast(vocab=str(vocabulary)).save_pretrained(folder)
torch.manual_seed(3)
BertModel(BertConfig(vocab_size=len(words), hidden_size=64, num_hidden_layers=2, num_attention_heads=4,
                     intermediate_size=128)).save_pretrained(folder)
