/* The certificates behind tickets, as one process remembers them (S-04, S-27, F-26). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/ticket_memo.h"

#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <malloc.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdio.h>

#include "mtls/cert/identity_read.h"
#include "mtls/cert/mark.h"
#include "mtls/cert/ticket_record.h"
#include "run.h"
#include "trust_fixture.h"

#define THREADS      8
#define ROUNDS       2000
#define PEOPLE       6
#define SMALL_PIECES 262144 /* octets; a ticket takes at least 8192 */
#define NOW          apr_time_from_sec(1000)
#define PROVEN       apr_time_from_sec(1790000000)

static const mtls_chain_limits_t limits = {65536, 10};

/* Somebody with a ticket. */
typedef struct {
    unsigned char id[MTLS_TICKET_ID_LEN];
    mtls_chain_t const *chain;
    mtls_bytes_t record;
    const unsigned char *leaf;
} person_t;

/* What another thread does while this one decodes a certificate: link-time wrapping of the unit's
 * last step outside its lock. */
typedef void (*deed_t)(void);
static _Atomic(deed_t) meanwhile;

apr_status_t __real_mtls_identity_read(const mtls_identity_t **out, X509 *cert, mtls_bytes_t der,
                                       const unsigned char *sha256, apr_pool_t *from);
apr_status_t __wrap_mtls_identity_read(const mtls_identity_t **out, X509 *cert, mtls_bytes_t der,
                                       const unsigned char *sha256, apr_pool_t *from);

apr_status_t __wrap_mtls_identity_read(const mtls_identity_t **out, X509 *cert, mtls_bytes_t der,
                                       const unsigned char *sha256, apr_pool_t *from)
{
    deed_t now = atomic_exchange(&meanwhile, NULL);

    if (now != NULL)
        now();
    return __real_mtls_identity_read(out, cert, der, sha256, from);
}

static fixture_party_t ca;
static person_t people[PEOPLE];

static mtls_bytes_t record_of(const mtls_chain_t *chain, apr_time_t proven_at)
{
    mtls_ticket_record_t record = {.proven_at = proven_at, .cert_count = mtls_chain_count(chain)};
    mtls_bytes_t out;
    int i;

    for (i = 0; i < record.cert_count; i++)
        record.certs[i] = mtls_chain_der(chain, i);
    ck_assert_int_eq(mtls_ticket_record_write(&out, &record, pool), APR_SUCCESS);
    return out;
}

static void people_up(void)
{
    int i;

    ca = fixture_make(NULL, &(fixture_recipe_t){.subject = "ca", .ca = true}, pool);
    for (i = 0; i < PEOPLE; i++) {
        const char *name = apr_psprintf(pool, "person %d", i);
        fixture_party_t leaf =
            fixture_make(&ca, &(fixture_recipe_t){.subject = name, .serial = i + 1}, pool);

        memset(people[i].id, i + 1, MTLS_TICKET_ID_LEN);
        people[i].chain = fixture_chain(pool, 2, leaf.cert, ca.cert);
        people[i].record = record_of(people[i].chain, PROVEN);
        people[i].leaf = mtls_chain_leaf_sha256(people[i].chain);
    }
}

static mtls_ticket_memo_t *make(apr_size_t entries)
{
    mtls_ticket_memo_t *memo;

    ck_assert_int_eq(mtls_ticket_memo_make(&memo, entries, pool), APR_SUCCESS);
    return memo;
}

/* S-08: by which logs and the list of revoked tickets name it. */
static bool has_mark_of(const mtls_proof_t *proof, const person_t *person)
{
    unsigned char sha256[MTLS_SHA256_LEN];

    ck_assert_int_eq(EVP_Digest(person->id, MTLS_TICKET_ID_LEN, sha256, NULL, EVP_sha256(), NULL),
                     1);
    return proof->ticket != NULL && memcmp(proof->ticket, sha256, MTLS_MARK_LEN) == 0;
}

static bool is_of(const mtls_ticket_proof_t *ticket, const person_t *person)
{
    const mtls_proof_t *proof = mtls_ticket_proof_of(ticket);

    return proof->method == MTLS_PROOF_TICKET && proof->proven_at == PROVEN &&
           proof->older == NULL && has_mark_of(proof, person) &&
           mtls_chain_count(proof->chain) == 2 &&
           memcmp(mtls_chain_digest(proof->chain), mtls_chain_digest(person->chain),
                  MTLS_SHA256_LEN) == 0 &&
           memcmp(proof->identity->sha256, person->leaf, MTLS_SHA256_LEN) == 0;
}

static const mtls_ticket_proof_t *put_at(mtls_ticket_memo_t *memo, const person_t *person,
                                         unsigned epoch, apr_time_t read_at)
{
    const mtls_ticket_proof_t *ticket;

    ck_assert_int_eq(mtls_ticket_memo_put(&ticket, memo, person->id, person->record, person->leaf,
                                          &limits, epoch, read_at),
                     APR_SUCCESS);
    ck_assert(is_of(ticket, person));
    return ticket;
}

static void remember(mtls_ticket_memo_t *memo, const person_t *person)
{
    mtls_ticket_memo_give_back(memo, put_at(memo, person, 0, NOW));
}

static bool is_taken(mtls_ticket_memo_t *memo, const person_t *person, unsigned epoch,
                     apr_time_t since)
{
    const mtls_ticket_proof_t *ticket = mtls_ticket_memo_take(memo, person->id, epoch, since);

    if (ticket != NULL)
        ck_assert(is_of(ticket, person));
    mtls_ticket_memo_give_back(memo, ticket);
    return ticket != NULL;
}

static bool is_remembered(mtls_ticket_memo_t *memo, const person_t *person)
{
    return is_taken(memo, person, 0, NOW);
}

static void assert_refused(mtls_ticket_memo_t *memo, const unsigned char *id, mtls_bytes_t record,
                           const unsigned char *leaf, const mtls_chain_limits_t *most)
{
    const mtls_ticket_proof_t *ticket = (const void *)memo;

    ck_assert_int_eq(mtls_ticket_memo_put(&ticket, memo, id, record, leaf, most, 0, NOW),
                     APR_EINVAL);
    ck_assert_ptr_null(ticket);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}

START_TEST(what_is_put_is_taken)
{
    mtls_ticket_memo_t *memo = make(4);
    const mtls_ticket_proof_t *put;
    const mtls_ticket_proof_t *taken;

    ck_assert(!is_remembered(memo, &people[0]));
    put = put_at(memo, &people[0], 0, NOW);
    taken = mtls_ticket_memo_take(memo, people[0].id, 0, NOW);
    ck_assert_ptr_eq(taken, put);
    ck_assert(!is_remembered(memo, &people[1]));
    mtls_ticket_memo_give_back(memo, put);
    mtls_ticket_memo_give_back(memo, taken);
    mtls_ticket_memo_give_back(memo, NULL);
    ck_assert(is_remembered(memo, &people[0]));
}
END_TEST

/* S-27, S-28: what was read before a revocation, or too long ago, is read again. */
START_TEST(S_27_what_was_read_before_is_not_taken)
{
    mtls_ticket_memo_t *memo = make(4);

    mtls_ticket_memo_give_back(memo, put_at(memo, &people[0], 7, NOW));
    ck_assert(is_taken(memo, &people[0], 7, NOW));
    ck_assert(is_taken(memo, &people[0], 7, NOW - 1));
    ck_assert(!is_taken(memo, &people[0], 7, NOW + 1));
    ck_assert(!is_taken(memo, &people[0], 8, NOW));
    ck_assert(!is_taken(memo, &people[0], 6, NOW));
}
END_TEST

START_TEST(the_same_again_is_read_again)
{
    mtls_ticket_memo_t *memo = make(4);
    const mtls_ticket_proof_t *first = put_at(memo, &people[0], 7, NOW);
    const mtls_ticket_proof_t *again = put_at(memo, &people[0], 8, NOW + 5);

    ck_assert_ptr_eq(first, again);
    mtls_ticket_memo_give_back(memo, first);
    mtls_ticket_memo_give_back(memo, again);
    ck_assert(is_taken(memo, &people[0], 8, NOW + 5));
    ck_assert(!is_taken(memo, &people[0], 7, NOW));
}
END_TEST

/* A thread that read before a revocation, and comes late, makes nothing fresh. */
START_TEST(S_27_who_comes_late_undoes_nothing)
{
    mtls_ticket_memo_t *memo = make(4);

    mtls_ticket_memo_give_back(memo, put_at(memo, &people[0], 8, NOW + 5));
    mtls_ticket_memo_give_back(memo, put_at(memo, &people[0], 7, NOW));
    ck_assert(is_taken(memo, &people[0], 8, NOW + 5));
    mtls_ticket_memo_forget(memo, people[0].id);
    mtls_ticket_memo_give_back(memo, put_at(memo, &people[0], 7, NOW + 9));
    ck_assert(!is_taken(memo, &people[0], 8, NOW));
}
END_TEST

START_TEST(another_record_of_the_certificate_replaces_it)
{
    mtls_ticket_memo_t *memo = make(4);
    const mtls_ticket_proof_t *old = put_at(memo, &people[0], 0, NOW);
    const mtls_ticket_proof_t *new;
    mtls_bytes_t later = record_of(people[0].chain, PROVEN + apr_time_from_sec(1));

    ck_assert_int_eq(
        mtls_ticket_memo_put(&new, memo, people[0].id, later, people[0].leaf, &limits, 0, NOW),
        APR_SUCCESS);
    ck_assert_ptr_ne(new, old);
    ck_assert_int_eq(mtls_ticket_proof_of(new)->proven_at, PROVEN + apr_time_from_sec(1));
    ck_assert(is_of(old, &people[0]));
    mtls_ticket_memo_give_back(memo, old);
    ck_assert_ptr_eq(mtls_ticket_memo_take(memo, people[0].id, 0, NOW), new);
    mtls_ticket_memo_give_back(memo, new);
    mtls_ticket_memo_give_back(memo, new);
    mtls_ticket_memo_forget(memo, people[0].id);
    ck_assert(!is_remembered(memo, &people[0]));
}
END_TEST

START_TEST(S_04_another_certificate_is_refused)
{
    mtls_ticket_memo_t *memo = make(4);

    assert_refused(memo, people[0].id, people[1].record, people[0].leaf, &limits);
    ck_assert(!is_remembered(memo, &people[0]));
    remember(memo, &people[0]);
    assert_refused(memo, people[0].id, people[0].record, people[1].leaf, &limits);
    assert_refused(memo, people[0].id, people[1].record, people[0].leaf, &limits);
    assert_refused(memo, people[0].id, people[1].record, people[1].leaf, &limits);
    ck_assert(is_remembered(memo, &people[0]));
}
END_TEST

START_TEST(what_is_no_record_is_refused)
{
    mtls_ticket_memo_t *memo = make(4);
    mtls_ticket_record_t record = {.proven_at = PROVEN, .cert_count = 1};
    mtls_bytes_t der = mtls_chain_der(people[0].chain, 0);
    unsigned char *longer = apr_pcalloc(pool, der.len + 1);
    mtls_bytes_t out;

    assert_refused(memo, people[0].id, (mtls_bytes_t){0}, people[0].leaf, &limits);
    assert_refused(memo, people[0].id,
                   (mtls_bytes_t){people[0].record.data, people[0].record.len - 1}, people[0].leaf,
                   &limits);
    record.certs[0] = (mtls_bytes_t){(const unsigned char *)"no certificate", 14};
    ck_assert_int_eq(mtls_ticket_record_write(&out, &record, pool), APR_SUCCESS);
    assert_refused(memo, people[0].id, out, people[0].leaf, &limits);
    memcpy(longer, der.data, der.len);
    record.certs[0] = (mtls_bytes_t){longer, der.len + 1};
    ck_assert_int_eq(mtls_ticket_record_write(&out, &record, pool), APR_SUCCESS);
    assert_refused(memo, people[0].id, out, people[0].leaf, &limits);
}
END_TEST

START_TEST(F_39_limits_hold)
{
    mtls_ticket_memo_t *memo = make(4);
    apr_size_t len =
        mtls_chain_der(people[0].chain, 0).len + mtls_chain_der(people[0].chain, 1).len;
    const mtls_chain_limits_t just = {len, 2};
    const mtls_chain_limits_t less = {len - 1, 2};
    const mtls_chain_limits_t fewer = {len, 1};
    const mtls_ticket_proof_t *ticket;

    assert_refused(memo, people[0].id, people[0].record, people[0].leaf, &less);
    assert_refused(memo, people[0].id, people[0].record, people[0].leaf, &fewer);
    ck_assert_int_eq(mtls_ticket_memo_put(&ticket, memo, people[0].id, people[0].record,
                                          people[0].leaf, &just, 0, NOW),
                     APR_SUCCESS);
    mtls_ticket_memo_give_back(memo, ticket);
    assert_refused(memo, people[0].id, people[0].record, people[0].leaf, &less);
}
END_TEST

START_TEST(F_26_the_least_recently_used_goes)
{
    mtls_ticket_memo_t *memo = make(3);

    remember(memo, &people[0]);
    remember(memo, &people[1]);
    remember(memo, &people[2]);
    ck_assert(is_remembered(memo, &people[0]));
    remember(memo, &people[3]);
    ck_assert(!is_remembered(memo, &people[1]));
    ck_assert(is_remembered(memo, &people[2]));
    remember(memo, &people[0]); /* the same again counts as use */
    remember(memo, &people[4]);
    ck_assert(!is_remembered(memo, &people[3]));
    ck_assert(is_remembered(memo, &people[0]));
    ck_assert(is_remembered(memo, &people[2]));
    ck_assert(is_remembered(memo, &people[4]));
}
END_TEST

START_TEST(F_26_what_is_in_use_outlives_its_place)
{
    mtls_ticket_memo_t *memo = make(1);
    const mtls_ticket_proof_t *held[PEOPLE];
    int i;

    for (i = 0; i < PEOPLE; i++)
        held[i] = put_at(memo, &people[i], 0, NOW);
    for (i = 0; i < PEOPLE; i++) {
        ck_assert_int_eq(is_remembered(memo, &people[i]), i == PEOPLE - 1);
        ck_assert(is_of(held[i], &people[i]));
        mtls_ticket_memo_give_back(memo, held[i]);
    }
    ck_assert(is_remembered(memo, &people[PEOPLE - 1]));
}
END_TEST

START_TEST(what_is_forgotten_is_read_again)
{
    mtls_ticket_memo_t *memo = make(4);
    const mtls_ticket_proof_t *held = put_at(memo, &people[0], 0, NOW);

    remember(memo, &people[1]);
    mtls_ticket_memo_forget(memo, people[0].id);
    mtls_ticket_memo_forget(memo, people[0].id);
    mtls_ticket_memo_forget(memo, people[2].id);
    ck_assert(!is_remembered(memo, &people[0]));
    ck_assert(is_remembered(memo, &people[1]));
    ck_assert(is_of(held, &people[0]));
    mtls_ticket_memo_give_back(memo, held);
    remember(memo, &people[0]);
    ck_assert(is_remembered(memo, &people[0]));
}
END_TEST

/* Ids of one bucket, taken out in every place of its list. */
START_TEST(ids_that_share_a_bucket)
{
    mtls_ticket_memo_t *memo = make(4);
    person_t alike[4];
    int i;

    for (i = 0; i < 4; i++) {
        alike[i] = people[i];
        memset(alike[i].id, 0, MTLS_TICKET_ID_LEN);
        alike[i].id[MTLS_TICKET_ID_LEN - 1] = (unsigned char)i;
        remember(memo, &alike[i]);
    }
    for (i = 0; i < 4; i++)
        ck_assert(is_remembered(memo, &alike[i]));
    mtls_ticket_memo_forget(memo, alike[1].id);
    mtls_ticket_memo_forget(memo, alike[3].id);
    ck_assert(is_remembered(memo, &alike[0]));
    ck_assert(!is_remembered(memo, &alike[1]));
    ck_assert(is_remembered(memo, &alike[2]));
    ck_assert(!is_remembered(memo, &alike[3]));
    mtls_ticket_memo_forget(memo, alike[0].id);
    ck_assert(is_remembered(memo, &alike[2]));
}
END_TEST

START_TEST(sizes)
{
    mtls_ticket_memo_t *memo = (void *)pool;

    ck_assert_int_eq(mtls_ticket_memo_make(&memo, 0, pool), APR_EINVAL);
    ck_assert_ptr_null(memo);
    ck_assert_int_eq(mtls_ticket_memo_make(&memo, 1048577, pool), APR_EINVAL);
    memo = make(1);
    remember(memo, &people[0]);
    remember(memo, &people[1]);
    ck_assert(!is_remembered(memo, &people[0]));
    ck_assert(is_remembered(memo, &people[1]));
}
END_TEST

static size_t in_use(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* A thousand tickets through a memo of two need no more memory than ten, but for what the allocator
 * keeps at hand of small pieces. */
START_TEST(F_26_memory_returns)
{
    mtls_ticket_memo_t *memo = make(2);
    person_t person = people[0];
    size_t before = 0;
    int i;

    for (i = 0; i < 1000; i++) {
        const mtls_ticket_proof_t *held;

        memcpy(person.id, &i, sizeof(i));
        held = put_at(memo, &person, 0, NOW);
        assert_refused(memo, people[1].id, people[2].record, people[3].leaf, &limits);
        mtls_ticket_memo_give_back(memo, held);
        if (i == 10)
            before = in_use();
    }
    ck_assert_uint_le(in_use(), before + SMALL_PIECES);
}
END_TEST

/* What is done meanwhile, and to what. */
static mtls_ticket_memo_t *contested;
static const mtls_ticket_proof_t *faster;

static void put_the_same(void)
{
    faster = put_at(contested, &people[0], 0, NOW);
}

static void put_another_certificate(void)
{
    person_t other = people[1];

    memcpy(other.id, people[0].id, MTLS_TICKET_ID_LEN);
    faster = put_at(contested, &other, 0, NOW);
}

static void put_somebody_else(void)
{
    faster = put_at(contested, &people[1], 0, NOW);
}

START_TEST(F_16_of_two_one_survives)
{
    size_t before = 0;
    int i;

    contested = make(2);
    for (i = 0; i < 200; i++) {
        const mtls_ticket_proof_t *slower;

        meanwhile = put_the_same;
        slower = put_at(contested, &people[0], 0, NOW + 1);
        ck_assert_ptr_eq(slower, faster);
        ck_assert(is_taken(contested, &people[0], 0, NOW + 1));
        mtls_ticket_memo_give_back(contested, faster);
        ck_assert(is_of(slower, &people[0]));
        mtls_ticket_memo_give_back(contested, slower);
        mtls_ticket_memo_forget(contested, people[0].id);
        if (i == 10)
            before = in_use();
    }
    ck_assert_uint_le(in_use(), before + SMALL_PIECES);
}
END_TEST

START_TEST(F_16_of_two_certificates_the_second_is_refused)
{
    contested = make(2);
    meanwhile = put_another_certificate;
    assert_refused(contested, people[0].id, people[0].record, people[0].leaf, &limits);
    mtls_ticket_memo_give_back(contested, faster);
}
END_TEST

START_TEST(F_16_the_only_place_is_taken_meanwhile)
{
    const mtls_ticket_proof_t *ticket;

    contested = make(1);
    meanwhile = put_somebody_else;
    ticket = put_at(contested, &people[0], 0, NOW);
    ck_assert(is_of(faster, &people[1]));
    ck_assert(!is_remembered(contested, &people[1]));
    ck_assert(is_remembered(contested, &people[0]));
    mtls_ticket_memo_give_back(contested, faster);
    mtls_ticket_memo_give_back(contested, ticket);
}
END_TEST

typedef struct {
    mtls_ticket_memo_t *memo;
    atomic_uint wrong;
    atomic_uint taken;
    atomic_uint put;
} shared_t;

static const mtls_ticket_proof_t *take_or_put(shared_t *shared, const person_t *person, int round)
{
    unsigned epoch = (unsigned)round / 100;
    const mtls_ticket_proof_t *ticket =
        mtls_ticket_memo_take(shared->memo, person->id, epoch, NOW + round / 10);

    if (ticket != NULL) {
        atomic_fetch_add(&shared->taken, 1);
        return ticket;
    }
    if (mtls_ticket_memo_put(&ticket, shared->memo, person->id, person->record, person->leaf,
                             &limits, epoch, NOW + round / 10) != APR_SUCCESS)
        atomic_fetch_add(&shared->wrong, 1);
    else
        atomic_fetch_add(&shared->put, 1);
    return ticket;
}

/* More people than places, so that all of it happens: taken, put at a time by several, evicted
 * while others read. */
static void *APR_THREAD_FUNC hammer(apr_thread_t *thread, void *data)
{
    shared_t *shared = data;
    unsigned seed = (unsigned)(uintptr_t)thread;
    int i;

    for (i = 0; i < ROUNDS; i++) {
        const person_t *one = &people[rand_r(&seed) % PEOPLE];
        const person_t *other = &people[rand_r(&seed) % PEOPLE];
        const mtls_ticket_proof_t *first = take_or_put(shared, one, i);
        const mtls_ticket_proof_t *second = take_or_put(shared, other, i);

        if (rand_r(&seed) % 16 == 0)
            mtls_ticket_memo_forget(shared->memo, one->id);
        if (first == NULL || second == NULL || !is_of(first, one) || !is_of(second, other))
            atomic_fetch_add(&shared->wrong, 1);
        mtls_ticket_memo_give_back(shared->memo, first);
        mtls_ticket_memo_give_back(shared->memo, second);
    }
    return NULL;
}

START_TEST(F_16_threads_share_it)
{
    shared_t shared = {.memo = make(PEOPLE - 2)};
    apr_thread_t *threads[THREADS];
    int i;

    for (i = 0; i < THREADS; i++)
        ck_assert_int_eq(apr_thread_create(&threads[i], NULL, hammer, &shared, pool), APR_SUCCESS);
    for (i = 0; i < THREADS; i++) {
        apr_status_t status;

        apr_thread_join(&status, threads[i]);
    }
    ck_assert_uint_eq(shared.wrong, 0);
    ck_assert_uint_eq(shared.taken + shared.put, 2 * THREADS * ROUNDS);
    ck_assert_uint_gt(shared.taken, 0);
    ck_assert_uint_gt(shared.put, PEOPLE);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("ticket_memo");

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, what_is_put_is_taken);
    tcase_add_test(tcase, S_27_what_was_read_before_is_not_taken);
    tcase_add_test(tcase, the_same_again_is_read_again);
    tcase_add_test(tcase, S_27_who_comes_late_undoes_nothing);
    tcase_add_test(tcase, another_record_of_the_certificate_replaces_it);
    tcase_add_test(tcase, S_04_another_certificate_is_refused);
    tcase_add_test(tcase, what_is_no_record_is_refused);
    tcase_add_test(tcase, F_39_limits_hold);
    tcase_add_test(tcase, F_26_the_least_recently_used_goes);
    tcase_add_test(tcase, F_26_what_is_in_use_outlives_its_place);
    tcase_add_test(tcase, what_is_forgotten_is_read_again);
    tcase_add_test(tcase, ids_that_share_a_bucket);
    tcase_add_test(tcase, sizes);
    tcase_add_test(tcase, F_26_memory_returns);
    tcase_add_test(tcase, F_16_of_two_one_survives);
    tcase_add_test(tcase, F_16_of_two_certificates_the_second_is_refused);
    tcase_add_test(tcase, F_16_the_only_place_is_taken_meanwhile);
    tcase_add_test(tcase, F_16_threads_share_it);
    return run_case_with("trust/ticket_memo", tcase, people_up);
}
