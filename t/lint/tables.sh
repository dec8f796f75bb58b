#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# docs/reasons.md and docs/variables.md are what the tables in the program print, and the manual has
# the table of counters as the program has it.
#
# Prevents: a reason in a log or on a page that the documents do not explain, a documented variable
# that no request ever has (`make docs` writes both anew), and a number on the status page that
# nobody can look up.
. "${MTLS_SRCDIR:-.}/t/lint/lib.sh"
print_tables=${MTLS_BUILDDIR:?run by make check}/t/lint/print_tables
need "$print_tables"
scratch
for table in reasons variables; do
    document=$MTLS_SRCDIR/docs/$table.md
    need "$document"
    "$print_tables" "$table" >"$scratch_dir/$table"
    counted "$(grep -c '^|' "$scratch_dir/$table")" "rows of $table"
    diff "$document" "$scratch_dir/$table" || fault "docs/$table.md is not current: run make docs"
done
manual=$MTLS_SRCDIR/docs/manual.md
need "$manual"
"$print_tables" counters >"$scratch_dir/counters"
counted "$(wc -l <"$scratch_dir/counters")" "counters"
awk '/^\| counter \| counts \|$/ { inside = 1; getline; next }
    !/^\|/ { inside = 0 }
    inside' "$manual" >"$scratch_dir/manual"
diff "$scratch_dir/counters" "$scratch_dir/manual" ||
    fault "the counters differ (< include/mtls/trust/counters.def, > docs/manual.md)"
finish
