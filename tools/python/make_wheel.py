#!/usr/bin/env python3
"""Packs files of a folder as the wheel of the package attn. Run by the target `wheel`.

The wheel is the files as they are, no build system in between, so that what
`PYTHONPATH=build/python` imports and what pip installs are the same bytes. Entries
carry no time of their own: same files, same wheel.

usage: make_wheel.py --version=V --readme=FILE --license=FILE --out=FOLDER ROOT FILE...
"""
import argparse
import base64
import hashlib
import pathlib
import sys
import sysconfig
import zipfile

EARLIEST = (1980, 1, 1, 0, 0, 0)

METADATA = """Metadata-Version: 2.1
Name: attn
Version: {version}
Summary: A compiler for attention: programs of masks, scores and key streams become fused kernels
License-File: LICENSE
Requires-Python: {python}
Requires-Dist: numpy
Description-Content-Type: text/markdown

{readme}"""

WHEEL = """Wheel-Version: 1.0
Generator: attn make_wheel
Root-Is-Purelib: false
Tag: {tag}
"""


def tag():
    """The extension module is for one version of CPython, and for the C library it was built with or newer."""
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    return f"{python}-{python}-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def record_line(name, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", required=True)
    for name in ("--readme", "--license", "--out"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()

    info = f"attn-{args.version}.dist-info"
    python = f"=={sys.version_info.major}.{sys.version_info.minor}.*"
    entries = [(name, (args.root / name).read_bytes()) for name in sorted(args.files)]
    entries += [(f"{info}/METADATA", METADATA.format(version=args.version, python=python,
                                                     readme=args.readme.read_text()).encode()),
                (f"{info}/WHEEL", WHEEL.format(tag=tag()).encode()),
                (f"{info}/licenses/LICENSE", args.license.read_bytes())]
    record = "".join(record_line(*entry) for entry in entries) + f"{info}/RECORD,,\n"
    entries.append((f"{info}/RECORD", record.encode()))

    args.out.mkdir(parents=True, exist_ok=True)
    for old in args.out.glob("attn-*.whl"):
        old.unlink()
    wheel = args.out / f"attn-{args.version}-{tag()}.whl"
    with zipfile.ZipFile(wheel.with_suffix(".part"), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if ".so" in name else 0o644) << 16
            archive.writestr(entry, data)
    wheel.with_suffix(".part").rename(wheel)
    print(f"{wheel}: {len(entries)} files, {wheel.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    sys.exit(main())
