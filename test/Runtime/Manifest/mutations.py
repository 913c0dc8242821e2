"""Takes manifests apart: every field dropped, given another type, or joined by an unknown one.

    mutations.py SCHEMA WORK MANIFEST

A mutant is refused by the schema and by the loader, and the loader's message names the
place. Three kinds may pass, in both: a dropped optional field, a number where an
expression stood, null or a file where the schema has both. MANIFEST must have every field that the
schema has. So what the schema says and what the loader does cannot drift apart unseen.
"""
import copy
import json
import subprocess
import sys

import schema

OTHER_TYPES = [None, True, 7, -1, 1.5, "", "?", [], {}, [None], 1 << 63]


def places(value, pointer=""):
    """Every place below the root as (pointer, container, key)."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    for key, item in items:
        yield f"{pointer}/{key}", value, key
        yield from places(item, f"{pointer}/{key}")


def is_number_for_expression(kept, other):
    return isinstance(kept, dict) and set(kept) <= {"letter", "limit", "op", "args"} and type(other) is int


def mutants(manifest):
    """(what was done, place, text) of each; a place is changed and put back."""
    document = copy.deepcopy(manifest)
    for pointer, container, key in list(places(document)):
        kept = container[key]
        kind = type(kept)
        for other in OTHER_TYPES:
            if type(other) is not kind:
                container[key] = other
                may_pass = is_number_for_expression(kept, other) or (
                    key in ("image", "ptxas") and {type(other), kind} == {str, type(None)})
                yield "is still right" if may_pass else f"is {json.dumps(other)}", pointer, json.dumps(document)
        container[key] = kept
        if isinstance(kept, dict):
            kept["unknown_field"] = 1
            yield "has an unknown field", f"{pointer}/unknown_field", json.dumps(document)
            del kept["unknown_field"]
        if isinstance(container, dict):
            order = list(container.items())
            del container[key]
            yield "is dropped", pointer, json.dumps(document)
            container.clear()
            container.update(order)
    yield "has an unknown field", "/unknown_field", json.dumps({**document, "unknown_field": 1})


def named(message, pointer):
    """Whether a message is about a place: its pointer, the object it belongs to, or, for an
    alternative by kind, a field beside it."""
    parts = pointer.split("/")
    return any(f"'{'/'.join(parts[:end])}" in message for end in (len(parts), len(parts) - 1)) or (
        "/version" in pointer and "'/version'" in message)


def judge(checker, found, what, pointer, text):
    """What is wrong with how a mutant was taken, or None."""
    problem = checker.problem(json.loads(text))
    if problem and found == "ok":
        return f"the loader accepts what the schema refuses: {problem}"
    if not problem and what not in ("is dropped", "is still right"):
        return f"the schema accepts it; the loader: {found}"
    if problem and not named(found, pointer):
        return f"the loader names another place: {found}"
    return None


def unused_fields(checker):
    """The fields of the schema that no document had, after checking some."""
    def walk(part, at):
        if isinstance(part, dict):
            for key, item in part.get("properties", {}).items():
                if part.get("additionalProperties") is False and id(item) not in checker.seen:
                    yield f"{at}: {key}"
            for key, item in part.items():
                yield from walk(item, f"{at}/{key}")
        elif isinstance(part, list):
            for item in part:
                yield from walk(item, at)
    return list(walk(checker.root, "schema"))


def main(arguments):
    schema_path, work, path = arguments
    checker = schema.Checker(schema.load(schema_path))
    manifest = schema.load(path)
    problem = checker.problem(manifest)
    bad = [f"{path} is refused: {problem}"] if problem else []
    bad += [f"{path} has no example of {field}" for field in unused_fields(checker)]
    all_mutants = list(mutants(manifest))
    with open(work, "w") as file:
        file.writelines(text + "\n" for _, _, text in all_mutants)
    lines = subprocess.run(["manifest-test", "--lines", work], text=True, capture_output=True,
                           check=True).stdout.splitlines()
    assert len(lines) == len(all_mutants)
    for found, (what, pointer, text) in zip(lines, all_mutants):
        wrong = judge(checker, found, what, pointer, text)
        if wrong:
            bad.append(f"{pointer} {what}: {wrong}")
    print("\n".join(bad[:20]))
    print(f"{len(lines)} mutants, {len(lines) - lines.count('ok')} refused by the loader, {len(bad)} problems")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
