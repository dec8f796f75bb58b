#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Every message id of mod_mtls/httpd (MTLS_MSG(42), logged as MTLS0042) stands in one place of the
# sources and in docs/messages.md, and the document lists no others.
#
# Prevents: two different messages with one number, so that what an administrator looks up, or
# alerts on, is the wrong one.
. "${MTLS_SRCDIR:-.}/t/lint/lib.sh"
cd "$MTLS_SRCDIR"
need mod_mtls/httpd docs/messages.md
scratch
find mod_mtls include/mtls/httpd -name '*.[ch]' -exec cat {} + |
    sed -e '/^#define MTLS_MSG/d' \
        -e 's/MTLS_MSG(\([0-9][0-9]*\))/\nMSG \1\n/g' -e 's/MTLS\([0-9][0-9][0-9][0-9]\)/\nMSG \1\n/g' |
    awk '$1 == "MSG" { printf "MTLS%04d\n", $2 }' | sort >"$scratch_dir/used"
counted "$(wc -l <"$scratch_dir/used")" "message ids in mod_mtls/httpd"
uniq -d "$scratch_dir/used" >"$scratch_dir/twice"
while read -r id; do fault "$id is used in more than one place"; done <"$scratch_dir/twice"
sed -n 's/^| *\(MTLS[0-9][0-9][0-9][0-9]\) *|.*/\1/p' docs/messages.md | sort >"$scratch_dir/listed"
uniq "$scratch_dir/used" >"$scratch_dir/once"
diff "$scratch_dir/once" "$scratch_dir/listed" ||
    fault "the ids differ (< sources, > docs/messages.md)"
finish
