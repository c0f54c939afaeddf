"""The committed files: a CSV for each study, network and noise level, and provenance.json, what made each of them."""

import csv
import json

from .. import answers


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    with open(temporary, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: f"{value:.5g}" if isinstance(value, float) else value for key, value in row.items()} for row in rows)
    temporary.rename(path)


def read(path):
    with open(path, newline="") as file:
        return [{key: float(value) if key != "input" else value for key, value in row.items()} for row in csv.DictReader(file)]


def is_current(path, sources, columns):
    """Whether a CSV is there with all columns, and is no older than the files that it is made of."""
    if not path.exists() or any(source.stat().st_mtime > path.stat().st_mtime for source in sources):
        return False
    with open(path, newline="") as file:
        return set(columns) <= set(next(csv.reader(file), ()))


def provenance(file, network, processor):
    """Of a CSV that is made of an HDF5 file of `infer`."""
    resolved = answers.configuration(file)
    return {"version": answers.made_by(file), "date": answers.date(file), "processor": processor, "threads": resolved["resources"]["threads"],
            "pairs": network.pairs, "epochs": resolved["training"]["epochs"], "steps": network.steps(),
            "measurements": file["samples"].shape[0], "samples": file["samples"].shape[1]}


def add_provenance(results, name, entry):
    known = all_provenance(results) | {name: entry}
    path = results / "provenance.json"
    temporary = path.with_suffix(".tmp")
    temporary.write_text("{\n" + ",\n".join(f"  {json.dumps(key)}: {json.dumps(known[key])}" for key in sorted(known)) + "\n}\n")
    temporary.replace(path)


def all_provenance(results):
    path = results / "provenance.json"
    return json.loads(path.read_text()) if path.exists() else {}
