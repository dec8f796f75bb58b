#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Message ids stand in one table, mtls/httpd/message.h: each id and each name once, each name used
# by the sources, no id written out elsewhere, and docs/messages.md lists exactly these.
#
# Prevents: two different messages with one number, so that what an administrator looks up, or
# alerts on, is the wrong one.
. "${MTLS_SRCDIR:-.}/t/lint/lib.sh"
cd "$MTLS_SRCDIR"
table=include/mtls/httpd/message.h
need mod_mtls/httpd "$table" docs/messages.md
scratch
sed -n 's/^#define \(MTLS_MSG_[A-Z0-9_]*\)  *"\(MTLS[0-9][0-9][0-9][0-9]\): ".*/\1 \2/p' "$table" \
    >"$scratch_dir/table"
counted "$(wc -l <"$scratch_dir/table")" "message ids"
cut -d' ' -f2 "$scratch_dir/table" | sort >"$scratch_dir/ids"
cut -d' ' -f1 "$scratch_dir/table" | sort >"$scratch_dir/names"
for twice in $(uniq -d "$scratch_dir/ids") $(uniq -d "$scratch_dir/names"); do
    fault "$table: $twice stands there twice"
done

find mod_mtls -name '*.[ch]' -exec cat {} + >"$scratch_dir/sources"
grep -oE 'MTLS_MSG_[A-Z0-9_]+' "$scratch_dir/sources" | sort -u >"$scratch_dir/used"
for name in $(comm -23 "$scratch_dir/names" "$scratch_dir/used"); do
    fault "$table: nothing logs $name"
done
for id in $(grep -ohE 'MTLS[0-9]{4}' "$scratch_dir/sources" | sort -u); do
    fault "$id is written out in a source; name it in $table"
done

sed -n 's/^| *\(MTLS[0-9][0-9][0-9][0-9]\) *|.*/\1/p' docs/messages.md | sort >"$scratch_dir/listed"
uniq "$scratch_dir/ids" >"$scratch_dir/once"
diff "$scratch_dir/once" "$scratch_dir/listed" ||
    fault "the ids differ (< $table, > docs/messages.md)"
finish
