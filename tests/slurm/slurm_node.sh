#!/bin/bash
# slurm_node.sh up DIR | down DIR: a real Slurm cluster of this one machine for tests, without systemd, on the
# loopback interface only, with all its state in DIR. As root. Clients need SLURM_CONF=DIR/slurm.conf.
# No accounting and no cgroups: job states come from `scontrol show job`, memory limits are not enforced.
set -euo pipefail
[ $# -eq 2 ] || { sed -n '2,4s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 2; }
action=$1
mkdir -p "$2"
dir=$(realpath "$2")

write_configuration() {
  local host cpus memory_mb
  host=$(hostname -s)
  cpus=$(nproc)
  memory_mb=$(awk '/^MemTotal:/ { print int($2 / 1024 * 0.8) }' /proc/meminfo)
  cat >"$dir/slurm.conf" <<CONFIGURATION
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/run/munge.sock,cred_expire=5
SlurmctldPort=16917
SlurmdPort=16918
SrunPortRange=61101-61200
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmdPidFile=$dir/run/slurmd.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=100
ReturnToService=2
KillWait=5
MaxArraySize=3
SchedulerParameters=sched_interval=1,bf_interval=1
MailProg=/bin/true
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$memory_mb State=UNKNOWN
PartitionName=test Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONFIGURATION
}

up() {
  mkdir -p "$dir"/{run,log,state,spool}
  chmod 755 "$dir" "$dir"/{run,log,state,spool}  # munged refuses a socket in a folder that others may write
  (umask 077 && head -c 1024 /dev/urandom >"$dir/munge.key")
  write_configuration
  munged --socket="$dir/run/munge.sock" --key-file="$dir/munge.key" --pid-file="$dir/run/munged.pid" \
    --log-file="$dir/log/munged.log" --seed-file="$dir/run/munged.seed"
  slurmctld -c -f "$dir/slurm.conf"
  slurmd -f "$dir/slurm.conf"
  for _ in $(seq 100); do
    if SLURM_CONF=$dir/slurm.conf timeout 3 sinfo --noheader --format=%T 2>/dev/null | grep -qx idle; then return; fi
    sleep 0.1
  done
  echo "slurm_node.sh: the node did not become idle; the logs end with:" >&2
  tail -n 5 "$dir"/log/*.log >&2
  down
  exit 1
}

# Stops the daemons that `up` started, by their recorded process numbers.
down() {
  local daemon pid
  for daemon in slurmd slurmctld munged; do
    [ -s "$dir/run/$daemon.pid" ] || continue
    pid=$(cat "$dir/run/$daemon.pid")
    kill "$pid" 2>/dev/null || continue
    for _ in $(seq 100); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
  done
}

case $action in
  up | down) "$action" ;;
  *) echo "slurm_node.sh: up or down, not '$action'" >&2; exit 2 ;;
esac
