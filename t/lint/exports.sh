#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# mod_mtls.so exports exactly one symbol, mtls_module.
#
# Prevents: a helper of ours and one of another module with the same name, resolved to whichever
# was loaded first: in one process with dozens of modules that is a crash, or worse, no crash.
. "${MTLS_SRCDIR:-.}/t/lint/lib.sh"
module=${MTLS_BUILDDIR:?run by make check}/.libs/mod_mtls.so
need "$module"
exported=$(nm -D --defined-only "$module" | awk '{ print $3 }' | sort)
if [ "$exported" != mtls_module ]; then
    fault "$module exports: $(echo $exported); expected: mtls_module"
fi
finish
