/* SPDX-License-Identifier: Apache-2.0 */
#include "ocsp_scene.h"

#include <apr_strings.h>
#include <pthread.h>
#include <string.h>

#include "mtls/trust/ocsp_record.h"

#define PLACES 1024 /* certificates are numbered below */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t event = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_end;
static fixture_script_t script;
static fixture_seen_t seen;
static bool held;
static fixture_cache_t cache_kind;
static apr_time_t cache_expires;
static struct {
    apr_size_t len;
    unsigned char data[MTLS_OCSP_RECORD_LEN];
} cache_places[PLACES];

static void count(int *counter)
{
    pthread_mutex_lock(&mutex);
    ++*counter;
    pthread_cond_broadcast(&event);
    pthread_mutex_unlock(&mutex);
}

static void await(const int *counter, int wanted)
{
    pthread_mutex_lock(&mutex);
    while (*counter < wanted)
        pthread_cond_wait(&event, &mutex);
    pthread_mutex_unlock(&mutex);
}

/* Counted in the second round of a thread's destructors: those of libraries ran in the first. */
static void count_thread(void *round)
{
    if (round == &seen)
        pthread_setspecific(thread_end, &script);
    else
        count(&seen.threads);
}

static void make_key(void)
{
    pthread_key_create(&thread_end, count_thread);
}

void fixture_reset(void)
{
    pthread_once(&once, make_key);
    pthread_mutex_lock(&mutex);
    memset(&script, 0, sizeof(script));
    memset(&seen, 0, sizeof(seen));
    memset(cache_places, 0, sizeof(cache_places));
    held = false;
    cache_kind = CACHE_UP;
    cache_expires = 0;
    pthread_mutex_unlock(&mutex);
}

void fixture_say(const fixture_script_t *said)
{
    pthread_mutex_lock(&mutex);
    script = *said;
    pthread_mutex_unlock(&mutex);
}

fixture_seen_t fixture_seen(void)
{
    fixture_seen_t copy;

    pthread_mutex_lock(&mutex);
    copy = seen;
    pthread_mutex_unlock(&mutex);
    return copy;
}

void fixture_hold(void)
{
    pthread_mutex_lock(&mutex);
    held = true;
    pthread_mutex_unlock(&mutex);
}

void fixture_let_go(void)
{
    pthread_mutex_lock(&mutex);
    held = false;
    pthread_cond_broadcast(&event);
    pthread_mutex_unlock(&mutex);
}

void fixture_await_fetches(int wanted)
{
    await(&seen.fetches, wanted);
}

void fixture_await_ended(int wanted)
{
    await(&seen.ended, wanted);
}

void fixture_await_threads(int wanted)
{
    await(&seen.threads, wanted);
}

void fixture_await_gets(int wanted)
{
    await(&seen.gets, wanted);
}

static fixture_script_t current_script(void)
{
    fixture_script_t copy;

    pthread_mutex_lock(&mutex);
    copy = script;
    pthread_mutex_unlock(&mutex);
    return copy;
}

/* The network. */

mtls_fetched_t mtls_fetch(const mtls_fetch_means_t *means, const mtls_fetch_t *what,
                          apr_pool_t *pool)
{
    mtls_fetched_t fetched = {.text = apr_pstrcat(pool, what->url, ": refused", NULL)};

    (void)means;
    pthread_setspecific(thread_end, &seen);
    pthread_mutex_lock(&mutex);
    seen.fetches++;
    if (seen.fetches - seen.ended > seen.at_once)
        seen.at_once = seen.fetches - seen.ended;
    apr_cpystrn(seen.url, what->url, sizeof(seen.url));
    apr_cpystrn(seen.content_type, what->content_type != NULL ? what->content_type : "",
                sizeof(seen.content_type));
    apr_cpystrn(seen.host,
                what->hosts->nelts > 0 ? APR_ARRAY_IDX(what->hosts, 0, mtls_sourced_t).value : "",
                sizeof(seen.host));
    seen.only_hosts = what->only_hosts;
    seen.sent = what->body.len;
    pthread_cond_broadcast(&event);
    while (held)
        pthread_cond_wait(&event, &mutex);
    fetched.end = script.end;
    seen.ended++;
    pthread_cond_broadcast(&event);
    pthread_mutex_unlock(&mutex);
    return fetched;
}

const char *mtls_fetch_check_url(const char *url, const char **host, apr_pool_t *pool)
{
    if (strncmp(url, "http://", 7) != 0)
        return "it is not http";
    if (host != NULL)
        *host = apr_pstrndup(pool, url + 7, strcspn(url + 7, ":/"));
    return NULL;
}

/* The responder. */

static int number_of(const mtls_ocsp_question_t *question)
{
    return (int)ASN1_INTEGER_get(X509_get0_serialNumber(question->cert));
}

void fixture_id(unsigned char id[MTLS_SHA256_LEN], int number)
{
    memset(id, 0, MTLS_SHA256_LEN);
    id[0] = (unsigned char)number;
    id[1] = (unsigned char)(number >> 8);
    id[MTLS_SHA256_LEN - 1] = 1;
}

bool mtls_ocsp_id(unsigned char out[MTLS_SHA256_LEN], const mtls_ocsp_question_t *question)
{
    fixture_id(out, number_of(question));
    return true;
}

const char *mtls_ocsp_responder(const mtls_ocsp_question_t *question, bool *from_cert,
                                apr_pool_t *pool)
{
    fixture_script_t now = current_script();

    (void)pool;
    *from_cert = now.from_cert;
    return now.nobody ? NULL : question->rules->responder;
}

/* Everything the question points to is looked at, so that a sanitizer sees whether it lives. */
apr_status_t mtls_ocsp_request_write(mtls_ocsp_request_t *out, const mtls_ocsp_question_t *question,
                                     apr_pool_t *pool)
{
    apr_size_t len = (apr_size_t)sk_X509_num(question->rules->pinned) + 1;

    if (X509_get0_serialNumber(question->issuer) == NULL)
        return APR_EINVAL;
    *out = (mtls_ocsp_request_t){.der = {.data = apr_pcalloc(pool, len), .len = len}};
    return APR_SUCCESS;
}

const char *mtls_ocsp_get_url(const char *responder, const mtls_ocsp_request_t *request,
                              apr_pool_t *pool)
{
    (void)request;
    return apr_pstrcat(pool, responder, "/get", NULL);
}

mtls_ocsp_answer_t mtls_ocsp_response_read(mtls_bytes_t der, const mtls_ocsp_question_t *question,
                                           const mtls_ocsp_request_t *request, apr_time_t now,
                                           const char **text, apr_pool_t *pool)
{
    fixture_script_t said = current_script();

    (void)der;
    (void)question;
    (void)request;
    (void)pool;
    said.answer.fetched = now;
    *text = said.text;
    return said.answer;
}

/* The cache. */

static int place_of(const unsigned char *id)
{
    return (id[0] | id[1] << 8) % PLACES;
}

static mtls_cache_end_t read_place(int place, unsigned char *data, apr_size_t *len)
{
    switch (cache_kind) {
    case CACHE_UP:
        break;
    case CACHE_DOWN:
        return MTLS_CACHE_DOWN;
    case CACHE_MISSES:
        return MTLS_CACHE_MISS;
    case CACHE_RUBBISH:
        memset(data, 0xff, *len);
        *len = MTLS_OCSP_RECORD_LEN;
        return MTLS_CACHE_HIT;
    case CACHE_LONG:
        memset(data, 1, *len);
        return MTLS_CACHE_HIT;
    }
    *len = cache_places[place].len;
    memcpy(data, cache_places[place].data, *len);
    return *len > 0 ? MTLS_CACHE_HIT : MTLS_CACHE_MISS;
}

static mtls_cache_end_t get(void *baton, const unsigned char id[MTLS_SHA256_LEN],
                            unsigned char *data, apr_size_t *len)
{
    mtls_cache_end_t end;

    (void)baton;
    pthread_mutex_lock(&mutex);
    seen.gets++;
    pthread_cond_broadcast(&event);
    end = read_place(place_of(id), data, len);
    pthread_mutex_unlock(&mutex);
    return end;
}

static bool put(void *baton, const unsigned char id[MTLS_SHA256_LEN], const unsigned char *data,
                apr_size_t len, apr_time_t expires)
{
    bool stored;

    (void)baton;
    pthread_mutex_lock(&mutex);
    seen.puts++;
    cache_expires = expires;
    stored = cache_kind == CACHE_UP;
    if (stored) {
        memcpy(cache_places[place_of(id)].data, data, len);
        cache_places[place_of(id)].len = len;
    }
    pthread_mutex_unlock(&mutex);
    return stored;
}

const mtls_shared_cache_t fixture_cache = {.get_fn = get, .put_fn = put};

void fixture_set_cache(fixture_cache_t kind)
{
    pthread_mutex_lock(&mutex);
    cache_kind = kind;
    pthread_mutex_unlock(&mutex);
}

void fixture_cache_put(int number, const mtls_ocsp_answer_t *answer)
{
    pthread_mutex_lock(&mutex);
    mtls_ocsp_record_write(cache_places[number].data, answer);
    cache_places[number].len = MTLS_OCSP_RECORD_LEN;
    pthread_mutex_unlock(&mutex);
}

mtls_status_word_t fixture_cached(int number)
{
    mtls_ocsp_answer_t answer;

    pthread_mutex_lock(&mutex);
    mtls_ocsp_record_parse(&answer, (mtls_bytes_t){.data = cache_places[number].data,
                                                   .len = cache_places[number].len});
    pthread_mutex_unlock(&mutex);
    return answer.word;
}

apr_time_t fixture_cache_expires(void)
{
    apr_time_t expires;

    pthread_mutex_lock(&mutex);
    expires = cache_expires;
    pthread_mutex_unlock(&mutex);
    return expires;
}

/* The client's side. */

static void hear(void *baton, const char *text, bool repeated)
{
    (void)baton;
    pthread_mutex_lock(&mutex);
    seen.told++;
    seen.repeated += repeated ? 1 : 0;
    apr_cpystrn(seen.text, text, sizeof(seen.text));
    pthread_mutex_unlock(&mutex);
}

mtls_ocsp_means_t fixture_means(mtls_board_t *board, bool with_cache)
{
    return (mtls_ocsp_means_t){
        .cache = with_cache ? &fixture_cache : NULL, .board = board, .tell_fn = hear};
}

static apr_status_t free_question(void *data)
{
    mtls_ocsp_question_t *question = data;

    X509_free(question->cert);
    X509_free(question->issuer);
    sk_X509_pop_free(question->rules->pinned, X509_free);
    memset((void *)question->rules, 0xff, sizeof(*question->rules));
    return APR_SUCCESS;
}

mtls_ocsp_question_t *fixture_question(int number, apr_pool_t *pool)
{
    mtls_ocsp_question_t *question = apr_pcalloc(pool, sizeof(*question));
    mtls_ocsp_rules_t *rules = apr_pcalloc(pool, sizeof(*rules));

    rules->timeout = 20 * SECOND;
    rules->responder = apr_pstrdup(pool, "http://ocsp.example.org:2560/q");
    rules->pinned = sk_X509_new_null();
    sk_X509_push(rules->pinned, X509_new());
    rules->hosts = apr_array_make(pool, 1, sizeof(mtls_sourced_t));
    question->cert = X509_new();
    question->issuer = X509_new();
    question->rules = rules;
    ASN1_INTEGER_set(X509_get_serialNumber(question->cert), number);
    apr_pool_cleanup_register(pool, question, free_question, apr_pool_cleanup_null);
    return question;
}
