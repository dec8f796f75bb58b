#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# mod_mtls.so exports exactly one symbol, mtls_module, and lacks none of its own.
#
# Prevents: a helper of ours and one of another module with the same name, resolved to whichever
# was loaded first: in one process with dozens of modules that is a crash, or worse, no crash.  And
# a unit left out of the source lists, which only the server would notice, when it loads us.
. "${MTLS_SRCDIR:-.}/t/lint/lib.sh"
module=${MTLS_BUILDDIR:?run by make check}/.libs/mod_mtls.so
need "$module"
exported=$(nm -D --defined-only "$module" | awk '{ print $3 }' | sort)
if [ "$exported" != mtls_module ]; then
    fault "$module exports: $(printf '%s ' $exported); expected: mtls_module"
fi
missing=$(nm -D --undefined-only "$module" | awk '$2 ~ /^mtls_/ { print $2 }' | sort)
if [ -n "$missing" ]; then
    fault "$module lacks: $(printf '%s ' $missing)"
fi
finish
