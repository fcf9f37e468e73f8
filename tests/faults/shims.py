"""Libraries that stand between a program and the C library (LD_PRELOAD), and make some of its calls fail or lie."""

import pathlib
import struct
import subprocess

FOLDER = pathlib.Path(__file__).resolve().parent


def compiled(name, folder):
    """The library of NAME.c, made in that folder."""
    library = pathlib.Path(folder) / f"{name}.so"
    subprocess.run(["cc", "-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, FOLDER / f"{name}.c", "-ldl"],
                   check=True)
    return str(library)


def preload(lab, name, **environment):
    """Into the engine, and what it starts, from its next start on."""
    lab.engine.environment |= {"LD_PRELOAD": compiled(name, lab.home.name), **environment}


class Number:
    """A file that a library has mapped: 8 bytes, never cut short."""

    def __init__(self, file):
        self.file = pathlib.Path(file)
        self.file.write_bytes(struct.pack("=q", 0))

    def set(self, number):
        with open(self.file, "r+b") as file:
            file.write(struct.pack("=q", number))

    def get(self):
        return struct.unpack("=q", self.file.read_bytes())[0]
