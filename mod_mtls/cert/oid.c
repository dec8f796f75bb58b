/*
 * mod_mtls/cert/oid.c - object identifiers as dotted decimal.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "oid.h"

#include <apr_strings.h>
#include <stdint.h>

/* The types nearly every certificate uses, so that reading one prints no numbers. */
typedef struct {
    const char *octets;
    unsigned char len;
    const char *dotted;
    const char *short_name;
} known_t;

static const known_t known[] = {
    {"\x55\x04\x03", 3, "2.5.4.3", "CN"},
    {"\x55\x04\x0b", 3, "2.5.4.11", "OU"},
    {"\x55\x04\x0a", 3, "2.5.4.10", "O"},
    {"\x55\x04\x06", 3, "2.5.4.6", "C"},
    {"\x55\x04\x07", 3, "2.5.4.7", "L"},
    {"\x55\x04\x08", 3, "2.5.4.8", "ST"},
    {"\x55\x04\x09", 3, "2.5.4.9", "STREET"},
    {"\x55\x04\x05", 3, "2.5.4.5", NULL},
    {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", 10, "0.9.2342.19200300.100.1.25", "DC"},
    {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", 10, "0.9.2342.19200300.100.1.1", "UID"},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9, "1.2.840.113549.1.9.1", NULL},
    {"\x55\x04\x04", 3, "2.5.4.4", NULL},
    {"\x55\x04\x2a", 3, "2.5.4.42", NULL},
    {"\x55\x04\x61", 3, "2.5.4.97", NULL},
    {"\x2b\x06\x01\x05\x05\x07\x03\x01", 8, "1.3.6.1.5.5.7.3.1", NULL},
    {"\x2b\x06\x01\x05\x05\x07\x03\x02", 8, "1.3.6.1.5.5.7.3.2", NULL},
    {"\x2b\x06\x01\x05\x05\x07\x03\x04", 8, "1.3.6.1.5.5.7.3.4", NULL},
    {"\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03", 10, MTLS_OID_UPN, NULL},
    {"\x04\x00\x8e\x46\x01\x01", 6, "0.4.0.1862.1.1", NULL},
    {"\x04\x00\x8e\x46\x01\x04", 6, "0.4.0.1862.1.4", NULL},
    {"\x04\x00\x8e\x46\x01\x05", 6, "0.4.0.1862.1.5", NULL},
    {"\x04\x00\x8e\x46\x01\x06", 6, MTLS_OID_QC_TYPE, NULL},
    {"\x04\x00\x8e\x46\x01\x06\x01", 7, "0.4.0.1862.1.6.1", NULL},
    {"\x04\x00\x8e\x46\x01\x06\x02", 7, "0.4.0.1862.1.6.2", NULL},
};

/* A number in base 10^9, least significant limb first: 45 digits hold 128 bits. */
enum { LIMBS = 5, LIMB_BASE = 1000000000, LIMB_DIGITS = 9, ARC_MAX_OCTETS = 19 };
typedef struct {
    uint32_t limb[LIMBS];
} arc_t;

static const known_t *look_up(mtls_bytes_t content)
{
    apr_size_t i;

    for (i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].len == content.len &&
            memcmp(known[i].octets, content.data, content.len) == 0) {
            return &known[i];
        }
    }
    return NULL;
}

/* Seven bits an octet, high bit set on all but the last (X.690 section 8.19.2). */
static bool take_arc(arc_t *arc, mtls_bytes_t *rest)
{
    apr_size_t octets = 0;
    unsigned char octet;

    memset(arc, 0, sizeof *arc);
    if (rest->len == 0 || rest->data[0] == 0x80) {
        return false;
    }
    do {
        uint64_t carry;
        int i;

        if (rest->len == 0 || ++octets > ARC_MAX_OCTETS) {
            return false;
        }
        octet = *rest->data++;
        rest->len--;
        carry = octet & 0x7f;
        for (i = 0; i < LIMBS; i++) {
            carry += (uint64_t)arc->limb[i] * 128;
            arc->limb[i] = (uint32_t)(carry % LIMB_BASE);
            carry /= LIMB_BASE;
        }
    } while (octet & 0x80);
    return true;
}

static bool below(const arc_t *arc, uint32_t limit)
{
    int i;

    for (i = 1; i < LIMBS; i++) {
        if (arc->limb[i] != 0) {
            return false;
        }
    }
    return arc->limb[0] < limit;
}

static void subtract(arc_t *arc, uint32_t value)
{
    int i;

    for (i = 0; i < LIMBS; i++) {
        if (arc->limb[i] >= value) {
            arc->limb[i] -= value;
            return;
        }
        arc->limb[i] += LIMB_BASE - value;
        value = 1;
    }
}

static char *put_arc(char *out, const arc_t *arc)
{
    char digits[LIMBS * LIMB_DIGITS];
    int n = 0;
    int used = 1;
    int i;

    for (i = 0; i < LIMBS; i++) {
        uint32_t limb = arc->limb[i];
        int d;

        for (d = 0; d < LIMB_DIGITS; d++) {
            digits[n++] = (char)('0' + limb % 10);
            limb /= 10;
            used = digits[n - 1] != '0' ? n : used;
        }
    }
    while (used > 0) {
        *out++ = digits[--used];
    }
    return out;
}

/* The first number holds the first two arcs: 40 * x + y, x at most 2 (X.690 section 8.19.4). */
static char *put_first(char *out, arc_t *arc)
{
    uint32_t top = below(arc, 40) ? 0 : below(arc, 80) ? 1 : 2;

    *out++ = (char)('0' + top);
    *out++ = '.';
    subtract(arc, top * 40);
    return put_arc(out, arc);
}

const char *mtls_oid_write(mtls_bytes_t content, apr_pool_t *pool)
{
    /* One octet gives at most ".127"; the first number one digit and a dot more. */
    char text[4 * MTLS_OID_MAX + 2];
    const known_t *found = look_up(content);
    char *at = text;
    arc_t arc;

    if (found != NULL) {
        return found->dotted;
    }
    if (content.len > MTLS_OID_MAX || !take_arc(&arc, &content)) {
        return NULL;
    }
    at = put_first(at, &arc);
    while (content.len != 0) {
        if (!take_arc(&arc, &content)) {
            return NULL;
        }
        *at++ = '.';
        at = put_arc(at, &arc);
    }
    return apr_pstrmemdup(pool, text, (apr_size_t)(at - text));
}

const char *mtls_oid_short_name(mtls_bytes_t content)
{
    const known_t *found = look_up(content);

    return found != NULL ? found->short_name : NULL;
}

const char *mtls_oid_dotted_short_name(const char *dotted)
{
    apr_size_t i;

    for (i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].dotted, dotted) == 0) {
            return known[i].short_name;
        }
    }
    return NULL;
}
