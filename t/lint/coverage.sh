#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# docs/coverage.md has a row for every id of its ranges, and each test it names is in the file it
# names: a function or START_TEST of that name, in a file that speaks of the id.  Of fuzzing it is
# libFuzzer's entry, whose corpus is replayed by "make check".
#
# Prevents: a renamed or removed test that the table goes on to show as cover for a known failure.
. "${MTLS_SRCDIR:-.}/t/lint/lib.sh"
document=$MTLS_SRCDIR/docs/coverage.md
need "$document" "$MTLS_SRCDIR/t/unit" "$MTLS_SRCDIR/t/httpd" "$MTLS_SRCDIR/t/browser" "$MTLS_SRCDIR/t/fuzz"
scratch

# range PREFIX FIRST LAST: one id a line
range() { seq -f "$1%02g" "$2" "$3"; }
{
    range T-P 1 14
    range T-V 1 12
    range T-F 1 7
    range T-C 1 12
    range T-N 1 12
    range T-R 1 16
    range T-D 4 4
    range T-D 9 9
    range F- 1 43
    range F- 45 45
    range S- 1 35
    range N- 20 26
    range N- 100 105
} | sort >"$scratch_dir/wanted"
sed -n 's/^| *\([FNST]-[A-Z0-9]*\) *|.*/\1/p' "$document" | sort >"$scratch_dir/listed"
diff "$scratch_dir/wanted" "$scratch_dir/listed" || fault "the ids differ (> docs/coverage.md)"

# rows: id, file, test; separated by blanks
awk -F '|' '
    /^\| *[FNST]-/ {
        id = $2
        gsub(/ /, "", id)
        if ($4 ~ /\*none\*: ./) next
        count = split($4, words, "`")
        file = ""
        tests = 0
        for (i = 2; i <= count; i += 2) {
            if (words[i] ~ /\//) file = words[i]
            else { print id, file, words[i]; tests++ }
        }
        if (!tests) print id, "-", "-"
    }' "$document" >"$scratch_dir/rows"
counted "$(wc -l <"$scratch_dir/rows")" "tests in the table"

while read -r id file test; do
    if [ "$file" = - ]; then
        fault "$id: neither a test nor a reason why there is none"
        continue
    fi
    if ! [ -f "$MTLS_SRCDIR/$file" ]; then
        fault "$id: no file $file"
        continue
    fi
    grep -qE "^(def|int) $test\(|^START_TEST\($test\)" "$MTLS_SRCDIR/$file" ||
        fault "$id: no test $test in $file"
    grep -qE "(^|[^A-Za-z0-9])($id|$(printf %s "$id" | tr - _))([^0-9]|\$)" "$MTLS_SRCDIR/$file" ||
        fault "$id is not named in $file"
done <"$scratch_dir/rows"
finish
