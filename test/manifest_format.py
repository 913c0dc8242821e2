"""lit's ShTest, and after it: every manifest.json that the test wrote obeys
runtime/manifest.schema.json. A test that damages manifests on purpose says so with the
words "damages manifests".
"""
import os
import pathlib
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


class ManifestCheckingTest(lit.formats.ShTest):
    def execute(self, test, lit_config):
        start = time.time() - 1  # clocks of file systems are coarse
        result = super().execute(test, lit_config)
        if result.code != lit.Test.PASS:
            return result
        with open(test.getSourcePath(), encoding="utf-8") as file:
            if "damages manifests" in file.read():
                return result
        checker = schema.Checker(schema.load(os.path.join(HERE, "..", "runtime", "manifest.schema.json")))
        for path in written_since(start, test):
            problem = checker.problem(schema.load(path))
            if problem:
                return lit.Test.Result(lit.Test.FAIL, f"{path}: {problem[0]}: {problem[1]}")
        return result
