/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/ledger.h"

#include <stdatomic.h>
#include <stdint.h>

/* More generations than any two processes can be apart. */
#define NUMBERS  64
#define FAILURES 64

/* Lock-free in shared memory means that no process keeps a lock beside the word. */
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && sizeof(long long) == sizeof(uint64_t),
               "64-bit words are exchanged without a lock");

struct mtls_ledger_t {
    /* At number % NUMBERS: the number in the upper half, the key of its digest in the lower. */
    _Atomic uint64_t numbers[NUMBERS];
    _Atomic uint64_t failures[FAILURES]; /* keys, at key % FAILURES */
};

/* Leading octets of a digest, never 0. */
static uint64_t key_of(const unsigned char *digest)
{
    uint64_t key;

    memcpy(&key, digest, sizeof(key));
    return key != 0 ? key : 1;
}

static uint64_t entry_of(unsigned number, const unsigned char *digest)
{
    return (uint64_t)number << 32 | (uint32_t)key_of(digest);
}

static unsigned number_in(uint64_t entry)
{
    return (unsigned)(entry >> 32);
}

static bool is_about(uint64_t entry, const unsigned char *digest)
{
    return (uint32_t)entry == (uint32_t)key_of(digest);
}

apr_size_t mtls_ledger_size(void)
{
    return sizeof(mtls_ledger_t);
}

mtls_ledger_t *mtls_ledger_init(void *memory, const unsigned char first[MTLS_SHA256_LEN])
{
    mtls_ledger_t *ledger = memory;

    atomic_store(&ledger->numbers[1], entry_of(1, first));
    return ledger;
}

/* The entry with the highest number. */
static uint64_t newest(const mtls_ledger_t *ledger)
{
    uint64_t highest = 0;

    for (int i = 0; i < NUMBERS; i++) {
        uint64_t entry = atomic_load(&ledger->numbers[i]);

        if (number_in(entry) > number_in(highest))
            highest = entry;
    }
    return highest;
}

/* The highest number above @a after that was given to this digest, or 0. */
static unsigned find(const mtls_ledger_t *ledger, const unsigned char *digest, unsigned after)
{
    unsigned found = 0;

    for (int i = 0; i < NUMBERS; i++) {
        uint64_t entry = atomic_load(&ledger->numbers[i]);

        if (number_in(entry) > after && number_in(entry) > found && is_about(entry, digest))
            found = number_in(entry);
    }
    return found;
}

/* Each turn somebody has given a number, so with as many processes as turns everybody has one. */
unsigned mtls_ledger_number(mtls_ledger_t *ledger, const unsigned char digest[MTLS_SHA256_LEN],
                            unsigned after, bool *is_new)
{
    *is_new = false;
    for (;;) {
        unsigned next = number_in(newest(ledger)) + 1;
        _Atomic uint64_t *place = &ledger->numbers[next % NUMBERS];
        uint64_t before = atomic_load(place);
        unsigned known = find(ledger, digest, after);

        if (known != 0)
            return known;
        if (number_in(before) < next &&
            atomic_compare_exchange_strong(place, &before, entry_of(next, digest))) {
            *is_new = true;
            return next;
        }
    }
}

unsigned mtls_ledger_newest(const mtls_ledger_t *ledger,
                            const unsigned char digest[MTLS_SHA256_LEN])
{
    uint64_t entry = newest(ledger);

    return is_about(entry, digest) ? number_in(entry) : 0;
}

bool mtls_ledger_is_news(mtls_ledger_t *ledger, const unsigned char digest[MTLS_SHA256_LEN])
{
    uint64_t key = key_of(digest);
    _Atomic uint64_t *place = &ledger->failures[key % FAILURES];
    uint64_t before = atomic_load(place);

    while (before != key) {
        if (atomic_compare_exchange_strong(place, &before, key))
            return true;
    }
    return false;
}
