/*
 * t/unit/test_living.c - threads that judge while one replaces the lists they judge by (F-11, F-16,
 * F-17).
 *
 * What a server does, without a server: files change, the watch loads them, the store publishes,
 * and everybody else takes a generation, judges with it, memo included, and gives it back.  A
 * certificate is revoked in generations of odd number.  Nothing else is right, ever: the number of
 * the generation that was taken says what the verdict must be.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <stdatomic.h>
#include <stdio.h>

#include "crl_fixture.h"
#include "mtls/trust/judge.h"
#include "mtls/trust/profile_part.h"
#include "mtls/trust/watch.h"
#include "run.h"

#define READERS     8
#define GENERATIONS 60
#define PATIENCE    1000000 /* looks until a change must have been seen */

/* Serial numbers, and what is revoked. */
enum { GOOD = 0, REVOKED, IN_TURNS, HOLDERS };
static const char *const serials[HOLDERS] = {"10", "11", "12"};

typedef struct {
    mtls_store_t *store;
    mtls_memo_t *memo;
    atomic_bool stop;
    atomic_int running;
    atomic_uint wrong;     /* a verdict that the number does not allow */
    atomic_uint backwards; /* a number smaller than one seen before */
    atomic_uint judged;
    atomic_uint newest; /* that somebody judged with */
} living_t;

/* A thread, and certificates of its own: chains are a connection's. */
typedef struct {
    living_t *living;
    const mtls_chain_t *chains[HOLDERS];
    bool has_memo;
    apr_pool_t *pool;
    apr_thread_t *thread;
} reader_t;

static fixture_party_t ca;
static const char *dir;
static const char *crl_path;
static apr_array_header_t *specs;

static void make_specs(void)
{
    mtls_profile_spec_t *spec = fixture_spec(pool);

    ca = fixture_make(NULL, &(fixture_recipe_t){.subject = "living", .ca = true}, pool);
    dir = fixture_dir(pool);
    crl_path = apr_pstrcat(pool, dir, "/living.crl", NULL);
    fixture_add_cert(spec->ca_files, ca.cert, pool);
    fixture_add(spec->revocation.crl.files, crl_path);
    specs = apr_array_make(pool, 1, sizeof(mtls_part_spec_t));
    APR_ARRAY_PUSH(specs, mtls_part_spec_t) =
        (mtls_part_spec_t){&mtls_profile_part_kind, "staff", spec};
}

/* Another file by that name, at once. */
static void put(mtls_bytes_t octets, apr_pool_t *from)
{
    const char *beside = fixture_write(dir, "new", octets.data, octets.len, from);

    ck_assert_int_eq(rename(beside, crl_path), 0);
}

static mtls_bytes_t list_for(unsigned number, apr_pool_t *from)
{
    const fixture_entry_t entries[] = {{.serial = serials[REVOKED]}, {.serial = serials[IN_TURNS]}};
    fixture_crl_t recipe = {
        .extensions = {"authorityKeyIdentifier=keyid:always",
                       apr_psprintf(from, "crlNumber=ASN1:INTEGER:%u", number)},
        .entries = entries,
        .count = number % 2 == 1 ? 2 : 1,
    };

    return fixture_crl(&ca, &recipe, from);
}

static bool is_right(int holder, const mtls_verdict_t *verdict, unsigned number)
{
    bool revoked = holder == REVOKED || (holder == IN_TURNS && number % 2 == 1);

    return verdict->reason == (revoked ? MTLS_REASON_REVOKED : MTLS_REASON_GOOD);
}

static void note_newest(living_t *living, unsigned number)
{
    unsigned seen = atomic_load_explicit(&living->newest, memory_order_relaxed);

    while (seen < number && !atomic_compare_exchange_weak(&living->newest, &seen, number))
        continue;
}

static void *APR_THREAD_FUNC judge_on(apr_thread_t *thread, void *data)
{
    reader_t *reader = data;
    living_t *living = reader->living;
    unsigned seen = 0;
    int holder = 0;

    (void)thread;
    atomic_fetch_add(&living->running, 1);
    while (!atomic_load_explicit(&living->stop, memory_order_relaxed)) {
        const mtls_generation_t *taken = mtls_store_acquire(living->store);
        unsigned number = mtls_generation_number(taken);
        mtls_verdict_t verdict =
            mtls_judge(mtls_generation_profile(taken, 0), reader->chains[holder],
                       reader->has_memo ? living->memo : NULL, NULL, fixture_now());

        if (!is_right(holder, &verdict, number))
            atomic_fetch_add(&living->wrong, 1);
        if (number < seen)
            atomic_fetch_add(&living->backwards, 1);
        seen = number;
        mtls_store_release(living->store, taken);
        note_newest(living, number);
        atomic_fetch_add_explicit(&living->judged, 1, memory_order_relaxed);
        holder = (holder + 1) % HOLDERS;
    }
    return NULL;
}

/* Certificates are decoded for each reader from octets of its own. */
static void start_readers(living_t *living, reader_t *readers)
{
    fixture_party_t leaves[HOLDERS];

    for (int i = 0; i < HOLDERS; i++)
        leaves[i] =
            fixture_make(&ca, &(fixture_recipe_t){.serial = strtol(serials[i], NULL, 10)}, pool);
    for (int i = 0; i < READERS; i++) {
        reader_t *reader = &readers[i];

        ck_assert_int_eq(apr_pool_create_unmanaged_ex(&reader->pool, NULL, NULL), APR_SUCCESS);
        *reader = (reader_t){.living = living, .has_memo = i % 2 == 0, .pool = reader->pool};
        for (int k = 0; k < HOLDERS; k++)
            reader->chains[k] = fixture_chain(reader->pool, 1, leaves[k].cert);
    }
    for (int i = 0; i < READERS; i++)
        ck_assert_int_eq(
            apr_thread_create(&readers[i].thread, NULL, judge_on, &readers[i], readers[i].pool),
            APR_SUCCESS);
    while (atomic_load(&living->running) < READERS)
        apr_thread_yield();
}

static void stop_readers(living_t *living, reader_t *readers)
{
    atomic_store(&living->stop, true);
    for (int i = 0; i < READERS; i++) {
        apr_status_t status;

        apr_thread_join(&status, readers[i].thread);
        apr_pool_destroy(readers[i].pool);
    }
}

/* Look until the change has come to an end, whichever. */
static mtls_watch_end_t look_until_done(mtls_watch_t *watch, apr_time_t now, apr_pool_t *scratch)
{
    mtls_watch_end_t end = MTLS_WATCH_UNSETTLED;

    for (int i = 0; i < PATIENCE && end != MTLS_WATCH_LOADED && end != MTLS_WATCH_BROKEN; i++)
        end = mtls_watch_look(watch, now, scratch).end;
    return end;
}

/* Lists in turns, each of them after one that nobody may use: cut off, or signed by nobody. */
static void replace_all(const living_t *living, mtls_watch_t *watch)
{
    apr_time_t now = fixture_now();

    for (unsigned number = 2; number <= GENERATIONS; number++) {
        apr_pool_t *scratch;
        mtls_bytes_t next;

        ck_assert_int_eq(apr_pool_create(&scratch, pool), APR_SUCCESS);
        next = list_for(number, scratch);
        put(number % 4 < 2 ? fixture_crl_spoil(next, scratch)
                           : (mtls_bytes_t){next.data, next.len / 2},
            scratch);
        ck_assert_int_eq(look_until_done(watch, now, scratch), MTLS_WATCH_BROKEN);
        ck_assert_uint_eq(mtls_store_number(living->store), number - 1);
        put(next, scratch);
        ck_assert_int_eq(look_until_done(watch, now, scratch), MTLS_WATCH_LOADED);
        ck_assert_uint_eq(mtls_store_number(living->store), number);
        while (number == GENERATIONS && atomic_load(&living->newest) < number)
            apr_thread_yield();
        apr_pool_destroy(scratch);
    }
}

START_TEST(F_16_verdicts_are_of_the_generation_that_was_taken)
{
    living_t living = {0};
    reader_t readers[READERS];
    mtls_generation_t *first;
    mtls_ledger_t *ledger;

    make_specs();
    put(list_for(1, pool), pool);
    ck_assert_int_eq(
        mtls_generation_load(&first, specs, NULL, NULL, mtls_faults_make(pool), pool, pool),
        APR_SUCCESS);
    mtls_generation_set_number(first, 1);
    ledger = mtls_ledger_init(apr_pcalloc(pool, mtls_ledger_size()), mtls_generation_digest(first));
    living.store = mtls_store_make(first, pool);
    ck_assert_int_eq(mtls_memo_make(&living.memo, 64, pool), APR_SUCCESS);
    start_readers(&living, readers);
    replace_all(&living, mtls_watch_make(living.store, specs, ledger, pool));
    stop_readers(&living, readers);
    ck_assert_uint_eq(atomic_load(&living.wrong), 0);
    ck_assert_uint_eq(atomic_load(&living.backwards), 0);
    ck_assert_uint_gt(atomic_load(&living.judged), GENERATIONS);
    ck_assert_uint_gt(mtls_memo_counts(living.memo).hits, 0);
    ck_assert_msg(mtls_store_sweep(living.store) == 0, "everything was given back");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("living");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, F_16_verdicts_are_of_the_generation_that_was_taken);
    return run_case("trust/living", tcase);
}
