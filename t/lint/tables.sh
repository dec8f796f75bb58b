#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# docs/reasons.md and docs/variables.md are what the tables in the program print.
#
# Prevents: a reason in a log or on a page that the documents do not explain, and a documented
# variable that no request ever has.  `make docs` writes both anew.
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
finish
