#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Each lint test fails when the mistake it is there for is made, or its input is gone.
#
# Prevents: a lint whose pattern stopped matching, which looks like a clean tree for ever.
. "${MTLS_SRCDIR:-.}/t/lint/lib.sh"
: "${MTLS_BUILDDIR:?run by make check}" "${LINT_CC:?run by make check}"
source_dir=$MTLS_SRCDIR
scratch
tree=$scratch_dir/tree
cases=0

# fresh: a copy of the tree to break.
fresh() {
    rm -rf "$tree"
    mkdir -p "$tree/t" "$tree/.libs"
    (cd "$source_dir" && cp -R include mod_mtls docs conf.d .clang-format "$tree/" &&
        cp -R t/browser t/fuzz t/lint t/unit t/httpd "$tree/t/")
    chmod -R u+w "$tree"
}

# must_fail LINT TEXT WHAT...: the lint fails on the broken tree, and says TEXT.
must_fail() {
    lint=$1 text=$2
    shift 2
    cases=$((cases + 1))
    if MTLS_SRCDIR=$tree "$tree/t/lint/$lint" >"$scratch_dir/output" 2>&1; then
        fault "$lint passes with $*"
    elif ! grep -qF -e "$text" "$scratch_dir/output"; then
        fault "$lint fails with $*, but does not say: $text"
        cat "$scratch_dir/output"
    fi
}

# break_line FILE SED-SCRIPT
break_line() {
    sed "$2" "$tree/$1" >"$scratch_dir/broken"
    ! cmp -s "$tree/$1" "$scratch_dir/broken" || fault "selftest has nothing to break in $1: $2"
    cat "$scratch_dir/broken" >"$tree/$1"
}

append() { printf '%s\n' "$2" >>"$tree/$1"; }

fresh
first=$(cd "$tree" && ls mod_mtls/policy/*.c | head -n 1)
append "$first" '#include <openssl/ssl.h>'
must_fail layering.sh '<openssl/ssl.h> (openssl)' "OpenSSL in policy"
fresh
append "$first" '#include "mtls/trust/judge.h"'
must_fail layering.sh 'shows OpenSSL' "a header that shows OpenSSL through another, in policy"
fresh
append include/mtls/cert/text.h '#include "mtls/trust/verdict.h"'
must_fail layering.sh '(room-trust) is not for room cert' "cert looking up at trust"
fresh
append include/mtls/trust/verify.h '#include <http_log.h>'
must_fail layering.sh '<http_log.h> (httpd)' "httpd in trust"
fresh
append include/mtls/tool/say.h '#include <httpd.h>'
must_fail layering.sh '<httpd.h> (httpd) is not for room tool' "httpd in the tool"
fresh
append include/mtls/policy/shown.h '#include "mtls/tool/say.h"'
must_fail layering.sh '(room-tool) is not for room policy' "policy looking at the tool"
fresh
append "$first" '#include <jansson.h>'
must_fail layering.sh '(jansson)' "Jansson outside its file"
fresh
append mod_mtls/policy/pattern.c '#include <pcre2.h>'
must_fail layering.sh '(pcre2)' "PCRE2 outside its file"
fresh
append mod_mtls/policy/stepup_address.c '#include <libpsl.h>'
must_fail layering.sh '(libpsl)' "libpsl outside its file"
fresh
rm -rf "$tree/mod_mtls/trust"
must_fail layering.sh 'no C files of room trust' "a room gone"

fresh
break_line include/mtls/cert/proof.h '/#include <apr_time.h>/d; /identity\.h"/d'
for room in cert trust policy httpd tool; do mkdir -p "$tree/rooms/$room"; done
for room in cert trust policy httpd tool; do cp -R "$tree/include/mtls" "$tree/rooms/$room/"; done
real_builddir=$MTLS_BUILDDIR
real_flags=$LINT_CPPFLAGS_cert
LINT_CPPFLAGS_cert="-Irooms/cert $real_flags"
MTLS_BUILDDIR=$tree
must_fail headers.sh 'mtls/cert/proof.h does not compile alone' "a header that needs another first"

for symbols in 'int mtls_module; int helper;' 'int helper;'; do
    echo "$symbols" >"$scratch_dir/export.c"
    # shellcheck disable=SC2086
    ${LINT_CC%% *} -shared -fPIC -o "$tree/.libs/mod_mtls.so" "$scratch_dir/export.c"
    must_fail exports.sh 'expected: mtls_module' "the symbols $symbols"
done
echo 'int mtls_lost(void); int mtls_module(void) { return mtls_lost(); }' >"$scratch_dir/export.c"
# shellcheck disable=SC2086
${LINT_CC%% *} -shared -fPIC -o "$tree/.libs/mod_mtls.so" "$scratch_dir/export.c"
must_fail exports.sh 'lacks: mtls_lost' "a unit left out"
rm "$tree/.libs/mod_mtls.so"
must_fail exports.sh 'input not found' "no module"
MTLS_BUILDDIR=$real_builddir
LINT_CPPFLAGS_cert=$real_flags

fresh
break_line docs/manual.md '/^### MTLSAccept$/s/$/ed/'
must_fail directives.sh 'MTLSAccept is not described' "a directive renamed in the manual"
must_fail directives.sh 'describes MTLSAccepted' "a directive the table has not"
fresh
break_line docs/manual.md 's/^    Default: .*MTLSStepUpTimeout 30s/    Default: MTLSStepUpTimeout 60s/'
must_fail directives.sh 'context, default or description differ' "another default"
fresh
break_line docs/manual.md '0,/^    Status: /{/^    Status: /d}'
must_fail directives.sh 'has no line Status' "a directive without status"
fresh
break_line docs/manual.md 's/^### Require mtls-proof$/### Require mtls-prof/'
must_fail directives.sh 'Require providers differ' "a provider renamed"

fresh
break_line docs/reasons.md 's/expired/aged/'
must_fail tables.sh 'docs/reasons.md is not current' "a reason renamed"
fresh
break_line docs/manual.md 's/^| `ocsp-asked` |/| `ocsp-sent` |/'
must_fail tables.sh 'the counters differ' "a counter renamed in the manual"
fresh
rm "$tree/docs/variables.md"
must_fail tables.sh 'input not found' "no variables document"

fresh
break_line t/httpd/test_body.py 's/def test_F_32_/def test_/'
must_fail coverage.sh 'F-32: no test test_F_32_' "a test renamed"
fresh
break_line docs/coverage.md '/^| T-P07 /d'
must_fail coverage.sh 'the ids differ' "a row gone"
fresh
break_line docs/coverage.md '/^| T-V12 /s/|[^|]*|$/| soon |/'
must_fail coverage.sh 'T-V12: neither a test nor a reason' "a row without a test"
fresh
break_line t/httpd/test_matrix.py 's/F-37/F-99/g'
must_fail coverage.sh 'F-37 is not named in t/httpd/test_matrix.py' "an id gone from its test"
fresh
break_line docs/coverage.md '/^| T-R07 /s/|[^|]*|$/| *later*: soon |/'
must_fail coverage.sh 'T-R07: neither a test nor a reason' "a row put off"
fresh
rm -rf "$tree/t/unit"
must_fail coverage.sh 'input not found' "no unit tests"

fresh
break_line include/mtls/httpd/message.h 's/"MTLS0011: "/"MTLS0010: "/'
must_fail messages.sh "MTLS0010 stands there twice" "an id used twice"
fresh
append include/mtls/httpd/message.h '#define MTLS_MSG_SILENT "MTLS9998: "'
must_fail messages.sh 'nothing logs MTLS_MSG_SILENT' "an id nobody uses"
must_fail messages.sh 'the ids differ' "an id not listed"
fresh
append mod_mtls/mod_mtls.c '/* "MTLS9997: " */'
must_fail messages.sh 'MTLS9997 is written out' "an id outside the table"
fresh
append docs/messages.md '| MTLS9999 | info | never logged |'
must_fail messages.sh 'the ids differ' "a listed id that no source has"

fresh
break_line docs/threat-model.md 's/T-P04/T-P94/'
must_fail threats.sh 'no test names T-P94' "a threat without test"
break_line t/httpd/test_explain.py 's/def test_only_administrators/def test_administrators/'
must_fail threats.sh 'there is no test test_only_administrators' "a test renamed that a threat names"

fresh
break_line include/mtls/cert/text.h '/SPDX/d'
must_fail style.sh 'no SPDX-License-Identifier line' "no licence line"
fresh
append mod_mtls/mod_mtls.c '/* blank at the end */ '
must_fail style.sh 'trailing white space' "white space at a line's end"
fresh
append mod_mtls/mod_mtls.c '/* TO''DO: later */'
must_fail style.sh 'unfinished work' "unfinished work"
fresh
{
    printf 'static void long_one(void)\n{\n'
    awk 'BEGIN { for (i = 0; i < 81; i++) print "    ;" }'
    printf '}\n'
} >>"$tree/mod_mtls/mod_mtls.c"
must_fail style.sh 'function of 81 lines' "a long function"
if command -v clang-format >/dev/null; then
    fresh
    append mod_mtls/mod_mtls.c 'static   int   odd;'
    must_fail style.sh 'not as clang-format' "an odd layout"
fi

counted "$cases" "seeded mistakes"
finish
