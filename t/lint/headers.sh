#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Each header compiles alone, and twice, with the include path of its own room.
#
# Prevents: magic include order, where a header works only after another one was included and
# the next person to use it has to find out which.
. "${MTLS_SRCDIR:-.}/t/lint/lib.sh"
: "${LINT_CC:?run by make check}" "${LINT_CPPFLAGS_cert:?}" "${LINT_CPPFLAGS_trust:?}" \
    "${LINT_CPPFLAGS_policy:?}" "${LINT_CPPFLAGS_httpd:?}" "${LINT_CPPFLAGS_tool:?}" "${MTLS_BUILDDIR:?}"
cd "$MTLS_BUILDDIR"
need rooms "$MTLS_SRCDIR/include/mtls"
scratch

headers=0
for room in cert trust policy httpd tool; do
    eval "flags=\$LINT_CPPFLAGS_$room"
    for header in "$MTLS_SRCDIR/include/mtls/$room"/*.h; do
        [ -e "$header" ] || continue
        headers=$((headers + 1))
        name=mtls/$room/$(basename "$header")
        need "rooms/$room/$name"
        printf '#include "%s"\n#include "%s"\n' "$name" "$name" >"$scratch_dir/alone.c"
        # -DLINUX and the like come with APR's flags; a header is as strict as the sources.
        if ! $LINT_CC -D_GNU_SOURCE $flags -Werror -fsyntax-only -x c "$scratch_dir/alone.c"; then
            fault "$name does not compile alone"
        fi
    done
done
counted "$headers" headers
finish
