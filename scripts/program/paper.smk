# The paper's figures and table (Snakemake 7): data sets, models, posteriors, figures, and the table of claims. Driven by
# `scorefem reproduce`, which passes
#   --directory DIR            the output folder; all paths here are relative to it (see paper/catalogue.py)
#   --config program=FILE      the program
#            python=FILE       a Python with matplotlib and h5py
#            names=fig07,fig09 what to make
#            budget=quick      of paper/catalogue.yaml
#            epochs=N          instead of the budget's (optional)
#            set='["a.b=v"]'   configuration keys for the studies of the inverse problem, JSON (optional)
#            threads=N         of a stage (optional; else all cores)
import os
import shlex
import sys
from pathlib import Path

SCRIPTS = Path(workflow.basedir)
sys.path.insert(0, str(SCRIPTS))
from paper import catalogue as paper

ROOT = SCRIPTS.parent.parent
INPUTS = shlex.quote(str(ROOT / "inputs" / "paper"))
PROGRAM = shlex.quote(config.get("program", str(ROOT / "build" / "scorefem")))
FIGURE, CHECK = (shlex.quote(str(SCRIPTS / script)) for script in ("paper_figure.py", "paper_check.py"))
PYTHON = shlex.quote(config.get("python", "/usr/bin/python3"))
BUDGET = config.get("budget", "quick")
CATALOGUE = paper.Catalogue(BUDGET, config.get("epochs"), config.get("set") or [])
OPTIONS = f"--budget {BUDGET}" + (f" --epochs {CATALOGUE.epochs}" if CATALOGUE.epochs else "")
NAMES = CATALOGUE.expand(str(config.get("names", "all")).split(","))
THREADS = int(config.get("threads") or workflow.cores or 4)


def settings(*arguments, **keywords):
    return [word for setting in CATALOGUE.settings(*arguments, **keywords) for word in ("--set", setting)]


def claims_inputs(wildcards):
    known = CATALOGUE.needs("claims")
    return known + [paper.ZERO_NOISE] * ("zero_noise" in NAMES or os.path.exists(paper.ZERO_NOISE))


wildcard_constraints:
    problem="linear|masks|reaction",
    study="|".join(CATALOGUE.studies),
    noise=r"[0-9.e+-]+|" + paper.PAPER_LENGTH,
    sampler="ode|sde",
    name=r"fig\d\d",


localrules: all, table2

rule all:
    input: [file for name in NAMES for file in CATALOGUE.targets(name)]

rule data:
    output: "data/{problem}/dataset.h5"
    params: settings=lambda w: settings(w.problem + "_ve", without=("process", "training", "sampling", "reference"))
    threads: THREADS
    shell:
        "{PROGRAM} generate {INPUTS}/{wildcards.problem}_ve.yaml --output data/{wildcards.problem} "
        "--threads {threads} {params.settings:q}"

rule reference:
    input: "data/{problem}/dataset.h5"
    output: "references/{problem}/{noise}/reference.h5"
    params:
        folder="references/{problem}/{noise}",
        settings=lambda w: settings(w.problem + "_ve", w.noise, without=("process", "training", "sampling")),
    threads: THREADS
    shell:
        "ln -srf {input} {params.folder}/dataset.h5 && "
        "{PROGRAM} reference {INPUTS}/{wildcards.problem}_ve.yaml --output {params.folder} "
        "--threads {threads} {params.settings:q}"

# An interrupted training leaves model.partial.pt, which is no output here: it stays, and the training goes on from it.
rule train:
    input: lambda w: paper.dataset(w.study)
    output: "models/{study}/{noise}/model.pt"
    params: settings=lambda w: settings(w.study, w.noise, without=("sampling", "reference"))
    threads: THREADS
    resources: training=1
    shell:
        "ln -srf {input} models/{wildcards.study}/{wildcards.noise}/dataset.h5 && "
        "{PROGRAM} train {INPUTS}/{wildcards.study}.yaml --output models/{wildcards.study}/{wildcards.noise} "
        "--threads {threads} {params.settings:q}"

# Before the next training: what is finished of a study can be looked at, and kept (scripts/studies/paper_keep.py).
rule sample:
    priority: 1
    input:
        data=lambda w: paper.dataset(w.study),
        model="models/{study}/{noise}/model.pt",
    output: "posteriors/{study}/{noise}/{sampler}/posterior.h5"
    params:
        folder="posteriors/{study}/{noise}/{sampler}",
        settings=lambda w: settings(w.study, w.noise, w.sampler, without=("reference",)),
    threads: THREADS
    shell:
        "ln -srf {input.data} {input.model} $(dirname {input.model})/training.csv {params.folder} && "
        "{PROGRAM} sample {INPUTS}/{wildcards.study}.yaml --output {params.folder} --threads {threads} {params.settings:q}"

rule evaluate:
    priority: 2
    input:
        posterior="posteriors/{study}/{noise}/{sampler}/posterior.h5",
        references=lambda w: CATALOGUE.references(w.study, w.noise),
    output:
        "posteriors/{study}/{noise}/{sampler}/metrics.csv",
        "posteriors/{study}/{noise}/{sampler}/summary.json",
    params:
        folder="posteriors/{study}/{noise}/{sampler}",
        settings=lambda w: settings(w.study, w.noise, w.sampler),
    shell:
        "for file in {input.references}; do ln -srf $file {params.folder}; done && "
        "{PROGRAM} evaluate {INPUTS}/{wildcards.study}.yaml --output {params.folder} --threads {threads} {params.settings:q}"

rule densities:
    output: paper.DENSITIES, "densities/table2.md", "densities/table2.csv"
    params: settings=[word for setting in CATALOGUE.density_settings() for word in ("--set", setting)]
    threads: THREADS
    resources: training=1
    shell:
        "{PROGRAM} densities {INPUTS}/densities_paper.yaml --output densities --threads {threads} {params.settings:q}"

rule figure:
    input: lambda w: CATALOGUE.needs(w.name)
    output: "figures/{name}.pdf", "figures/{name}.png"
    shell: "{PYTHON} {FIGURE} {wildcards.name} . --budget {BUDGET}"

rule table2:
    input: "densities/table2.md"
    output: paper.TABLE2
    shell: "cp {input} {output}"

rule claims:
    input: claims_inputs
    output: paper.CLAIMS, "tables/claims.json"
    shell: "{PYTHON} {CHECK} . {OPTIONS}"

onsuccess:
    print(f"reproduce: done; figures and tables are in {os.getcwd()}")

onerror:
    print("reproduce: a job failed, its message is above; the same command does what is missing, and keeps what is whole")
