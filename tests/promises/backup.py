"""Backups of an engine's private PostgreSQL as docs/operators/running.md makes them, and what comes of them."""

import os
import pathlib
import shutil
import subprocess

PROGRAMS = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))


def postgres(program, *arguments, **more):
    """A program of PostgreSQL's as the user who owns the data."""
    who = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*who, PROGRAMS / program, *map(str, arguments)], stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, timeout=120, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{program}: {done.stderr.decode()}")
    return done


def data(engine):
    return pathlib.Path(engine.state) / "postgres/data"


def socket(engine):
    return engine.postmaster_file()[4]


def dump(engine, file):
    """Of a running engine."""
    with open(file, "wb") as out:
        postgres("pg_dump", "-h", socket(engine), "-U", "postgres", "-n", "pons", "-Fc", "postgres", stdout=out)


def restore_dump(engine, file, look=lambda: None):
    """Into a new, empty cluster where the engine's own was, which is left alone with look() for a while. No engine runs."""
    shutil.rmtree(data(engine))
    folder = data(engine).parent
    postgres("initdb", "-D", data(engine), "-k", "-E", "UTF8", "--locale=C", "-A", "trust", "-U", "postgres",
             stdout=subprocess.DEVNULL)
    postgres("pg_ctl", "-D", data(engine), "-w", "-l", folder / "restore.log", "-o",
             f"-c listen_addresses= -c unix_socket_directories={folder}", "start", stdout=subprocess.DEVNULL)
    try:
        with open(file, "rb") as backup:
            subprocess.run([PROGRAMS / "pg_restore", "-h", folder, "-U", "postgres", "-d", "postgres",
                            "--exit-on-error"], stdin=backup, check=True, timeout=120)
        look()
    finally:
        postgres("pg_ctl", "-D", data(engine), "-m", "fast", "stop", stdout=subprocess.DEVNULL)


def archive(engine, folder):
    """From the next start on the log goes to the folder."""
    own(folder)
    engine.sql("ALTER SYSTEM SET archive_mode = on")
    engine.sql(f"ALTER SYSTEM SET archive_command = 'test ! -f {folder}/%f && cp %p {folder}/%f'")


def base_backup(engine, folder):
    own(folder.parent)
    postgres("pg_basebackup", "-h", socket(engine), "-U", "postgres", "-D", folder, "-c", "fast",
             stdout=subprocess.DEVNULL)


def archive_rest(engine, archived):
    """What of the log is not archived yet, where the disk still has it. No engine runs."""
    for segment in (data(engine) / "pg_wal").glob("?" * 24):
        if not (archived / segment.name).exists():
            shutil.copy(segment, archived)
    own(archived)


def restore_base(engine, base, archived, until=None):
    """The base backup, and the archived log as far as that instant, which PostgreSQL plays back at its next start."""
    shutil.rmtree(data(engine))
    shutil.copytree(base, data(engine))
    with open(data(engine) / "postgresql.auto.conf", "a") as settings:
        settings.write(f"restore_command = 'cp {archived}/%f %p'\n")
        if until:
            settings.write(f"recovery_target_time = '{until}'\nrecovery_target_action = promote\n")
    (data(engine) / "recovery.signal").touch()
    own(data(engine))


def own(folder):
    """As root: what PostgreSQL works with is the user postgres's."""
    folder.mkdir(exist_ok=True)
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", "postgres:", folder], check=True)
    folder.chmod(0o700)
