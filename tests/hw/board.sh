#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The board wrappers: each module linted alone, the whole in what its shell publishes, and the parts that are the
# wrappers' own simulated. No shell and no Vivado is needed; a bitstream is not made.
set -eu
cd "$(dirname "$0")/../.."
out=${B:-build}/tests/hw/board
mkdir -p "$out"
dirs=$(for d in hw/*/ hw/board/*/ hw/board/*/*/; do ls "$d"*.v >/dev/null 2>&1 && echo "-y $d"; done)
flags="--lint-only -Wall $dirs +incdir+hw/regs +incdir+hw/aes +incdir+hw/board/opennic/box_250mhz hw/lint.vlt"

for file in hw/board/*/*.v hw/board/*/*/*.v; do
    [ "$file" = hw/board/opennic/espalier_250mhz.v ] && continue # as a part of the box below
    # shellcheck disable=SC2086
    verilator $flags --top-module "$(basename "$file" .v)" "$file"
done
# shellcheck disable=SC2086
verilator $flags -Wno-DECLFILENAME -Wno-UNUSEDPARAM --top-module box_250mhz tests/hw/board/box_250mhz.v
# shellcheck disable=SC2086
if verilator $flags -Wno-DECLFILENAME -Wno-UNUSEDPARAM -GNUM_CMAC_PORT=1 --top-module box_250mhz \
    tests/hw/board/box_250mhz.v >"$out/one_port.log" 2>&1; then
    echo "board: a shell with one port is taken" >&2
    exit 1
fi
grep -q error_espalier_needs "$out/one_port.log"

for bench in tests/hw/board/bench_*.v; do
    name=$(basename "$bench" .v)
    # shellcheck disable=SC2086
    iverilog -g2005 -Wall -Wno-timescale -Ihw/regs -y hw/axis/ -y hw/board/opennic/ -s "$name" -o "$out/$name" "$bench"
    vvp -N "$out/$name" | tee "$out/$name.log"
    grep -qx "$name: passed" "$out/$name.log"
done
python3 -B tests/hw/board/agree.py
echo "board: ok"
