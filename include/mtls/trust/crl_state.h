/*
 * mtls/trust/crl_state.h - the files of a state directory in which fetched CRLs are kept.
 *
 * Whoever may write to the directory may have written anything: records are read as foreign data, links
 * are not followed, and only regular files of bounded size are read.  Files are replaced by renaming, so
 * that readers find an old or a new one, never half of one.
 *
 * Records, and files that are being written, have a directory of their own inside: the one around it,
 * which is watched for new lists, changes when there is one and at no other time.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_CRL_STATE_H
#define MTLS_TRUST_CRL_STATE_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"

/** Largest record, octets. */
#define MTLS_CRL_STATE_MAX_RECORD 4096

/** What is known of a URL; text is from a pool. */
typedef struct {
    const char *url;           /**< as mtls_fetch_check_url() allows */
    const char *etag;          /**< as mtls_fetch_head_is_value() allows; NULL: none */
    const char *last_modified;
    apr_time_t asked;          /**< wall clock, whole seconds; 0: never */
    apr_time_t next;           /**< when it is to be asked for; 0: at once */
    int failures;              /**< in a row */
} mtls_crl_state_t;

/** @return SHA-256 of @a url in lower-case hex, from @a pool; NULL: no memory. */
const char *mtls_crl_state_hash(const char *url, apr_pool_t *pool);

/** @return "records/HASH.url", the name of a URL's record, from @a pool; NULL: no memory. */
const char *mtls_crl_state_record(const char *url, apr_pool_t *pool);

/** @return whether @a text is a record, complete and without anything else. */
bool mtls_crl_state_parse(mtls_crl_state_t *state, mtls_bytes_t text, apr_pool_t *pool);

/** @return the record's text, from @a pool. */
const char *mtls_crl_state_write(const mtls_crl_state_t *state, apr_pool_t *pool);

/** Make the directory, and that of the records, where they are missing; the one above must exist. */
apr_status_t mtls_crl_state_make_dir(const char *dir, apr_pool_t *scratch);

/** Read dir/NAME whole.  @param out from @a pool  @return APR_ENOENT when there is none, APR_EGENERAL
 * when it is no regular file, or larger than @a max */
apr_status_t mtls_crl_state_read(mtls_bytes_t *out, const char *dir, const char *name, apr_size_t max,
                                 apr_pool_t *pool);

/** Replace dir/NAME, which may not be there yet; readable by all.  Needs mtls_crl_state_make_dir(). */
apr_status_t mtls_crl_state_replace(const char *dir, const char *name, mtls_bytes_t octets,
                                    apr_pool_t *scratch);

/** Read the record of @a url, or begin one where there is none that can be used. */
void mtls_crl_state_load(mtls_crl_state_t *state, const char *dir, const char *url, apr_pool_t *pool);

apr_status_t mtls_crl_state_store(const mtls_crl_state_t *state, const char *dir, apr_pool_t *scratch);

/**
 * URLs of all records that belong to their names, sorted.
 * @param most  how many at most
 * @return of const char *, from @a pool; a directory that cannot be read has none
 */
const apr_array_header_t *mtls_crl_state_list(const char *dir, int most, apr_pool_t *pool);

/** Remove what was left behind by processes that ended while they wrote: files that mtls_crl_state_replace()
 * began before @a before. */
void mtls_crl_state_tidy(const char *dir, apr_time_t before, apr_pool_t *scratch);

#endif /* MTLS_TRUST_CRL_STATE_H */
