#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Sources keep to the house style: an SPDX line, no function over 80 lines, no trailing white space,
# no tab in C, no note of unfinished work, and the layout of .clang-format.
#
# Prevents: files of unknown licence, the request handler that does everything, and reviews spent
# on blanks.
. "${MTLS_SRCDIR:-.}/t/lint/lib.sh"
cd "$MTLS_SRCDIR"
need mod_mtls include t docs conf.d .clang-format
scratch
MAX_LINES=80

find mod_mtls include t conf.d docs \( -name '*.[ch]' -o -name '*.def' -o -name '*.py' \
    -o -name '*.sh' -o -name '*.mk' -o -name '*.conf' -o -name '*.load' -o -name '*.md' \
    -o -name '*.supp' \) ! -path '*/__pycache__/*' >"$scratch_dir/files"
ls Makefile.am configure.ac m4/mtls.m4 README SECURITY.md ChangeLog bootstrap .ci/run \
    >>"$scratch_dir/files" 2>/dev/null || :
counted "$(wc -l <"$scratch_dir/files")" files
grep '\.[ch]$' "$scratch_dir/files" >"$scratch_dir/c"
counted "$(wc -l <"$scratch_dir/c")" "C files"

marker='TO''DO|FIX''ME|X''XX'
while read -r file; do
    case $file in
    *.md | README | ChangeLog) ;;
    *) head -n 40 "$file" | grep -q 'SPDX-License-Identifier: Apache-2\.0' ||
        fault "$file: no SPDX-License-Identifier line" ;;
    esac
    if grep -nE '[[:space:]]+$' "$file"; then fault "$file: trailing white space"; fi
    if grep -nwE "$marker" "$file"; then fault "$file: a note of unfinished work"; fi
done <"$scratch_dir/files"

while read -r file; do
    if grep -n "$(printf '\t')" "$file"; then fault "$file: tab"; fi
    awk -v max="$MAX_LINES" -v file="$file" '
        /^\{/ { start = NR }
        /^\}/ && start { if (NR - start - 1 > max)
            printf "%s:%d: function of %d lines, at most %d\n", file, start, NR - start - 1, max
            start = 0 }' "$file" >"$scratch_dir/long"
    while read -r line; do fault "$line"; done <"$scratch_dir/long"
done <"$scratch_dir/c"

if command -v clang-format >/dev/null; then
    # Headers of interfaces align their comments by hand, in tables wider than it would leave them.
    grep -v -e '^include/' -e '^t/.*\.h$' "$scratch_dir/c" | xargs clang-format --style=file --dry-run -Werror ||
        fault "not as clang-format would have it: clang-format -i FILE"
else
    printf 'note: clang-format is not installed, the layout was NOT checked\n'
fi
finish
