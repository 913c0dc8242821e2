"""Compares what the runtime handed to the (fake) driver with what the independent launcher
would: launcher.py knows nothing of our C++.

compare.py DIR.attn ENTRY STDOUT LOG: the tensors that cuda-test printed, the driver's log.
"""
import dataclasses
import json
import sys

import launcher

SMS = 132


def tagged(lines, tag):
    line = next(line for line in lines if line.startswith(tag))
    return json.loads(line[len(tag):])


def as_logged(call, stream):
    """A call as the fake driver's log has it."""
    fields = dataclasses.asdict(call)
    if isinstance(call, launcher.Encode):
        fields["address"] = None if call.address is None else hex(call.address)
        return {"call": "cuTensorMapEncodeTiled", **fields}
    fields["function"] = fields.pop("kernel")
    fields["parameters"] = [p.hex() if isinstance(p, bytes) else None for p in call.parameters]
    return {"call": "cuLaunchKernel", "stream": stream, **fields}


def is_same(key, wanted, found):
    """An empty tensor has any address; a tensor map is checked where it is encoded."""
    if key == "address" and wanted is None:
        return found != "0x0"
    if key == "parameters" and wanted and found:
        return len(wanted) == len(found) and all(
            len(f) == 256 if w is None else w == f for w, f in zip(wanted, found))
    return wanted == found


def main():
    folder, entry, stdout, log = sys.argv[1:]
    with open(stdout) as file:
        given = tagged(file.readlines(), "call: ")
    with open(log) as file:
        logged = [json.loads(line) for line in file]
    plan = launcher.Launcher(folder, entry, "sm_90a", SMS)
    wanted = [as_logged(call, hex(given["stream"])) for call in plan.calls(given["tensors"], given["workspace"])]
    found = [c for c in logged if c["call"] in ("cuLaunchKernel", "cuTensorMapEncodeTiled")]
    bad = []
    for index in range(max(len(wanted), len(found))):
        left = wanted[index] if index < len(wanted) else {}
        right = found[index] if index < len(found) else {}
        bad += [f"call {index} {key}: expected {left.get(key)} but found {right.get(key)}"
                for key in sorted(set(left) | set(right) - {"result"})
                if not is_same(key, left.get(key), right.get(key))]
    needed = plan.workspace_bytes(plan.letters(given["tensors"]))
    if needed != given["workspace_bytes"]:
        bad.append(f"workspace: expected {needed} bytes but found {given['workspace_bytes']}")
    allowed = {c["function"]: c["value"] for c in logged if c["call"] == "cuFuncSetAttribute"}
    wanted_shared = {name: shared for _, name, shared in plan.prepare() if shared}
    if allowed != wanted_shared:
        bad.append(f"dynamic shared memory: expected {wanted_shared} but found {allowed}")
    print("\n".join(bad))
    print(f"{len(found)} calls, {len(bad)} differences")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
