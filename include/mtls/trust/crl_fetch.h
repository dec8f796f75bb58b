/*
 * mtls/trust/crl_fetch.h - CRLs from distribution points, kept in the state directory.
 *
 * One directory for each profile:
 *     NAME/HASH.crl          the list, DER, as it was found good
 *     NAME/records/HASH.url  text: its URL, entity tag, Last-Modified, when it was last asked for, and when
 *                            it is to be next
 * HASH is the SHA-256 of the URL in hex.  Files are written beside and renamed into place, so that
 * whoever reads sees an old or a new one, and a restart begins with what was fetched before.
 *
 * A list, DER or one PEM block, is stored only when a certificate of the profile has signed it (crl_set.h
 * checks it again when it is loaded) and, where one is stored, it is another edition of that list and
 * not an older one: another list in its place would make it disappear, and whoever can answer for the
 * server could choose any list that the profile's certificates have signed.
 *
 * When it is asked for again is for crl_schedule.h to say: at half of its time (thisUpdate to nextUpdate),
 * at the latest an hour before nextUpdate where that leaves any, and after a week; after a failure, and
 * while the list has expired, after MTLS_CRL_FETCH_RETRY, doubling up to an hour.
 *
 * Hosts of configured URLs may have any address; those of URLs in certificates, and of noted ones, only
 * where MTLSFetchHosts names them, which then must name all of them.
 *
 * May include: OpenSSL, APR, mtls/cert, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_CRL_FETCH_H
#define MTLS_TRUST_CRL_FETCH_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "mtls/trust/board.h"
#include "mtls/trust/crl_schedule.h"
#include "mtls/trust/fetch.h"
#include "mtls/trust/profile.h"

/** First pause after a failure. */
#define MTLS_CRL_FETCH_RETRY MTLS_CRL_SCHEDULE_RETRY
/** Most URLs of a profile; further ones are told of and left out. */
#define MTLS_CRL_FETCH_MAX_URLS 256

/**
 * Distribution points of a certificate that may be fetched: full names that are URLs of http or https, of
 * hosts that the profile allows.  Relative names, and other schemes, are left out.
 * @return of const char *, from @a pool, at most 8; empty when the profile does not fetch from certificates
 */
const apr_array_header_t *mtls_crl_fetch_points(const mtls_profile_t *profile, X509 *cert,
                                                apr_pool_t *pool);

/**
 * Note a URL for the profile, so that the next round fetches it: writes an empty HASH.url record.  Nothing
 * happens when it is noted already.
 * @param dir  the profile's
 * @return APR_SUCCESS; APR_EINVAL: no URL that may be fetched; APR_ENOSPC: MTLS_CRL_FETCH_MAX_URLS are noted
 * Thread and process: any.
 */
apr_status_t mtls_crl_fetch_note(const char *dir, const char *url, apr_pool_t *scratch);

/** What a round did. */
typedef struct {
    int stored;
    int unchanged;
    int failed;
    apr_time_t next; /**< when some URL is due again; 0: there is none */
    bool unwritten;  /**< the directory could not be written, so that nothing is remembered and the same would
                      * be asked for in the next round: let it wait.  The round ended there */
} mtls_crl_fetched_t;

/** What a round works with. */
typedef struct {
    const mtls_fetch_means_t *means;
    mtls_board_t *board; /**< counts; NULL: none */
    /** Told of what was stored (level info) and what failed (level error), clean for a log.
     * Never NULL. */
    void (*tell_fn)(void *baton, bool failed, const char *text);
    void *baton;
    /** What failed when it was asked for last is due: a process's first round, so that a restart is how
     * an administrator has it tried at once. */
    bool anew;
} mtls_crl_fetch_means_t;

/**
 * Fetch what is due for one profile: its configured URLs, the distribution points of its own
 * CA certificates, and those that were noted.
 *
 * To be called by one process at a time for each directory.  Thread: any that may block.
 */
mtls_crl_fetched_t mtls_crl_fetch_round(const mtls_profile_t *profile, const char *dir,
                                        const mtls_crl_fetch_means_t *means, apr_time_t now,
                                        apr_pool_t *scratch);

#endif /* MTLS_TRUST_CRL_FETCH_H */
