/*
 * t/unit/ocsp_scene.h - a responder, a network and a shared cache that do as the test says.
 *
 * Instead of those of trust/fetch and trust/ocsp_message: answers, delays and failures are exact,
 * and calls are counted.
 *
 * May include: OpenSSL, APR, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef T_UNIT_OCSP_SCENE_H
#define T_UNIT_OCSP_SCENE_H

#include <apr_pools.h>

#include "mtls/trust/ocsp.h"

#define SECOND apr_time_from_sec(1)
#define NOW    (1000000 * SECOND)

/** What the next exchanges bring. */
typedef struct {
    mtls_fetch_end_t end;
    mtls_ocsp_answer_t answer; /**< read from a body that came; fetched is filled in */
    const char *text;          /**< what is wrong with it; NULL: nothing */
    bool nobody;               /**< there is no responder */
    bool from_cert;            /**< the certificate names it */
} fixture_script_t;

/** What was seen. */
typedef struct {
    int fetches; /**< that began */
    int ended;   /**< of them */
    int at_once; /**< most at a time */
    int told;
    int repeated;   /**< of them */
    int gets;       /**< looks into the cache */
    int puts;       /**< values that were offered to it */
    int threads;    /**< that fetched, and are gone */
    char text[256]; /**< that was told last */
    char url[256];  /**< that was fetched last */
    char host[64];  /**< first of the hosts given with it, "" for none */
    char content_type[64];
    apr_size_t sent; /**< octets of its body */
    bool only_hosts;
} fixture_seen_t;

/** Kinds of a cache that fails. */
typedef enum { CACHE_UP = 0, CACHE_DOWN, CACHE_MISSES, CACHE_RUBBISH, CACHE_LONG } fixture_cache_t;

/** Forget everything; exchanges run, the cache is up and empty. */
void fixture_reset(void);
void fixture_say(const fixture_script_t *script);
fixture_seen_t fixture_seen(void);

/** Exchanges that begin stay under way until they are let go; all must be before a test ends. */
void fixture_hold(void);
void fixture_let_go(void);
/** Wait for an event; each returns when that many were seen since the reset. */
void fixture_await_fetches(int count);
void fixture_await_ended(int count);
void fixture_await_threads(int count);
void fixture_await_gets(int count);

/** The cache. */
void fixture_set_cache(fixture_cache_t kind);
void fixture_cache_put(int number, const mtls_ocsp_answer_t *answer);
mtls_status_word_t fixture_cached(int number);
extern const mtls_shared_cache_t fixture_cache;
/** @return when what was put there last expires. */
apr_time_t fixture_cache_expires(void);

/** A client's surroundings; told to the fixture. */
mtls_ocsp_means_t fixture_means(mtls_board_t *board, bool with_cache);
/** A question about the certificate of this number; freed with @a pool. */
mtls_ocsp_question_t *fixture_question(int number, apr_pool_t *pool);
void fixture_id(unsigned char id[MTLS_SHA256_LEN], int number);

#endif /* T_UNIT_OCSP_SCENE_H */
