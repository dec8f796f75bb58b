#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Each room includes only what docs/design.md ("Rooms") lets it include.
#
# Prevents: a core that quietly starts to need the server (then it can be tested only inside one),
# or a decision that reaches for an SSL object from a thread that must not touch it.  The include
# paths of the build forbid most of it; this also sees what the compiler's own paths would let in,
# such as <openssl/...> in policy or <httpd.h> next to APR's headers.
. "${MTLS_SRCDIR:-.}/t/lint/lib.sh"
cd "$MTLS_SRCDIR"
need mod_mtls include/mtls mod_mtls/mod_mtls.c
scratch

LIBC='assert ctype errno grp netdb inttypes limits pthread signal stdarg stdatomic stdbool stddef stdint stdio stdlib string
    strings time unistd fcntl poll arpa/inet netinet/in sys/mman sys/socket sys/stat sys/types'

# Headers of cert and trust that show OpenSSL, directly or through another header: not for policy.
not_plain() {
    grep -l '#include <openssl/' include/mtls/cert/*.h include/mtls/trust/*.h >"$scratch_dir/open"
    while :; do
        sed 's,^include/,#include ",; s,$,",' "$scratch_dir/open" >"$scratch_dir/pattern"
        {
            cat "$scratch_dir/open"
            grep -lFf "$scratch_dir/pattern" include/mtls/cert/*.h include/mtls/trust/*.h || :
        } | sort -u >"$scratch_dir/more"
        if cmp -s "$scratch_dir/open" "$scratch_dir/more"; then break; fi
        mv "$scratch_dir/more" "$scratch_dir/open"
    done
    sed 's,^include/,,' "$scratch_dir/open"
}

# kind_of FILE HEADER: the class of an included header, as seen from FILE.
kind_of() {
    case $2 in
    '<openssl/'*) echo openssl ;;
    '<jansson'*) echo jansson ;;
    '<pcre2'*) echo pcre2 ;;
    '<libpsl'*) echo libpsl ;;
    '<apr'*'.h>' | '<apu'*'.h>') echo apr ;;
    '<httpd.h>' | '<http_'* | '<ap_'* | '<util_'* | '<mod_'* | '<mpm_'* | '<scoreboard.h>' | '<unixd.h>') echo httpd ;;
    '"mod_mtls.h"') echo public ;;
    '"mtls/'*) echo "$2" | sed 's,"mtls/\([a-z]*\)/.*,room-\1,' ;;
    '"'*/*) echo path ;;
    '"'*) if [ -e "$(dirname "$1")/$(echo "$2" | tr -d '"')" ]; then echo beside; else echo lost; fi ;;
    *)
        name=$(echo "$2" | sed 's,^<\(.*\)\.h>$,\1,')
        case " $(echo $LIBC) " in
        *" $name "*) echo libc ;;
        *) echo unknown ;;
        esac
        ;;
    esac
}

allowed_kinds() {
    case $1 in
    cert) echo "libc apr openssl beside room-cert" ;;
    trust) echo "libc apr openssl beside room-cert room-trust" ;;
    policy) echo "libc apr beside room-cert room-trust room-policy" ;;
    httpd) echo "libc apr openssl beside httpd public room-cert room-trust room-policy room-httpd" ;;
    tool) echo "libc apr openssl beside public room-cert room-trust room-policy room-tool" ;;
    main) echo "libc apr httpd public room-httpd" ;;
    esac
}

# check_file ROOM FILE
check_file() {
    sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*\(["<][^">]*[">]\).*/\1/p' "$2" \
        >"$scratch_dir/includes"
    while read -r header; do
        includes=$((includes + 1))
        kind=$(kind_of "$2" "$header")
        case $kind in
        jansson) case " $JANSSON_FILES " in *" $2 "*) continue ;; esac ;;
        pcre2) if [ "$2" = "$PCRE2_FILE" ]; then continue; fi ;;
        libpsl) if [ "$2" = "$PSL_FILE" ]; then continue; fi ;;
        esac
        case " $(allowed_kinds "$1") " in
        *" $kind "*) ;;
        *) fault "$2: $header ($kind) is not for room $1; it may include: $(allowed_kinds "$1")" ;;
        esac
        if [ "$1" = policy ] && grep -qxF "$(echo "$header" | tr -d '"')" "$scratch_dir/not_plain"; then
            fault "$2: $header shows OpenSSL: policy sees only the plain headers of cert and trust"
        fi
    done <"$scratch_dir/includes"
}

JANSSON_FILES='mod_mtls/policy/explain_json.c mod_mtls/policy/report_problem.c mod_mtls/policy/texts_json.c'
PCRE2_FILE=mod_mtls/policy/pattern_regex.c
PSL_FILE=mod_mtls/policy/site.c
not_plain >"$scratch_dir/not_plain"
counted "$(wc -l <"$scratch_dir/not_plain")" "headers that show OpenSSL"
includes=0
for room in cert trust policy httpd tool; do
    find "mod_mtls/$room" "include/mtls/$room" \( -name '*.c' -o -name '*.h' -o -name '*.def' \) \
        >"$scratch_dir/files" 2>/dev/null || :
    counted "$(grep -c '\.c$' "$scratch_dir/files")" "C files of room $room"
    while read -r file; do check_file "$room" "$file"; done <"$scratch_dir/files"
done
check_file main mod_mtls/mod_mtls.c
counted "$includes" "include lines"
finish
