#!/bin/bash
# submit.sh RULE CORES MEGABYTES MINUTES SCRIPT: submits a job script of Snakemake's and prints the job's number.
set -euo pipefail
mkdir -p logs
exec sbatch --parsable --job-name="scorefem-$1" --cpus-per-task="$2" --mem="$3" --time="$4" --output="logs/$1-%j.log" "$5"
