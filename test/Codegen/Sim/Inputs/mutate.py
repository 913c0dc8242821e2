"""Mutants of GPU kernels: one op of stage `lowlevel` dropped or changed.

A Program is attention text compiled once: its artifact and its `lowlevel` text. A
Mutant is that text with an edit; `artifact()` gives a copy of the artifact whose image
for device sim is the mutant's, and with `for_gpu` PTX and cubin too. Edits go by op: `find("nvvm.mbarrier.try_wait")` gives
the lines of all such ops in order; an op stands on one line.

    program = Program("forward.mlir", folder)
    mutant = program.mutant("no-wait")
    mutant.drop(mutant.find("attn_nvvm.wgmma_wait")[0])
    code, text = mutant.run(["--set=L=300", "--sim-seed=3"])
"""
import hashlib
import json
import pathlib
import re
import shutil
import subprocess

# What a finding of device sim begins with: the place, and who it is about. Deadlocks list all who wait.
PLACE = r"attn-run: error: \S+\.mlir:\d+:\d+: kernel '\w+', CTA \(\d+, \d+, \d+\), thread \d+: \w+\.\S+: "
DEADLOCK = r"attn-run: error: deadlock in kernel .*; threads \d+-\d+ \(\w+\.\S+ at \S+\.mlir:\d+:\d+\) wait "

RESULT = re.compile(r"^\s*(%\w+)(?::(\d+))? = (.*)$")
OPERAND = re.compile(r"%\w+(?:#\d+)?")


def call(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout


class Program:
    def __init__(self, source, folder, for_gpu=False):
        self.for_gpu = for_gpu
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.artifact = self.folder / "good.attn"
        text = self.folder / "good.mlir"
        call(["attnc", source, "-o", self.artifact, "--target=sm_90a", *([] if for_gpu else ["--ptxas=none"])])
        call(["attnc", source, "-o", text, "--target=sm_90a", "--emit=lowlevel"])
        self.lines = text.read_text().splitlines()

    def mutant(self, name):
        return Mutant(self, name)


class Mutant:
    def __init__(self, program, name):
        self.program, self.name, self.lines = program, name, list(program.lines)

    def find(self, op, after=0):
        """Numbers of the lines with this op, in order."""
        name = re.compile(r"(?:^|= |\s)" + re.escape(op) + r"(?![\w.])")
        return [i for i, line in enumerate(self.lines) if i >= after and name.search(line.split("//")[0])]

    def drop(self, line):
        """Removes an op. What it ties or passes through is what comes out of it, and
        a wait for an mbarrier is over at once."""
        text = self.lines[line]
        found = RESULT.match(text)
        self.lines[line] = ""
        if not found:
            return
        name, count, op = found.group(1), found.group(2), found.group(3)
        if op.endswith("-> i1"):
            self.lines[line] = f"{name} = llvm.mlir.constant(true) : i1"
            return
        operands = OPERAND.findall(op.split(" : ")[0] if "accs(" not in op else re.sub(r":[^)]*\)", ")", op))
        for i in range(int(count or 1)):
            old = f"{name}#{i}" if count else name
            self.rename(old, operands[i])

    def rename(self, old, new):
        pattern = re.compile(re.escape(old) + r"(?![\w#])")
        self.lines = [pattern.sub(new, line) if old in line else line for line in self.lines]

    def replace(self, line, old, new):
        if old not in self.lines[line]:
            raise SystemExit(f"{self.name}: expected '{old}' in '{self.lines[line][:200]}'")
        self.lines[line] = self.lines[line].replace(old, new, 1)

    def repeat(self, line):
        self.lines.insert(line, self.lines[line])

    def definition(self, value):
        """The line that defines a value."""
        return next(i for i, line in enumerate(self.lines) if re.match(rf"^\s*{re.escape(value)}(?::\d+)? =", line))

    def constant(self, value, number):
        """Gives a constant another number."""
        line = self.definition(value)
        self.lines[line] = re.sub(r"constant\(-?\d+ :", f"constant({number} :", self.lines[line])

    def write(self):
        """The text in a file."""
        text = self.program.folder / f"{self.name}.mlir"
        text.write_text("\n".join(self.lines) + "\n")
        return text

    def artifact(self):
        """A copy of the artifact with the image of the mutant."""
        text, made = self.write(), self.program.folder / f"{self.name}.attn"
        if made.exists():
            shutil.rmtree(made)
        shutil.copytree(self.program.artifact, made)
        call(["sim-lower", text, made / "sim.so"])
        if self.program.for_gpu:
            call(["gpu-lower", text, *made.glob("*.ptx"), *made.glob("*.cubin")])
        manifest = json.loads((made / "manifest.json").read_text())
        for image in manifest["images"]:
            image["sha256"] = hashlib.sha256((made / image["file"]).read_bytes()).hexdigest()
            image["bytes"] = (made / image["file"]).stat().st_size
        (made / "manifest.json").write_text(json.dumps(manifest))
        return made

    def run(self, arguments):
        """attn-run on device sim: exit code and messages."""
        return run_artifact(self.artifact(), arguments)


def has_place(text):
    """Whether a finding names op, place and threads."""
    return re.match(f"{PLACE}|{DEADLOCK}", text) is not None


def run_artifact(artifact, arguments):
    """attn-run on device sim with drawn arguments: exit code and messages."""
    command = ["attn-run", artifact, "--device=sim", "--random", *arguments]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    return done.returncode, done.stderr + done.stdout
