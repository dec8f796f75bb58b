/*
 * mtls/trust/own_pool.h - a pool that shares its memory with no other.
 *
 * httpd's pools mostly share an allocator with their parents.  What one thread fills and another
 * frees, and what may become large and must then be given back to the system, gets one of its own.
 *
 * May include: APR.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_OWN_POOL_H
#define MTLS_TRUST_OWN_POOL_H

#include <apr_errno.h>
#include <apr_pools.h>

/**
 * @param parent  ends the pool's life when its own ends; where several threads make children of it
 *                at a time, its allocator must have a mutex
 */
apr_status_t mtls_own_pool_make(apr_pool_t **out, apr_pool_t *parent);

#endif /* MTLS_TRUST_OWN_POOL_H */
