/* The certificates behind codes and tickets, in a cache that loses them, lies still, or is gone
 * (S-02, S-10, S-27).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/ticket_store.h"

#include <pthread.h>

#include "mtls/cert/ticket_record.h"
#include "run.h"
#include "trust_fixture.h"

#define PROVEN  apr_time_from_sec(1790000000)
#define MINUTE  apr_time_from_sec(60)
#define PEOPLE  2
#define THREADS 8

static const mtls_chain_limits_t limits = {65536, 10};
static const unsigned char code[MTLS_CODE_ID_LEN] = "a code, 16 octet";

/* The cache: a few values under their names. */
static struct {
    pthread_mutex_t mutex;
    struct {
        unsigned char name[MTLS_SHA256_LEN];
        unsigned char data[4096];
        apr_size_t len; /* 0: nothing */
        apr_time_t expires;
    } slots[8];
    bool down;
    int gets;
} far = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static int slot_of(const unsigned char *name)
{
    int i;

    for (i = 0; i < COUNT_OF(far.slots); i++)
        if (far.slots[i].len && memcmp(far.slots[i].name, name, MTLS_SHA256_LEN) == 0)
            return i;
    return -1;
}

static mtls_cache_end_t read_slot(const unsigned char *name, unsigned char *data, apr_size_t *len,
                                  bool taking)
{
    mtls_cache_end_t end = far.down ? MTLS_CACHE_DOWN : MTLS_CACHE_MISS;
    int slot;

    pthread_mutex_lock(&far.mutex);
    slot = slot_of(name);
    if (!far.down && slot >= 0) {
        end = MTLS_CACHE_HIT;
        if (data) {
            ck_assert_uint_le(far.slots[slot].len, *len);
            *len = far.slots[slot].len;
            memcpy(data, far.slots[slot].data, *len);
        }
        if (taking)
            far.slots[slot].len = 0;
    }
    pthread_mutex_unlock(&far.mutex);
    return end;
}

static mtls_cache_end_t far_get(void *baton, const unsigned char *name, unsigned char *data,
                                apr_size_t *len)
{
    (void)baton;
    far.gets++;
    return read_slot(name, data, len, false);
}

static mtls_cache_end_t far_take(void *baton, const unsigned char *name, unsigned char *data,
                                 apr_size_t *len)
{
    (void)baton;
    return read_slot(name, data, len, true);
}

static mtls_cache_end_t far_remove(void *baton, const unsigned char *name)
{
    (void)baton;
    return read_slot(name, NULL, NULL, true);
}

static bool far_put(void *baton, const unsigned char *name, const unsigned char *data,
                    apr_size_t len, apr_time_t expires)
{
    int slot;

    (void)baton;
    if (far.down)
        return false;
    pthread_mutex_lock(&far.mutex);
    slot = slot_of(name);
    for (slot = slot < 0 ? 0 : slot; far.slots[slot].len && slot_of(name) != slot; slot++)
        ck_assert_int_lt(slot + 1, COUNT_OF(far.slots));
    ck_assert_uint_le(len, sizeof(far.slots[slot].data));
    memcpy(far.slots[slot].name, name, MTLS_SHA256_LEN);
    memcpy(far.slots[slot].data, data, len);
    far.slots[slot].len = len;
    far.slots[slot].expires = expires;
    pthread_mutex_unlock(&far.mutex);
    return true;
}

static void forget_everything(void)
{
    int i;

    for (i = 0; i < COUNT_OF(far.slots); i++)
        far.slots[i].len = 0;
}

static const mtls_shared_cache_t cache = {
    .get_fn = far_get, .put_fn = far_put, .take_fn = far_take, .remove_fn = far_remove};

/* Somebody with a certificate. */
static struct {
    unsigned char ticket[MTLS_TICKET_ID_LEN];
    const unsigned char *leaf;
    mtls_bytes_t record;
} people[PEOPLE];

/* Two processes of one server. */
static mtls_board_t *board;
static mtls_ticket_store_t here, there;

static void make_person(int i, const fixture_party_t *ca)
{
    fixture_party_t party =
        fixture_make(ca, &(fixture_recipe_t){.subject = "somebody", .serial = i + 1}, pool);
    const mtls_chain_t *chain = fixture_chain(pool, 2, party.cert, ca->cert);
    mtls_ticket_record_t record = {.proven_at = PROVEN,
                                   .certs = {mtls_chain_der(chain, 0), mtls_chain_der(chain, 1)},
                                   .cert_count = 2};

    memset(people[i].ticket, i + 1, MTLS_TICKET_ID_LEN);
    people[i].leaf = mtls_chain_leaf_sha256(chain);
    ck_assert_int_eq(mtls_ticket_record_write(&people[i].record, &record, pool), APR_SUCCESS);
}

static mtls_ticket_store_t make_process(void)
{
    mtls_ticket_store_t store = {.cache = &cache, .board = board};

    ck_assert_int_eq(mtls_ticket_memo_make(&store.memo, 16, pool), APR_SUCCESS);
    return store;
}

static void set_up(void)
{
    fixture_party_t ca = fixture_make(NULL, &(fixture_recipe_t){.subject = "ca", .ca = true}, pool);
    int i;

    forget_everything();
    far.down = false;
    far.gets = 0;
    for (i = 0; i < PEOPLE; i++)
        make_person(i, &ca);
    board = mtls_board_init(apr_pcalloc(pool, mtls_board_size()));
    here = make_process();
    there = make_process();
}

static int counted(mtls_counter_t counter)
{
    return (int)mtls_board_read(board, counter);
}

static apr_time_t later(void)
{
    return apr_time_now() + 10 * MINUTE;
}

static bool put(int person)
{
    return mtls_ticket_store_put(&here, people[person].ticket, people[person].record, later());
}

static mtls_cache_end_t find_with(const mtls_ticket_store_t *store, const unsigned char *ticket,
                                  int person, apr_interval_time_t interval)
{
    mtls_ticket_look_t look = {ticket, people[person].leaf, &limits, interval};
    const mtls_ticket_proof_t *found;
    mtls_cache_end_t end = mtls_ticket_store_find(store, &look, &found);

    ck_assert_int_eq(found != NULL, end == MTLS_CACHE_HIT);
    if (found) {
        const mtls_proof_t *proof = mtls_ticket_proof_of(found);

        ck_assert_int_eq(proof->method, MTLS_PROOF_TICKET);
        ck_assert_int_eq(proof->proven_at, PROVEN);
        ck_assert_mem_eq(mtls_chain_leaf_sha256(proof->chain), people[person].leaf,
                         MTLS_SHA256_LEN);
    }
    mtls_ticket_memo_give_back(store->memo, found);
    return end;
}

static mtls_cache_end_t find(const mtls_ticket_store_t *store, int person)
{
    return find_with(store, people[person].ticket, person, MINUTE);
}

static mtls_cache_end_t take_code(void)
{
    unsigned char *data = apr_palloc(pool, MTLS_SHARED_CACHE_MAX);
    apr_size_t len = MTLS_SHARED_CACHE_MAX;
    mtls_cache_end_t end = mtls_ticket_store_take_code(&here, code, data, &len);

    if (end == MTLS_CACHE_HIT)
        ck_assert(mtls_bytes_equal((mtls_bytes_t){data, len}, people[0].record));
    return end;
}

static mtls_cache_end_t look_at_code(const mtls_ticket_store_t *store, unsigned char *data,
                                     apr_size_t *len)
{
    *len = MTLS_SHARED_CACHE_MAX;
    return mtls_ticket_store_look_at_code(store, code, data, len);
}

START_TEST(S_02_a_code_is_taken_once)
{
    unsigned char *data = apr_palloc(pool, MTLS_SHARED_CACHE_MAX);
    apr_size_t len;

    ck_assert_int_eq(take_code(), MTLS_CACHE_MISS);
    ck_assert(mtls_ticket_store_put_code(&here, code, people[0].record, later()));
    ck_assert_int_eq(look_at_code(&there, data, &len), MTLS_CACHE_HIT);
    ck_assert_int_eq(take_code(), MTLS_CACHE_HIT);
    ck_assert_int_eq(take_code(), MTLS_CACHE_MISS);
    ck_assert_int_eq(look_at_code(&there, data, &len), MTLS_CACHE_MISS);
}
END_TEST

/* The names say nothing of the ids, and those of codes and tickets never meet. */
START_TEST(a_code_is_no_ticket)
{
    unsigned char ticket[MTLS_TICKET_ID_LEN], other[MTLS_TICKET_ID_LEN];
    unsigned char next[MTLS_CODE_ID_LEN];

    ck_assert(mtls_ticket_store_put_code(&here, code, people[0].record, later()));
    ck_assert_int_eq(find_with(&here, code, 0, MINUTE), MTLS_CACHE_MISS);
    ck_assert_int_eq(mtls_ticket_store_revoke(&here, code), MTLS_CACHE_MISS);
    ck_assert_ptr_null(memmem(far.slots[0].name, MTLS_SHA256_LEN, code, 8));
    ck_assert(mtls_ticket_id_of_code(ticket, code));
    memcpy(next, code, sizeof(next));
    next[15] ^= 1;
    ck_assert(mtls_ticket_id_of_code(other, next));
    ck_assert_mem_ne(ticket, other, sizeof(ticket));
    ck_assert_mem_ne(ticket, code, sizeof(ticket));
    ck_assert_mem_ne(ticket, far.slots[0].name, sizeof(ticket));
    ck_assert_int_eq(take_code(), MTLS_CACHE_HIT);
}
END_TEST

/* SHA-256 of "mod_mtls ticket of code", NUL, "a code, 16 octet"; servers of different versions
 * share a cache. */
START_TEST(the_id_of_a_codes_ticket_is_for_ever)
{
    static const unsigned char known[MTLS_TICKET_ID_LEN] = {
        0xb7, 0x19, 0x8a, 0x9e, 0x49, 0xd5, 0xd8, 0x24,
        0xf2, 0xaa, 0x3b, 0xe7, 0x20, 0xb3, 0xe6, 0x48,
    };
    unsigned char ticket[MTLS_TICKET_ID_LEN];

    ck_assert(mtls_ticket_id_of_code(ticket, code));
    ck_assert_mem_eq(ticket, known, sizeof(known));
}
END_TEST

START_TEST(a_ticket_is_read_once_in_an_interval)
{
    int i;

    ck_assert(put(0));
    for (i = 0; i < 100; i++)
        ck_assert_int_eq(find(&here, 0), MTLS_CACHE_HIT);
    ck_assert_int_eq(far.gets, 1);
    ck_assert_int_eq(counted(MTLS_COUNTER_TICKET_READS), 1);
    ck_assert_int_eq(find(&there, 0), MTLS_CACHE_HIT);
    ck_assert_int_eq(far.gets, 2);
    ck_assert_int_eq(find_with(&here, people[0].ticket, 0, -1), MTLS_CACHE_HIT);
    ck_assert_int_eq(far.gets, 3);
    ck_assert_int_eq(find(&here, 0), MTLS_CACHE_HIT);
    ck_assert_int_eq(far.gets, 3);
}
END_TEST

START_TEST(S_27_a_revoked_ticket_is_gone_everywhere)
{
    ck_assert(put(0) && put(1));
    ck_assert_int_eq(find(&here, 0), MTLS_CACHE_HIT);
    ck_assert_int_eq(find(&there, 0), MTLS_CACHE_HIT);
    ck_assert_int_eq(find(&there, 1), MTLS_CACHE_HIT);
    ck_assert_int_eq(mtls_ticket_store_revoke(&here, people[0].ticket), MTLS_CACHE_HIT);
    ck_assert_int_eq(counted(MTLS_COUNTER_TICKETS_REVOKED), 1);
    ck_assert_int_eq(find(&here, 0), MTLS_CACHE_MISS);
    ck_assert_int_eq(find(&there, 0), MTLS_CACHE_MISS);
    ck_assert_int_eq(find(&there, 1), MTLS_CACHE_HIT);
    ck_assert_int_eq(mtls_ticket_store_revoke(&there, people[0].ticket), MTLS_CACHE_MISS);
    ck_assert_int_eq(counted(MTLS_COUNTER_TICKETS_REVOKED), 1);
}
END_TEST

/* Another ticket whose id shares a word on the board, say. */
START_TEST(an_epoch_is_read_again_once)
{
    int i;

    ck_assert(put(0));
    ck_assert_int_eq(find(&here, 0), MTLS_CACHE_HIT);
    mtls_board_raise_ticket_epoch(board, people[0].ticket);
    for (i = 0; i < 10; i++)
        ck_assert_int_eq(find(&here, 0), MTLS_CACHE_HIT);
    ck_assert_int_eq(far.gets, 2);
}
END_TEST

START_TEST(S_10_a_cache_that_is_down_lets_nobody_in)
{
    unsigned char *data = apr_palloc(pool, MTLS_SHARED_CACHE_MAX);
    apr_size_t len;

    ck_assert(put(0) && put(1));
    ck_assert_int_eq(find(&here, 0), MTLS_CACHE_HIT);
    far.down = true;
    ck_assert(!put(0));
    ck_assert(!mtls_ticket_store_put_code(&here, code, people[0].record, later()));
    ck_assert_int_eq(look_at_code(&here, data, &len), MTLS_CACHE_DOWN);
    ck_assert_int_eq(take_code(), MTLS_CACHE_DOWN);
    ck_assert_int_eq(find(&here, 0), MTLS_CACHE_HIT);
    ck_assert_int_eq(find(&here, 1), MTLS_CACHE_DOWN);
    ck_assert_int_eq(find_with(&here, people[0].ticket, 0, -1), MTLS_CACHE_DOWN);
    ck_assert_int_eq(mtls_ticket_store_revoke(&here, people[0].ticket), MTLS_CACHE_DOWN);
    ck_assert_int_eq(find(&here, 0), MTLS_CACHE_DOWN);
    ck_assert_int_eq(counted(MTLS_COUNTER_TICKETS_REVOKED), 0);
    far.down = false;
    ck_assert_int_eq(find(&here, 0), MTLS_CACHE_HIT);
}
END_TEST

/* Evicted, or started again: what is remembered holds for its interval and no longer, and not
 * beyond a miss. */
START_TEST(S_10_a_cache_that_lost_it_refuses)
{
    ck_assert(put(0));
    ck_assert_int_eq(find(&here, 0), MTLS_CACHE_HIT);
    forget_everything();
    ck_assert_int_eq(find(&there, 0), MTLS_CACHE_MISS);
    ck_assert_int_eq(find(&here, 0), MTLS_CACHE_HIT);
    ck_assert_int_eq(find_with(&here, people[0].ticket, 0, -1), MTLS_CACHE_MISS);
    ck_assert_int_eq(find(&here, 0), MTLS_CACHE_MISS);
}
END_TEST

START_TEST(another_certificate_is_none)
{
    ck_assert(put(0));
    ck_assert_int_eq(find_with(&here, people[0].ticket, 1, MINUTE), MTLS_CACHE_MISS);
    ck_assert_int_eq(find(&here, 0), MTLS_CACHE_HIT);
    ck_assert_int_eq(find_with(&here, people[0].ticket, 1, MINUTE), MTLS_CACHE_MISS);
    ck_assert_int_eq(find_with(&here, people[0].ticket, 1, -1), MTLS_CACHE_MISS);
    ck_assert_int_eq(find(&here, 0), MTLS_CACHE_HIT);
}
END_TEST

START_TEST(rubbish_and_long_chains_are_none)
{
    static const mtls_chain_limits_t one = {65536, 1};
    mtls_ticket_look_t look = {people[0].ticket, people[0].leaf, &one, MINUTE};
    const mtls_ticket_proof_t *found;

    ck_assert(put(0));
    ck_assert_int_eq(mtls_ticket_store_find(&here, &look, &found), MTLS_CACHE_MISS);
    ck_assert_ptr_null(found);
    far.slots[0].data[0] ^= 0xff;
    ck_assert_int_eq(find(&here, 0), MTLS_CACHE_MISS);
    ck_assert(!mtls_ticket_store_put(&here, people[0].ticket, (mtls_bytes_t){0}, later()));
}
END_TEST

/* One who brings a code, as the header says it is to be done. */
static void *redeem(void *data)
{
    mtls_ticket_store_t *process = data;
    unsigned char record[4096], ticket[MTLS_TICKET_ID_LEN];
    apr_size_t len = sizeof(record);
    bool given;

    if (!mtls_ticket_id_of_code(ticket, code))
        return NULL;
    if (mtls_ticket_store_look_at_code(process, code, record, &len) == MTLS_CACHE_HIT)
        mtls_ticket_store_put(process, ticket, (mtls_bytes_t){record, len}, later());
    len = sizeof(record);
    given = mtls_ticket_store_take_code(process, code, record, &len) == MTLS_CACHE_HIT;
    if (!given)
        mtls_ticket_store_revoke(process, ticket);
    return given ? process : NULL;
}

/* Of all who bring a code one is given a ticket at most, and it is worth nothing when there was
 * another. */
START_TEST(S_02_a_code_brought_by_many_ends_in_no_ticket)
{
    unsigned char ticket[MTLS_TICKET_ID_LEN];
    pthread_t threads[THREADS];
    int round, i;

    ck_assert(mtls_ticket_id_of_code(ticket, code));
    for (round = 0; round < 50; round++) {
        int given = 0;

        ck_assert(mtls_ticket_store_put_code(&here, code, people[0].record, later()));
        for (i = 0; i < THREADS; i++)
            ck_assert_int_eq(pthread_create(&threads[i], NULL, redeem, i % 2 ? &here : &there), 0);
        for (i = 0; i < THREADS; i++) {
            void *result;

            pthread_join(threads[i], &result);
            given += result != NULL;
        }
        ck_assert_int_eq(given, 1);
        ck_assert_int_eq(find_with(&here, ticket, 0, MINUTE), MTLS_CACHE_MISS);
        ck_assert_int_eq(find_with(&there, ticket, 0, MINUTE), MTLS_CACHE_MISS);
    }
    ck_assert(mtls_ticket_store_put_code(&here, code, people[0].record, later()));
    ck_assert_ptr_nonnull(redeem(&here));
    ck_assert_int_eq(find_with(&there, ticket, 0, MINUTE), MTLS_CACHE_HIT);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("ticket store");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, S_02_a_code_is_taken_once);
    tcase_add_test(tcase, a_code_is_no_ticket);
    tcase_add_test(tcase, the_id_of_a_codes_ticket_is_for_ever);
    tcase_add_test(tcase, a_ticket_is_read_once_in_an_interval);
    tcase_add_test(tcase, S_27_a_revoked_ticket_is_gone_everywhere);
    tcase_add_test(tcase, an_epoch_is_read_again_once);
    tcase_add_test(tcase, S_10_a_cache_that_is_down_lets_nobody_in);
    tcase_add_test(tcase, S_10_a_cache_that_lost_it_refuses);
    tcase_add_test(tcase, another_certificate_is_none);
    tcase_add_test(tcase, rubbish_and_long_chains_are_none);
    tcase_add_test(tcase, S_02_a_code_brought_by_many_ends_in_no_ticket);
    return run_case_with("ticket store", tcase, set_up);
}
