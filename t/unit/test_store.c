/* The current generation, replaced while threads use it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/store.h"

#include <apr_thread_proc.h>
#include <stdatomic.h>

#include "run.h"

#define READERS     8
#define GENERATIONS 10000
#define FRESH       0x600d600dU
#define POISON      0xdeadbeefU

/* The thing of the one part: what its generation's number is, until it is freed. */
typedef struct {
    unsigned state;
    unsigned number;
} thing_t;

static thing_t things[GENERATIONS + MTLS_STORE_SLOTS + 1];
static unsigned made;
static unsigned freed;

static apr_status_t poison(void *data)
{
    thing_t *thing = data;

    ck_assert_uint_eq(thing->state, FRESH);
    thing->state = POISON;
    freed++;
    return APR_SUCCESS;
}

static apr_status_t load_thing(const void **out, const void *spec, const void *before,
                               mtls_files_t *files, mtls_faults_t *faults, apr_pool_t *own,
                               apr_pool_t *scratch)
{
    (void)before;
    thing_t *thing = &things[made++];

    (void)spec;
    (void)files;
    (void)faults;
    (void)scratch;
    *thing = (thing_t){FRESH, made};
    apr_pool_cleanup_register(own, thing, poison, apr_pool_cleanup_null);
    *out = thing;
    return APR_SUCCESS;
}

static const mtls_part_kind_t kind = {"thing", true, load_thing, NULL};

/* Every generation is loaded anew, from a pool that is no reader's. */
static mtls_generation_t *make_next(apr_pool_t *from)
{
    static const mtls_part_spec_t spec = {&kind, "thing", NULL};
    static apr_array_header_t specs = {NULL, sizeof(spec), 1, 1, (char *)&spec};
    mtls_generation_t *next;

    ck_assert_int_eq(mtls_generation_load(&next, &specs, NULL, NULL, NULL, from, from),
                     APR_SUCCESS);
    mtls_generation_set_number(next, made);
    return next;
}

static mtls_store_t *make_store(void)
{
    made = 0;
    freed = 0;
    return mtls_store_make(make_next(pool), pool);
}

static void check_whole(const mtls_generation_t *generation)
{
    const thing_t *thing = mtls_generation_part(generation, 0);

    ck_assert_uint_eq(thing->state, FRESH);
    ck_assert_uint_eq(thing->number, mtls_generation_number(generation));
}

START_TEST(one_after_the_other)
{
    mtls_store_t *store = make_store();
    const mtls_generation_t *one = mtls_store_acquire(store);
    const mtls_generation_t *two;

    ck_assert_uint_eq(mtls_store_number(store), 1);
    ck_assert_ptr_eq(one, mtls_store_current(store));
    ck_assert(mtls_store_publish(store, make_next(pool)));
    ck_assert_uint_eq(mtls_store_number(store), 2);
    two = mtls_store_acquire(store);
    ck_assert_uint_eq(mtls_generation_number(two), 2);
    ck_assert_ptr_eq(two, mtls_store_current(store));
    ck_assert_int_eq(mtls_store_sweep(store), 1);
    check_whole(one);
    mtls_store_release(store, one);
    ck_assert_int_eq(mtls_store_sweep(store), 0);
    ck_assert_uint_eq(freed, 1);
    check_whole(two);
    mtls_store_release(store, two);
    ck_assert_int_eq(mtls_store_sweep(store), 0);
    ck_assert_msg(freed == 1, "the current one stays, though nobody uses it");
}
END_TEST

START_TEST(taken_twice_given_back_twice)
{
    mtls_store_t *store = make_store();
    const mtls_generation_t *one = mtls_store_acquire(store);

    ck_assert_ptr_eq(one, mtls_store_acquire(store));
    ck_assert(mtls_store_publish(store, make_next(pool)));
    mtls_store_release(store, one);
    ck_assert_int_eq(mtls_store_sweep(store), 1);
    mtls_store_release(store, one);
    ck_assert_int_eq(mtls_store_sweep(store), 0);
}
END_TEST

START_TEST(all_slots_in_use)
{
    mtls_store_t *store = make_store();
    const mtls_generation_t *held[MTLS_STORE_SLOTS];
    mtls_generation_t *next;

    for (int i = 0; i < MTLS_STORE_SLOTS - 1; i++) {
        held[i] = mtls_store_acquire(store);
        ck_assert(mtls_store_publish(store, make_next(pool)));
    }
    next = make_next(pool);
    ck_assert(!mtls_store_publish(store, next));
    ck_assert_uint_eq(mtls_store_number(store), MTLS_STORE_SLOTS);
    ck_assert_int_eq(mtls_store_sweep(store), MTLS_STORE_SLOTS - 1);
    ck_assert_uint_eq(freed, 0);
    check_whole(next);
    mtls_store_release(store, held[5]);
    ck_assert_int_eq(mtls_store_sweep(store), MTLS_STORE_SLOTS - 2);
    ck_assert(mtls_store_publish(store, next));
    ck_assert_uint_eq(mtls_store_number(store), MTLS_STORE_SLOTS + 1);
    for (int i = 0; i < MTLS_STORE_SLOTS - 1; i++) {
        if (i != 5) {
            check_whole(held[i]);
            mtls_store_release(store, held[i]);
        }
    }
    ck_assert_int_eq(mtls_store_sweep(store), 0);
    ck_assert_uint_eq(freed, MTLS_STORE_SLOTS);
    check_whole(mtls_store_current(store));
}
END_TEST

/* Unswept slots are not used again, however often somebody publishes. */
START_TEST(unswept)
{
    mtls_store_t *store = make_store();

    for (int i = 0; i < MTLS_STORE_SLOTS - 1; i++)
        ck_assert(mtls_store_publish(store, make_next(pool)));
    ck_assert(!mtls_store_publish(store, make_next(pool)));
    ck_assert_int_eq(mtls_store_sweep(store), 0);
    ck_assert_uint_eq(freed, MTLS_STORE_SLOTS - 1);
}
END_TEST

typedef struct {
    mtls_store_t *store;
    atomic_bool stop;
    atomic_int running;
    atomic_uint backwards; /* a number smaller than one seen before */
    atomic_uint spoilt;    /* a generation that was freed while it was held */
    atomic_uint acquired;
} race_t;

static bool is_whole(const mtls_generation_t *generation)
{
    const thing_t *thing = mtls_generation_part(generation, 0);

    return thing->state == FRESH && thing->number == mtls_generation_number(generation);
}

static void *APR_THREAD_FUNC read_on(apr_thread_t *thread, void *data)
{
    race_t *race = data;
    unsigned seen = 0;

    (void)thread;
    atomic_fetch_add(&race->running, 1);
    while (!atomic_load_explicit(&race->stop, memory_order_relaxed)) {
        const mtls_generation_t *a = mtls_store_acquire(race->store);
        const mtls_generation_t *b = mtls_store_acquire(race->store);

        if (mtls_generation_number(a) < seen ||
            mtls_generation_number(b) < mtls_generation_number(a) ||
            mtls_store_number(race->store) < mtls_generation_number(b))
            atomic_fetch_add(&race->backwards, 1);
        seen = mtls_generation_number(b);
        mtls_store_release(race->store, a);
        if (!is_whole(b))
            atomic_fetch_add(&race->spoilt, 1);
        mtls_store_release(race->store, b);
        atomic_fetch_add_explicit(&race->acquired, 2, memory_order_relaxed);
    }
    return NULL;
}

static void publish_all(race_t *race)
{
    for (unsigned i = 1; i < GENERATIONS; i++) {
        mtls_generation_t *next = make_next(pool);

        while (!mtls_store_publish(race->store, next))
            mtls_store_sweep(race->store);
        if (i % 3 == 0)
            mtls_store_sweep(race->store);
    }
}

START_TEST(read_while_published)
{
    race_t race = {.store = make_store()};
    apr_thread_t *threads[READERS];
    apr_pool_t *pools[READERS];

    for (int i = 0; i < READERS; i++) {
        ck_assert_int_eq(apr_pool_create_unmanaged_ex(&pools[i], NULL, NULL), APR_SUCCESS);
        ck_assert_int_eq(apr_thread_create(&threads[i], NULL, read_on, &race, pools[i]),
                         APR_SUCCESS);
    }
    while (atomic_load(&race.running) < READERS)
        apr_thread_yield();
    publish_all(&race);
    atomic_store(&race.stop, true);
    for (int i = 0; i < READERS; i++) {
        apr_status_t status;

        apr_thread_join(&status, threads[i]);
        apr_pool_destroy(pools[i]);
    }
    ck_assert_int_eq(mtls_store_sweep(race.store), 0);
    ck_assert_uint_eq(made, GENERATIONS);
    ck_assert_uint_eq(freed, GENERATIONS - 1);
    ck_assert_uint_eq(mtls_store_number(race.store), GENERATIONS);
    ck_assert_uint_eq(atomic_load(&race.spoilt), 0);
    ck_assert_uint_eq(atomic_load(&race.backwards), 0);
    ck_assert_uint_gt(atomic_load(&race.acquired), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("store");

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, one_after_the_other);
    tcase_add_test(tcase, taken_twice_given_back_twice);
    tcase_add_test(tcase, all_slots_in_use);
    tcase_add_test(tcase, unswept);
    tcase_add_test(tcase, read_while_published);
    return run_case("trust/store", tcase);
}
