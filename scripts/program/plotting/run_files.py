"""Files of a run's folder, and the one error when one of them is not as expected."""

from pathlib import Path


class OutputError(Exception):
    """A file of the output folder is missing or does not hold what was expected."""


def require_file(folder, name, stage):
    """The path of folder/name; `stage` is the subcommand that writes it."""
    path = Path(folder) / name
    if not path.is_file():
        raise OutputError(f"{path}: no such file (expected from `scorefem {stage}`)")
    return path
