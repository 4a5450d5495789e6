#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run test programs, two at a time, and count. usage: run.sh PROGRAM...
# Each is a cmocka program, or anything that exits 0 when it passed and counts as one test. Its output is kept
# in build/test-logs; that of a failed one is shown. Closes with "N passed, N failed, N skipped"; exit 1 if any failed.
set -u
logs=build/test-logs
limit=${TEST_TIMEOUT:-300}
rm -rf "$logs"
mkdir -p "$logs"
export logs limit

# shellcheck disable=SC2016
printf '%s\n' "$@" | xargs -P "$(nproc)" -I '{}' sh -c '
    name=$(echo "{}" | sed "s#^build/tests/##; s#/#.#g")
    log=$logs/$name.log
    start=$(date +%s)
    timeout -k 10 "$limit" "{}" >"$log" 2>&1 </dev/null
    rc=$?
    end=$(date +%s)
    # what the program counted itself, or one test for the whole program
    passed=$(sed -n "s/^\[  PASSED  \] \([0-9]*\) test.*/\1/p" "$log" | awk "{ n += \$1 } END { print n + 0 }")
    skipped=$(sed -n "s/^\[  SKIPPED \] \([0-9]*\) test.*/\1/p" "$log" | awk "{ n += \$1 } END { print n + 0 }")
    failed=$(sed -n "s/^\[  FAILED  \] \([0-9]*\) test.*/\1/p" "$log" | awk "{ n += \$1 } END { print n + 0 }")
    if ! grep -q "^\[==========\] Running" "$log"; then
        passed=0
        [ $rc -eq 0 ] && passed=1
        [ $rc -eq 77 ] && skipped=1
    fi
    if [ $rc -ne 0 ] && [ $rc -ne 77 ] && [ "$failed" -eq 0 ]; then failed=1; fi
    echo "$passed $failed $skipped" >"$logs/$name.count"
    if [ "$failed" -eq 0 ]; then
        printf "  ok    %-44s %4d passed  %3d s\n" "$name" "$passed" $((end - start))
    else
        reason="exit $rc"
        [ $rc -eq 124 ] && reason="no end after $limit s"
        printf "  FAIL  %-44s (%s)\n" "$name" "$reason"
        tail -n 40 "$log" | sed "s/^/        | /"
    fi'
cat "$logs"/*.count | awk '{ p += $1; f += $2; s += $3 }
    END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f != 0 || p == 0 }'
