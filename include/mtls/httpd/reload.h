/*
 * mtls/httpd/reload.h - files that are looked at and loaded while the server runs.
 *
 * A thread of mod_watchdog in each child looks every MTLSReloadInterval; mtls/trust/watch.h decides
 * what to do, and what it did is logged here.  Requests never load, and never wait for a load.
 *
 * May include: httpd, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_RELOAD_H
#define MTLS_HTTPD_RELOAD_H

#include <httpd.h>
#include <stdbool.h>

#include "mtls/trust/fault.h"

/** Opaque; made in the parent, each child has its own copy. */
typedef struct mtls_reload_t mtls_reload_t;

/** Warn when something in @a parts (mtls_part_spec_t) should be reloaded, and cannot be because
 * mod_watchdog is not there. */
void mtls_reload_check(server_rec *main, const apr_array_header_t *parts, mtls_faults_t *faults);

/** For post_config, once everything is loaded.  @return OK or an HTTP status, logged. */
int mtls_reload_start(apr_pool_t *pconf, server_rec *main);

/** child_init hook, before mod_watchdog's: a child that starts late catches up before it serves. */
void mtls_reload_child(apr_pool_t *pchild, server_rec *main);

/** @return whether this child has an older generation than others, which it cannot load: nobody may be
 * admitted by it.  @a reload may be NULL.  Thread: any. */
bool mtls_reload_is_behind(const mtls_reload_t *reload);

/** @return when this child last looked at all files and came to an end, 0: never, or nothing is reloaded (F-25).
 * Thread: any. */
apr_time_t mtls_reload_looked_at(const server_rec *main);

/** @return when this child published its current generation; at the start of the server for its first
 * one.  Thread: any. */
apr_time_t mtls_reload_published_at(const server_rec *main);

#endif /* MTLS_HTTPD_RELOAD_H */
