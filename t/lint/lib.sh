# SPDX-License-Identifier: Apache-2.0
# What the lint tests share.  Sourced, with MTLS_SRCDIR and MTLS_BUILDDIR set by `make check`.
set -eu
LC_ALL=C
export LC_ALL

: "${MTLS_SRCDIR:?run by make check}"
faults=0

# fault TEXT...: one complaint; finish then fails.
fault() {
    printf '%s\n' "$*"
    faults=$((faults + 1))
}

# need PATH...: a lint that cannot find what it looks at must not pass.
need() {
    for path in "$@"; do
        [ -e "$path" ] || { printf 'input not found: %s\n' "$path"; exit 1; }
    done
}

# counted NUMBER WHAT: likewise when it found nothing in there.
counted() {
    [ "$1" -gt 0 ] || { printf 'no %s found: the lint has lost its input\n' "$2"; exit 1; }
    printf 'looked at %s %s\n' "$1" "$2"
}

# scratch: a directory of this run, gone at its end.
scratch() {
    scratch_dir=$(mktemp -d "${TMPDIR:-/tmp}/mtls-lint.XXXXXX")
    trap 'rm -rf "$scratch_dir"' EXIT
    trap 'exit 1' INT TERM HUP
}

finish() {
    [ "$faults" = 0 ] || { printf '%s faults\n' "$faults"; exit 1; }
    exit 0
}
