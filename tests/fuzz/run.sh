#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run fuzzers one after the other. usage: run.sh DIR SECONDS NAME...
# Each begins with its corpus (tests/fuzz/corpus/NAME), and what it finds goes to DIR/corpus/NAME. An input that
# crashes it, or takes more than 10 s, is kept as DIR/NAME-crash-*; exit 1 when there is one.
set -u
dir=$1 seconds=$2
shift 2
bad=0
for name in "$@"; do
    mkdir -p "$dir/corpus/$name"
    log=$dir/$name.log
    if "$dir/fuzz_$name" -max_total_time="$seconds" -timeout=60 -max_len=4096 -print_final_stats=1 \
        -artifact_prefix="$dir/$name-" "$dir/corpus/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
        awk -v n="$name" '/number_of_executed_units/ { e = $2 } / cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") c = $(i + 1) }
            END { printf "  ok    %-10s %d inputs, %d edges\n", n, e, c }' "$log"
    else
        bad=1
        printf '  FAIL  %-10s\n' "$name"
        grep -aE 'ERROR|SUMMARY|Test unit written|runtime error' "$log" | sed 's/^/        | /'
    fi
done
exit $bad
