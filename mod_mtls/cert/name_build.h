/*
 * mod_mtls/cert/name_build.h - a name put together part by part, from any notation.
 *
 * A notation reads its text through one cursor here, takes types and values off it, and adds them;
 * limits, types and clean text are checked in this one place.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_CERT_NAME_BUILD_H
#define MTLS_CERT_NAME_BUILD_H

#include <apr_pools.h>

#include "mtls/cert/identity.h"

/** Text being read and the attributes found in it, in the order of the text. */
typedef struct {
    const char *text;
    apr_size_t at;       /**< next octet of text; at its end there is a NUL */
    apr_size_t value_at; /**< where the value taken by mtls_name_build_text() begins */
    const char *fault;   /**< the first mistake, from pool; NULL: none yet */
    apr_pool_t *pool;
    apr_size_t count;
    mtls_attr_t attrs[MTLS_IDENTITY_MAX_ATTRS];
    bool joined[MTLS_IDENTITY_MAX_ATTRS]; /**< belongs to the RDN of the attribute before it */
} mtls_name_build_t;

/**
 * Takes the next octet of a value off @a build.
 * @return false at the end of the value, and when it set build->fault
 */
typedef bool mtls_name_octet_fn(unsigned char *octet, mtls_name_build_t *build);

/** Begin.  @a text is borrowed. */
void mtls_name_build_init(mtls_name_build_t *build, const char *text, apr_pool_t *pool);

/** Remember what is wrong at octet @a at (from 0) of the text.  @return false. */
bool mtls_name_build_fail(mtls_name_build_t *build, apr_size_t at, const char *what);

/** @return octets of the type that stands at @a text, which has a "=" behind it; 0: there is none.
 */
apr_size_t mtls_name_type_len(const char *text);

/** Take "TYPE=" and begin an attribute of it.  @return false with a fault. */
bool mtls_name_build_type(mtls_name_build_t *build, bool joined);

/** Take the value of the attribute begun last, as octets of UTF-8.  @return false with a fault. */
bool mtls_name_build_text(mtls_name_build_t *build, mtls_name_octet_fn *next);

/** Take "#" and hex of DER as value of the attribute begun last.  @return false with a fault. */
bool mtls_name_build_hex(mtls_name_build_t *build);

/** @return true when two hexadecimal digits stand at @a text; @a octet is what they say. */
bool mtls_name_hex_pair(unsigned char *octet, const char *text);

/**
 * All parts are there: make a name of them, from build->pool.
 * @param reversed  the text began with the most specific RDN
 */
void mtls_name_build_finish(mtls_name_t *out, const mtls_name_build_t *build, bool reversed);

#endif /* MTLS_CERT_NAME_BUILD_H */
