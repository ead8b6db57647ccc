#!/usr/bin/env bash
# Trains LeNet-5 (ReLU, max pooling, Adam, batches of 64) on the 60,000 pictures of MNIST, here and in PyTorch, in turn, and prints seconds an epoch of each.
#
#   Bench/epoch.sh FOLDER [THREADS]
#
# FOLDER holds the four files of MNIST. The time is that of the whole training, the compiler's included, without reading the files.
# PYTHON, ROUNDS (3), BLAS: as for compare.sh.  EPOCHS: how many a training has, 2
set -euo pipefail
folder=$(realpath "${1:?name the folder of MNIST}") threads=${2:-2} rounds=${ROUNDS:-3} epochs=${EPOCHS:-2}
cd "$(dirname "$0")/.."
python=
for candidate in ${PYTHON:-python3 /usr/bin/python3}; do
    if "$candidate" -c 'import numpy, torch' 2> /dev/null; then python=$candidate; break; fi
done
if [ -z "$python" ]; then echo "Skipped: no Python here has torch and numpy (Debian: python3-torch and libopenblas0); name one by PYTHON."; exit 0; fi
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
dotnet build -c Release --nologo -v quiet Examples >&2

rate() { grep -oP '(?<=s: )[0-9,]+(?= images/s)' | tail -1 | tr -d ,; }
here=() there=()
for ((round = 1; round <= rounds; round++)); do
    here+=("$(dotnet artifacts/bin/Examples/release/Autograd.Examples.dll mnist --data "$folder" --model lenet5-relu --epochs "$epochs" --threads "$threads" | rate)")
    there+=("$(env OPENBLAS_CORETYPE=SkylakeX ATEN_CPU_CAPABILITY=avx512 GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=17179869184 \
        ${BLAS:+LD_LIBRARY_PATH="$BLAS"} "$python" Bench/epoch.py "$folder" "$epochs" "$threads" | rate)")
done
"$python" - "$threads" "$rounds" "${here[@]}" "${there[@]}" << 'PYTHON'
import statistics, sys

threads, rounds = int(sys.argv[1]), int(sys.argv[2])
seconds = [60_000 / float(rate) for rate in sys.argv[3:]]
print("Autograd:", *(f"{s:.2f}" for s in seconds[:rounds]), " PyTorch:", *(f"{s:.2f}" for s in seconds[rounds:]))
ours, theirs = statistics.median(seconds[:rounds]), statistics.median(seconds[rounds:])
print(f"{threads} threads, medians of {rounds} rounds in turn, seconds an epoch: Autograd {ours:.2f}, PyTorch {theirs:.2f}; PyTorch / Autograd {theirs / ours:.2f}")
PYTHON
