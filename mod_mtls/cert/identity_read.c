/*
 * mod_mtls/cert/identity_read.c - from an OpenSSL certificate to a plain identity.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/cert/identity_read.h"

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "extension_read.h"
#include "mtls/cert/name_read.h"
#include "sha256.h"

static bool read_name(mtls_name_t *out, const X509_NAME *name, apr_pool_t *pool)
{
    const unsigned char *octets;
    mtls_bytes_t der;

    if (X509_NAME_get0_der(name, &octets, &der.len) != 1) {
        return false;
    }
    der.data = apr_pmemdup(pool, octets, der.len);
    return mtls_name_read(out, der, pool);
}

static bool read_serial(mtls_identity_t *out, const X509 *cert, apr_pool_t *pool)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
    const unsigned char *octets = ASN1_STRING_get0_data(serial);
    apr_size_t len = (apr_size_t)ASN1_STRING_length(serial);

    if (len == 0 || len > MTLS_IDENTITY_MAX_SERIAL) {
        return false;
    }
    while (len > 1 && *octets == 0) {
        octets++;
        len--;
    }
    out->serial.data = apr_pmemdup(pool, octets, len);
    out->serial.len = len;
    out->serial_negative = (ASN1_STRING_type(serial) & V_ASN1_NEG) != 0;
    return true;
}

/* Days since 1970-01-01 in the Gregorian calendar; years begin in March to have the leap day last.
 */
static apr_int64_t days_since_1970(int year, int month, int day)
{
    apr_int64_t y = year - (month <= 2);
    apr_int64_t era = (y >= 0 ? y : y - 399) / 400;
    apr_int64_t year_of_era = y - era * 400;
    apr_int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

/* Fractions of a second are dropped; time zones, which only BER allows, are applied. */
static bool read_time(apr_time_t *out, const ASN1_TIME *when)
{
    struct tm tm;
    apr_int64_t seconds;

    if (when == NULL || ASN1_TIME_to_tm(when, &tm) != 1) {
        return false;
    }
    seconds = days_since_1970(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) * 86400 +
              tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec;
    *out = apr_time_from_sec(seconds);
    return true;
}

static const char *key_type_word(int id)
{
    switch (id) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
        return "RSA";
    case EVP_PKEY_EC:
        return "EC";
    case EVP_PKEY_ED25519:
        return "ED25519";
    case EVP_PKEY_ED448:
        return "ED448";
    case EVP_PKEY_DSA:
        return "DSA";
    default: /* OpenSSL's open set of numbers, not an enum of ours */
        return "unknown";
    }
}

static void read_key(mtls_identity_t *out, const X509 *cert)
{
    const EVP_PKEY *key = X509_get0_pubkey(cert);

    out->key_type = key_type_word(key != NULL ? EVP_PKEY_get_id(key) : EVP_PKEY_NONE);
    out->key_bits = key != NULL ? EVP_PKEY_get_bits(key) : 0;
    if (out->key_bits < 0) {
        out->key_bits = 0;
    }
}

static bool read_spki_digest(mtls_identity_t *out, const X509 *cert)
{
    unsigned char *spki = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &spki);
    bool done = len > 0 && mtls_sha256(spki, (apr_size_t)len, out->spki_sha256);

    OPENSSL_free(spki);
    return done;
}

static bool read_digest(mtls_identity_t *out, mtls_bytes_t der, const unsigned char *known)
{
    if (known == NULL) {
        return mtls_sha256(der.data, der.len, out->sha256);
    }
    memcpy(out->sha256, known, MTLS_SHA256_LEN);
    return true;
}

static bool read_all(mtls_identity_t *out, X509 *cert, apr_pool_t *pool)
{
    if (!read_name(&out->subject, X509_get_subject_name(cert), pool) ||
        !read_name(&out->issuer, X509_get_issuer_name(cert), pool) ||
        !read_serial(out, cert, pool) || !read_time(&out->not_before, X509_get0_notBefore(cert)) ||
        !read_time(&out->not_after, X509_get0_notAfter(cert)) || !read_spki_digest(out, cert)) {
        return false;
    }
    read_key(out, cert);
    mtls_extensions_read(out, cert, pool);
    return true;
}

apr_status_t mtls_identity_read(const mtls_identity_t **out, X509 *cert, mtls_bytes_t der,
                                const unsigned char *sha256, apr_pool_t *pool)
{
    mtls_identity_t *identity = apr_pcalloc(pool, sizeof *identity);
    bool done;

    ERR_set_mark();
    done = read_digest(identity, der, sha256) && read_all(identity, cert, pool);
    ERR_pop_to_mark();
    *out = done ? identity : NULL;
    return done ? APR_SUCCESS : APR_EGENERAL;
}
