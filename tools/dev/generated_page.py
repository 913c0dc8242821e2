"""Pages that are written by tools: put in place, or compared with what stands there."""
import difflib


def settle(path, text, check, agrees, command):
    """Writes `text` to `path`; with `check` compares instead. Returns the exit code."""
    if not check:
        path.write_text(text)
        return 0
    found = path.read_text() if path.exists() else ""
    if text == found:
        print(f"{path.name} is {agrees}")
        return 0
    print("\n".join(difflib.unified_diff(found.splitlines(), text.splitlines(), "found", "expected", lineterm="")))
    print(f"run tools/dev/{command} --root . --bin build/bin --work build/pages, and read the page again")
    return 1
