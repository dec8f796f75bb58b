#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# t/tally.py adds up rightly, and does not take silence for success.
#
# Prevents: a check that ends with "0 failed" because a suite crashed before its summary, was not
# built, or was left out.
. "${MTLS_SRCDIR:-.}/t/lint/lib.sh"
tally=$MTLS_SRCDIR/t/tally.py
need "$tally"
scratch
cases=0

program() { # PART FOLDER NAME RESULT LOG
    mkdir -p "$scratch_dir/run/$1/logs/$2"
    printf ':test-result: %s\n:global-test-result: %s\n' "$4" "$4" \
        >"$scratch_dir/run/$1/logs/$2/$3.trs"
    printf '%s\n' "$5" >"$scratch_dir/run/$1/logs/$2/$3.log"
}

part() { # PART STATUS OUTPUT
    mkdir -p "$scratch_dir/run/$1/logs"
    echo "$2" >"$scratch_dir/run/$1/status"
    printf '%s\n' "$3" >"$scratch_dir/run/$1/output"
}

# A run in which all is well: 1 + 2*(3 + 1) + 7 + 6 + 4 + 5 + 1 + 1 passed, 2 skipped.
good_run() {
    rm -rf "$scratch_dir/run"
    part check 0 '=== 7 passed, 2 skipped, 1 warning in 12.30s (0:00:12) ==='
    program check t/lint style.sh PASS 'looked at 3 files'
    for p in check sanitizers; do
        program "$p" t/unit proof PASS '100%: Checks: 3, Failures: 0, Errors: 0'
        program "$p" t/fuzz record PASS 'replayed'
    done
    part browsers 0 '6 passed in 9.87s'
    part sanitizers 0 '4 passed in 1.10s'
    part valgrind 0 '5 passed in 3.21s'
    part analysers 0 'looked at 3 sources with clang'
    part distcheck 0 'archives ready'
}

expect() { # EXIT-STATUS LAST-LINE WHAT
    cases=$((cases + 1))
    status=0
    "${PYTHON3:-/usr/bin/python3}" "$tally" "$scratch_dir/run" >"$scratch_dir/output" 2>&1 || status=$?
    last=$(tail -n 1 "$scratch_dir/output")
    if [ "$status" != "$1" ] || [ "$last" != "$2" ]; then
        fault "$3: exit status $status, last line: $last; expected $1: $2"
        cat "$scratch_dir/output"
    fi
}

good_run
expect 0 '33 passed, 0 failed, 2 skipped' "all well"
program check t/unit chain FAIL '80%: Checks: 5, Failures: 1, Errors: 0'
part check 2 '7 passed, 2 skipped in 1.00s'
expect 1 '37 passed, 1 failed, 2 skipped' "a failed check"
good_run
program check t/unit chain FAIL '100%: Checks: 5, Failures: 0, Errors: 0'
expect 1 '38 passed, 1 failed, 2 skipped' "a suite that crashed after its summary"
good_run
program check t/unit chain FAIL 'Segmentation fault'
expect 1 '33 passed, 1 failed, 2 skipped' "a suite that crashed before its summary"
good_run
part check 2 '=== 2 failed, 5 passed, 1 error in 12.30s ==='
expect 1 '31 passed, 3 failed' "failed server tests"
good_run
part check 0 'no server tests here'
expect 1 '26 passed, 1 failed' "no server tests"
good_run
rm -rf "$scratch_dir/run/sanitizers/logs/t/unit"
expect 1 '30 passed, 1 failed, 2 skipped' "no unit tests under sanitizers"
good_run
rm -rf "$scratch_dir/run/valgrind"
expect 1 '28 passed, 1 failed, 2 skipped' "a part that did not run"
good_run
part distcheck 2 'error'
expect 1 '32 passed, 1 failed, 2 skipped' "a part that failed as a whole"
good_run
part valgrind 2 '5 passed in 3.21s'
expect 1 '33 passed, 1 failed, 2 skipped' "a part that failed after its tests passed"
good_run
part sanitizers 0 'built'
expect 1 '29 passed, 1 failed, 2 skipped' "no server tests under sanitizers"
good_run
part valgrind 0 'nothing to do'
expect 1 '29 passed, 1 failed, 2 skipped' "no server tests under valgrind"
good_run
part browsers 0 'nothing to do'
expect 1 '28 passed, 1 failed, 2 skipped' "no tests with browsers"
good_run
part analysers 1 'looked at 3 sources with clang'
expect 1 '32 passed, 1 failed, 2 skipped' "an analyser that found something"
counted "$cases" "made-up runs"
finish
