/*
 * cache_race.c - the shared cache over one of httpd's own providers, without httpd, for the server
 * tests only.
 *
 *   cache_race MODULE.so PROVIDER ARGUMENTS race N   store N values, then let two processes take
 * each of them: prints how many each got, and how often one was had twice or by nobody cache_race
 * MODULE.so PROVIDER ARGUMENTS talk     do as the lines of standard input say: put I LEN, get I,
 *                                                    take I, remove I; answers one line each
 *
 * As in httpd the provider is begun by the parent and used by children.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <httpd.h>

#include <ap_mpm.h>
#include <ap_provider.h>
#include <ap_socache.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <dlfcn.h>
#include <http_config.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../mod_mtls/httpd/cache_parts.h"
#include "httpd_stand_in.h"

#define TAKERS  2
#define THREADS 4
#define LIFE    apr_time_from_sec(600)
#define TIMEOUT apr_time_from_sec(20)

/* What the server would bring along. */
module AP_MODULE_DECLARE_DATA mtls_module;

static apr_pool_t *pool;
static mtls_cache_t cache;
/* Of each id, how often it was had; shared by all threads of a taker. */
static atomic_int *had;
static int count;

static int fail(const char *what)
{
    fprintf(stderr, "cache_race: %s\n", what);
    return EXIT_FAILURE;
}

static void make_id(unsigned char id[MTLS_SHA256_LEN], int i)
{
    memset(id, 0, MTLS_SHA256_LEN);
    /* shmcb shares its parts out by the first octet */
    id[0] = (unsigned char)i;
    memcpy(id + 1, &i, sizeof(i));
}

static bool load(const char *path, const char *name, const char *arguments)
{
    server_rec *s = apr_pcalloc(pool, sizeof(*s));

    cache.s = s;
    cache.name = name;
    cache.arguments = arguments;
    cache.timeout = TIMEOUT;
    cache.means = (mtls_cache_means_t){NULL, NULL, -1};
    cache.own = apr_palloc(pool, sizeof(*cache.own));
    cache.provider = stand_in_load(path, name, s, pool);
    return cache.provider && mtls_keys_random(cache.own) &&
           cache.provider->create(&cache.instance, arguments, pool, pool) == NULL &&
           (!(cache.provider->flags & AP_SOCACHE_FLAG_NOTMPSAFE) ||
            apr_global_mutex_create(&cache.mutex, NULL, APR_LOCK_DEFAULT, pool) == APR_SUCCESS) &&
           mtls_cache_init(&cache, cache.instance, pool) == APR_SUCCESS;
}

static bool begin_child(void)
{
    if (cache.mutex)
        return cache.ready =
                   apr_global_mutex_child_init(&cache.mutex, apr_global_mutex_lockfile(cache.mutex),
                                               pool) == APR_SUCCESS;
    cache.links = mtls_cache_links_make(&cache, pool);
    cache.errands = mtls_errands_make(pool);
    return cache.ready = cache.links && cache.errands;
}

static int put_all(void)
{
    int i;

    for (i = 0; i < count; i++) {
        unsigned char id[MTLS_SHA256_LEN], data[1500] = "a record";

        make_id(id, i);
        if (!mtls_cache_put(&cache, id, data, sizeof(data), apr_time_now() + LIFE))
            return fail("a value was not stored");
    }
    return EXIT_SUCCESS;
}

static void *take_all(void *data)
{
    int i;

    for (i = 0; i < count; i++) {
        unsigned char id[MTLS_SHA256_LEN], value[1500];
        apr_size_t len = sizeof(value);

        make_id(id, i);
        if (mtls_cache_take(&cache, id, value, &len) == MTLS_CACHE_HIT)
            atomic_fetch_add(&had[i], 1);
    }
    return data;
}

/* The pipe's other end is closed when all are to begin; results go back the other way. */
static int take(int begin, int results)
{
    pthread_t threads[THREADS];
    char octet;
    ssize_t got = read(begin, &octet, 1);
    apr_size_t size = (apr_size_t)count * sizeof(*had);
    int i;

    had = apr_pcalloc(pool, size);
    for (i = 0; got == 0 && i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, take_all, NULL) != 0)
            return fail("no thread");
    for (i = 0; got == 0 && i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return write(results, had, size) == (ssize_t)size ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool ended_well(pid_t child)
{
    int status;

    return waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == EXIT_SUCCESS;
}

static bool put_in_child(void)
{
    pid_t child = fork();

    if (child == 0)
        _exit(begin_child() ? put_all() : fail("a child cannot begin"));
    return child > 0 && ended_well(child);
}

static bool read_all(int from, void *to, apr_size_t size)
{
    apr_size_t at = 0;

    while (at < size) {
        ssize_t got = read(from, (char *)to + at, size - at);

        if (got <= 0)
            return false;
        at += (apr_size_t)got;
    }
    return true;
}

/* @param total  of each id, how often it was had by anybody */
static bool add_up(const int from[TAKERS], int *total)
{
    int *one = apr_palloc(pool, (apr_size_t)count * sizeof(int));
    int taker, i, sum;

    for (taker = 0; taker < TAKERS; taker++) {
        if (!read_all(from[taker], one, (apr_size_t)count * sizeof(int)))
            return false;
        for (i = sum = 0; i < count; i++) {
            total[i] += one[i];
            sum += one[i];
        }
        printf("%d ", sum);
    }
    return true;
}

static int race(void)
{
    int begin[2], results[TAKERS][2], from[TAKERS], taker, i, twice = 0, nobody = 0;
    int *total = apr_pcalloc(pool, (apr_size_t)count * sizeof(int));
    pid_t children[TAKERS];

    if (!put_in_child() || pipe(begin) != 0)
        return fail("nothing to take");
    for (taker = 0; taker < TAKERS; taker++) {
        if (pipe(results[taker]) != 0)
            return fail("no pipe");
        from[taker] = results[taker][0];
        children[taker] = fork();
        if (children[taker] == 0) {
            close(begin[1]);
            _exit(begin_child() ? take(begin[0], results[taker][1]) : EXIT_FAILURE);
        }
        close(results[taker][1]);
    }
    close(begin[1]);
    if (!add_up(from, total))
        return fail("a taker has not told");
    for (taker = 0; taker < TAKERS; taker++)
        if (!ended_well(children[taker]))
            return fail("a taker failed");
    for (i = 0; i < count; i++) {
        twice += total[i] > 1;
        nobody += total[i] == 0;
    }
    printf("twice %d nobody %d\n", twice, nobody);
    return EXIT_SUCCESS;
}

static const char *word_of(mtls_cache_end_t end)
{
    switch (end) {
    case MTLS_CACHE_DOWN:
        return "down";
    case MTLS_CACHE_MISS:
        return "miss";
    case MTLS_CACHE_HIT:
        return "hit";
    }
    return "?";
}

static const char *obey(const char *word, int i, int len)
{
    static unsigned char data[MTLS_SHARED_CACHE_MAX];
    unsigned char id[MTLS_SHA256_LEN];
    apr_size_t room = sizeof(data);

    make_id(id, i);
    if (strcmp(word, "put") == 0)
        return len >= 0 && (apr_size_t)len <= sizeof(data) &&
                       mtls_cache_put(&cache, id, data, (apr_size_t)len, apr_time_now() + LIFE)
                   ? "stored"
                   : "failed";
    if (strcmp(word, "get") == 0)
        return word_of(mtls_cache_get(&cache, id, data, &room));
    if (strcmp(word, "take") == 0)
        return word_of(mtls_cache_take(&cache, id, data, &room));
    return strcmp(word, "remove") == 0 ? word_of(mtls_cache_remove(&cache, id)) : "?";
}

static int talk(void)
{
    char line[80], word[16];
    int i, len;

    if (!begin_child())
        return fail("it cannot begin");
    while (fgets(line, sizeof(line), stdin)) {
        i = len = 0;
        if (sscanf(line, "%15s %d %d", word, &i, &len) < 2)
            return fail("no such command");
        printf("%s\n", obey(word, i, len));
        fflush(stdout);
    }
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
    if (argc < 5 || !load(argv[1], argv[2], argv[3]))
        return fail("the provider cannot begin");
    if (strcmp(argv[4], "talk") == 0)
        return talk();
    count = argc > 5 ? atoi(argv[5]) : 0;
    return count > 0 ? race() : fail("how many?");
}
