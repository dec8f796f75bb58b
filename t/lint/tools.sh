#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What other people's programs say of the sources: clang's warnings, gcc's analyser, cppcheck, and
# clang-tidy with .clang-tidy.  Any word of theirs is a fault.  Run by `make lint-tools`, not by
# `make check`: they take longer than all unit tests.
#
# Prevents: a second compiler that is first tried by a stranger, and the slow return of what was
# once repaired.
. "${MTLS_SRCDIR:-.}/t/lint/lib.sh"
: "${LINT_CC:?run by make lint-tools}" "${LINT_CPPFLAGS_cert:?}" "${LINT_CPPFLAGS_trust:?}" \
    "${LINT_CPPFLAGS_policy:?}" "${LINT_CPPFLAGS_httpd:?}" "${LINT_CPPFLAGS_tool:?}" "${MTLS_BUILDDIR:?}"
cd "$MTLS_BUILDDIR"
need rooms "$MTLS_SRCDIR/mod_mtls" "$MTLS_SRCDIR/.clang-tidy"
scratch

# The warnings that configure asked for, without its compiler.
warnings=$(printf '%s\n' $LINT_CC | grep -E '^-W[a-z]' | grep -v -e '^-Werror' -e '^-Wno-')
[ -n "$warnings" ] || { echo "no warnings in LINT_CC"; exit 1; }
jobs=$(nproc 2>/dev/null || echo 1)

sources_of() {
    ls "$MTLS_SRCDIR/mod_mtls/$1"/*.c
    [ "$1" != httpd ] || ls "$MTLS_SRCDIR"/mod_mtls/*.c
}

# With it "xargs" runs `compile COMPILER OPTION... SOURCE`: warnings become words on stdout.
cat >"$scratch_dir/compile" <<'END'
#!/bin/sh
exec "$@" -c -o /dev/null 2>&1
END
# clang-tidy counts what it left out on stderr; that is no finding, unless it failed.
cat >"$scratch_dir/tidy" <<'END'
#!/bin/sh
said=$(mktemp) || exit 1
clang-tidy --quiet --config-file="$MTLS_SRCDIR/.clang-tidy" "$source" -- "$@" 2>"$said" ||
    { cat "$said"; rm -f "$said"; exit 1; }
rm -f "$said"
END
chmod +x "$scratch_dir/compile" "$scratch_dir/tidy"

# listen PROGRAM NAME: the program is there, and room by room says nothing about any source.
# The command of a room is made by the function "command_$2".
listen() {
    command -v "$1" >/dev/null || { fault "$1 is not installed"; return; }
    sources=0
    for room in cert trust policy httpd tool; do
        eval "flags=\"-std=c11 -D_GNU_SOURCE \$LINT_CPPFLAGS_$room\""
        sources=$((sources + $(sources_of "$room" | wc -l)))
        sources_of "$room" | "command_$2" >"$scratch_dir/said" || fault "$2 failed on $room"
        if [ -s "$scratch_dir/said" ]; then
            cat "$scratch_dir/said"
            fault "$2 has something to say about $room"
        fi
    done
    counted "$sources" "sources with $2"
}

command_clang() {
    xargs -P "$jobs" -n 1 "$scratch_dir/compile" clang $warnings -Wno-null-pointer-subtraction $flags
}

command_analyzer() {
    xargs -P "$jobs" -n 1 "$scratch_dir/compile" gcc -O1 -fanalyzer $warnings $flags
}

# cppcheck reads no system header, and must be told of the macro that joins strings.
command_cppcheck() {
    xargs cppcheck -j "$jobs" --quiet --error-exitcode=1 --enable=warning,performance,portability --std=c11 \
        --inline-suppr -D_GNU_SOURCE '-DAPR_STRINGIFY(n)=#n' -I "rooms/$room" 2>&1
}

command_tidy() {
    export MTLS_SRCDIR
    xargs -P "$jobs" -I{} env source={} "$scratch_dir/tidy" $flags
}

listen clang clang
listen gcc analyzer
listen cppcheck cppcheck
listen clang-tidy tidy
finish
