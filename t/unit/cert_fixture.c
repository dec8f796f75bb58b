/*
 * t/unit/cert_fixture.c - certificates put together octet by octet.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cert_fixture.h"

#include <apr_strings.h>
#include <stdarg.h>

/* SubjectPublicKeyInfo of P-256's base point (SEC 2 section 2.4.2): a valid key nobody uses. */
#define SPKI_P256                                                                                  \
    LIT("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01" \
        "\x07\x03\x42\x00\x04\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77" \
        "\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96\x4f\xe3\x42\xe2\xfe\x1a\x7f" \
        "\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37" \
        "\xbf\x51\xf5")
#define ECDSA_SHA256 LIT("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02")
#define SIGNATURE    LIT("\x00\x30\x06\x02\x01\x01\x02\x01\x01")

mtls_bytes_t fixture_join(apr_pool_t *pool, int count, ...)
{
    mtls_bytes_t out = {NULL, 0};
    unsigned char *at;
    va_list parts;
    int i;

    va_start(parts, count);
    for (i = 0; i < count; i++) {
        out.len += va_arg(parts, mtls_bytes_t).len;
    }
    va_end(parts);
    out.data = at = apr_palloc(pool, out.len + 1);
    va_start(parts, count);
    for (i = 0; i < count; i++) {
        mtls_bytes_t part = va_arg(parts, mtls_bytes_t);

        if (part.len != 0) {
            memcpy(at, part.data, part.len);
        }
        at += part.len;
    }
    va_end(parts);
    return out;
}

mtls_bytes_t fixture_fill(apr_pool_t *pool, int octet, apr_size_t len)
{
    unsigned char *octets = apr_palloc(pool, len + 1);
    mtls_bytes_t out = {octets, len};

    memset(octets, octet, len);
    return out;
}

mtls_bytes_t fixture_tlv(apr_pool_t *pool, unsigned char tag, mtls_bytes_t content)
{
    unsigned char head[5] = {tag};
    mtls_bytes_t header = {head, 2};
    int octets = content.len < 0x80 ? 0 : content.len < 0x100 ? 1 : content.len < 0x10000 ? 2 : 3;
    int i;

    head[1] = octets == 0 ? (unsigned char)content.len : (unsigned char)(0x80 | octets);
    for (i = 0; i < octets; i++) {
        head[2 + i] = (unsigned char)(content.len >> 8 * (octets - 1 - i));
    }
    header.len += (apr_size_t)octets;
    return fixture_join(pool, 2, header, content);
}

mtls_bytes_t fixture_attr(apr_pool_t *pool, mtls_bytes_t oid, unsigned char tag, mtls_bytes_t value)
{
    return fixture_tlv(
        pool, 0x30,
        fixture_join(pool, 2, fixture_tlv(pool, 0x06, oid), fixture_tlv(pool, tag, value)));
}

mtls_bytes_t fixture_rdn(apr_pool_t *pool, mtls_bytes_t oid, unsigned char tag, mtls_bytes_t value)
{
    return fixture_tlv(pool, 0x31, fixture_attr(pool, oid, tag, value));
}

mtls_bytes_t fixture_name(apr_pool_t *pool, unsigned char tag, mtls_bytes_t cn)
{
    return fixture_tlv(pool, 0x30, fixture_rdn(pool, OID_CN, tag, cn));
}

mtls_bytes_t fixture_extension(apr_pool_t *pool, unsigned char last_arc, mtls_bytes_t value)
{
    unsigned char oid[] = {0x55, 0x1d, last_arc};
    mtls_bytes_t type = {oid, sizeof oid};

    return fixture_attr(pool, type, 0x04, value);
}

mtls_bytes_t fixture_other_name(apr_pool_t *pool, mtls_bytes_t oid, mtls_bytes_t value)
{
    return fixture_tlv(
        pool, 0xa0,
        fixture_join(pool, 2, fixture_tlv(pool, 0x06, oid), fixture_tlv(pool, 0xa0, value)));
}

static mtls_bytes_t usual_extensions(apr_pool_t *pool)
{
    mtls_bytes_t sans = fixture_join(
        pool, 2, fixture_tlv(pool, 0x81, LIT("alice@example.org")),
        fixture_other_name(pool, OID_UPN, fixture_tlv(pool, 0x0c, LIT("alice@corp.example"))));

    return fixture_join(
        pool, 5, fixture_extension(pool, EXT_BC, LIT("\x30\x00")),
        fixture_extension(pool, EXT_KU, LIT("\x03\x02\x07\x80")),
        fixture_extension(pool, EXT_EKU,
                          fixture_tlv(pool, 0x30, fixture_tlv(pool, 0x06, OID_CLIENT_AUTH))),
        fixture_extension(pool, EXT_CP, LIT("\x30\x07\x30\x05\x06\x03\x2a\x03\x04")),
        fixture_extension(pool, EXT_SAN, fixture_tlv(pool, 0x30, sans)));
}

cert_fixture_t fixture_make(apr_pool_t *pool)
{
    cert_fixture_t fixture = {0};

    fixture.serial = LIT("\x01\x02\x03");
    fixture.issuer = fixture_name(pool, 0x0c, LIT("Test CA"));
    fixture.not_before = LIT("\x17\x0d"
                             "260101000000Z");
    fixture.not_after = LIT("\x17\x0d"
                            "270101000000Z");
    fixture.subject = fixture_tlv(pool, 0x30,
                                  fixture_join(pool, 4, fixture_rdn(pool, OID_C, 0x13, LIT("DE")),
                                               fixture_rdn(pool, OID_O, 0x0c, LIT("Example")),
                                               fixture_rdn(pool, OID_OU, 0x0c, LIT("Ops")),
                                               fixture_rdn(pool, OID_CN, 0x0c, LIT("alice"))));
    fixture.spki = SPKI_P256;
    fixture.extensions = usual_extensions(pool);
    return fixture;
}

cert_fixture_t fixture_with_sans(apr_pool_t *pool, mtls_bytes_t sans)
{
    cert_fixture_t fixture = fixture_make(pool);

    fixture.extensions = fixture_extension(pool, EXT_SAN, fixture_tlv(pool, 0x30, sans));
    return fixture;
}

mtls_bytes_t fixture_write(const cert_fixture_t *fixture, apr_pool_t *pool)
{
    mtls_bytes_t none = {NULL, 0};
    mtls_bytes_t version = fixture->v1 ? none : LIT("\xa0\x03\x02\x01\x02");
    mtls_bytes_t validity =
        fixture_tlv(pool, 0x30, fixture_join(pool, 2, fixture->not_before, fixture->not_after));
    mtls_bytes_t extensions =
        fixture->extensions.len == 0
            ? none
            : fixture_tlv(pool, 0xa3, fixture_tlv(pool, 0x30, fixture->extensions));
    mtls_bytes_t tbs = fixture_tlv(
        pool, 0x30,
        fixture_join(pool, 8, version, fixture_tlv(pool, 0x02, fixture->serial), ECDSA_SHA256,
                     fixture->issuer, validity, fixture->subject, fixture->spki, extensions));

    return fixture_tlv(
        pool, 0x30, fixture_join(pool, 3, tbs, ECDSA_SHA256, fixture_tlv(pool, 0x03, SIGNATURE)));
}

static apr_status_t free_certificate(void *data)
{
    X509_free(data);
    return APR_SUCCESS;
}

X509 *fixture_decode(mtls_bytes_t der, apr_pool_t *pool)
{
    const unsigned char *at = der.data;
    X509 *cert = d2i_X509(NULL, &at, (long)der.len);

    if (cert != NULL) {
        apr_pool_cleanup_register(pool, cert, free_certificate, apr_pool_cleanup_null);
    }
    return cert;
}
