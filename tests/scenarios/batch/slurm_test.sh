#!/usr/bin/env bash
# A batch on a real Slurm with two nodes on this machine, one of them taken down while it runs: the results are the same
# bytes as those of the local engine. usage: slurm_test.sh SOURCE BUILD [SUITE [OUT]]; SUITE instead of 40 runs of the
# loop, OUT: where it was run on this machine already. Exit 77 (skipped) where Slurm is not installed.
set -euo pipefail
source=$1 build=$2
for program in slurmctld slurmd munged sbatch; do
  command -v "$program" >/dev/null || [ -x "/usr/sbin/$program" ] || { echo "skipped: no $program"; exit 77; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: starting a Slurm of one's own takes root"; exit 77; }
export PATH=$PATH:/usr/sbin
work=$(mktemp -d /tmp/bitgoeul_slurm_XXXXXX)
host=$(hostname -s)
stop() {
  scancel -u root >/dev/null 2>&1 || true
  for pid in "$work"/*.pid; do [ -e "$pid" ] && kill "$(cat "$pid")" 2>/dev/null; done
  for _ in 1 2 3 4 5; do rm -rf "$work" 2>/dev/null && break; read -r -t 1 < <(sleep 2) || true; done  # they still write
}
trap stop EXIT
mkdir -p "$work"/{state,log,spool.n1,spool.n2}
dd if=/dev/urandom bs=1024 count=1 of="$work/key" status=none
chmod 400 "$work/key"
cat >"$work/slurm.conf" <<CONF
ClusterName=bitgoeul
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
SlurmUser=root
SlurmdUser=root
SlurmctldPort=26817
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool.%n
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.%n.pid
SlurmctldLogFile=$work/log/slurmctld.log
SlurmdLogFile=$work/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SlurmdParameters=config_overrides
MinJobAge=300
NodeName=n[1-2] NodeHostname=$host NodeAddr=127.0.0.1 Port=[26821-26822] CPUs=1 RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$work/slurm.conf
munged --force --key-file="$work/key" --socket="$work/munge.socket" --pid-file="$work/munged.pid" --log-file="$work/log/munged.log" --seed-file="$work/seed"
slurmctld -c
slurmd -c -N n1
slurmd -c -N n2
cat >"$work/suite.yaml" <<YAML
suite: cluster
seeds: {from: 1, count: 40}
limits: {sim_time_s: 20, wall_time_s: 200}
scenarios: [$source/assets/scenarios/loop.xosc]
YAML
suite=${3:-suite.yaml} local=${4:-$work/local}  # by a relative name, which the tasks understand too
[ $# -ge 3 ] || cd "$work"
program=$build/bin/bitgoeul
# The exit code tells what the runs were like, here as there.
code=0 cluster_code=0
XDG_CACHE_HOME=$work/cache "$program" batch "$suite" --out "$local" -j 2 --quiet >/dev/null || code=$?
[ "$code" -le 1 ] || { echo "exit code $code on one machine"; exit 1; }
total=$(wc -l <"$local/results.jsonl")
# Down goes the second node as soon as the first runs are complete.
(
  for _ in $(seq 600); do
    [ "$(find "$work/cluster/runs" -name manifest.json 2>/dev/null | wc -l)" -ge 4 ] && break
    read -r -t 0.1 < <(sleep 1) || true
  done
  scontrol update nodename=n2 state=down reason=test
  find "$work/cluster/runs" -name manifest.json | wc -l >"$work/complete_then"
) &
SECONDS=0
XDG_CACHE_HOME=$work/cache "$program" batch "$suite" --out "$work/cluster" --engine slurm -j 2 || cluster_code=$?
wait
[ "$code" = "$cluster_code" ] || { echo "exit code $cluster_code on the cluster, $code on one machine"; exit 1; }
cmp "$local/results.jsonl" "$work/cluster/results.jsonl" || { echo "other results than on one machine"; exit 1; }
[ "$(cat "$work/complete_then")" -lt "$total" ] || { echo "the node went down too late to prove anything"; exit 1; }
scontrol show job | grep -q 'Restarts=1' || { echo "no task was started again"; exit 1; }
echo "slurm: $total runs on two nodes in $SECONDS s, one down after $(cat "$work/complete_then"): the same results"
