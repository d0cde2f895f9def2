#!/usr/bin/env bash
#SBATCH --job-name=bitgoeul
#SBATCH --array=0-7
#SBATCH --requeue
# By hand: sbatch slurm.sh SUITE OUT, then `bitgoeul batch SUITE --out OUT --collect`.
# `bitgoeul batch SUITE --engine slurm -j 8 --out OUT` does both and follows the job.
exec bitgoeul batch "$1" --out "$2" --shard "$SLURM_ARRAY_TASK_ID/8" --quiet
