/*
 * mtls/policy/claims.h - what the tokens of a step-up by redirect say, as octets and back.
 *
 *   start   somebody may begin a step-up: in a page or header of a refusal
 *   state   it has begun; to the endpoint
 *   code    a certificate was accepted there; back to where it began
 *   ticket  the cookie of those who came back
 *   grant   the one form (redirect-post) that came along and may pass although its Origin is lost
 *
 * Octets are those inside a token (mtls/trust/token.h), which is authentic; the readers take nothing for
 * granted all the same, because other servers with the same keys may be of another version.
 *
 * Time-keeping: times are of the wall clock, in whole seconds.  mtls_claims_age_check() is the one
 * place where a time is compared (S-11).
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_CLAIMS_H
#define MTLS_POLICY_CLAIMS_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_time.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"

/** Octets of the id of an attempt, a code or a ticket: random. */
#define MTLS_CLAIMS_ID_LEN 16
/** Most profiles that an attempt names. */
#define MTLS_CLAIMS_MAX_PROFILES 16
/** Octets that stand for a profile with its rules in a ticket: the first of a SHA-256. */
#define MTLS_CLAIMS_PROFILE_LEN 16
/** Most profiles that a ticket is good for. */
#define MTLS_CLAIMS_MAX_ACCEPTED 6
/** Longest text of an attempt: its origin, base, target and profile names together, in octets. */
#define MTLS_CLAIMS_MAX_TEXT 2048
/** Octets that stand for a place: the first of a SHA-256. */
#define MTLS_CLAIMS_PLACE_LEN 8

/** A start or a state. */
typedef struct {
    unsigned char id[MTLS_CLAIMS_ID_LEN];   /**< zero in a start */
    unsigned char browser[MTLS_SHA256_LEN]; /**< SHA-256 of the browser's nonce; zero in a start */
    unsigned char place[MTLS_CLAIMS_PLACE_LEN]; /**< for whom tries are counted */
    apr_time_t issued_at;
    const char *origin;  /**< "https://www.example.org", with the port unless it is 443 */
    const char *base;    /**< where the module answers there: "/.mtls" */
    const char *target;  /**< path and query to come back to (mtls/policy/target.h) */
    const char *profiles[MTLS_CLAIMS_MAX_PROFILES]; /**< names, in the order of MTLSAccept */
    int profile_count;   /**< at least 1 */
    apr_interval_time_t max_age; /**< of the proof; below zero: no limit */
    int tries;           /**< 0 to 255 */
    bool post;           /**< a form travels along */
} mtls_attempt_t;

/** A code. */
typedef struct {
    unsigned char id[MTLS_CLAIMS_ID_LEN];
    unsigned char attempt[MTLS_CLAIMS_ID_LEN];
    unsigned char browser[MTLS_SHA256_LEN];
    unsigned char place[MTLS_CLAIMS_PLACE_LEN];
    unsigned char leaf[MTLS_SHA256_LEN]; /**< SHA-256 of the certificate */
    apr_time_t issued_at;
    apr_time_t ends_at;  /**< of the certificate: no ticket lasts longer; one after 2106 is written as the
                              last second that can be told */
    const char *origin;
    const char *target;
    unsigned char accepted[MTLS_CLAIMS_MAX_ACCEPTED][MTLS_CLAIMS_PROFILE_LEN];
    int accepted_count;  /**< at least 1 */
    bool post;
} mtls_code_t;

/** A ticket. */
typedef struct {
    unsigned char id[MTLS_CLAIMS_ID_LEN];
    unsigned char origin[MTLS_SHA256_LEN]; /**< SHA-256 of its text */
    unsigned char leaf[MTLS_SHA256_LEN];
    unsigned char bound[MTLS_SHA256_LEN];  /**< MTLSTicketBind: SHA-256 of what it is bound to; zero:
                                                nothing */
    apr_time_t issued_at;
    apr_time_t seen_at;  /**< of the last use that was written down; not before issued_at */
    apr_time_t ends_at;  /**< total lifetime, or the certificate's end; as in a code */
    unsigned char accepted[MTLS_CLAIMS_MAX_ACCEPTED][MTLS_CLAIMS_PROFILE_LEN];
    int accepted_count;  /**< at least 1 */
} mtls_ticket_t;

/** A grant. */
typedef struct {
    unsigned char id[MTLS_CLAIMS_ID_LEN];
    unsigned char ticket[MTLS_CLAIMS_ID_LEN];
    unsigned char target[MTLS_SHA256_LEN]; /**< SHA-256 of origin and target */
    apr_time_t issued_at;
} mtls_grant_t;

/**
 * Writers.
 * @param out  from @a pool; empty on failure
 * @return false when something exceeds its limits: an empty or too long text, a count out of range, a time
 *         before 1970, or after 2106 unless it is an end; seen before issued.  Parts of seconds are dropped
 */
bool mtls_attempt_write(mtls_bytes_t *out, const mtls_attempt_t *attempt, apr_pool_t *pool);
bool mtls_code_write(mtls_bytes_t *out, const mtls_code_t *code, apr_pool_t *pool);
bool mtls_ticket_write(mtls_bytes_t *out, const mtls_ticket_t *ticket, apr_pool_t *pool);
bool mtls_grant_write(mtls_bytes_t *out, const mtls_grant_t *grant, apr_pool_t *pool);

/**
 * Readers.
 * @param out   filled on success, with texts from @a pool; zeroed on failure
 * @param data  any octets
 * @return true exactly for what the writer would have written
 */
bool mtls_attempt_read(mtls_attempt_t *out, mtls_bytes_t data, apr_pool_t *pool);
bool mtls_code_read(mtls_code_t *out, mtls_bytes_t data, apr_pool_t *pool);
bool mtls_ticket_read(mtls_ticket_t *out, mtls_bytes_t data);
bool mtls_grant_read(mtls_grant_t *out, mtls_bytes_t data);

/** How a time compares. */
typedef enum {
    MTLS_CLAIMS_AHEAD = 0, /**< issued in the future, more than @a skew from now */
    MTLS_CLAIMS_OLD,       /**< its life, and the skew, are over */
    MTLS_CLAIMS_FRESH
} mtls_claims_age_t;

/**
 * @param life  how long it counts from @a issued_at
 * @param skew  how far clocks of servers may differ
 */
mtls_claims_age_t mtls_claims_age_check(apr_time_t issued_at, apr_interval_time_t life,
                                        apr_interval_time_t skew, apr_time_t now);

/** Times of a ticket (S-11): issued or seen in the future is AHEAD; over its idle time, or at its end,
 * OLD.  The end has no skew: it may be the certificate's. */
mtls_claims_age_t mtls_ticket_age_check(const mtls_ticket_t *ticket, apr_interval_time_t idle,
                                        apr_interval_time_t skew, apr_time_t now);

/** @return whether enough of the idle time has gone by to write the time down again: a tenth of it. */
bool mtls_ticket_is_stale(const mtls_ticket_t *ticket, apr_interval_time_t idle, apr_time_t now);

#endif /* MTLS_POLICY_CLAIMS_H */
