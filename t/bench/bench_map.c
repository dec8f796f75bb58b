/*
 * t/bench/bench_map.c - what a rules file of any size costs to load and to ask.
 *
 *     t/bench/bench_map SHAPE COUNT [known | unknown]
 *
 * makes a map of COUNT exact rules in memory, loads it, and asks it about certificates that have a
 * rule and about some that have none, or one of them only.  Shapes: fingerprint, serial, email.
 * The instructions of 1000 look-ups, and nothing else, are counted by
 *
 *     valgrind --tool=callgrind --instr-atstart=no t/bench/bench_map email 1000000 known
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_allocator.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <apr_time.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_VALGRIND_CALLGRIND_H
#include <valgrind/callgrind.h>
#endif

#include "mtls/policy/map.h"

enum { LINE_ROOM = 256, MANY = 100000, COUNTED = 1000 };

/* One rule's line, and the certificate that has it. */
typedef struct {
    const char *name;
    int (*write_fn)(char *line, unsigned number);
    void (*become_fn)(mtls_identity_t *identity, unsigned number, apr_pool_t *pool);
} shape_t;

typedef struct {
    char *text;
    size_t len;
} source_t;

__attribute__((format(printf, 1, 2))) static _Noreturn void die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("bench_map: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(EXIT_FAILURE);
}

static mtls_bytes_t bytes_of(const void *data, size_t len)
{
    return (mtls_bytes_t){data, len};
}

/* Octets that look like a digest and differ for each number. */
static void make_digest(unsigned char digest[MTLS_SHA256_LEN], unsigned number)
{
    uint64_t state = number;
    int i;

    for (i = 0; i < MTLS_SHA256_LEN; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        digest[i] = (unsigned char)(state >> 56);
    }
    memcpy(digest, &number, sizeof(number));
}

static int write_fingerprint(char *line, unsigned number)
{
    unsigned char digest[MTLS_SHA256_LEN];
    int len = snprintf(line, LINE_ROOM, "when fingerprint is ");
    int i;

    make_digest(digest, number);
    for (i = 0; i < MTLS_SHA256_LEN; i++)
        len += snprintf(line + len, LINE_ROOM - (size_t)len, "%02x", digest[i]);
    return len + snprintf(line + len, LINE_ROOM - (size_t)len,
                          " then user user%u groups staff, ops\n", number);
}

static void become_fingerprint(mtls_identity_t *identity, unsigned number, apr_pool_t *pool)
{
    (void)pool;
    make_digest(identity->sha256, number);
}

static int write_serial(char *line, unsigned number)
{
    return snprintf(line, LINE_ROOM,
                    "when serial is %u and issuer is \"CN=Issuer %u\" then user user%u groups "
                    "staff\n",
                    number + 128, number % 3, number);
}

static void become_serial(mtls_identity_t *identity, unsigned number, apr_pool_t *pool)
{
    unsigned char *octets = apr_palloc(pool, 4);
    mtls_attr_t *cn = apr_pcalloc(pool, sizeof(*cn));
    mtls_rdn_t *rdn = apr_pcalloc(pool, sizeof(*rdn));
    const char *text = apr_psprintf(pool, "Issuer %u", number % 3);
    int skip = 0;
    int i;

    for (i = 0; i < 4; i++)
        octets[i] = (unsigned char)((number + 128) >> (24 - 8 * i));
    while (skip < 3 && octets[skip] == 0)
        skip++;
    identity->serial = bytes_of(octets + skip, 4 - (size_t)skip);
    *cn = (mtls_attr_t){"2.5.4.3", "CN", 12, bytes_of(text, strlen(text)),
                        bytes_of(text, strlen(text))};
    *rdn = (mtls_rdn_t){cn, 1};
    identity->issuer = (mtls_name_t){rdn, 1, bytes_of(text, strlen(text)), true};
}

static int write_email(char *line, unsigned number)
{
    return snprintf(line, LINE_ROOM, "when email is person.%u@example.org then user user%u\n",
                    number, number);
}

static void become_email(mtls_identity_t *identity, unsigned number, apr_pool_t *pool)
{
    mtls_san_t *san = apr_pcalloc(pool, sizeof(*san));
    const char *text = apr_psprintf(pool, "person.%u@example.org", number);

    san->type = MTLS_SAN_EMAIL;
    san->text = san->raw = bytes_of(text, strlen(text));
    identity->sans = san;
    identity->san_count = 1;
}

static const shape_t shapes[] = {{"fingerprint", write_fingerprint, become_fingerprint},
                                 {"serial", write_serial, become_serial},
                                 {"email", write_email, become_email}};

static const shape_t *find_shape(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        if (strcmp(shapes[i].name, name) == 0)
            return &shapes[i];
    }
    die("unknown shape %s; use fingerprint, serial or email", name);
}

static source_t make_source(const shape_t *shape, unsigned count)
{
    source_t source = {malloc((size_t)count * LINE_ROOM), 0};
    unsigned i;

    if (source.text == NULL)
        die("no memory");
    for (i = 0; i < count; i++)
        source.len += (size_t)shape->write_fn(source.text + source.len, i);
    return source;
}

static apr_status_t serve(void *baton, mtls_bytes_t *out, const char *path, mtls_origin_t at,
                          mtls_faults_t *faults, apr_pool_t *pool)
{
    const source_t *source = baton;

    (void)path, (void)at, (void)faults, (void)pool;
    *out = bytes_of(source->text, source->len);
    return APR_SUCCESS;
}

/* Resident octets of this process. */
static size_t resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    size_t size, pages;

    if (file == NULL || fscanf(file, "%zu %zu", &size, &pages) != 2)
        die("cannot read /proc/self/statm");
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* With an allocator of its own, so that it leaves nothing behind. */
static apr_pool_t *make_scratch(void)
{
    apr_allocator_t *allocator;
    apr_pool_t *scratch;

    apr_allocator_create(&allocator);
    apr_pool_create_ex(&scratch, NULL, NULL, allocator);
    apr_allocator_owner_set(allocator, scratch);
    return scratch;
}

static const mtls_map_t *load(source_t *source, unsigned count, apr_pool_t *pool)
{
    mtls_map_reader_t reader = {.read_fn = serve, .baton = source};
    mtls_faults_t *faults = mtls_faults_make(pool);
    const mtls_map_t *map;
    apr_pool_t *scratch = make_scratch();
    size_t before = resident();
    apr_time_t begin = apr_time_now();
    clock_t clock_begin = clock();
    apr_time_t taken;
    clock_t clock_taken;

    if (mtls_map_load(&map, "/bench.map", (mtls_origin_t){0}, &reader, faults, pool, scratch) !=
        APR_SUCCESS)
        die("%s", mtls_faults_get(faults, 0)->text);
    taken = apr_time_now() - begin;
    clock_taken = clock() - clock_begin;
    apr_pool_destroy(scratch);
    printf("%u rules, %zu octets: loaded in %.3f s, of CPU %.3f s; %.0f octets a rule resident, "
           "%.0f counted\n",
           count, source->len, (double)taken / APR_USEC_PER_SEC,
           (double)clock_taken / CLOCKS_PER_SEC, (double)(resident() - before) / count,
           (double)mtls_map_counts(map)->bytes / count);
    return map;
}

/* Look-ups are of interest to callgrind, if that is there. */
static void begin_counting(void)
{
#ifdef CALLGRIND_START_INSTRUMENTATION
    CALLGRIND_START_INSTRUMENTATION;
#endif
}

static void end_counting(void)
{
#ifdef CALLGRIND_STOP_INSTRUMENTATION
    CALLGRIND_STOP_INSTRUMENTATION;
#endif
}

static mtls_identity_t make_identity(const shape_t *shape, unsigned number, apr_pool_t *pool)
{
    mtls_identity_t identity = {0};

    identity.sans_complete = identity.policies_complete = identity.qc_complete = true;
    shape->become_fn(&identity, number, pool);
    return identity;
}

static void ask(const mtls_map_t *map, const mtls_identity_t *identity, bool known,
                apr_pool_t *pool)
{
    mtls_holder_t holder = {identity, "bench"};
    mtls_principal_t principal;

    mtls_map_ask(&principal, map, &holder, NULL, pool);
    if ((principal.reason == MTLS_REASON_GOOD) != known)
        die("the wrong answer");
}

/* Certificates in no order that a processor's cache could like. */
static mtls_identity_t *make_identities(const shape_t *shape, unsigned count, bool known,
                                        apr_pool_t *pool)
{
    mtls_identity_t *identities = apr_palloc(pool, MANY * sizeof(*identities));
    unsigned i;

    for (i = 0; i < MANY; i++) {
        unsigned number = (unsigned)((uint64_t)i * 2654435761U % count);

        identities[i] = make_identity(shape, known ? number : count + number, pool);
    }
    return identities;
}

static void ask_each(const mtls_map_t *map, const mtls_identity_t *identities, int count,
                     bool known, apr_pool_t *pool)
{
    apr_pool_t *request;
    int i;

    apr_pool_create(&request, pool);
    for (i = 0; i < count; i++) {
        ask(map, &identities[i], known, request);
        apr_pool_clear(request);
    }
    apr_pool_destroy(request);
}

static void ask_about(const mtls_map_t *map, const shape_t *shape, unsigned count, bool known,
                      apr_pool_t *pool)
{
    mtls_identity_t *identities = make_identities(shape, count, known, pool);
    clock_t begin = clock();

    ask_each(map, identities, MANY, known, pool);
    printf("%s certificate: %.0f ns of CPU\n", known ? "known" : "unknown",
           (double)(clock() - begin) / CLOCKS_PER_SEC * 1e9 / MANY);
    begin_counting();
    ask_each(map, identities, COUNTED, known, pool);
    end_counting();
}

int main(int argc, char **argv)
{
    const shape_t *shape;
    const mtls_map_t *map;
    apr_pool_t *pool;
    source_t source;
    unsigned count;

    if (argc < 3 || (count = (unsigned)strtoul(argv[2], NULL, 10)) == 0)
        die("usage: bench_map fingerprint|serial|email COUNT [known|unknown]");
    shape = find_shape(argv[1]);
    apr_initialize();
    apr_pool_create(&pool, NULL);
    source = make_source(shape, count);
    map = load(&source, count, pool);
    if (argc == 3 || strcmp(argv[3], "known") == 0)
        ask_about(map, shape, count, true, pool);
    if (argc == 3 || strcmp(argv[3], "unknown") == 0)
        ask_about(map, shape, count, false, pool);
    free(source.text);
    apr_pool_destroy(pool);
    apr_terminate();
    return EXIT_SUCCESS;
}
