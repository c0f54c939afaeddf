"""results/certificate/table.md, made of the CSV files that are there."""

import sys

import numpy as np

from ..wrong_inputs import CHECKS
from . import checks, explanations, results
from .measures import LARGEST_Z, TOLERANCE, upper_limit
from .network import NETWORKS
from .rows import columns

STUDIES = ("quickstart", "linear", "masks", "reaction")


def table(folder):
    """Writes it."""
    known = results.all_provenance(folder)
    answers = [(study, network, level, rows) for study in STUDIES for network in NETWORKS
               for level, rows in _levels(folder, study, network)]
    parts = ["# Single measurements", *(_answers(answers, known) if answers else ())]
    for study in STUDIES:
        path = folder / f"{study}_wrong_inputs.csv"
        if path.exists():
            parts += [*_wrong_inputs(study, results.read(path)), *_made_of([path.stem], known)]
    (folder / "table.md").write_text("\n\n".join(parts) + "\n")


def _levels(folder, study, network):
    """Noise level, as in the file's name, and rows, of each CSV that this version can read."""
    def level(path):
        return path.stem.split("_")[-1]

    for path in sorted(folder.glob(f"{study}_{network}_[0-9]*.csv"), key=lambda path: float(level(path))):
        if results.is_current(path, (), columns(network != "paper")):
            yield level(path), results.read(path)
        else:
            print(f"{path}: of an earlier version, left out of the table", file=sys.stderr)


def _grid(header, rows):
    return "\n".join(["| " + " | ".join(header) + " |", "|" + "---|" * len(header),
                      *("| " + " | ".join(map(str, cells)) + " |" for cells in rows)])


def _answers(answers, known):
    some = [entry for entry in (known.get("_".join(key[:3])) for key in answers) if entry]
    paper = sorted({entry["steps"] or 0 for key, entry in known.items() if key.split("_")[1] == "paper"})
    steps = f" ({', '.join(f'{n:,}' for n in paper)} steps)" if paper else ""
    corrected = [(key, rows, [row for row in rows if row["converged"] and row["trustworthy"]])
                 for *key, rows in answers if "khat" in rows[0]]
    yield explanations.INTRODUCTION.strip().format(steps=steps)
    yield "## Learnt answers"
    yield explanations.LEARNT.strip()
    yield _grid(("study", "network", "noise", "n", "exact error", "learnt error", "distance", "by chance", "sd", "C2ST", "k-hat",
                 "effective draws", "s learnt", "s corrected", "s exact"), (_learnt_row(*key, rows) for *key, rows in answers))
    if corrected:
        yield "## Corrected answers"
        yield explanations.CORRECTED.strip()
        yield _grid(("study", "network", "noise", "trusted", "exact error", "learnt error", "corrected error", "learnt distance",
                     "corrected distance", "by chance", "sd learnt", "sd corrected", "C2ST learnt", "C2ST corrected", "by chance"),
                    (_corrected_row(*key, rows, trusted) for key, rows, trusted in corrected))
        yield "## Is the trust justified?"
        yield explanations.TRUST.strip()
        yield _grid(("study", "network", "noise", "judged", "mean beyond", "sd beyond", "either", "at most", "mean z^2", "sd z^2",
                     "noticed", "surely off", "at most", "learnt: mean beyond", "sd beyond", "mean z^2", "surely off"),
                    (_trust_row(*key, trusted) for key, _, trusted in corrected))
        yield _total([trusted for *_, trusted in corrected])
    if some:
        yield from _made_of(["_".join(key) for *key, _ in answers], known)


def _middle(rows, key, form):
    values = [row[key] for row in rows if not np.isnan(row.get(key, np.nan))]
    return form.format(np.median(values)) if values else "–"


def _mean(rows, key, form, error=True):
    values = [row[key] for row in rows if not np.isnan(row.get(key, np.nan))]
    if not values:
        return "–"
    deviation = f" ± {np.std(values, ddof=1) / np.sqrt(len(values)):.3f}" if error and len(values) > 1 else ""
    return form.format(np.mean(values)) + deviation


def _learnt_row(study, network, level, rows):
    there = [row for row in rows if row["converged"]]
    return (study, network, level, f"{len(there)} of {len(rows)}", _middle(there, "exact_error", "{:.2%}"),
            _middle(there, "learnt_error", "{:.2%}"), _middle(there, "learnt_distance", "{:.3f}"),
            _middle(there, "learnt_distance_null", "{:.3f}"), _middle(there, "learnt_sd_ratio", "{:.3f}"),
            _mean(there, "learnt_c2st", "{:.3f}"), _middle(there, "khat", "{:.2f}"), _middle(there, "effective", "{:.0f}"),
            _middle(rows, "learnt_seconds", "{:.2f}"), _middle(rows, "corrected_seconds", "{:.1f}"),
            _middle(rows, "reference_seconds", "{:.1f}"))


def _corrected_row(study, network, level, rows, trusted):
    return (study, network, level, f"{len(trusted)} of {sum(row['converged'] == 1 for row in rows)}",
            *(_middle(trusted, f"{name}_error", "{:.2%}") for name in ("exact", "learnt", "corrected")),
            *(_middle(trusted, key, "{:.3f}") for key in ("learnt_distance", "corrected_distance", "corrected_distance_null",
                                                          "learnt_sd_ratio", "corrected_sd_ratio")),
            *(_mean(trusted, key, "{:.3f}") for key in ("learnt_c2st", "corrected_c2st", "corrected_c2st_null")))


def _judged(rows):
    return [row for row in rows if not np.isnan(row["corrected_z"])]


def _count(rows, *keys):
    return sum(any(row[key] > LARGEST_Z for key in keys) for row in rows)


def _surely(rows):
    return sum(row["corrected_surely"] > TOLERANCE for row in rows)


def _limit(k, n):
    return f"{upper_limit(k, n):.1%}" if n else "–"


def _trust_row(study, network, level, trusted):
    judged = _judged(trusted)
    n, either, surely = len(judged), _count(judged, "corrected_z", "corrected_sd_z"), _surely(trusted)
    return (study, network, level, f"{n} of {len(trusted)}", _count(judged, "corrected_z"), _count(judged, "corrected_sd_z"), either,
            _limit(either, n), _mean(judged, "corrected_z2", "{:.2f}", False), _mean(judged, "corrected_sd_z2", "{:.2f}", False),
            _middle(judged, "corrected_noticed", "{:.2f}"), surely, _limit(surely, len(trusted)), _count(judged, "learnt_z"),
            _count(judged, "learnt_sd_z"), _mean(judged, "learnt_z2", "{:.1f}", False),
            sum(row["learnt_surely"] > TOLERANCE for row in trusted))


def _total(groups):
    trusted = [row for rows in groups for row in rows]
    judged = _judged(trusted)
    either, surely = _count(judged, "corrected_z", "corrected_sd_z"), _surely(trusted)
    return (f"All together: a mean or an sd beyond in {either} of {len(judged)} (at most {_limit(either, len(judged))}), "
            f"surely off {surely} of {len(trusted)} (at most {_limit(surely, len(trusted))}).")


def _wrong_inputs(study, rows):
    yield f"## Wrong inputs, {study}"
    yield explanations.WRONG_INPUTS.strip().format(one_by_one=checks.ONE_BY_ONE)

    def cells(row):
        n = round(row["measurements"])
        yield from (f"{row['level']:g}", row["input"])
        yield from (f"{round(row[key] * n)} of {n}" for key in ("noticed", "before_sampling"))
        yield from ("–" if np.isnan(row[check]) else f"{row[check]:.1%} ({row[check + '_median']:.2g})" for check in CHECKS)

    yield _grid(("noise", "input", "noticed", "before sampling", *(name for _, name in CHECKS.values())), map(cells, rows))


def _made_of(names, known):
    """A line for each program and machine that made some of the files."""
    makers = {}
    for name in names:
        if name in known:
            entry = known[name]
            makers.setdefault((entry["version"], entry["processor"], entry["threads"]), []).append((name, entry))
    for (version, processor, threads), made in makers.items():
        dates = sorted({entry["date"] for _, entry in made})
        sizes = dict.fromkeys((name.rsplit("_", 1)[0] if "wrong" not in name else f"{name.split('_')[0]}_default",
                               f"{entry['pairs']:,} pairs, {entry['steps'] or 0:,} steps") for name, entry in made)
        draws = sorted({f"{entry['measurements']} measurements, {entry['samples']:,} draws" for _, entry in made})
        between = " to ".join(dict.fromkeys((dates[0], dates[-1])))
        yield (f"scorefem {version}, {between}, {processor}, {threads} threads; {'; '.join(draws)}. "
               + "; ".join(f"{name.replace('_', ' ')}: {size}" for name, size in sizes) + ".")
