/*
 * mod_mtls/cert/name_build.c - a name put together part by part, from any notation.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "name_build.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "mtls/cert/der.h"
#include "mtls/cert/name_spec.h"
#include "oid.h"
#include "string_read.h"
#include "utf8.h"

enum {
    /* No table has a longer name; a dotted one prints at most so many octets (oid.h). */
    TYPE_MAX = 4 * MTLS_OID_MAX + 2,
    /* The longest text in the widest string type, with tag and length. */
    DER_MAX = 4 * MTLS_IDENTITY_MAX_TEXT + 5,
    UNIVERSAL_CLASS_MASK = 0xc0,
    TAG_NUMBER_MASK = 0x1f
};

void mtls_name_build_init(mtls_name_build_t *build, const char *text, apr_pool_t *pool)
{
    build->text = text;
    build->at = 0;
    build->value_at = 0;
    build->fault = NULL;
    build->pool = pool;
    build->count = 0;
}

bool mtls_name_build_fail(mtls_name_build_t *build, apr_size_t at, const char *what)
{
    build->fault = apr_psprintf(build->pool, "at %" APR_SIZE_T_FMT ": %s", at + 1, what);
    return false;
}

/* RFC 4514 section 3: a letter, then letters, digits and hyphens; or numbers with dots. */
static apr_size_t word_len(const char *text)
{
    apr_size_t len = 0;

    if (apr_isalpha(text[0])) {
        while (apr_isalnum(text[len]) || text[len] == '-') {
            len++;
        }
    } else if (apr_isdigit(text[0])) {
        while (apr_isdigit(text[len]) || text[len] == '.') {
            len++;
        }
    }
    return len;
}

apr_size_t mtls_name_type_len(const char *text)
{
    apr_size_t len = word_len(text);

    return text[len] == '=' ? len : 0;
}

/* Numbers without needless zeros, the first at most 2 and the second below 40 under 0 and 1: each
 * identifier can be written in one way only. */
static bool is_dotted(const char *text)
{
    const char *at = text;
    int arcs = 0;

    for (;;) {
        const char *begin = at;

        while (apr_isdigit(*at)) {
            at++;
        }
        if (at == begin || (*begin == '0' && at - begin > 1)) {
            return false;
        }
        if (arcs == 0 && (at - begin != 1 || *begin > '2')) {
            return false;
        }
        if (arcs == 1 && text[0] < '2' && (at - begin > 2 || (at - begin == 2 && *begin > '3'))) {
            return false;
        }
        arcs++;
        if (*at != '.') {
            return *at == '\0' && arcs > 1;
        }
        at++;
    }
}

static const char *type_oid(const char *word, apr_pool_t *pool)
{
    if (apr_isdigit(word[0])) {
        return is_dotted(word) ? apr_pstrdup(pool, word) : NULL;
    }
    return mtls_attr_type_oid(word);
}

bool mtls_name_build_type(mtls_name_build_t *build, bool joined)
{
    const char *text = build->text + build->at;
    apr_size_t len = word_len(text);
    char word[TYPE_MAX + 1];
    mtls_attr_t *attr;

    if (len == 0) {
        return mtls_name_build_fail(build, build->at, "an attribute type is expected here");
    }
    if (text[len] != '=') {
        return mtls_name_build_fail(build, build->at + len,
                                    "\"=\" is expected here, directly after the attribute type");
    }
    if (build->count == MTLS_IDENTITY_MAX_ATTRS) {
        return mtls_name_build_fail(build, build->at, "too many attributes");
    }
    attr = &build->attrs[build->count];
    memset(attr, 0, sizeof *attr);
    if (len <= TYPE_MAX) {
        memcpy(word, text, len);
        word[len] = '\0';
        attr->oid = type_oid(word, build->pool);
    }
    if (attr->oid == NULL) {
        return mtls_name_build_fail(build, build->at,
                                    apr_psprintf(build->pool, "unknown attribute type \"%.*s\"",
                                                 (int)(len < 64 ? len : 64), text));
    }
    attr->short_name = mtls_oid_dotted_short_name(attr->oid);
    build->joined[build->count++] = joined;
    build->at += len + 1;
    return true;
}

/* Octets of @a text before the first one that a clean text may not have. */
static apr_size_t clean_len(mtls_bytes_t text)
{
    mtls_bytes_t rest = text;
    uint32_t character;
    apr_size_t size;

    while ((size = mtls_utf8_next(&character, rest)) != 0 && !mtls_utf8_is_control(character)) {
        rest.data += size;
        rest.len -= size;
    }
    return text.len - rest.len;
}

/* The value is read once more to find where the text has the octet that is wrong. */
static bool fail_unclean(mtls_name_build_t *build, mtls_bytes_t value, mtls_name_octet_fn *next)
{
    apr_size_t good = clean_len(value);
    unsigned char octet;

    build->at = build->value_at;
    while (good-- != 0) {
        next(&octet, build);
    }
    return mtls_name_build_fail(build, build->at,
                                "a control character or something that is not UTF-8");
}

bool mtls_name_build_text(mtls_name_build_t *build, mtls_name_octet_fn *next)
{
    mtls_attr_t *attr = &build->attrs[build->count - 1];
    unsigned char octets[MTLS_IDENTITY_MAX_TEXT];
    mtls_bytes_t value = {octets, 0};
    apr_size_t before = build->at;
    unsigned char octet;

    build->value_at = build->at;
    while (next(&octet, build)) {
        if (value.len == sizeof octets) {
            return mtls_name_build_fail(build, before, "the value is too long");
        }
        octets[value.len++] = octet;
        before = build->at;
    }
    if (build->fault != NULL) {
        return false;
    }
    if (value.len == 0) {
        return mtls_name_build_fail(build, build->value_at,
                                    "an empty value, which no certificate matches");
    }
    attr->text = mtls_string_read(MTLS_DER_UTF8, value, build->pool);
    return attr->text.len != 0 || fail_unclean(build, value, next);
}

static int hex_digit(char c)
{
    if (apr_isdigit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool mtls_name_hex_pair(unsigned char *octet, const char *text)
{
    int high = hex_digit(text[0]);
    int low = high >= 0 ? hex_digit(text[1]) : -1;

    if (low < 0) {
        return false;
    }
    *octet = (unsigned char)(high * 16 + low);
    return true;
}

bool mtls_name_build_hex(mtls_name_build_t *build)
{
    mtls_attr_t *attr = &build->attrs[build->count - 1];
    apr_size_t begin = build->at++;
    const char *hex = build->text + build->at;
    apr_size_t digits = 0;
    mtls_bytes_t rest;
    mtls_der_t value;
    unsigned char *der;
    apr_size_t i;

    while (hex_digit(hex[digits]) >= 0) {
        digits++;
    }
    build->at += digits;
    if (digits % 2 != 0 || digits > 2 * DER_MAX) {
        return mtls_name_build_fail(build, begin,
                                    digits % 2 != 0 ? "an odd number of hexadecimal digits"
                                                    : "the value is too long");
    }
    rest.len = digits / 2;
    rest.data = der = apr_palloc(build->pool, rest.len + 1);
    for (i = 0; i < rest.len; i++) {
        mtls_name_hex_pair(&der[i], hex + 2 * i);
    }
    if (!mtls_der_next(&value, &rest) || rest.len != 0) {
        return mtls_name_build_fail(build, begin, "not the hexadecimal digits of one DER value");
    }
    attr->asn1_tag = (value.tag & UNIVERSAL_CLASS_MASK) == 0 ? value.tag & TAG_NUMBER_MASK : 0;
    attr->text = mtls_string_read(value.tag, value.content, build->pool);
    attr->der = value.whole;
    return true;
}

void mtls_name_build_finish(mtls_name_t *out, const mtls_name_build_t *build, bool reversed)
{
    const mtls_attr_t *attrs =
        apr_pmemdup(build->pool, build->attrs, build->count * sizeof build->attrs[0]);
    mtls_rdn_t *rdns;
    apr_size_t count = 0;
    apr_size_t i, nth;

    for (i = 0; i < build->count; i++) {
        count += !build->joined[i];
    }
    rdns = apr_palloc(build->pool, count * sizeof *rdns);
    for (i = 0, nth = 0; i < build->count; i++) {
        nth += !build->joined[i];
        if (!build->joined[i]) {
            mtls_rdn_t *rdn = &rdns[reversed ? count - nth : nth - 1];

            rdn->attrs = &attrs[i];
            for (rdn->count = 1; i + rdn->count < build->count && build->joined[i + rdn->count];) {
                rdn->count++;
            }
        }
    }
    memset(out, 0, sizeof *out);
    out->rdns = rdns;
    out->count = count;
    out->complete = true;
}
