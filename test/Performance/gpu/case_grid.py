"""The cases of the benchmark: tools/gpu/bench.txt, whose words tools/gpu/cases.txt explains."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Case:
    """One program at one size. Packed: `b` sequences of `l` tokens together, else `b` batches of `l` tokens."""

    mask: str
    score: str
    dtype: str
    hq: int
    hk: int
    d: int
    b: int
    l: int

    @property
    def program(self):
        """The folder of its artifact, as attn-pack calls it."""
        score = "" if self.score == "none" else f"-{self.score}"
        return f"{self.mask}{score}-{self.dtype}-h{self.hq}-{self.hk}-d{self.d}"

    @property
    def name(self):
        return f"{self.program}-b{self.b}-l{self.l}"

    def record(self):
        """The fields of a kept record that say which case it is."""
        return {"pass": "forward", "mask": self.mask, "score": self.score, "dtype": self.dtype, "B": self.b, "Hq": self.hq,
                "Hk": self.hk, "Lq": self.l, "Lk": self.l, "D": self.d, "Dv": self.d, "ours_ms": None, "rivals_ms": {},
                "name": self.name, "error_ratios": {}, "rivals_absent": {}, "notes": []}

    @property
    def is_packed(self):
        return self.score == "packed"

    @property
    def window(self):
        """Keys in the causal window, or None."""
        return int(self.mask.removeprefix("window")) if self.mask.startswith("window") else None

    @property
    def dense(self):
        """The case without mask and score that this one's rate per tile refers to; None for a dense one."""
        if self.mask == "full" and self.score == "none":
            return None
        return dataclasses.replace(self, mask="full", score="none", b=1 if self.is_packed else self.b)

    def tiny(self):
        """The same program at a size that device sim runs in a second; windows cut off some keys there, too."""
        length = 8 * 37 if self.is_packed else (self.window or 0) + 150
        return dataclasses.replace(self, b=self.b if self.is_packed else min(self.b, 2), l=length)


def read(path):
    """All cases of a list: the first sizes of all lines, then the second ones, and so on."""
    columns = []
    for line in open(path, encoding="utf-8"):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        mask, score, dtype, heads, size, *sizes = words
        heads = map(int, heads.split("/"))
        fields = mask, score, dtype, *heads, int(size)
        for column, word in enumerate(sizes):
            columns += [[]] if column == len(columns) else []
            columns[column].append(Case(*fields, *map(int, word.split("x"))))
    return [case for column in columns for case in column]
