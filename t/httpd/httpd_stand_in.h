/*
 * httpd_stand_in.h - as much of httpd as its providers of shared caches need to be loaded.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TEST_HTTPD_STAND_IN_H
#define MTLS_TEST_HTTPD_STAND_IN_H

#include <httpd.h>

#include <ap_socache.h>

/** @return what the module at @a path registers as @a name, with its settings in @a s; NULL on
 * failure, told on standard error */
const ap_socache_provider_t *stand_in_load(const char *path, const char *name, server_rec *s,
                                           apr_pool_t *pool);

#endif /* MTLS_TEST_HTTPD_STAND_IN_H */
