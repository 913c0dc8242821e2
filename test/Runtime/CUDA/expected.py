"""Launches an entry on paper and compares with what the fake driver was called with.

expected.py DIR.attn ENTRY STDOUT LOG: reads the manifest and the tensors that
cuda-test printed, computes every tensor map and every byte of every kernel argument
from nothing but runtime/README.md, and compares with the log.
"""
import json
import math
import struct
import sys

BYTES = {"f16": 2, "bf16": 2, "f32": 4, "f64": 8, "i8": 1, "i32": 4, "i64": 8, "bool": 1}
MAP_TYPE = {"i8": 0, "bool": 0, "i32": 3, "i64": 5, "f16": 6, "f32": 7, "f64": 8, "bf16": 9}
SMS = 132


def evaluate(expr, letters):
    if isinstance(expr, int):
        return expr
    if "letter" in expr:
        return letters[expr["letter"]]
    if "limit" in expr:
        return {"SM": SMS}[expr["limit"]]
    name = expr["op"]
    a, b = (evaluate(o, letters) for o in expr["args"])
    return {"add": lambda: a + b, "mul": lambda: a * b, "ceildiv": lambda: -(-a // b),
            "min": lambda: min(a, b), "ge": lambda: int(a >= b), "lt": lambda: int(a < b)}[name]()


def contiguous(sizes):
    return [math.prod(sizes[axis + 1:]) for axis in range(len(sizes))]


def read_call(path):
    line = next(l for l in open(path) if l.startswith("call: "))
    return json.loads(line[len("call: "):])


def main():
    folder, name, stdout, log = sys.argv[1:]
    manifest = json.load(open(folder + "/manifest.json"))
    entry = next(e for e in manifest["entries"] if e["name"] == name)
    plan = next(p for p in entry["plans"] if p["target"] == "sm_90a")
    call = read_call(stdout)
    tensors, letters = call["tensors"], {}
    for tensor in entry["arguments"] + entry["results"]:
        tensors[tensor["name"]]["dtype"] = tensor["dtype"]
        for axis, size in zip(tensor["shape"], tensors[tensor["name"]]["sizes"]):
            letters.setdefault(axis.get("letter"), size)
    offset = 0
    for buffer in plan["buffers"]:
        sizes = [evaluate(size, letters) for size in buffer["shape"]]
        tensors[buffer["name"]] = {"address": call["workspace"] + offset, "sizes": sizes,
                                   "strides": contiguous(sizes), "dtype": buffer["dtype"]}
        offset += -(-math.prod(sizes) * BYTES[buffer["dtype"]] // 64) * 64

    wanted = []
    for step in plan["steps"]:
        if "when" in step and not evaluate(step["when"]["condition"], letters):
            continue
        kernel = next(k for k in manifest["kernels"] if k["name"] == step["kernel"])
        parameters = []
        for arg in step["arguments"]:
            tensor = tensors.get(arg.get("tensor"))
            if arg["kind"] == "tensor_map":
                wanted.append(tensor_map(arg["map"], tensor))
                parameters.append(None)
                continue
            value = {"pointer": lambda: tensor["address"],
                     "size": lambda: tensor["sizes"][arg["axis"]],
                     "stride": lambda: tensor["strides"][arg["axis"]],
                     "scalar": lambda: evaluate(arg["value"], letters)}[arg["kind"]]()
            parameters.append(struct.pack("<q", value).hex())
        launch = {"call": "cuLaunchKernel", "function": step["kernel"],
                  "grid": [evaluate(size, letters) for size in step["grid"]],
                  "block": kernel["block"], "shared_bytes": kernel["shared_bytes"],
                  "stream": hex(call["stream"]), "parameters": parameters}
        wanted += [launch] * evaluate(step.get("repeat", 1), letters)

    found = [json.loads(line) for line in open(log)]
    found = [c for c in found if c["call"] in ("cuLaunchKernel", "cuTensorMapEncodeTiled")]
    bad = 0
    for index in range(max(len(wanted), len(found))):
        left = wanted[index] if index < len(wanted) else {}
        right = found[index] if index < len(found) else {}
        for key in sorted(set(left) | set(right) - {"result"}):
            if not same(key, left.get(key), right.get(key)):
                print(f"call {index} {key}: expected {left.get(key)} but found {right.get(key)}")
                bad += 1
    print(f"{len(found)} calls, {bad} differences")
    return bad != 0


def same(key, wanted, found):
    """Compares; a narrow parameter has the low bytes, a tensor map is checked apart."""
    if key == "address" and wanted is None:
        return found != "0x0"
    if key != "parameters" or not wanted or not found:
        return wanted == found
    return len(wanted) == len(found) and all(
        len(f) == 256 if w is None else len(f) in (8, 16) and w[:len(f)] == f
        for w, f in zip(wanted, found))


def tensor_map(fields, tensor):
    """What cuTensorMapEncodeTiled gets; an empty tensor has sizes of at least 1 and any
    address, because the driver refuses others."""
    axes = fields["axes"]
    width = BYTES[tensor["dtype"]]
    return {"call": "cuTensorMapEncodeTiled", "data_type": MAP_TYPE[tensor["dtype"]],
            "rank": len(axes),
            "address": hex(tensor["address"]) if all(tensor["sizes"]) else None,
            "sizes": [max(1, tensor["sizes"][a]) for a in axes],
            "strides": [tensor["strides"][a] * width for a in axes[1:]],
            "box": fields["box"], "element_strides": fields["element_strides"],
            "interleave": ["none", "16B", "32B"].index(fields["interleave"]),
            "swizzle": ["none", "32B", "64B", "128B"].index(fields["swizzle"]),
            "l2_promotion": ["none", "64B", "128B", "256B"].index(fields["l2_promotion"]),
            "oob_fill": ["none", "nan_request_zero_fma"].index(fields["oob_fill"])}


if __name__ == "__main__":
    sys.exit(main())
