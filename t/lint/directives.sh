#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# docs/manual.md describes every directive and Require provider of the tables, with the context,
# the default and the sentence the tables have, and describes no others.
#
# Prevents: a manual that tells of a default or a place that is not the one the server uses, and a
# directive nobody can find.
. "${MTLS_SRCDIR:-.}/t/lint/lib.sh"
print_tables=${MTLS_BUILDDIR:?run by make check}/t/lint/print_tables
manual=$MTLS_SRCDIR/docs/manual.md
need "$print_tables" "$manual"
scratch

# The manual as: name, context, default, description; separated by tabs, like print_tables does.
awk '
    function flush() {
        if (name != "") printf "%s\t%s\t%s\t%s\n", name, field["Context"], field["Default"], \
            toupper(substr(field["Description"], 1, 1)) substr(field["Description"], 2)
    }
    /^### MTLS[A-Za-z0-9]+$/ { flush(); name = $2; split("", field); next }
    /^##/ { flush(); name = "" }
    name != "" && /^    [A-Z][a-z]+: / {
        key = $1; sub(/:$/, "", key)
        value = $0; sub(/^    [A-Z][a-z]+: +/, "", value)
        if (!(key in field)) field[key] = value
        last = key; next
    }
    END { flush() }' "$manual" | sort >"$scratch_dir/manual"
"$print_tables" directives | awk -F '\t' -v OFS='\t' '
    { $4 = toupper(substr($4, 1, 1)) substr($4, 2); print }' | sort >"$scratch_dir/table"
counted "$(wc -l <"$scratch_dir/table")" "directives in the table"

cut -f1 "$scratch_dir/table" >"$scratch_dir/table.names"
cut -f1 "$scratch_dir/manual" >"$scratch_dir/manual.names"
for name in $(comm -23 "$scratch_dir/table.names" "$scratch_dir/manual.names"); do
    fault "$name is not described in docs/manual.md"
done
for name in $(comm -13 "$scratch_dir/table.names" "$scratch_dir/manual.names"); do
    fault "docs/manual.md describes $name, which is not in the table (or describes it twice)"
done
comm -12 "$scratch_dir/table.names" "$scratch_dir/manual.names" | while read -r name; do
    grep "^$name	" "$scratch_dir/table" >"$scratch_dir/a"
    grep "^$name	" "$scratch_dir/manual" >"$scratch_dir/b"
    cmp -s "$scratch_dir/a" "$scratch_dir/b" || diff "$scratch_dir/a" "$scratch_dir/b" || :
done >"$scratch_dir/differences"
if [ -s "$scratch_dir/differences" ]; then
    fault "context, default or description differ (< table, > manual):"
    cat "$scratch_dir/differences"
fi

# Every directive must have all lines of httpd's directive format.
for line in Description Syntax Default Context Status Module Compatibility; do
    awk -v key="$line" '
        function flush() { if (name != "" && !seen) print name }
        /^### MTLS[A-Za-z0-9]+$/ { flush(); name = $2; seen = 0; next }
        /^##/ { flush(); name = "" }
        $1 == key ":" { seen = 1 }
        END { flush() }' "$manual" | while read -r name; do
        echo "$name has no line $line"
    done
done >"$scratch_dir/incomplete"
if [ -s "$scratch_dir/incomplete" ]; then
    fault "incomplete in docs/manual.md:"
    cat "$scratch_dir/incomplete"
fi

"$print_tables" require | sort >"$scratch_dir/providers"
sed -n 's/^### Require \(mtls-[a-z-]*\)$/\1/p' "$manual" | sort >"$scratch_dir/manual.providers"
counted "$(wc -l <"$scratch_dir/providers")" "Require providers"
diff "$scratch_dir/providers" "$scratch_dir/manual.providers" ||
    fault "Require providers differ (< table, > manual)"
finish
