"""lit's ShTest, and more:

After a test every manifest.json that it wrote obeys runtime/manifest.schema.json. A test that
damages manifests on purpose says so with the words "damages manifests".

A test that runs on device cpu says with `CPU-VARIANTS: v3, v4, v4bf16, amx` which variants its artifacts
hold. For each that this machine lacks there is one more test, NAME/cpu-amx, which is unsupported: what
did not run is counted as skipped. Manifests that hold other variants fail the test.
"""
import os
import pathlib
import re
import sys
import time

import lit.formats
import lit.Test
import lit.TestRunner

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "Runtime", "Manifest"))

import schema  # noqa: E402  (after its folder is known)


def written_since(start, test):
    """The manifests in folders whose name starts with %t."""
    folder, base = lit.TestRunner.getTempPaths(test)
    for place in pathlib.Path(folder).glob(os.path.basename(base) + ".tmp*/"):
        for path in place.glob("**/manifest.json"):
            if path.stat().st_mtime >= start:
                yield path


def text_of(test):
    with open(test.getSourcePath(), encoding="utf-8") as file:
        return file.read()


def declared_variants(text):
    found = re.search(r"CPU-VARIANTS: *([a-z0-9, ]+)$", text, re.MULTILINE)
    return [name.strip() for name in found[1].split(",")] if found else []


class SkippedVariant(lit.Test.Test):
    """A variant of the CPU that this machine lacks."""

    def __init__(self, test, variant):
        super().__init__(test.suite, (*test.path_in_suite, f"cpu-{variant}"), test.config, test.getSourcePath())
        self.variant = variant


class ManifestCheckingTest(lit.formats.ShTest):
    def __init__(self, cpu_variants, **options):
        super().__init__(**options)
        self.cpu_variants = cpu_variants

    def getTestsForPath(self, *path_and_configs):
        for test in super().getTestsForPath(*path_and_configs):
            yield test
            for variant in declared_variants(text_of(test)):
                if variant not in self.cpu_variants:
                    yield SkippedVariant(test, variant)

    def execute(self, test, lit_config):
        if isinstance(test, SkippedVariant):
            return lit.Test.Result(lit.Test.UNSUPPORTED, f"this machine can not run variant {test.variant} of CPU images")
        start = time.time() - 1  # clocks of file systems are coarse
        result = super().execute(test, lit_config)
        text = text_of(test)
        if result.code != lit.Test.PASS or "damages manifests" in text:
            return result
        checker = schema.Checker(schema.load(os.path.join(HERE, "..", "runtime", "manifest.schema.json")))
        held = set()
        for path in written_since(start, test):
            manifest = schema.load(path)
            problem = checker.problem(manifest)
            if problem:
                return lit.Test.Result(lit.Test.FAIL, f"{path}: {problem[0]}: {problem[1]}")
            held.update(name for image in manifest["images"] for name in image.get("variants", []))
        declared = declared_variants(text)
        if held and declared and held != set(declared):
            problem = f"CPU-VARIANTS says {sorted(declared)} but the artifacts hold {sorted(held)}"
            return lit.Test.Result(lit.Test.FAIL, problem)
        return result
