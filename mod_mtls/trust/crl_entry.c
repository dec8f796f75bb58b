/* SPDX-License-Identifier: Apache-2.0 */
#include "crl_entry.h"

#include "mtls/cert/der.h"

#define MIN_TIME        11 /* YYMMDDhhmmZ */
#define REMOVE_FROM_CRL 8  /* RFC 5280 section 5.3.1 */

static const char broken[] = "has an entry that is not DER of a revoked certificate";

/* One Extension (RFC 5280 section 4.1). */
typedef struct {
    mtls_bytes_t oid;
    mtls_bytes_t value;
    bool critical;
} extension_t;

/* X.690 section 8.3.2: in the fewest octets. */
static bool is_minimal(mtls_bytes_t integer)
{
    if (integer.len < 2)
        return integer.len == 1;
    return !(integer.data[0] == 0x00 && integer.data[1] < 0x80) &&
           !(integer.data[0] == 0xff && integer.data[1] >= 0x80);
}

/* X.690 section 8.19.2: whole subidentifiers, each in the fewest octets. */
static bool is_oid(mtls_bytes_t oid)
{
    bool begins = true;

    for (apr_size_t i = 0; i < oid.len; i++) {
        if (begins && oid.data[i] == 0x80)
            return false;
        begins = oid.data[i] < 0x80;
    }
    return oid.len != 0 && begins;
}

/* "critical FALSE" is written by some although it is the default. */
static bool take_extension(extension_t *out, mtls_bytes_t *rest)
{
    mtls_der_t whole;
    mtls_der_t part;

    if (!mtls_der_take(&whole, rest, MTLS_DER_SEQUENCE) ||
        !mtls_der_take(&part, &whole.content, MTLS_DER_OID) || !is_oid(part.content))
        return false;
    out->oid = part.content;
    out->critical = false;
    if (mtls_der_take(&part, &whole.content, MTLS_DER_BOOLEAN)) {
        if (part.content.len != 1)
            return false;
        out->critical = part.content.data[0] != 0;
    }
    if (!mtls_der_take(&part, &whole.content, MTLS_DER_OCTET_STRING) || whole.content.len != 0)
        return false;
    out->value = part.content;
    return true;
}

/* id-ce and its last arc. */
static bool is_ce(mtls_bytes_t oid, unsigned char arc)
{
    return oid.len == 3 && oid.data[0] == 0x55 && oid.data[1] == 0x1d && oid.data[2] == arc;
}

static bool read_reason(bool *removed, mtls_bytes_t value)
{
    mtls_der_t reason;

    if (!mtls_der_open(&reason, value, MTLS_DER_ENUMERATED) || !is_minimal(reason.content))
        return false;
    *removed = reason.content.len == 1 && reason.content.data[0] == REMOVE_FROM_CRL;
    return true;
}

static const char *read_extensions(mtls_crl_entry_read_t *out, mtls_bytes_t list)
{
    bool has_reason = false;
    extension_t extension;

    while (list.len != 0) {
        if (!take_extension(&extension, &list))
            return broken;
        if (is_ce(extension.oid, 21)) {
            if (has_reason || !read_reason(&out->removed, extension.value))
                return "has an entry whose reason cannot be read";
            has_reason = true;
        } else if (is_ce(extension.oid, 29)) {
            if (out->issuer.len != 0 || extension.value.len == 0)
                return "has an entry whose certificate issuer cannot be read";
            out->issuer = extension.value;
        } else if (extension.critical) {
            return "has an entry with a critical extension that is not understood (RFC 5280 "
                   "section 5.3)";
        }
    }
    return NULL;
}

const char *mtls_crl_entry_read(mtls_crl_entry_read_t *out, mtls_bytes_t *rest, bool v2)
{
    mtls_der_t entry;
    mtls_der_t part;

    *out = (mtls_crl_entry_read_t){0};
    if (!mtls_der_take(&entry, rest, MTLS_DER_SEQUENCE) ||
        !mtls_der_take(&part, &entry.content, MTLS_DER_INTEGER) || !is_minimal(part.content))
        return broken;
    out->serial = part.content;
    if ((!mtls_der_take(&part, &entry.content, MTLS_DER_UTC_TIME) &&
         !mtls_der_take(&part, &entry.content, MTLS_DER_GENERALIZED_TIME)) ||
        part.content.len < MIN_TIME)
        return broken;
    if (entry.content.len == 0)
        return NULL;
    if (!mtls_der_open(&part, entry.content, MTLS_DER_SEQUENCE))
        return broken;
    if (!v2)
        return "has entries with extensions, which a list of version 1 cannot have";
    return read_extensions(out, part.content);
}
