/*
 * mod_mtls/cert/name_parse.c - names as administrators write them.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/cert/name_spec.h"
#include "name_build.h"

static bool take_hex_pair(unsigned char *octet, mtls_name_build_t *build)
{
    if (!mtls_name_hex_pair(octet, build->text + build->at)) {
        return false;
    }
    build->at += 2;
    return true;
}

/* RFC 4514 section 3: pair = ESC ( ESC / special / hexpair ). */
static bool take_pair(unsigned char *octet, mtls_name_build_t *build)
{
    build->at++;
    if (take_hex_pair(octet, build)) {
        return true;
    }
    *octet = (unsigned char)build->text[build->at];
    if (*octet == '\0' || strchr("\\\"+,;<> #=", *octet) == NULL) {
        return mtls_name_build_fail(build, build->at - 1,
                                    "after \"\\\" one of \"+,;<>\\#= or blank or two hexadecimal "
                                    "digits are expected");
    }
    build->at++;
    return true;
}

/* RFC 4514 section 3: string. */
static bool next_rfc4514(unsigned char *octet, mtls_name_build_t *build)
{
    const char *at = build->text + build->at;
    bool first = build->at == build->value_at;

    if (*at == '\0' || *at == ',' || *at == '+') {
        return false;
    }
    if (*at == '\\') {
        return take_pair(octet, build);
    }
    if (strchr("\";<>", *at) != NULL) {
        return mtls_name_build_fail(build, build->at, "\" ; < and > need a \"\\\" before them");
    }
    if (*at == ' ' && (first || at[1] == '\0' || at[1] == ',' || at[1] == '+')) {
        return mtls_name_build_fail(
            build, build->at, "a blank at the begin or end of a value needs a \"\\\" before it");
    }
    *octet = (unsigned char)*at;
    build->at++;
    return true;
}

static bool take_rfc4514_value(mtls_name_build_t *build)
{
    bool taken = build->text[build->at] == '#' ? mtls_name_build_hex(build)
                                               : mtls_name_build_text(build, next_rfc4514);
    char after = build->text[build->at];

    if (taken && after != '\0' && after != ',' && after != '+') {
        return mtls_name_build_fail(build, build->at, "not a hexadecimal digit");
    }
    return taken;
}

static void parse_rfc4514(mtls_name_build_t *build)
{
    bool joined = false;

    while (mtls_name_build_type(build, joined) && take_rfc4514_value(build)) {
        char separator = build->text[build->at];

        if (separator == '\0') {
            return;
        }
        joined = separator == '+';
        do {
            build->at++;
        } while (build->text[build->at] == ' ');
    }
}

/* A separator is one only before a type: OpenSSL before 3.0 printed them inside of values too. */
static bool is_oneline_separator(const char *at)
{
    return (*at == '/' || *at == '+') && mtls_name_type_len(at + 1) != 0;
}

/* OpenSSL escapes "/" and "+" with a backslash, other octets as \xHH, and a backslash not at all.
 */
static bool next_oneline(unsigned char *octet, mtls_name_build_t *build)
{
    const char *at = build->text + build->at;

    if (*at == '\0' || is_oneline_separator(at)) {
        return false;
    }
    if (at[0] == '\\' && at[1] == 'x') {
        build->at += 2;
        if (take_hex_pair(octet, build)) {
            return true;
        }
        build->at -= 2;
    } else if (at[0] == '\\' && (at[1] == '/' || at[1] == '+')) {
        build->at++;
    }
    *octet = (unsigned char)build->text[build->at++];
    return true;
}

static void parse_oneline(mtls_name_build_t *build)
{
    bool joined = false;

    do {
        build->at++;
        if (!mtls_name_build_type(build, joined) || !mtls_name_build_text(build, next_oneline)) {
            return;
        }
        joined = build->text[build->at] == '+';
    } while (build->text[build->at] != '\0');
}

const char *mtls_name_parse(mtls_name_t *out, const char *text, apr_pool_t *pool)
{
    bool oneline = text[0] == '/';
    mtls_name_build_t build;

    memset(out, 0, sizeof *out);
    mtls_name_build_init(&build, text, pool);
    if (oneline) {
        parse_oneline(&build);
    } else {
        parse_rfc4514(&build);
    }
    if (build.fault == NULL) {
        mtls_name_build_finish(out, &build, !oneline);
    }
    return build.fault;
}
