"""Writes full.json with one change, for tests of malformed manifests.

    edit.py OUT POINTER VALUE...  set the place that a JSON pointer names, and the next
    edit.py OUT POINTER           remove it
    edit.py OUT --truncate N      keep the first N bytes
    edit.py OUT --nest N          N nested arrays instead
"""
import json
import os
import sys

source = os.path.join(os.path.dirname(__file__), "Inputs", "full.json")
out, what, rest = sys.argv[1], sys.argv[2], sys.argv[3:]
with open(source) as file:
    text = file.read()
if what == "--truncate":
    text = text[:int(rest[0])]
elif what == "--nest":
    text = "[" * int(rest[0]) + "]" * int(rest[0])
else:
    document = json.loads(text)
    changes = [what, *rest]
    for pointer, value in zip(changes[::2], changes[1::2] or [None]):
        *path, last = pointer.split("/")[1:]
        place = document
        for key in path:
            place = place[int(key) if isinstance(place, list) else key]
        last = int(last) if isinstance(place, list) else last
        if value is None:
            del place[last]
        else:
            place[last] = json.loads(value)
    text = json.dumps(document)
with open(out, "w") as file:
    file.write(text)
