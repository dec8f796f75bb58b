#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Every test id that docs/threat-model.md names against an attacker is named by a test, and every
# test that it names itself is there.
#
# Prevents: a defence that is only claimed: its test was renamed, removed, or never written.
. "${MTLS_SRCDIR:-.}/t/lint/lib.sh"
cd "$MTLS_SRCDIR"
need docs/threat-model.md t/httpd t/unit t/browser t/fuzz
scratch
# Underscores, as in names of Python functions, count as dashes.
find t/httpd t/unit t/browser t/fuzz \( -name '*.py' -o -name '*.[ch]' \) -exec cat {} + | tr '_' '-' |
    grep -oE '[FST]-[A-Z]?[0-9]{2}' | sort -u >"$scratch_dir/tested"
counted "$(wc -l <"$scratch_dir/tested")" "ids named by tests"
grep '^|' docs/threat-model.md | grep -oE '[FST]-[A-Z]?[0-9]{2}' | sort -u >"$scratch_dir/claimed"
counted "$(wc -l <"$scratch_dir/claimed")" "ids in docs/threat-model.md"
for id in $(comm -13 "$scratch_dir/tested" "$scratch_dir/claimed"); do
    fault "docs/threat-model.md: no test names $id"
done
awk -F '|' '
    /^## / { here = /^## Attacker/ }
    here && /^\|/ {
        count = split($4, words, "`")
        for (i = 2; i <= count; i += 2) print words[i]
    }' docs/threat-model.md >"$scratch_dir/named"
counted "$(wc -l <"$scratch_dir/named")" "tests in docs/threat-model.md"
while read -r test; do
    grep -qrE "^def $test\(|^START_TEST\($test\)" t/httpd t/unit t/browser ||
        fault "docs/threat-model.md: there is no test $test"
done <"$scratch_dir/named"
if grep '^|' docs/threat-model.md | grep -qE '[FST]-[A-Z]?[0-9]{2} to '; then
    fault "docs/threat-model.md: name each test id, a range hides those that do not exist"
fi
finish
