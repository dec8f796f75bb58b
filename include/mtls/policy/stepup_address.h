/*
 * mtls/policy/stepup_address.h - the address that browsers are sent to for their certificate.
 *
 * May include: APR, mtls/policy, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_STEPUP_ADDRESS_H
#define MTLS_POLICY_STEPUP_ADDRESS_H

#include <apr_pools.h>
#include <apr_network_io.h>
#include <stdbool.h>

#include "mtls/trust/origin.h"

/** Letters and digits of the label that stands for "*". */
#define MTLS_STEPUP_LABEL_LEN 16

/** MTLSStepUpURL; immutable. */
typedef struct {
    const char *text;   /**< as written, without "external" */
    const char *host;   /**< lower case; without "*." */
    apr_port_t port;    /**< 443 when none was written */
    bool wildcard;      /**< first label "*": a fresh one for each attempt */
    bool external;      /**< served by another server */
    mtls_origin_t at;   /**< of the directive; whoever parses it fills it in */
} mtls_stepup_address_t;

/**
 * @param url       "https://cert.example.org/", a "*" for the first label, ":8443"; the path is "/" or absent.
 *                  At least two labels follow a "*"
 * @param external  the word after it, or NULL
 * @return NULL, or what is wrong, from @a pool; @a out is then untouched
 */
const char *mtls_stepup_address_parse(mtls_stepup_address_t *out, const char *url,
                                      const char *external, apr_pool_t *pool);

/**
 * @param label  random octets, MTLS_STEPUP_LABEL_LEN / 2 of them; not used without a wildcard
 * @return "https://0123456789abcdef.cert.example.org", from @a pool
 */
const char *mtls_stepup_address_origin(const mtls_stepup_address_t *address,
                                       const unsigned char *label, apr_pool_t *pool);

/** @return the origin of a host as browsers write it (RFC 6454 section 6.2): lower case, no port when it is
 * 443; an IPv6 address in brackets.  From @a pool. */
const char *mtls_web_origin(const char *host, apr_port_t port, apr_pool_t *pool);

/** @return NULL when @a text is such an origin, else what is wrong, from @a pool. */
const char *mtls_web_origin_check(const char *text, apr_pool_t *pool);

/** @return whether a request for @a host (any case, an IPv6 address in brackets or not) at @a port may be one
 * for @a address: with a wildcard exactly one label more than its host. */
bool mtls_stepup_address_is(const mtls_stepup_address_t *address, const char *host, apr_port_t port);

#endif /* MTLS_POLICY_STEPUP_ADDRESS_H */
