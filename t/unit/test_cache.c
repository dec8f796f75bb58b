/* The shared cache over a provider that misbehaves: slow, silent, lying, gone (F-24, F-27, F-28).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <httpd.h>

#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <http_config.h>
#include <http_log.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../mod_mtls/httpd/cache_parts.h"
#include "mtls/trust/key_part.h"
#include "named_file_fixture.h"
#include "run.h"

/* The provider's own: an instance that has failed thinks that its server is gone. */
struct ap_socache_instance_t {
    int number;
    atomic_bool dead;
};

/* What the server would bring along. */
module AP_MODULE_DECLARE_DATA mtls_module;

static atomic_int lines_logged;

void ap_log_error_(const char *file, int line, int module_index, int level, apr_status_t status,
                   const server_rec *s, const char *fmt, ...)
{
    (void)file, (void)line, (void)module_index, (void)level, (void)status, (void)s, (void)fmt;
    lines_logged++;
}

static const unsigned char id[MTLS_SHA256_LEN] = "an id";

/* The provider: one value, and what it answers instead. */
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool silent; /* calls come back when this ends */
    int inside;
    atomic_int calls;
    apr_interval_time_t delay;
    apr_status_t read_status;
    apr_status_t write_status;
    int fails_at; /* this call, counted from 1, answers ... */
    apr_status_t failure;
    bool does_it;  /* ... after it has done what was asked */
    int gone_from; /* from this call on nothing is found, when it is not 0 */
    int together;  /* reads come back when so many are there */
    int reading;
    int instances; /* how many were made; they are numbered from 1 */
    int ended;     /* how many of them were ended */
    int dropped;   /* up to which one connections are dropped */
    bool refuses;  /* new connections too */
    unsigned char value[MTLS_CACHE_SEALED_MAX];
    unsigned len;
} far = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* @return the number of the call */
static int travel(void)
{
    int number;

    pthread_mutex_lock(&far.mutex);
    number = ++far.calls;
    far.inside++;
    pthread_cond_broadcast(&far.changed);
    while (far.silent)
        pthread_cond_wait(&far.changed, &far.mutex);
    far.inside--;
    pthread_cond_broadcast(&far.changed);
    pthread_mutex_unlock(&far.mutex);
    if (far.delay)
        apr_sleep(far.delay);
    return number;
}

static void meet_others(void)
{
    far.reading++;
    pthread_cond_broadcast(&far.changed);
    while (far.reading < far.together)
        pthread_cond_wait(&far.changed, &far.mutex);
}

static apr_status_t read_value(const unsigned char *key, unsigned char *data, unsigned *len)
{
    if (far.read_status != APR_SUCCESS)
        return far.read_status;
    if (far.len == 0 || memcmp(key, id, MTLS_SHA256_LEN) != 0)
        return APR_NOTFOUND;
    if (far.len > *len)
        return APR_ENOMEM;
    memcpy(data, far.value, far.len);
    *len = far.len;
    meet_others();
    return APR_SUCCESS;
}

static apr_status_t write_value(const unsigned char *key, const unsigned char *data, unsigned len)
{
    if (far.write_status != APR_SUCCESS)
        return far.write_status;
    if (memcmp(key, id, MTLS_SHA256_LEN) != 0)
        return APR_SUCCESS;
    memcpy(far.value, data, len);
    far.len = len;
    return APR_SUCCESS;
}

static apr_status_t remove_value(const unsigned char *key)
{
    if (far.write_status != APR_SUCCESS)
        return far.write_status;
    if (far.len == 0 || memcmp(key, id, MTLS_SHA256_LEN) != 0)
        return APR_NOTFOUND;
    far.len = 0;
    return APR_SUCCESS;
}

/* @return whether the call of this number is to do anything */
static bool works(int number)
{
    if (far.gone_from && number >= far.gone_from)
        return false;
    return number != far.fails_at || far.does_it;
}

static apr_status_t answer(int number, apr_status_t status)
{
    bool is_gone = far.gone_from && number >= far.gone_from;

    pthread_mutex_unlock(&far.mutex);
    if (is_gone)
        return APR_NOTFOUND;
    return number == far.fails_at ? far.failure : status;
}

static apr_status_t far_end(void *data)
{
    (void)data;
    far.ended++;
    return APR_SUCCESS;
}

static const char *far_create(ap_socache_instance_t **instance, const char *arg, apr_pool_t *temp,
                              apr_pool_t *p)
{
    (void)temp;
    ck_assert_str_eq(arg, "far away");
    *instance = apr_pcalloc(p, sizeof(**instance));
    (*instance)->number = ++far.instances;
    apr_pool_cleanup_register(p, *instance, far_end, apr_pool_cleanup_null);
    return NULL;
}

static apr_status_t far_init(ap_socache_instance_t *instance, const char *name,
                             const struct ap_socache_hints *hints, server_rec *s, apr_pool_t *p)
{
    (void)instance, (void)hints, (void)s, (void)p;
    ck_assert_str_eq(name, "mod_mtls");
    return APR_SUCCESS;
}

static bool is_dead(ap_socache_instance_t *instance)
{
    return instance && atomic_load(&instance->dead);
}

/* Of one whose connections were dropped all calls fail that have begun when the first one does;
 * those that begin later find nothing. */
static apr_status_t reach(ap_socache_instance_t *instance, bool was_dead)
{
    if (was_dead)
        return APR_NOTFOUND;
    if (!instance)
        return APR_SUCCESS;
    if (!far.refuses && instance->number > far.dropped)
        return APR_SUCCESS;
    atomic_store(&instance->dead, true);
    return APR_EOF;
}

static apr_status_t far_store(ap_socache_instance_t *instance, server_rec *s,
                              const unsigned char *key, unsigned key_len, apr_time_t expiry,
                              unsigned char *data, unsigned len, apr_pool_t *p)
{
    bool was_dead = is_dead(instance);
    int number = travel();
    apr_status_t reached;

    (void)s, (void)key_len, (void)expiry, (void)p;
    reached = reach(instance, was_dead);
    if (reached != APR_SUCCESS)
        return reached;
    pthread_mutex_lock(&far.mutex);
    return answer(number, works(number) ? write_value(key, data, len) : APR_SUCCESS);
}

static apr_status_t far_retrieve(ap_socache_instance_t *instance, server_rec *s,
                                 const unsigned char *key, unsigned key_len, unsigned char *data,
                                 unsigned *len, apr_pool_t *p)
{
    bool was_dead = is_dead(instance);
    int number = travel();
    apr_status_t reached;

    (void)s, (void)key_len, (void)p;
    reached = reach(instance, was_dead);
    if (reached != APR_SUCCESS)
        return reached;
    pthread_mutex_lock(&far.mutex);
    return answer(number, works(number) ? read_value(key, data, len) : APR_SUCCESS);
}

static apr_status_t far_remove(ap_socache_instance_t *instance, server_rec *s,
                               const unsigned char *key, unsigned key_len, apr_pool_t *p)
{
    bool was_dead = is_dead(instance);
    int number = travel();
    apr_status_t reached;

    (void)s, (void)key_len, (void)p;
    reached = reach(instance, was_dead);
    if (reached != APR_SUCCESS)
        return reached;
    pthread_mutex_lock(&far.mutex);
    return answer(number, works(number) ? remove_value(key) : APR_SUCCESS);
}

static const ap_socache_provider_t provider = {.name = "far",
                                               .create = far_create,
                                               .init = far_init,
                                               .store = far_store,
                                               .retrieve = far_retrieve,
                                               .remove = far_remove};

/* How long the cache waits, and how long in tests of a provider that does not always answer. */
#define LONG  apr_time_from_sec(20)
#define SHORT apr_time_from_sec(1)

static mtls_cache_t *cache;
static mtls_board_t *board;
static apr_pool_t *kept; /* what is made before each test */

static void set_up(void)
{
    ck_assert_int_eq(apr_pool_create(&kept, NULL), APR_SUCCESS);
    board = mtls_board_init(apr_pcalloc(kept, mtls_board_size()));
    cache = apr_pcalloc(kept, sizeof(*cache));
    cache->provider = &provider;
    cache->name = "far";
    cache->timeout = LONG;
    cache->means = (mtls_cache_means_t){board, NULL, -1};
    cache->own = apr_palloc(kept, sizeof(*cache->own));
    ck_assert(mtls_keys_random(cache->own));
    cache->errands = mtls_errands_make(kept);
    ck_assert_ptr_nonnull(cache->errands);
    cache->ready = true;
}

static void tear_down(void)
{
    apr_pool_destroy(kept);
}

static int counted(mtls_counter_t counter)
{
    return (int)mtls_board_read(board, counter);
}

static bool put(const char *text)
{
    return mtls_cache_put(cache, id, (const unsigned char *)text, strlen(text),
                          apr_time_now() + apr_time_from_sec(60));
}

static mtls_cache_end_t get(const char **text)
{
    unsigned char data[MTLS_SHARED_CACHE_MAX];
    apr_size_t len = sizeof(data);
    mtls_cache_end_t end = mtls_cache_get(cache, id, data, &len);

    if (text)
        *text = end == MTLS_CACHE_HIT ? apr_pstrmemdup(pool, (char *)data, len) : "";
    return end;
}

static mtls_cache_end_t take(void)
{
    unsigned char data[64];
    apr_size_t len = sizeof(data);

    return mtls_cache_take(cache, id, data, &len);
}

/* As of redis and memcache. */
static void use_links(void)
{
    cache->arguments = "far away";
    far.instances = far.ended = far.dropped = 0;
    ck_assert_ptr_null(far_create(&cache->instance, cache->arguments, kept, kept));
    cache->links = mtls_cache_links_make(cache, kept);
    ck_assert_ptr_nonnull(cache->links);
}

/* As of a provider that is called in place. */
static void use_mutex(void)
{
    cache->errands = NULL;
    ck_assert_int_eq(apr_global_mutex_create(&cache->mutex, NULL, APR_LOCK_DEFAULT, pool),
                     APR_SUCCESS);
}

static void set_silent(bool silent)
{
    pthread_mutex_lock(&far.mutex);
    far.silent = silent;
    pthread_cond_broadcast(&far.changed);
    while (!silent && far.inside > 0)
        pthread_cond_wait(&far.changed, &far.mutex);
    pthread_mutex_unlock(&far.mutex);
}

START_TEST(what_is_stored_is_found)
{
    const char *text;

    ck_assert_int_eq(get(NULL), MTLS_CACHE_MISS);
    ck_assert(put("a record"));
    ck_assert_int_eq(get(&text), MTLS_CACHE_HIT);
    ck_assert_str_eq(text, "a record");
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_FAILURES), 0);
}
END_TEST

START_TEST(sizes_and_times_are_bounded)
{
    static const unsigned char large[MTLS_SHARED_CACHE_MAX + 1];
    unsigned char small[7];
    apr_size_t len = sizeof(small);
    apr_time_t later = apr_time_now() + apr_time_from_sec(60);

    ck_assert(!mtls_cache_put(cache, id, large, sizeof(large), later));
    ck_assert(!mtls_cache_put(cache, id, large, 1, apr_time_now()));
    ck_assert_int_eq(far.calls, 0);
    ck_assert(mtls_cache_put(cache, id, large, MTLS_SHARED_CACHE_MAX, later));
    ck_assert(put("a record"));
    ck_assert_int_eq(mtls_cache_get(cache, id, small, &len), MTLS_CACHE_MISS);
}
END_TEST

START_TEST(a_child_without_its_cache_is_without_it)
{
    cache->ready = false;
    ck_assert(!put("x"));
    ck_assert_int_eq(get(NULL), MTLS_CACHE_DOWN);
    ck_assert_int_eq(far.calls, 0);
}
END_TEST

START_TEST(F_28_rubbish_is_a_miss_and_counted)
{
    ck_assert(put("a record"));
    far.value[MTLS_SEAL_OVERHEAD] ^= 1;
    ck_assert_int_eq(get(NULL), MTLS_CACHE_MISS);
    memset(far.value, 'x', sizeof(far.value));
    far.len = sizeof(far.value);
    ck_assert_int_eq(get(NULL), MTLS_CACHE_MISS);
    far.read_status = APR_ENOMEM;
    ck_assert_int_eq(get(NULL), MTLS_CACHE_MISS);
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_REFUSED), 3);
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_FAILURES), 0);
}
END_TEST

START_TEST(F_28_a_value_of_another_start_is_a_miss)
{
    ck_assert(put("a record"));
    ck_assert(mtls_keys_random(cache->own));
    ck_assert_int_eq(get(NULL), MTLS_CACHE_MISS);
    ck_assert(put("another"));
    ck_assert_int_eq(get(NULL), MTLS_CACHE_HIT);
}
END_TEST

START_TEST(F_28_a_silent_server_holds_nobody_up)
{
    apr_time_t began = apr_time_now();
    int i;

    cache->timeout = SHORT;
    set_silent(true);
    for (i = 0; i < MTLS_CACHE_FAILURES; i++)
        ck_assert_int_eq(get(NULL), MTLS_CACHE_DOWN);
    ck_assert_int_gt(apr_time_now() - began, MTLS_CACHE_FAILURES * SHORT - 1000);
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_FAILURES), MTLS_CACHE_FAILURES);
    for (i = 0; i < 100; i++) {
        ck_assert_int_eq(get(NULL), MTLS_CACHE_DOWN);
        ck_assert(!put("x"));
    }
    ck_assert_int_eq(far.calls, MTLS_CACHE_FAILURES);
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_SKIPPED), 200);
    ck_assert_int_eq(lines_logged, 1);
    set_silent(false);
}
END_TEST

/* When every thread is kept by the server, calls still come back; when it lets go, all is well. */
START_TEST(F_28_a_silent_server_that_comes_back)
{
    const char *text;
    int i;

    cache->timeout = SHORT;
    set_silent(true);
    for (i = 0; i < MTLS_ERRAND_THREADS + 2; i++) {
        atomic_store(&cache->retry_at, 0);
        ck_assert_int_eq(get(NULL), MTLS_CACHE_DOWN);
    }
    ck_assert_int_eq(far.calls, MTLS_ERRAND_THREADS);
    set_silent(false);
    atomic_store(&cache->retry_at, 0);
    ck_assert(put("a record"));
    ck_assert_int_eq(lines_logged, 2);
    ck_assert_int_eq(get(&text), MTLS_CACHE_HIT);
    ck_assert_str_eq(text, "a record");
}
END_TEST

/* A server that refuses connections: one failure, then "not found", for writes too. */
START_TEST(F_28_a_server_that_is_gone_is_left_alone)
{
    far.write_status = APR_NOTFOUND;
    ck_assert_int_eq(get(NULL), MTLS_CACHE_MISS);
    ck_assert(!put("x"));
    ck_assert(!put("x"));
    ck_assert_int_eq(get(NULL), MTLS_CACHE_DOWN);
    ck_assert(!put("x"));
    ck_assert_int_eq(get(NULL), MTLS_CACHE_DOWN);
    ck_assert_int_eq(far.calls, 5);
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_FAILURES), 3);
}
END_TEST

/* As if the pause were over. */
START_TEST(after_the_pause_one_try_decides)
{
    int i;

    far.write_status = APR_EGENERAL;
    for (i = 0; i < MTLS_CACHE_FAILURES; i++)
        ck_assert(!put("x"));
    atomic_store(&cache->retry_at, 0);
    ck_assert(mtls_cache_may_try(cache));
    ck_assert(!mtls_cache_may_try(cache));
    mtls_cache_tried(cache, MTLS_CACHE_CALL_NOTHING);
    ck_assert(mtls_cache_may_try(cache));
    mtls_cache_tried(cache, MTLS_CACHE_CALL_FAILED);
    ck_assert(!mtls_cache_may_try(cache));
    ck_assert_int_eq(lines_logged, 1);
    atomic_store(&cache->retry_at, 0);
    ck_assert(mtls_cache_may_try(cache));
    mtls_cache_tried(cache, MTLS_CACHE_CALL_DONE);
    ck_assert(mtls_cache_may_try(cache) && mtls_cache_may_try(cache));
    ck_assert_int_eq(lines_logged, 2);
}
END_TEST

START_TEST(a_success_ends_a_row_of_failures)
{
    int i;

    for (i = 0; i < 5 * MTLS_CACHE_FAILURES; i++) {
        far.write_status = i % MTLS_CACHE_FAILURES ? APR_EGENERAL : APR_SUCCESS;
        ck_assert_int_eq(put("x"), far.write_status == APR_SUCCESS);
    }
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_SKIPPED), 0);
}
END_TEST

static void *get_often(apr_thread_t *thread, void *data)
{
    int i;

    (void)thread, (void)data;
    for (i = 0; i < 20; i++) {
        unsigned char octets[16];
        apr_size_t len = sizeof(octets);

        if (mtls_cache_get(cache, id, octets, &len) != MTLS_CACHE_HIT)
            return cache;
    }
    return NULL;
}

/* More callers than threads is no failure. */
START_TEST(many_callers_wait_for_their_turn)
{
    apr_thread_t *threads[3 * MTLS_ERRAND_THREADS];
    int i;

    ck_assert(put("a record"));
    far.delay = apr_time_from_msec(2);
    for (i = 0; i < COUNT_OF(threads); i++)
        ck_assert_int_eq(apr_thread_create(&threads[i], NULL, get_often, NULL, pool), APR_SUCCESS);
    for (i = 0; i < COUNT_OF(threads); i++) {
        apr_status_t status;

        apr_thread_join(&status, threads[i]);
    }
    ck_assert_int_eq(far.calls, 1 + 20 * COUNT_OF(threads));
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_FAILURES), 0);
}
END_TEST

START_TEST(keys_are_those_of_the_current_generation)
{
    static const int numbers[][2] = {{1, 1}, {2, 1}, {2, 2}};
    mtls_generation_t *generations[3];
    int i;

    for (i = 0; i < 3; i++) {
        const char *text = apr_psprintf(pool, "%064x\n", numbers[i][0]);
        const mtls_named_file_t *file;

        if (numbers[i][1] != numbers[i][0])
            text = apr_psprintf(pool, "%s%064x\n", text, numbers[i][1]);
        file = fixture_named_file("MTLSCacheKeyFile", fixture_file(text, 0600, pool), pool);
        generations[i] =
            fixture_load_file(&mtls_key_part_kind, file, NULL, mtls_faults_make(pool), pool);
        ck_assert_ptr_nonnull(generations[i]);
        mtls_generation_set_number(generations[i], (unsigned)i + 1);
    }
    cache->means = (mtls_cache_means_t){board, mtls_store_make(generations[0], pool), 0};
    ck_assert(put("a record"));
    ck_assert_int_eq(get(NULL), MTLS_CACHE_HIT);
    ck_assert(mtls_store_publish(cache->means.store, generations[1]));
    ck_assert_int_eq(get(NULL), MTLS_CACHE_HIT);
    ck_assert(mtls_store_publish(cache->means.store, generations[2]));
    ck_assert_int_eq(get(NULL), MTLS_CACHE_MISS);
    ck_assert_int_eq(mtls_store_sweep(cache->means.store), 0);
}
END_TEST

/* A process that is killed with the mutex held. */
static void die_with_mutex(void)
{
    pid_t child = fork();
    int status;

    ck_assert_int_ge(child, 0);
    if (child == 0) {
        if (apr_global_mutex_child_init(&cache->mutex, NULL, pool) == APR_SUCCESS &&
            apr_global_mutex_lock(cache->mutex) == APR_SUCCESS)
            raise(SIGKILL);
        _exit(1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

START_TEST(F_24_a_dead_child_with_the_mutex_stops_nobody)
{
    static const struct {
        apr_lockmech_e mech;
        mtls_cache_end_t end; /* whether the system frees what a dead process has locked */
    } rows[] = {{APR_LOCK_PROC_PTHREAD, MTLS_CACHE_HIT}, {APR_LOCK_POSIXSEM, MTLS_CACHE_DOWN}};
    apr_time_t began;

    cache->errands = NULL;
    ck_assert_int_eq(apr_global_mutex_create(&cache->mutex, NULL, rows[_i].mech, pool),
                     APR_SUCCESS);
    ck_assert(put("a record"));
    ck_assert_int_eq(get(NULL), MTLS_CACHE_HIT);
    die_with_mutex();
    cache->timeout = SHORT;
    began = apr_time_now();
    ck_assert_int_eq(get(NULL), rows[_i].end);
    ck_assert_int_lt(apr_time_now() - began, apr_time_from_sec(10));
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_FAILURES), rows[_i].end == MTLS_CACHE_DOWN);
}
END_TEST

/* Takes, and removals, of what is there, was there, expired, and is not ours. */
START_TEST(what_is_taken_is_gone)
{
    unsigned char data[64];
    apr_size_t len = sizeof(data);

    if (_i)
        use_mutex();
    ck_assert_int_eq(take(), MTLS_CACHE_MISS);
    ck_assert_int_eq(mtls_cache_remove(cache, id), MTLS_CACHE_MISS);
    ck_assert(put("a record"));
    ck_assert_int_eq(mtls_cache_take(cache, id, data, &len), MTLS_CACHE_HIT);
    ck_assert_uint_eq(len, strlen("a record"));
    ck_assert_mem_eq(data, "a record", len);
    ck_assert_int_eq(far.len, 0);
    ck_assert_int_eq(take(), MTLS_CACHE_MISS);
    ck_assert(put("another"));
    ck_assert_int_eq(mtls_cache_remove(cache, id), MTLS_CACHE_HIT);
    ck_assert_int_eq(get(NULL), MTLS_CACHE_MISS);
    ck_assert_int_eq(mtls_cache_remove(cache, id), MTLS_CACHE_MISS);
    ck_assert(put("a third"));
    far.value[MTLS_SEAL_OVERHEAD] ^= 1;
    ck_assert_int_eq(take(), MTLS_CACHE_MISS);
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_REFUSED), 1);
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_FAILURES), 0);
}
END_TEST

START_TEST(what_has_expired_is_not_taken)
{
    mtls_sealed_t old = {id, {(const unsigned char *)"old", 3}, apr_time_now() - 1};
    apr_size_t len = sizeof(far.value);

    if (_i)
        use_mutex();
    ck_assert(mtls_seal_write(far.value, &len, cache->own, &old));
    far.len = (unsigned)len;
    ck_assert_int_eq(take(), MTLS_CACHE_MISS);
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_REFUSED), 0);
}
END_TEST

static void *take_one(void *data)
{
    *(mtls_cache_end_t *)data = take();
    return NULL;
}

/* Without a mutex all of them have read the value before anybody removes it. */
START_TEST(S_02_of_eight_who_take_one_gets_it)
{
    pthread_t threads[8];
    mtls_cache_end_t ends[8];
    int round, i;

    if (_i)
        use_mutex();
    for (round = 0; round < 20; round++) {
        int hits = 0;

        ck_assert(put("a code"));
        far.reading = 0;
        far.together = _i ? 0 : COUNT_OF(threads);
        for (i = 0; i < COUNT_OF(threads); i++)
            ck_assert_int_eq(pthread_create(&threads[i], NULL, take_one, &ends[i]), 0);
        for (i = 0; i < COUNT_OF(threads); i++) {
            pthread_join(threads[i], NULL);
            hits += ends[i] == MTLS_CACHE_HIT;
            ck_assert_int_ne(ends[i], MTLS_CACHE_DOWN);
        }
        ck_assert_int_eq(hits, 1);
        ck_assert_int_eq(far.len, 0);
    }
}
END_TEST

static const apr_status_t failures[] = {APR_EGENERAL, APR_NOTFOUND, APR_ENOMEM, APR_ENOSPC,
                                        APR_EINVAL,   APR_TIMEUP,   APR_EOF,    APR_SUCCESS};

/* Make the provider answer so to this one of the next calls; after @a doing what was asked, or
 * without. */
static void fail_at(int nth, apr_status_t failure, bool doing)
{
    far.fails_at = far.calls + nth;
    far.failure = failure;
    far.does_it = doing;
}

static void be_well(void)
{
    far.fails_at = 0;
    atomic_store(&cache->failures, 0);
}

static void check_take(void)
{
    int hits = 0, i;

    hits += take() == MTLS_CACHE_HIT;
    be_well();
    for (i = 0; i < 3; i++)
        hits += take() == MTLS_CACHE_HIT;
    ck_assert_int_le(hits, 1);
    ck_assert_int_eq(far.len, 0);
}

static void check_remove(void)
{
    mtls_cache_end_t end = mtls_cache_remove(cache, id);
    bool is_lie = cache->mutex && far.failure == APR_NOTFOUND;

    if (end == MTLS_CACHE_HIT || (end == MTLS_CACHE_MISS && !is_lie))
        ck_assert_int_eq(far.len, 0);
    be_well();
    ck_assert_int_ne(mtls_cache_remove(cache, id), MTLS_CACHE_DOWN);
    ck_assert_int_eq(far.len, 0);
}

static void check_get(void)
{
    const char *text;

    if (get(&text) == MTLS_CACHE_HIT)
        ck_assert_str_eq(text, "a record");
    be_well();
    ck_assert_int_eq(get(NULL), MTLS_CACHE_HIT);
}

static void check_put(void)
{
    if (put("another"))
        ck_assert_int_gt(far.len, 0);
    be_well();
    ck_assert(put("a third"));
    ck_assert_int_eq(get(NULL), MTLS_CACHE_HIT);
}

/* T-D09: every answer of the provider at every call, done or not.  A lie that something was done
 * which was not is believed of a write alone: who lies so stores nothing at all. */
START_TEST(T_D09_every_failure_at_every_call)
{
    static void (*const checks[])(void) = {check_take, check_remove, check_get, check_put};
    int check, nth, failure, doing;

    if (_i == 1)
        use_mutex();
    for (check = 0; check < COUNT_OF(checks); check++)
        for (nth = 1; nth <= 6; nth++)
            for (failure = 0; failure < COUNT_OF(failures); failure++)
                for (doing = failures[failure] == APR_SUCCESS; doing < 2; doing++) {
                    if (_i == 2)
                        use_links();
                    ck_assert(put("a record"));
                    fail_at(nth, failures[failure], doing);
                    checks[check]();
                }
}
END_TEST

/* What dbm does when it cannot write. */
START_TEST(T_D09_a_removal_that_only_says_so)
{
    unsigned char before[MTLS_CACHE_SEALED_MAX];
    unsigned len;

    use_mutex();
    ck_assert(put("a record"));
    memcpy(before, far.value, far.len);
    len = far.len;
    fail_at(2, APR_SUCCESS, false);
    ck_assert_int_eq(take(), MTLS_CACHE_DOWN);
    ck_assert_int_eq(far.len, len);
    ck_assert_mem_eq(far.value, before, len);
    fail_at(2, APR_SUCCESS, false);
    ck_assert_int_eq(mtls_cache_remove(cache, id), MTLS_CACHE_DOWN);
}
END_TEST

/* A server that is given up on is "not found" for reads and removals too: then nobody can say. */
START_TEST(F_28_not_found_of_a_server_that_is_gone)
{
    ck_assert(put("a record"));
    far.read_status = far.write_status = APR_NOTFOUND;
    ck_assert_int_eq(take(), MTLS_CACHE_DOWN);
    be_well();
    ck_assert_int_eq(mtls_cache_remove(cache, id), MTLS_CACHE_DOWN);
    be_well();
    ck_assert_int_eq(get(NULL), MTLS_CACHE_DOWN);
    be_well();
    far.read_status = far.write_status = APR_SUCCESS;
    far.len = 0;
    ck_assert_int_eq(get(NULL), MTLS_CACHE_MISS);
    far.calls = 0;
    ck_assert_int_eq(get(NULL), MTLS_CACHE_MISS);
    ck_assert_int_eq(far.calls, 1);
}
END_TEST

/* It comes back for one write, and is gone again. */
START_TEST(F_28_a_server_that_comes_and_goes)
{
    ck_assert(put("a record"));
    fail_at(1, APR_NOTFOUND, false);
    far.gone_from = far.calls + 3;
    ck_assert_int_eq(mtls_cache_remove(cache, id), MTLS_CACHE_DOWN);
    ck_assert_int_gt(far.len, 0);
    far.gone_from = 0;
    ck_assert_int_eq(mtls_cache_remove(cache, id), MTLS_CACHE_HIT);
}
END_TEST

/* It is given up on between the read and the removal. */
START_TEST(F_28_a_server_that_goes_while_a_value_is_taken)
{
    ck_assert(put("a record"));
    far.write_status = APR_NOTFOUND;
    ck_assert_int_eq(take(), MTLS_CACHE_DOWN);
    far.write_status = APR_SUCCESS;
    ck_assert_int_eq(take(), MTLS_CACHE_HIT);
    ck_assert_int_eq(take(), MTLS_CACHE_MISS);
}
END_TEST

/* Of what is too large for the provider, others need not suffer. */
START_TEST(a_value_that_does_not_fit_breaks_nothing)
{
    int i;

    far.write_status = APR_ENOSPC;
    for (i = 0; i < 2 * MTLS_CACHE_FAILURES; i++)
        ck_assert(!put("too large"));
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_FAILURES), 2 * MTLS_CACHE_FAILURES);
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_SKIPPED), 0);
    far.write_status = APR_SUCCESS;
    ck_assert(put("small"));
}
END_TEST

/* All connections are dropped, and the server takes new ones: it was restarted, or another one has
 * taken over. */
static void drop_connections(void)
{
    far.dropped = far.instances;
}

START_TEST(F_28_dropped_connections_cost_no_call)
{
    const char *text;

    use_links();
    drop_connections();
    ck_assert(put("a record"));
    drop_connections();
    ck_assert_int_eq(get(&text), MTLS_CACHE_HIT);
    ck_assert_str_eq(text, "a record");
    drop_connections();
    ck_assert_int_eq(take(), MTLS_CACHE_HIT);
    drop_connections();
    ck_assert_int_eq(mtls_cache_remove(cache, id), MTLS_CACHE_MISS);
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_FAILURES), 0);
    ck_assert_int_eq(far.instances, 5);
    ck_assert_int_eq(far.ended, 3); /* neither the parent's nor the current one */
}
END_TEST

static void *get_one(void *data)
{
    *(mtls_cache_end_t *)data = get(NULL);
    return NULL;
}

START_TEST(F_28_many_who_find_them_dropped_make_one_link)
{
    pthread_t threads[8];
    mtls_cache_end_t ends[8];
    int i;

    use_links();
    ck_assert(put("a record"));
    drop_connections();
    far.delay = apr_time_from_msec(5);
    for (i = 0; i < COUNT_OF(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, get_one, &ends[i]), 0);
    for (i = 0; i < COUNT_OF(threads); i++) {
        pthread_join(threads[i], NULL);
        ck_assert_int_eq(ends[i], MTLS_CACHE_HIT);
    }
    ck_assert_int_eq(far.instances, 2);
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_FAILURES), 0);
}
END_TEST

/* Each call tries twice, then it is left alone; one trial is enough once the server is there. */
START_TEST(F_28_a_server_that_refuses_is_left_alone_and_used_again)
{
    int i;

    use_links();
    far.refuses = true;
    for (i = 0; i < 10; i++)
        ck_assert(!put("x"));
    ck_assert_int_eq(far.calls, 2 * MTLS_CACHE_FAILURES);
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_FAILURES), MTLS_CACHE_FAILURES);
    atomic_store(&cache->retry_at, 0);
    ck_assert(!put("x"));
    ck_assert(!put("x"));
    ck_assert_int_eq(far.calls, 2 * MTLS_CACHE_FAILURES + 1);
    far.refuses = false;
    atomic_store(&cache->retry_at, 0);
    ck_assert_int_eq(get(NULL), MTLS_CACHE_MISS);
    ck_assert(put("x"));
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_FAILURES), MTLS_CACHE_FAILURES + 1);
    ck_assert_int_eq(far.instances, 1 + MTLS_CACHE_FAILURES + 2);
}
END_TEST

/* Connections on which nothing is ever said, as after a firewall has forgotten them. */
START_TEST(F_28_a_trial_has_connections_of_its_own)
{
    int i;

    use_links();
    cache->timeout = SHORT;
    set_silent(true);
    for (i = 0; i < MTLS_CACHE_FAILURES; i++)
        ck_assert_int_eq(get(NULL), MTLS_CACHE_DOWN);
    ck_assert_int_eq(far.instances, 1);
    drop_connections();
    set_silent(false);
    atomic_store(&cache->retry_at, 0);
    ck_assert(put("x"));
    ck_assert_int_eq(far.instances, 2);
}
END_TEST

/* The removal was done, and nobody heard of it: whoever tries again would believe that somebody
 * else has had it, and so would be right to say that it is gone; but nobody would have it. */
START_TEST(T_D09_a_removal_that_was_done_is_not_tried_again)
{
    use_links();
    ck_assert(put("a code"));
    far.calls = 0;
    fail_at(2, APR_EOF, true);
    ck_assert_int_eq(take(), MTLS_CACHE_DOWN);
    ck_assert_int_eq(far.calls, 2);
    ck_assert_int_eq(far.instances, 1);
    ck_assert_int_eq(far.len, 0);
    ck_assert_int_eq(take(), MTLS_CACHE_MISS);
}
END_TEST

/* A store that fails at once whatever is done, as one that is full. */
START_TEST(F_26_connections_are_not_renewed_without_end)
{
    int i;

    use_links();
    far.write_status = APR_EGENERAL;
    for (i = 0; i < 100; i++) {
        ck_assert(!put("x"));
        ck_assert_int_eq(get(NULL), MTLS_CACHE_DOWN);
        be_well();
    }
    ck_assert_int_le(far.instances, 11);
    far.write_status = APR_SUCCESS;
    ck_assert(put("x"));
}
END_TEST

/* One that fails late is waited for by nobody. */
START_TEST(F_28_what_failed_late_is_not_tried_again)
{
    use_links();
    ck_assert(put("a record"));
    far.calls = 0;
    cache->timeout = SHORT;
    far.delay = SHORT / 5 + apr_time_from_msec(20);
    fail_at(1, APR_EOF, false);
    ck_assert_int_eq(get(NULL), MTLS_CACHE_DOWN);
    ck_assert_int_eq(far.calls, 1);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("cache");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, what_is_stored_is_found);
    tcase_add_test(tcase, sizes_and_times_are_bounded);
    tcase_add_test(tcase, a_child_without_its_cache_is_without_it);
    tcase_add_test(tcase, F_28_rubbish_is_a_miss_and_counted);
    tcase_add_test(tcase, F_28_a_value_of_another_start_is_a_miss);
    tcase_add_test(tcase, F_28_a_silent_server_holds_nobody_up);
    tcase_add_test(tcase, F_28_a_silent_server_that_comes_back);
    tcase_add_test(tcase, F_28_a_server_that_is_gone_is_left_alone);
    tcase_add_test(tcase, after_the_pause_one_try_decides);
    tcase_add_test(tcase, a_success_ends_a_row_of_failures);
    tcase_add_test(tcase, many_callers_wait_for_their_turn);
    tcase_add_test(tcase, keys_are_those_of_the_current_generation);
    tcase_add_loop_test(tcase, F_24_a_dead_child_with_the_mutex_stops_nobody, 0, 2);
    tcase_add_loop_test(tcase, what_is_taken_is_gone, 0, 2);
    tcase_add_loop_test(tcase, what_has_expired_is_not_taken, 0, 2);
    tcase_add_loop_test(tcase, S_02_of_eight_who_take_one_gets_it, 0, 2);
    tcase_add_loop_test(tcase, T_D09_every_failure_at_every_call, 0, 3);
    tcase_add_test(tcase, T_D09_a_removal_that_only_says_so);
    tcase_add_test(tcase, F_28_not_found_of_a_server_that_is_gone);
    tcase_add_test(tcase, F_28_a_server_that_comes_and_goes);
    tcase_add_test(tcase, F_28_a_server_that_goes_while_a_value_is_taken);
    tcase_add_test(tcase, a_value_that_does_not_fit_breaks_nothing);
    tcase_add_test(tcase, F_28_dropped_connections_cost_no_call);
    tcase_add_test(tcase, F_28_many_who_find_them_dropped_make_one_link);
    tcase_add_test(tcase, F_28_a_server_that_refuses_is_left_alone_and_used_again);
    tcase_add_test(tcase, F_28_a_trial_has_connections_of_its_own);
    tcase_add_test(tcase, T_D09_a_removal_that_was_done_is_not_tried_again);
    tcase_add_test(tcase, F_26_connections_are_not_renewed_without_end);
    tcase_add_test(tcase, F_28_what_failed_late_is_not_tried_again);
    return run_case("cache", tcase);
}
