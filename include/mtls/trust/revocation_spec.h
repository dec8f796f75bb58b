/*
 * mtls/trust/revocation_spec.h - how a trust profile looks for revoked certificates, as the
 * administrator wrote it.
 *
 * Filled by policy/revocation_settings while the configuration is read; nothing here has touched a
 * file or OpenSSL yet.
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_REVOCATION_SPEC_H
#define MTLS_TRUST_REVOCATION_SPEC_H

#include <apr_tables.h>
#include <apr_time.h>

#include "mtls/trust/origin.h"

/** Three-valued switch; zero is unset. */
typedef enum { MTLS_UNSET = 0, MTLS_OFF, MTLS_ON } mtls_switch_t;

/** One argument of one directive: a path (already absolute), a pin, an OID, a URL. */
typedef struct {
    const char *value;
    mtls_origin_t at;
} mtls_sourced_t;

/** Which certificates of a path are looked up. */
typedef enum {
    MTLS_REACH_UNSET = 0, /**< CRLs: CHAIN where the profile has any, else NONE.  OCSP: NONE */
    MTLS_REACH_NONE,
    MTLS_REACH_LEAF,
    MTLS_REACH_CHAIN /**< every certificate but the anchor, of which RFC 5280 asks nothing */
} mtls_reach_t;

/** What counts when a source cannot say. */
typedef enum {
    MTLS_LACK_UNSET = 0, /**< means HARD */
    MTLS_LACK_HARD,      /**< the certificate is refused */
    MTLS_LACK_SOFT       /**< it is not: MTLSOCSP soft, MTLSCRLCheck missing-ok */
} mtls_lack_t;

/** MTLSRevocationOrder. */
typedef enum {
    MTLS_ORDER_UNSET = 0, /**< means ALL */
    MTLS_ORDER_ALL,       /**< each source that is configured is asked, and none may object */
    MTLS_ORDER_CRL_FIRST, /**< OCSP only where the CRLs cannot say */
    MTLS_ORDER_OCSP_FIRST /**< CRLs only where OCSP cannot say */
} mtls_revocation_order_t;

/** MTLSOCSPNonce. */
typedef enum {
    MTLS_NONCE_UNSET = 0, /**< means OFF */
    MTLS_NONCE_OFF,
    MTLS_NONCE_OPTIONAL, /**< sent; an answer without one is taken, one with another is not */
    MTLS_NONCE_REQUIRE
} mtls_nonce_t;

/** MTLSOCSPMethod. */
typedef enum { MTLS_OCSP_METHOD_UNSET = 0, MTLS_OCSP_POST, MTLS_OCSP_GET } mtls_ocsp_method_t;

/** Defaults, used where the spec says 0. */
#define MTLS_OCSP_DEFAULT_TIMEOUT apr_time_from_sec(3)
#define MTLS_OCSP_DEFAULT_SKEW    apr_time_from_sec(60)
#define MTLS_OCSP_DEFAULT_MAX_AGE apr_time_from_sec(24 * 3600)
#define MTLS_FETCH_DEFAULT_SIZE   (64 * 1024 * 1024)
#define MTLS_FETCH_DEFAULT_TIME   apr_time_from_sec(60)

/** MTLSCRL...: arrays hold mtls_sourced_t and are never NULL. */
typedef struct {
    apr_array_header_t *files;         /**< MTLSCRLFile */
    apr_array_header_t *dirs;          /**< MTLSCRLPath */
    apr_array_header_t *signer_files;  /**< MTLSCRLSignerFile: certificates of keys that sign CRLs and
                                            issue no certificates */
    mtls_reach_t reach;                /**< MTLSCRLCheck chain|leaf|none */
    mtls_lack_t missing;               /**< ... strict (HARD) or missing-ok (SOFT) */
    apr_interval_time_t grace;         /**< ... grace=N: an expired CRL is used for so much longer; 0: hard */
    mtls_origin_t at;                  /**< of MTLSCRLCheck, else of the first of the others */
    mtls_switch_t fetch_from_certs;    /**< MTLSCRLFetch certificates: distribution points of certificates;
                                            OFF: MTLSCRLFetch off */
    apr_array_header_t *fetch_urls;    /**< MTLSCRLFetch URL */
    apr_size_t fetch_size;             /**< MTLSCRLFetchLimit, octets; 0 unset */
    apr_interval_time_t fetch_time;    /**< MTLSCRLFetchLimit, total time; 0 unset */
    mtls_origin_t fetch_limit_at;
} mtls_crl_spec_t;

/** MTLSOCSP...: arrays hold mtls_sourced_t and are never NULL. */
typedef struct {
    mtls_reach_t reach;                /**< MTLSOCSP leaf|chain|off */
    mtls_lack_t lack;                  /**< ... hard|soft */
    apr_interval_time_t grace;         /**< ... grace=N: an answer past its end is used for so much
                                            longer while the responder does not answer */
    mtls_origin_t at;                  /**< of MTLSOCSP, else of the first of the others */
    mtls_sourced_t responder;          /**< MTLSOCSPResponder URL; value NULL: only what certificates say */
    mtls_switch_t responder_override;  /**< ... override: even where a certificate says otherwise */
    apr_array_header_t *responder_certs; /**< MTLSOCSPResponderCertificateFile: pinned */
    mtls_nonce_t nonce;
    mtls_ocsp_method_t method;         /**< unset: POST.  GET only up to 255 octets of path (RFC 6960 A.1) */
    apr_interval_time_t timeout;       /**< MTLSOCSPTimeout, total; 0 unset */
    apr_interval_time_t skew;          /**< MTLSOCSPTime skew=; 0 unset */
    apr_interval_time_t max_age;       /**< MTLSOCSPTime max-age=: of thisUpdate, whatever nextUpdate
                                            says; 0 unset */
} mtls_ocsp_spec_t;

/** All of it. */
typedef struct {
    mtls_crl_spec_t crl;
    mtls_ocsp_spec_t ocsp;
    mtls_revocation_order_t order;
    mtls_origin_t order_at;
    apr_array_header_t *fetch_hosts; /**< MTLSFetchHosts: hosts that URLs in certificates may name;
                                          see mtls_value_parse_host() */
} mtls_revocation_spec_t;

#endif /* MTLS_TRUST_REVOCATION_SPEC_H */
