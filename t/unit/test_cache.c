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
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../mod_mtls/httpd/cache_parts.h"
#include "run.h"
#include "trust_fixture.h"

/* What the server would bring along. */
module AP_MODULE_DECLARE_DATA mtls_module;

static atomic_int lines_logged;

void ap_log_error_(const char *file, int line, int module_index, int level, apr_status_t status,
                   const server_rec *s, const char *fmt, ...)
{
    (void)file, (void)line, (void)module_index, (void)level, (void)status, (void)s, (void)fmt;
    lines_logged++;
}

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
    unsigned char value[MTLS_CACHE_SEALED_MAX];
    unsigned len;
} far = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void travel(void)
{
    pthread_mutex_lock(&far.mutex);
    far.calls++;
    far.inside++;
    pthread_cond_broadcast(&far.changed);
    while (far.silent)
        pthread_cond_wait(&far.changed, &far.mutex);
    far.inside--;
    pthread_cond_broadcast(&far.changed);
    pthread_mutex_unlock(&far.mutex);
    if (far.delay)
        apr_sleep(far.delay);
}

static apr_status_t far_store(ap_socache_instance_t *instance, server_rec *s,
                              const unsigned char *id, unsigned idlen, apr_time_t expiry,
                              unsigned char *data, unsigned len, apr_pool_t *p)
{
    (void)instance, (void)s, (void)id, (void)idlen, (void)expiry, (void)p;
    travel();
    if (far.write_status != APR_SUCCESS)
        return far.write_status;
    memcpy(far.value, data, len);
    far.len = len;
    return APR_SUCCESS;
}

static apr_status_t far_retrieve(ap_socache_instance_t *instance, server_rec *s,
                                 const unsigned char *id, unsigned idlen, unsigned char *data,
                                 unsigned *len, apr_pool_t *p)
{
    (void)instance, (void)s, (void)id, (void)idlen, (void)p;
    travel();
    if (far.read_status != APR_SUCCESS)
        return far.read_status;
    if (far.len == 0)
        return APR_NOTFOUND;
    if (far.len > *len)
        return APR_ENOMEM;
    memcpy(data, far.value, far.len);
    *len = far.len;
    return APR_SUCCESS;
}

static const ap_socache_provider_t provider = {
    .name = "far", .store = far_store, .retrieve = far_retrieve};

static const unsigned char id[MTLS_SHA256_LEN] = "an id";
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
    cache->means = (mtls_cache_means_t){board, NULL, -1};
    ck_assert(mtls_keys_random(&cache->own));
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
    ck_assert(mtls_keys_random(&cache->own));
    ck_assert_int_eq(get(NULL), MTLS_CACHE_MISS);
    ck_assert(put("another"));
    ck_assert_int_eq(get(NULL), MTLS_CACHE_HIT);
}
END_TEST

START_TEST(F_28_a_silent_server_holds_nobody_up)
{
    apr_time_t began = apr_time_now();
    int i;

    set_silent(true);
    for (i = 0; i < MTLS_CACHE_FAILURES; i++)
        ck_assert_int_eq(get(NULL), MTLS_CACHE_DOWN);
    ck_assert_int_gt(apr_time_now() - began, MTLS_CACHE_FAILURES * MTLS_CACHE_PATIENCE - 1000);
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
    ck_assert_int_eq(get(NULL), MTLS_CACHE_MISS);
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
    apr_array_header_t *specs = apr_array_make(pool, 1, sizeof(mtls_part_spec_t));
    mtls_generation_t *generations[3];
    mtls_key_spec_t keys[3];
    int i;

    for (i = 0; i < 3; i++) {
        const char *path, *text = apr_psprintf(pool, "%064x\n", numbers[i][0]);

        if (numbers[i][1] != numbers[i][0])
            text = apr_psprintf(pool, "%s%064x\n", text, numbers[i][1]);
        path = fixture_write(fixture_dir(pool), "keys", text, strlen(text), pool);

        ck_assert_int_eq(chmod(path, 0600), 0);
        keys[i] = (mtls_key_spec_t){"MTLSCacheKeyFile", path, {0}};
        apr_array_clear(specs);
        APR_ARRAY_PUSH(specs, mtls_part_spec_t) =
            (mtls_part_spec_t){&mtls_key_part_kind, path, &keys[i]};
        ck_assert_int_eq(mtls_generation_load(&generations[i], apr_array_copy(pool, specs), NULL,
                                              NULL, mtls_faults_make(pool), pool, pool),
                         APR_SUCCESS);
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
    began = apr_time_now();
    ck_assert_int_eq(get(NULL), rows[_i].end);
    ck_assert_int_lt(apr_time_now() - began, apr_time_from_sec(5));
    ck_assert_int_eq(counted(MTLS_COUNTER_CACHE_FAILURES), rows[_i].end == MTLS_CACHE_DOWN);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("cache");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 30);
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
    return run_case("cache", tcase);
}
