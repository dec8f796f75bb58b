/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/ticket_memo.h"

#include <apr_allocator.h>
#include <apr_thread_mutex.h>
#include <openssl/err.h>
#include <stdint.h>

#include "mtls/cert/chain_x509.h"
#include "mtls/cert/identity_read.h"
#include "mtls/cert/mark.h"
#include "mtls/cert/ticket_record.h"
#include "mtls/trust/own_pool.h"

#define MAX_ENTRIES 1048576

/* The proof, the mark and the pool never change.  All else is guarded by the memo's mutex. */
struct mtls_ticket_proof_t {
    mtls_proof_t proof;
    apr_pool_t *pool; /* everything of it, itself too */
    unsigned char id[MTLS_TICKET_ID_LEN];
    unsigned char mark[MTLS_MARK_LEN]; /* of the id */
    unsigned epoch;
    apr_time_t read_at;
    unsigned uses;             /* holders, and the memo while it remembers it */
    mtls_ticket_proof_t *next; /* in the same bucket */
    mtls_ticket_proof_t *newer;
    mtls_ticket_proof_t *older;
};

/* A hash table with chaining, and a list by last use. */
struct mtls_ticket_memo_t {
    apr_pool_t *pool; /* of which each proof has a child; its allocator has a mutex */
    apr_thread_mutex_t *mutex;
    mtls_ticket_proof_t **buckets;
    uint32_t bucket_mask;
    apr_size_t capacity;
    apr_size_t used;
    mtls_ticket_proof_t *newest;
    mtls_ticket_proof_t *oldest;
};

/* What is to be remembered. */
typedef struct {
    const unsigned char *id;
    const unsigned char *leaf;
    const mtls_chain_limits_t *limits;
    unsigned epoch;
    apr_time_t read_at;
    mtls_ticket_record_t record;
} offer_t;

static apr_status_t guard_allocator(apr_pool_t *pool)
{
    apr_thread_mutex_t *mutex;
    apr_status_t status = apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, pool);

    if (status == APR_SUCCESS)
        apr_allocator_mutex_set(apr_pool_allocator_get(pool), mutex);
    return status;
}

apr_status_t mtls_ticket_memo_make(mtls_ticket_memo_t **out, apr_size_t entries, apr_pool_t *pool)
{
    mtls_ticket_memo_t *memo;
    uint32_t buckets = 1;

    *out = NULL;
    if (entries < 1 || entries > MAX_ENTRIES)
        return APR_EINVAL;
    memo = apr_pcalloc(pool, sizeof(*memo));
    while (buckets < entries)
        buckets *= 2;
    memo->capacity = entries;
    memo->bucket_mask = buckets - 1;
    memo->buckets = apr_pcalloc(pool, buckets * sizeof(mtls_ticket_proof_t *));
    if (apr_thread_mutex_create(&memo->mutex, APR_THREAD_MUTEX_DEFAULT, pool) != APR_SUCCESS ||
        mtls_own_pool_make(&memo->pool, pool) != APR_SUCCESS ||
        guard_allocator(memo->pool) != APR_SUCCESS)
        return APR_ENOMEM;
    *out = memo;
    return APR_SUCCESS;
}

/* Ids are random, and nobody but this server's own makes them. */
static mtls_ticket_proof_t **bucket_of(const mtls_ticket_memo_t *memo, const unsigned char *id)
{
    uint32_t part;

    memcpy(&part, id, sizeof(part));
    return &memo->buckets[part & memo->bucket_mask];
}

static mtls_ticket_proof_t *find(const mtls_ticket_memo_t *memo, const unsigned char *id)
{
    mtls_ticket_proof_t *ticket = *bucket_of(memo, id);

    while (ticket != NULL && memcmp(ticket->id, id, MTLS_TICKET_ID_LEN) != 0)
        ticket = ticket->next;
    return ticket;
}

static void push_newest(mtls_ticket_memo_t *memo, mtls_ticket_proof_t *ticket)
{
    ticket->newer = NULL;
    ticket->older = memo->newest;
    if (memo->newest != NULL)
        memo->newest->newer = ticket;
    else
        memo->oldest = ticket;
    memo->newest = ticket;
}

static void unlink_use(mtls_ticket_memo_t *memo, mtls_ticket_proof_t *ticket)
{
    if (ticket->newer != NULL)
        ticket->newer->older = ticket->older;
    else
        memo->newest = ticket->older;
    if (ticket->older != NULL)
        ticket->older->newer = ticket->newer;
    else
        memo->oldest = ticket->newer;
}

/* One more holder, who is its latest. */
static void hold(mtls_ticket_memo_t *memo, mtls_ticket_proof_t *ticket)
{
    ticket->uses++;
    unlink_use(memo, ticket);
    push_newest(memo, ticket);
}

/* @return what nobody has any more and is to be freed when the mutex is given back, or NULL. */
static mtls_ticket_proof_t *count_down(mtls_ticket_proof_t *ticket)
{
    return --ticket->uses == 0 ? ticket : NULL;
}

static mtls_ticket_proof_t *drop(mtls_ticket_memo_t *memo, mtls_ticket_proof_t *ticket)
{
    mtls_ticket_proof_t **link = bucket_of(memo, ticket->id);

    while (*link != ticket)
        link = &(*link)->next;
    *link = ticket->next;
    unlink_use(memo, ticket);
    memo->used--;
    return count_down(ticket);
}

static void add(mtls_ticket_memo_t *memo, mtls_ticket_proof_t *ticket)
{
    mtls_ticket_proof_t **bucket = bucket_of(memo, ticket->id);

    ticket->next = *bucket;
    *bucket = ticket;
    push_newest(memo, ticket);
    memo->used++;
    ticket->uses++;
}

static void free_ticket(mtls_ticket_proof_t *ticket)
{
    if (ticket != NULL)
        apr_pool_destroy(ticket->pool);
}

const mtls_ticket_proof_t *mtls_ticket_memo_take(mtls_ticket_memo_t *memo, const unsigned char *id,
                                                 unsigned epoch, apr_time_t since)
{
    mtls_ticket_proof_t *ticket;

    if (apr_thread_mutex_lock(memo->mutex) != APR_SUCCESS)
        return NULL;
    ticket = find(memo, id);
    if (ticket != NULL && (ticket->epoch != epoch || ticket->read_at < since))
        ticket = NULL;
    if (ticket != NULL)
        hold(memo, ticket);
    apr_thread_mutex_unlock(memo->mutex);
    return ticket;
}

static bool is_within(const mtls_ticket_record_t *record, const mtls_chain_limits_t *limits)
{
    apr_size_t len = 0;

    for (int i = 0; i < record->cert_count; i++)
        len += record->certs[i].len;
    return record->cert_count <= limits->max_certs && len <= limits->max_bytes;
}

static bool is_of_leaf(const mtls_chain_t *chain, const unsigned char *leaf)
{
    return memcmp(mtls_chain_leaf_sha256(chain), leaf, MTLS_SHA256_LEN) == 0;
}

static bool is_same(const mtls_proof_t *proof, const mtls_ticket_record_t *record)
{
    if (proof->proven_at != record->proven_at ||
        mtls_chain_count(proof->chain) != record->cert_count)
        return false;
    for (int i = 0; i < record->cert_count; i++)
        if (!mtls_bytes_equal(mtls_chain_der(proof->chain, i), record->certs[i]))
            return false;
    return true;
}

/* The certificate that is all of @a der, or NULL. */
static X509 *decode(mtls_bytes_t der)
{
    const unsigned char *at = der.data;
    X509 *cert;

    ERR_set_mark();
    cert = d2i_X509(NULL, &at, (long)der.len);
    ERR_pop_to_mark();
    if (cert != NULL && at != der.data + der.len) {
        X509_free(cert);
        cert = NULL;
    }
    return cert;
}

static apr_status_t make_proof(mtls_proof_t *proof, X509 *leaf, const offer_t *offer,
                               apr_pool_t *pool)
{
    const mtls_ticket_record_t *record = &offer->record;
    apr_status_t status = mtls_chain_make_resumed(&proof->chain, leaf, record->certs + 1,
                                                  record->cert_count - 1, offer->limits, pool);

    if (status == APR_SUCCESS && !is_of_leaf(proof->chain, offer->leaf))
        status = APR_EINVAL;
    if (status == APR_SUCCESS)
        status = mtls_identity_read(&proof->identity, leaf, mtls_chain_der(proof->chain, 0),
                                    offer->leaf, pool);
    proof->method = MTLS_PROOF_TICKET;
    proof->proven_at = record->proven_at;
    return status == APR_SUCCESS ? APR_SUCCESS : APR_EINVAL;
}

/* With one holder, and not yet remembered. */
static apr_status_t make_ticket(mtls_ticket_proof_t **out, const mtls_ticket_memo_t *memo,
                                const offer_t *offer)
{
    X509 *leaf = decode(offer->record.certs[0]);
    mtls_ticket_proof_t *ticket;
    apr_status_t status;
    apr_pool_t *pool;

    *out = NULL;
    if (leaf == NULL)
        return APR_EINVAL;
    if (mtls_own_pool_make(&pool, memo->pool) != APR_SUCCESS) {
        X509_free(leaf);
        return APR_ENOMEM;
    }
    ticket = apr_pcalloc(pool, sizeof(*ticket));
    status = make_proof(&ticket->proof, leaf, offer, pool);
    X509_free(leaf);
    if (status == APR_SUCCESS &&
        !mtls_mark_make(ticket->mark, (mtls_bytes_t){offer->id, MTLS_TICKET_ID_LEN}))
        status = APR_ENOMEM;
    if (status != APR_SUCCESS) {
        apr_pool_destroy(pool);
        return status;
    }
    ticket->pool = pool;
    ticket->proof.ticket = ticket->mark;
    memcpy(ticket->id, offer->id, MTLS_TICKET_ID_LEN);
    ticket->epoch = offer->epoch;
    ticket->read_at = offer->read_at;
    ticket->uses = 1;
    *out = ticket;
    return APR_SUCCESS;
}

/* Take the one that is remembered already, if it is the same.  Another certificate under the same
 * id is nobody's.
 * @return APR_ENOENT: something is to be made of the offer */
static apr_status_t refresh(mtls_ticket_proof_t **out, mtls_ticket_memo_t *memo,
                            const offer_t *offer)
{
    mtls_ticket_proof_t *ticket = find(memo, offer->id);

    if (ticket == NULL)
        return APR_ENOENT;
    if (!is_of_leaf(ticket->proof.chain, offer->leaf))
        return APR_EINVAL;
    if (!is_same(&ticket->proof, &offer->record))
        return APR_ENOENT;
    if (ticket->read_at <= offer->read_at) {
        ticket->read_at = offer->read_at;
        ticket->epoch = offer->epoch;
    }
    hold(memo, ticket);
    *out = ticket;
    return APR_SUCCESS;
}

/* @param out     the one that is remembered now: made, or that of somebody who was faster; or NULL
 * @param unused  to be freed when the mutex is given back, or NULL
 * @param made    nobody else's yet */
static apr_status_t settle(mtls_ticket_proof_t **out, mtls_ticket_proof_t **unused,
                           mtls_ticket_memo_t *memo, mtls_ticket_proof_t *made,
                           const offer_t *offer)
{
    apr_status_t status = refresh(out, memo, offer);
    mtls_ticket_proof_t *former = find(memo, offer->id);

    *unused = NULL;
    if (status != APR_ENOENT) {
        *unused = count_down(made);
        return status;
    }
    if (former != NULL)
        *unused = drop(memo, former);
    else if (memo->used == memo->capacity)
        *unused = drop(memo, memo->oldest);
    add(memo, made);
    *out = made;
    return APR_SUCCESS;
}

static apr_status_t put_new(mtls_ticket_proof_t **out, mtls_ticket_memo_t *memo,
                            const offer_t *offer)
{
    mtls_ticket_proof_t *unused;
    mtls_ticket_proof_t *made;
    apr_status_t status = make_ticket(&made, memo, offer);

    if (status != APR_SUCCESS)
        return status;
    if (apr_thread_mutex_lock(memo->mutex) != APR_SUCCESS) {
        free_ticket(made);
        return APR_ENOMEM;
    }
    status = settle(out, &unused, memo, made, offer);
    apr_thread_mutex_unlock(memo->mutex);
    free_ticket(unused);
    return status;
}

apr_status_t mtls_ticket_memo_put(const mtls_ticket_proof_t **out, mtls_ticket_memo_t *memo,
                                  const unsigned char *id, mtls_bytes_t record,
                                  const unsigned char *leaf, const mtls_chain_limits_t *limits,
                                  unsigned epoch, apr_time_t read_at)
{
    offer_t offer = {.id = id, .leaf = leaf, .limits = limits, .epoch = epoch, .read_at = read_at};
    mtls_ticket_proof_t *ticket = NULL;
    apr_status_t status;

    *out = NULL;
    if (mtls_ticket_record_parse(&offer.record, record) != APR_SUCCESS ||
        !is_within(&offer.record, limits))
        return APR_EINVAL;
    if (apr_thread_mutex_lock(memo->mutex) != APR_SUCCESS)
        return APR_ENOMEM;
    status = refresh(&ticket, memo, &offer);
    apr_thread_mutex_unlock(memo->mutex);
    if (status == APR_ENOENT)
        status = put_new(&ticket, memo, &offer);
    *out = ticket;
    return status;
}

const mtls_proof_t *mtls_ticket_proof_of(const mtls_ticket_proof_t *ticket)
{
    return &ticket->proof;
}

void mtls_ticket_memo_give_back(mtls_ticket_memo_t *memo, const mtls_ticket_proof_t *ticket)
{
    mtls_ticket_proof_t *unused;

    if (ticket == NULL || apr_thread_mutex_lock(memo->mutex) != APR_SUCCESS)
        return;
    unused = count_down((mtls_ticket_proof_t *)ticket);
    apr_thread_mutex_unlock(memo->mutex);
    free_ticket(unused);
}

void mtls_ticket_memo_forget(mtls_ticket_memo_t *memo, const unsigned char *id)
{
    mtls_ticket_proof_t *unused = NULL;
    mtls_ticket_proof_t *ticket;

    if (apr_thread_mutex_lock(memo->mutex) != APR_SUCCESS)
        return;
    ticket = find(memo, id);
    if (ticket != NULL)
        unused = drop(memo, ticket);
    apr_thread_mutex_unlock(memo->mutex);
    free_ticket(unused);
}
