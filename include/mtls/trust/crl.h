/*
 * mtls/trust/crl.h - one certificate revocation list, checked once and kept small.
 *
 * OpenSSL decides whether a CRL applies to a certificate, because that is where the rules of RFC 5280
 * section 6.3 are hard: scope, reasons, indirection, deltas.  For that it needs all of the list but
 * its entries.  So a list is kept in two pieces:
 *
 *   skeleton   an X509_CRL with the head and the extensions of the list, and no entry.  Its signature
 *              is one that no key is ever asked about; that of the whole list was verified when it was
 *              read, and with which keys is remembered.  A complete list that announces no delta
 *              (freshestCRL, RFC 5280 section 5.2.6) does so here: OpenSSL uses none otherwise
 *   index      serial numbers of the entries, sorted: O(log n), a few octets each, whatever OpenSSL
 *              would need for one
 *
 * Refused when read, each with a fault: what is not DER of a CertificateList, of version 2 or, as
 * "openssl ca" writes it when nothing is configured, of version 1 without extensions; a critical
 * extension of the list or of an entry that neither OpenSSL nor this unit uses (RFC 5280 sections
 * 5.2 and 5.3: such a list must not be used to find a certificate good); no nextUpdate (section
 * 5.1.2.5 demands it); a delta without CRL number or with a base number above its own (T-R13); an
 * extension twice, so two CRL numbers; an issuing distribution point OpenSSL finds invalid; a
 * certificate issuer in a list that is not indirect, or other than one name; removeFromCRL in a list
 * that is no delta; a signature over SHA-1 or MD5, or over another algorithm inside than outside.
 *
 * An entry said twice counts as revoked when either says so.
 *
 * May include: OpenSSL, APR, mtls/cert, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_CRL_H
#define MTLS_TRUST_CRL_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_time.h>
#include <openssl/x509.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/fault.h"
#include "mtls/trust/material.h"

/** Opaque, immutable once its keys are known; owned by its pool. */
typedef struct mtls_crl_t mtls_crl_t;

/** What an entry says. */
typedef enum {
    MTLS_CRL_ABSENT = 0,
    MTLS_CRL_REVOKED, /**< whatever the reason: certificateHold too (T-R16) */
    MTLS_CRL_REMOVED  /**< removeFromCRL, in a delta only (RFC 5280 section 5.3.1) */
} mtls_crl_entry_t;

/** What a list is to a delta. */
typedef enum {
    MTLS_CRL_BASE_NONE = 0, /**< another issuer, scope or key, or no complete list */
    MTLS_CRL_BASE_BEHIND,   /**< its number is below what the delta adds to, or it has none */
    MTLS_CRL_BASE_AHEAD,    /**< its number is not below the delta's: it says all of it already */
    MTLS_CRL_BASE_FITS      /**< the delta adds to it */
} mtls_crl_base_t;

/**
 * Read one list.
 *
 * @param out   NULL on failure
 * @param der   exactly one CertificateList; copied where needed, not kept
 * @param use   for faults
 * @param pool  lifetime; a cleanup frees OpenSSL's objects
 * @return APR_SUCCESS, or APR_EGENERAL with one fault, or APR_ENOMEM with one
 * Thread: the caller's alone.
 */
apr_status_t mtls_crl_read(mtls_crl_t **out, mtls_bytes_t der, const char *path,
                           mtls_material_use_t use, mtls_faults_t *faults, apr_pool_t *pool,
                           apr_pool_t *scratch);

/**
 * Verify the list's signature with the key of @a issuer, over the octets that were read, and remember
 * the key when it is good.  The octets are needed again: @a der is what mtls_crl_read() was given.
 *
 * @param pool  the one that was given to mtls_crl_read()
 * @return whether the signature is good.  @a issuer's name and key usage are not looked at here
 */
bool mtls_crl_verify(mtls_crl_t *crl, mtls_bytes_t der, X509 *issuer, apr_pool_t *pool);

/** @return whether mtls_crl_verify() has found the list signed by @a key (compared by value). */
bool mtls_crl_is_signed_by(const mtls_crl_t *crl, EVP_PKEY *key);

/** @return whether any key was found to have signed it. */
bool mtls_crl_is_verified(const mtls_crl_t *crl);

/** @return the skeleton, borrowed; it knows its issuer, times and extensions, and no entry. */
X509_CRL *mtls_crl_skeleton(const mtls_crl_t *crl);

/**
 * Look a certificate up: by serial number, and by issuer where the list is indirect (RFC 5280 section
 * 5.3.3).
 * Thread: any.
 */
mtls_crl_entry_t mtls_crl_find(const mtls_crl_t *crl, X509 *cert);

/** @return whether the list is a delta CRL. */
bool mtls_crl_is_delta(const mtls_crl_t *crl);

/** @return whether the list is an indirect CRL: it may speak of certificates of other issuers. */
bool mtls_crl_is_indirect(const mtls_crl_t *crl);

/** @return thisUpdate, nextUpdate. */
apr_time_t mtls_crl_this_update(const mtls_crl_t *crl);
apr_time_t mtls_crl_next_update(const mtls_crl_t *crl);

/** @return number of entries; one said twice counts once. */
apr_size_t mtls_crl_count(const mtls_crl_t *crl);

/** @return octets of memory that the entries take, for the log and the manual. */
apr_size_t mtls_crl_octets(const mtls_crl_t *crl);

/** @return SHA-256 of the whole DER, borrowed. */
const unsigned char *mtls_crl_sha256(const mtls_crl_t *crl);

/** @return whether @a a and @a b are editions of the same list: issuer, issuing distribution point,
 * authority key identifier and being a delta are equal; and, where both have been verified, a key: CAs
 * of one name do not replace each other's lists. */
bool mtls_crl_is_same_list(const mtls_crl_t *a, const mtls_crl_t *b);

/** @return what @a list is to @a delta; keys count where both have been verified. */
mtls_crl_base_t mtls_crl_base_of(const mtls_crl_t *delta, const mtls_crl_t *list);

/**
 * Compare two editions of the same list.
 * @return < 0 when @a a is older than @a b: by CRL number (as an integer, T-R14) where both have
 *         one and they differ, else by thisUpdate; 0 when neither is
 */
int mtls_crl_compare_age(const mtls_crl_t *a, const mtls_crl_t *b);

/** @return "CN=...; number 12, 3 entries, until 2026-11-22 10:00:00Z" for the log, from @a pool. */
const char *mtls_crl_describe(const mtls_crl_t *crl, apr_pool_t *pool);

#endif /* MTLS_TRUST_CRL_H */
