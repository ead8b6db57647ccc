#!/usr/bin/env bash
# Times the same training steps here and in PyTorch, in turn on one machine, and prints a Markdown table of ratios.
#
#   Bench/compare.sh [--write] [CASES] [THREADS]
#
# CASES is a comma list of names, beginnings that end in '*', or "all" (dotnet run -c Release --project Bench -- steps --list); THREADS is 1 or more.
# --write puts the table into docs/performance.md in place of the one there for as many threads.
# PyTorch's side is a script that takes --case, --config, --threads, --budget and --json and prints one object a line with case, config and median_s.
#   PEER    that script; ../shared/peers/torch_bench.py when left out
#   PYTHON  a Python that has torch; python3 or /usr/bin/python3 when left out
#   ROUNDS  how often both sides take turns, 3;  BUDGET  seconds of timed steps of a case and round, 1
#   BLAS    a folder with another libblas.so.3 for PyTorch. Two threads need OpenBLAS's OpenMP build: the other one's thread pool competes with PyTorch's.
set -euo pipefail
cd "$(dirname "$0")/.."
write=
if [ "${1:-}" = --write ]; then write=yes; shift; fi
default=overhead_chain,overhead_scalar_expr,long_tape_1e6,xor_1986,mlp_small,mlp_mid,mlp_large,lenet5_b64,lenet5_b256,cnn_relu_bn,cnn_relu_bn_nhwc,resnet20,resnet20_nhwc,lstm_module,transformer_block,elementwise_*,matmul_*,hvp_mlp_small,jacobian_64,jacobian_64_vectorized
cases=${1:-$default} threads=${2:-1} peer=${PEER:-../shared/peers/torch_bench.py} rounds=${ROUNDS:-3} budget=${BUDGET:-1}

if [ ! -f "$peer" ]; then echo "Skipped: there is no $peer; name PyTorch's script by PEER."; exit 0; fi
python=
for candidate in ${PYTHON:-python3 /usr/bin/python3}; do
    if "$candidate" -c 'import torch' 2> /dev/null; then python=$candidate; break; fi
done
if [ -z "$python" ]; then echo "Skipped: no Python here has torch (Debian: python3-torch and libopenblas0); name one by PYTHON."; exit 0; fi
# Debian's python3-torch is content with the reference BLAS, which is many times slower: no fair peer.
if [ -z "${BLAS:-}" ] && ! "$python" -c '
import sys, torch
torch.mm(torch.ones(9, 9), torch.ones(9, 9))
maps = open("/proc/self/maps").read().lower()
sys.exit(not ("openblas" in maps or "mkl" in maps))'; then
    echo "Skipped: this PyTorch computes with neither OpenBLAS nor MKL (Debian: install libopenblas0)."
    exit 0
fi
# Both pin OpenBLAS to kernels that are not its choice.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

dotnet build -c Release --nologo -v quiet Bench >&2
bench=(dotnet artifacts/bin/Autograd.Bench/release/Autograd.Bench.dll)
# One thread: both sides on the last processor.
if [ "$threads" = 1 ] && command -v taskset > /dev/null; then bench=(taskset -c "$(($(nproc) - 1))" "${bench[@]}"); fi
results=$(mktemp)
trap 'rm -f "$results"' EXIT
list=$("${bench[@]}" steps --list --case "$cases") || { echo "$list"; exit 2; }
for name in $list; do
    for ((round = 1; round <= rounds; round++)); do
        "${bench[@]}" steps --case "$name" --threads "$threads" --budget "$budget" --json >> "$results" || echo "$name failed here" >&2
        "$python" "$peer" --case "$name" --threads "$threads" --config tuned,tuned_malloc --budget "$budget" --wait 0 --retries 0 ${BLAS:+--blas-dir "$BLAS"} --json >> "$results" ||
            echo "$name failed in PyTorch" >&2
    done
    echo "$name" >&2
done

"$python" - "$results" "$threads" "$rounds" "$write" << 'PYTHON'
import json, os, platform, re, statistics, sys
import torch

path, threads, rounds, write = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
here, there = {}, {}
for line in open(path):
    r = json.loads(line)
    if "median_s" not in r:
        continue
    if "config" in r:
        there.setdefault(r["case"], {}).setdefault(r["config"].removesuffix("+blas"), []).append(r["median_s"])
    else:
        here.setdefault(r["case"], []).append(r)

flags = open("/proc/cpuinfo").read() if os.path.exists("/proc/cpuinfo") else ""
width = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else platform.machine()
model = re.search(r"^model name\s*:\s*(.+)$", flags, re.M)
out = [
    f"{threads} thread{'s' if threads > 1 else ''}; {os.cpu_count()} cores, {width}{', ' + model.group(1).strip() if model else ''}; PyTorch {torch.__version__}; "
    f"medians of {rounds} rounds in turn, milliseconds a step.",
    "",
    "| case | Autograd | PyTorch, the better of two configurations | PyTorch ÷ Autograd | GFLOP/s | managed bytes a step |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
]
for name, runs in here.items():
    if name not in there:
        continue
    mine = statistics.median(r["median_s"] for r in runs)
    config, other = min(((c, statistics.median(t)) for c, t in there[name].items()), key=lambda pair: pair[1])
    rate = statistics.median(r["gflops"] for r in runs) if runs[0]["gflops"] else None
    kept = int(statistics.median(r["bytes_per_step"] for r in runs))
    out.append(f"| {name} | {1e3 * mine:.4g} | {1e3 * other:.4g} ({config}) | {other / mine:.2f} | {f'{rate:.0f}' if rate else ''} | {kept:,} |")
table = "\n".join(out)
print(table)
if write:
    doc = "docs/performance.md"
    text = open(doc).read()
    start, end = f"<!-- compare: {threads} -->\n", "<!-- end -->"
    before, rest = text.split(start, 1)
    open(doc, "w").write(before + start + table + "\n" + rest[rest.index(end):])
PYTHON
