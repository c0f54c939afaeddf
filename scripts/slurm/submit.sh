#!/bin/bash
# submit.sh [--container IMAGE] CONFIG SHARDS [OPTION...]: runs a study on a Slurm cluster, from the folder it is called in.
#
# Submits, each waiting for the one before to succeed: generate as an array of SHARDS jobs, merge, train, sample,
# evaluate. Options go to every scorefem command, e.g. --output DIR, --set noise.relative=0.1. A job that reaches
# its time limit saves its work, requeues itself and goes on. A configuration or option that a stage refuses is refused
# before anything is submitted. Prints each stage's job number. With --container the jobs
# run the program of that Apptainer image (scripts/containers). README.md beside this script is the page for clusters.
#
# Resources: sbatch's own environment variables (SBATCH_PARTITION, SBATCH_ACCOUNT, SBATCH_TIMELIMIT, ...) and
#   SCOREFEM       the program (default: of this installation, or build/scorefem of this source tree; in a container: its own)
#   SCOREFEM_CPUS  cores of train, sample and evaluate (default: 4), as far as a node has them; generate and merge take one each
#   SCOREFEM_MEM   memory of each job, as sbatch's --mem (default: 4G)
#   SCOREFEM_LOGS  folder of the jobs' logs (default: slurm-logs)
set -euo pipefail
image=
if [ "${1:-}" = --container ] && [ $# -ge 2 ]; then
  [ -e "$2" ] || { echo "submit.sh: --container $2: expected an Apptainer image, but there is no such file" >&2; exit 2; }
  image=$(realpath -e "$2")
  shift 2
fi
if [ $# -lt 2 ]; then
  sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
config=$(realpath -e "$1")
shards=$2
shift 2
case $shards in '' | *[!0-9]* | 0*) echo "submit.sh: SHARDS is a number from 1 on, not '$shards'" >&2; exit 2 ;; esac
if [ -n "$image" ]; then
  program=${SCOREFEM:-scorefem}  # of the image, whose files are not here
else
  program=$root/build/scorefem
  installed=$root/../../bin/scorefem
  [ -x "$installed" ] && program=$installed
  program=$(realpath -e "${SCOREFEM:-$program}")
fi
export SCOREFEM_IMAGE=$image  # sbatch hands the environment on
options=("$@")
# Status 2 is bad input, which every job would end with; any other failure tells of this machine alone.
for stage in generate merge train sample evaluate; do
  status=0
  message=$(env -u SLURM_ARRAY_TASK_ID bash "$root/scripts/slurm/stage.sbatch" "$program" "$stage" "$config" "${options[@]}" \
    --dry-run 2>&1 >/dev/null) || status=$?
  [ "$status" -ne 0 ] || continue
  echo "$message" >&2
  [ "$status" -ne 2 ] || exit 2
  echo "submit.sh: $program does not run here (status $status): submitting what is not checked" >&2
  break
done
# Jobs that ask for more cores than a node has would wait for ever. Without a partition of the user's the default one, NAME*.
cpus=${SCOREFEM_CPUS:-4}
most=$(sinfo --noheader --Node ${SBATCH_PARTITION:+--partition="$SBATCH_PARTITION"} --format='%P %c' |
  awk -v named="${SBATCH_PARTITION:-}" '(named != "" || $1 ~ /\*$/) && $2 + 0 > most { most = $2 + 0 } END { print most + 0 }') || most=0
if [ "$most" -gt 0 ] && [ "$cpus" -gt "$most" ]; then
  echo "submit.sh: no node of the partition has $cpus cores: train, sample and evaluate ask for $most" >&2
  cpus=$most
fi
logs=${SCOREFEM_LOGS:-slurm-logs}
mkdir -p "$logs"

# submit STAGE CPUS LOG [SBATCH_OPTION...]: prints the job's number.
submit() {
  local stage=$1 cpus=$2 log=$3
  shift 3
  sbatch --parsable --job-name="scorefem-$stage" --cpus-per-task="$cpus" --mem="${SCOREFEM_MEM:-4G}" \
    --output="$logs/$stage-$log.log" --kill-on-invalid-dep=yes "$@" \
    "$root/scripts/slurm/stage.sbatch" "$program" "$stage" "$config" "${options[@]}"
}

export SCOREFEM_SHARDS=$shards
# An array's indices are below MaxArraySize, 1001 unless the cluster says otherwise: as many arrays as it takes. Shard I is
# index I of the first; in the name of a later one's log stands what is to be added to the index.
largest=$(scontrol show config | sed -n 's/^MaxArraySize *= *\([0-9]*\)$/\1/p')
largest=$((${largest:-1001} - 1))
[ "$largest" -ge 1 ] || { echo "submit.sh: this Slurm has no job arrays (MaxArraySize): run scorefem generate as one job" >&2; exit 2; }
job=
for ((offset = 0; offset < shards; offset += largest)); do
  count=$((shards - offset))
  [ "$count" -gt "$largest" ] && count=$largest
  prefix=
  [ "$offset" -gt 0 ] && prefix=$offset+
  job+=${job:+:}$(SCOREFEM_SHARD_OFFSET=$offset submit generate 1 "%A_$prefix%a" --array="1-$count")
done
echo "generate $job"
for stage in merge train sample evaluate; do
  cores=$cpus
  [ "$stage" = merge ] && cores=1
  job=$(submit "$stage" "$cores" %j --dependency="afterok:$job")
  echo "$stage $job"
done
