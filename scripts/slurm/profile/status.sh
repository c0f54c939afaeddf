#!/bin/bash
# status.sh JOB: running, success or failed, as Snakemake asks for. Slurm's controller knows a job for some minutes after
# its end; then its accounting does, where there is one.
set -uo pipefail
state=$(scontrol --oneliner show job "$1" 2>/dev/null | sed -n 's/.* JobState=\([A-Z_]*\).*/\1/p')
[ -n "$state" ] || state=$(sacct --jobs "$1" --allocations --noheader --parsable2 --format=State 2>/dev/null | head -n 1)
case $state in
  COMPLETED) echo success ;;
  BOOT_FAIL* | CANCELLED* | DEADLINE* | FAILED* | NODE_FAIL* | OUT_OF_MEMORY* | PREEMPTED* | TIMEOUT*) echo failed ;;
  *) echo running ;;
esac
