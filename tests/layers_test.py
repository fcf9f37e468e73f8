#!/usr/bin/env python3
"""Compares every #include "..." with the layer lists that CMake wrote. Usage: layers_test.py SOURCE_DIR LAYERS_FILE"""
import pathlib
import re
import sys

root, lists = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
allowed = {line.split()[0]: set(line.split()) for line in lists.read_text().splitlines() if line}
faults = []
for folder, may_use in allowed.items():
    for source in sorted((root / folder).rglob("*")):
        if source.suffix not in (".h", ".cpp"):
            continue
        for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), 1):
            found = re.match(r'\s*#include\s+"([^"]+)"', line)
            if found and "/".join(found[1].split("/")[:2]) not in may_use:
                faults.append(f"{source.relative_to(root)}:{number}: {folder} may not include {found[1]}")
print("\n".join(faults) or f"{len(allowed)} layers keep their order")
sys.exit(bool(faults))
