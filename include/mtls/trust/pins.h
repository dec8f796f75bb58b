/*
 * mtls/trust/pins.h - the certificates and keys an administrator named one by one.
 *
 * May include: APR, mtls/cert plain headers, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_PINS_H
#define MTLS_TRUST_PINS_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/fault.h"
#include "mtls/trust/files.h"
#include "mtls/trust/profile_spec.h"

/** What a pin fixes. */
typedef enum {
    MTLS_PIN_CERT = 0, /**< SHA-256 of the whole certificate's DER */
    MTLS_PIN_SPKI,     /**< SHA-256 of its SubjectPublicKeyInfo's DER */
    MTLS_PIN_KINDS     /* count */
} mtls_pin_kind_t;

/** Opaque; immutable once loaded, owned by its pool. */
typedef struct mtls_pins_t mtls_pins_t;

/**
 * Read the pins of a spec: the inline ones and those of its files.
 *
 * @param out  never NULL; has what was right even when something else was wrong
 * @return APR_SUCCESS, or APR_EGENERAL with a fault for each that is no pin
 */
apr_status_t mtls_pins_load(const mtls_pins_t **out, const mtls_profile_spec_t *spec,
                            mtls_files_t *files, mtls_faults_t *faults, apr_pool_t *pool,
                            apr_pool_t *scratch);

/** @return number of distinct pins of @a kind. */
int mtls_pins_count(const mtls_pins_t *pins, mtls_pin_kind_t kind);

/** @return true when the MTLS_SHA256_LEN octets at @a digest are pinned. */
bool mtls_pins_check(const mtls_pins_t *pins, mtls_pin_kind_t kind, const unsigned char *digest);

/** @return all pins of @a kind as one run of octets in ascending order, borrowed. */
mtls_bytes_t mtls_pins_octets(const mtls_pins_t *pins, mtls_pin_kind_t kind);

#endif /* MTLS_TRUST_PINS_H */
