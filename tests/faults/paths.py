"""Where tests/promises keeps what both use: the engine as a process, MLLP from both ends, the sample's messages."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "promises"))
