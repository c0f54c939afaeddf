"""Where and of what a benchmark was run, and its results' files."""

import json
import os
import pathlib
import platform
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def machine():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    return {"processor": model, "cores": os.cpu_count(), "system": platform.platform(),
            "load_average_at_start": os.getloadavg()[0]}


def stamp():
    """Machine, date and version: first entries of every result."""
    version = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return {"machine": machine(), "date": time.strftime("%Y-%m-%d"), "version": version.stdout.strip() or "unknown"}


def headline(result):
    where = result["machine"]
    return (f"{where['processor']}, {where['cores']} cores, {where['system']}; load average "
            f"{where['load_average_at_start']:.1f} when the run began;\nversion {result['version']}, {result['date']}.")


def write(folder, name, result, text):
    """Writes folder/name.json and folder/name.md, and prints the text."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n")
    (folder / f"{name}.md").write_text(text)
    print(text)
