"""Runs the ```python blocks of documents, each in a namespace of its own. usage: ROOT DOCUMENT..."""
import os
import pathlib
import re
import sys

os.chdir(sys.argv[1])
count = 0
for document in sys.argv[2:]:
    for block in re.findall(r"```python\n(.*?)```", pathlib.Path(document).read_text(), re.S):
        exec(compile(block, document, "exec"), {})
        count += 1
print(count, "examples run")
