/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/store.h"

#include <stdatomic.h>
#include <stdint.h>

/*
 * Which slot is current and how often it was acquired are one 64-bit word: the slot in the upper 16
 * bits, the count in the lower 48.  Acquiring adds 1 and learns the slot from the same addition, so
 * there is no moment between seeing a generation and being counted for it.  Publishing exchanges
 * the word, and what it takes out is exactly how often the old generation was acquired, ever.
 * Readers who leave add 1 to a counter of the slot; when that equals what was taken out, nobody
 * is left and nobody can come, and the generation is freed.
 *
 * Why this order of memory is enough:
 *
 * A reader sees a whole generation: publish() releases with its exchange, acquire() acquires with
 * its addition, and additions in between are read-modify-writes that continue the release sequence.
 *
 * Nobody reads what is freed: release() releases with its addition, sweep() acquires with its load,
 * and the load that sees the last addition sees all of them, for they are one release sequence.
 *
 * A slot is used again only after it was swept, so all its readers have left: the counter that
 * publish() sets to 0 is nobody's.
 *
 * A reader finds its slot again: the slot holds its generation until it leaves.  Others may change
 * meanwhile, but none to the same address, which is not free.
 *
 * 48 bits last for 2^48 acquisitions of one generation: 89 years at 100,000 a second.
 */

#define COUNT_BITS 48
#define COUNT_MASK ((UINT64_C(1) << COUNT_BITS) - 1)

_Static_assert(MTLS_STORE_SLOTS <= 1 << (64 - COUNT_BITS), "slots fit above the count");

typedef struct {
    _Atomic(mtls_generation_t *) generation; /* NULL: free */
    _Atomic uint64_t released;
    uint64_t acquired; /* in all; known once it was replaced.  The publisher's */
} slot_t;

struct mtls_store_t {
    _Atomic uint64_t word;
    atomic_uint number;
    slot_t slots[MTLS_STORE_SLOTS];
};

static unsigned slot_of(uint64_t word)
{
    return (unsigned)(word >> COUNT_BITS);
}

mtls_store_t *mtls_store_make(mtls_generation_t *first, apr_pool_t *pool)
{
    mtls_store_t *store = apr_palloc(pool, sizeof(*store));

    for (int i = 0; i < MTLS_STORE_SLOTS; i++) {
        atomic_init(&store->slots[i].generation, i == 0 ? first : NULL);
        atomic_init(&store->slots[i].released, 0);
        store->slots[i].acquired = 0;
    }
    atomic_init(&store->number, mtls_generation_number(first));
    atomic_init(&store->word, 0);
    return store;
}

unsigned mtls_store_number(const mtls_store_t *store)
{
    return atomic_load_explicit(&store->number, memory_order_acquire);
}

const mtls_generation_t *mtls_store_acquire(mtls_store_t *store)
{
    uint64_t word = atomic_fetch_add_explicit(&store->word, 1, memory_order_acquire);

    return atomic_load_explicit(&store->slots[slot_of(word)].generation, memory_order_relaxed);
}

static bool holds(const slot_t *slot, const mtls_generation_t *generation)
{
    return atomic_load_explicit(&slot->generation, memory_order_relaxed) == generation;
}

/* Mostly the current one, else one of those before it. */
void mtls_store_release(mtls_store_t *store, const mtls_generation_t *generation)
{
    unsigned i = slot_of(atomic_load_explicit(&store->word, memory_order_relaxed));

    while (!holds(&store->slots[i], generation))
        i = (i + MTLS_STORE_SLOTS - 1) % MTLS_STORE_SLOTS;
    atomic_fetch_add_explicit(&store->slots[i].released, 1, memory_order_release);
}

/* The slot after the current one first, so that those just before it are the newest. */
static slot_t *find_free(mtls_store_t *store, unsigned current, unsigned *index)
{
    for (unsigned i = 1; i < MTLS_STORE_SLOTS; i++) {
        *index = (current + i) % MTLS_STORE_SLOTS;
        if (holds(&store->slots[*index], NULL))
            return &store->slots[*index];
    }
    return NULL;
}

/* The number first: who sees it and does not find his own may already get the old generation, but
 * nobody takes an answer of the old one for current once the new one is in use. */
bool mtls_store_publish(mtls_store_t *store, mtls_generation_t *next)
{
    unsigned current = slot_of(atomic_load_explicit(&store->word, memory_order_relaxed));
    unsigned index;
    slot_t *slot = find_free(store, current, &index);
    uint64_t old;

    if (slot == NULL)
        return false;
    atomic_store_explicit(&slot->released, 0, memory_order_relaxed);
    atomic_store_explicit(&slot->generation, next, memory_order_relaxed);
    atomic_store_explicit(&store->number, mtls_generation_number(next), memory_order_release);
    old =
        atomic_exchange_explicit(&store->word, (uint64_t)index << COUNT_BITS, memory_order_acq_rel);
    store->slots[current].acquired = old & COUNT_MASK;
    return true;
}

static bool is_left(const slot_t *slot)
{
    return atomic_load_explicit(&slot->released, memory_order_acquire) == slot->acquired;
}

int mtls_store_sweep(mtls_store_t *store)
{
    unsigned current = slot_of(atomic_load_explicit(&store->word, memory_order_relaxed));
    int left = 0;

    for (unsigned i = 0; i < MTLS_STORE_SLOTS; i++) {
        slot_t *slot = &store->slots[i];
        mtls_generation_t *generation =
            atomic_load_explicit(&slot->generation, memory_order_relaxed);

        if (i == current || generation == NULL)
            continue;
        if (!is_left(slot)) {
            left++;
            continue;
        }
        atomic_store_explicit(&slot->generation, NULL, memory_order_relaxed);
        mtls_generation_free(generation);
    }
    return left;
}

const mtls_generation_t *mtls_store_current(const mtls_store_t *store)
{
    uint64_t word = atomic_load_explicit(&store->word, memory_order_relaxed);

    return atomic_load_explicit(&store->slots[slot_of(word)].generation, memory_order_relaxed);
}
