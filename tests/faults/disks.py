"""A small disk of our own for the engine's files: a file, a loop device, ext4. It can be cut off as by a power failure,
filled, and made read-only. Nothing here touches what is not mounted by it: each step looks first."""

import contextlib
import fcntl
import os
import pathlib
import struct
import subprocess
import tempfile

EXT4_IOC_SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2  # _IOR('X', 125, __u32)
MOST = 1024  # MB


class Disk:
    def __init__(self, megabytes):
        if megabytes > MOST:
            raise ValueError(f"a disk of {megabytes} MB")
        self.home = tempfile.TemporaryDirectory(prefix="pons-disk-")
        os.chmod(self.home.name, 0o755)
        self.image, self.folder = pathlib.Path(self.home.name) / "image", pathlib.Path(self.home.name) / "disk"
        self.folder.mkdir()
        with open(self.image, "wb") as image:
            image.truncate(megabytes << 20)
        ask("mkfs.ext4", "-q", "-F", self.image)
        self.mount()

    def mount(self):
        if self.is_mounted():
            raise RuntimeError(f"{self.folder} is mounted already")
        ask("mount", "-o", "loop", self.image, self.folder)
        self.make_sure()
        os.chmod(self.folder, 0o755)

    def unmount(self):
        if self.is_mounted():
            ask("umount", self.folder)

    def is_mounted(self):
        return subprocess.run(["mountpoint", "-q", self.folder]).returncode == 0

    def make_sure(self):
        """It is a disk of its own, and not the machine's."""
        if not self.is_mounted() or os.stat(self.folder).st_dev == os.stat("/").st_dev:
            raise RuntimeError(f"{self.folder} is no disk of ours")

    def cut_off(self):
        """As a power failure leaves it: what was not synced is gone. Of the machine's cache, not the device's."""
        self.make_sure()
        with opened(self.folder) as disk:
            fcntl.ioctl(disk, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))

    def make_read_only(self):
        """As after an error of the device: every write from now on is refused (EROFS)."""
        self.make_sure()
        ask("mount", "-o", "remount,abort", self.folder)

    def fill(self):
        """Up to the last block, and never more than the disk's size."""
        self.make_sure()
        with open(self.folder / "filler", "wb") as filler:
            with contextlib.suppress(OSError):
                for _ in range(MOST):
                    filler.write(b"\0" * (1 << 20))
                    filler.flush()
        ask("dd", "if=/dev/zero", f"of={self.folder}/filler", "bs=4k", f"count={1 << 10}", "oflag=append", "conv=notrunc",
            may_fail=True)

    def free(self):
        self.make_sure()
        os.remove(self.folder / "filler")

    def close(self):
        self.unmount()
        self.home.cleanup()


@contextlib.contextmanager
def opened(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def ask(*command, may_fail=False):
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True)
    if done.returncode != 0 and not may_fail:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
