/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/board.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "mtls/trust/monotonic.h"

#define LEASES        4096
#define SERVERS       512
#define REACH         8 /* places a server may have, from that of its hash */
#define TICKETS       1024

/* Both kinds of word end with a time in milliseconds: 40 bits, 34 years of a running system. */
#define TIME_BITS     40
#define TIME_MASK     ((UINT64_C(1) << TIME_BITS) - 1)
/* A server's word: 20 bits of its hash, 4 of failures in a row, the end of its pause. */
#define FAILURE_SHIFT TIME_BITS
#define FAILURE_MASK  UINT64_C(15)
#define TAG_SHIFT     (FAILURE_SHIFT + 4)

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a lock inside the process would not guard the board");
_Static_assert(MTLS_BREAKER_FAILURES <= FAILURE_MASK, "four bits count the failures");

struct mtls_board_t {
    _Atomic uint64_t counters[MTLS_COUNTER_COUNT];
    _Atomic uint64_t leases[LEASES];   /* 24 bits of its holder, its end; 0: free */
    _Atomic uint64_t servers[SERVERS]; /* 0: free */
    _Atomic uint32_t epochs[TICKETS];
};

static const struct {
    const char *name;
    const char *help;
} counter_texts[MTLS_COUNTER_COUNT] = {
#define MTLS_COUNTER(id, name, help) [MTLS_COUNTER_##id] = {name, help},
#include "mtls/trust/counters.def"
#undef MTLS_COUNTER
};

apr_size_t mtls_board_size(void)
{
    return sizeof(mtls_board_t);
}

mtls_board_t *mtls_board_init(void *memory)
{
    return memory;
}

void mtls_board_count(mtls_board_t *board, mtls_counter_t counter)
{
    if (board != NULL)
        atomic_fetch_add_explicit(&board->counters[counter], 1, memory_order_relaxed);
}

apr_uint64_t mtls_board_read(const mtls_board_t *board, mtls_counter_t counter)
{
    if (board == NULL)
        return 0;
    return atomic_load_explicit(&board->counters[counter], memory_order_relaxed);
}

const char *mtls_counter_name(mtls_counter_t counter)
{
    return counter_texts[counter].name;
}

const char *mtls_counter_help(mtls_counter_t counter)
{
    return counter_texts[counter].help;
}

static uint64_t now_ms(void)
{
    return (uint64_t)(mtls_monotonic_now() / 1000) & TIME_MASK;
}

/* Never earlier than @a time from now. */
static uint64_t end_of(apr_interval_time_t time)
{
    uint64_t now = now_ms();
    uint64_t length = time > 0 ? (uint64_t)time / 1000 + 1 : 0;

    return length < TIME_MASK - now ? now + length : TIME_MASK;
}

static bool is_running(uint64_t word, uint64_t now)
{
    return now < (word & TIME_MASK);
}

static size_t lease_of(const unsigned char id[MTLS_SHA256_LEN])
{
    return (size_t)(id[0] << 8 | id[1]) % LEASES;
}

/* Who holds a lease: this process, for this id. */
static uint64_t holder_of(const unsigned char id[MTLS_SHA256_LEN])
{
    uint64_t mixed;

    memcpy(&mixed, id + 2, sizeof(mixed));
    mixed = (mixed ^ (uint64_t)getpid()) * UINT64_C(0x9e3779b97f4a7c15);
    return mixed >> TIME_BITS;
}

bool mtls_board_take(mtls_board_t *board, const unsigned char id[MTLS_SHA256_LEN],
                     apr_interval_time_t time)
{
    _Atomic uint64_t *lease;
    uint64_t word;

    if (board == NULL)
        return true;
    lease = &board->leases[lease_of(id)];
    word = atomic_load(lease);
    return !is_running(word, now_ms()) &&
           atomic_compare_exchange_strong(lease, &word, holder_of(id) << TIME_BITS | end_of(time));
}

void mtls_board_give_back(mtls_board_t *board, const unsigned char id[MTLS_SHA256_LEN])
{
    _Atomic uint64_t *lease;
    uint64_t word;

    if (board == NULL)
        return;
    lease = &board->leases[lease_of(id)];
    word = atomic_load(lease);
    if (word >> TIME_BITS == holder_of(id))
        atomic_compare_exchange_strong(lease, &word, 0);
}

bool mtls_board_is_taken(const mtls_board_t *board, const unsigned char id[MTLS_SHA256_LEN])
{
    return board != NULL && is_running(atomic_load(&board->leases[lease_of(id)]), now_ms());
}

/* FNV-1a, and its high bits mixed into the low ones. */
static uint64_t hash_of(const char *server)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; *server != '\0'; server++)
        hash = (hash ^ (unsigned char)*server) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}

static _Atomic uint64_t *server_at(mtls_board_t *board, uint64_t hash, int step)
{
    return &board->servers[(hash + (unsigned)step) % SERVERS];
}

/* @return a word that is no server's without a failure. */
static uint64_t tag_of(uint64_t hash)
{
    return hash >> TAG_SHIFT;
}

static uint64_t failures_of(uint64_t word)
{
    return word >> FAILURE_SHIFT & FAILURE_MASK;
}

static uint64_t server_word(uint64_t hash, uint64_t failures)
{
    return tag_of(hash) << TAG_SHIFT | failures << FAILURE_SHIFT | end_of(MTLS_BREAKER_PAUSE);
}

static bool is_of(uint64_t word, uint64_t hash)
{
    return word != 0 && word >> TAG_SHIFT == tag_of(hash);
}

/* When the pause is over, the one who begins the next one may try; if nobody hears of him again,
 * that pause ends as the one before. */
static bool may_try_here(_Atomic uint64_t *place, uint64_t hash)
{
    uint64_t word = atomic_load(place);

    if (!is_of(word, hash) || failures_of(word) < MTLS_BREAKER_FAILURES)
        return true;
    return !is_running(word, now_ms()) &&
           atomic_compare_exchange_strong(place, &word, server_word(hash, MTLS_BREAKER_FAILURES));
}

bool mtls_board_may_try(mtls_board_t *board, const char *server)
{
    uint64_t hash = hash_of(server);

    if (board == NULL)
        return true;
    for (int i = 0; i < REACH; i++)
        if (!may_try_here(server_at(board, hash, i), hash))
            return false;
    return true;
}

static void forget(mtls_board_t *board, uint64_t hash)
{
    for (int i = 0; i < REACH; i++) {
        _Atomic uint64_t *place = server_at(board, hash, i);
        uint64_t word = atomic_load(place);

        if (is_of(word, hash))
            atomic_compare_exchange_strong(place, &word, 0);
    }
}

/* The server's own place, else a free one, else one of a server that has not failed for a while. */
static _Atomic uint64_t *place_for(mtls_board_t *board, uint64_t hash, uint64_t *word)
{
    _Atomic uint64_t *best = NULL;

    *word = 0;
    for (int i = 0; i < REACH; i++) {
        _Atomic uint64_t *place = server_at(board, hash, i);
        uint64_t seen = atomic_load(place);

        if (is_of(seen, hash)) {
            *word = seen;
            return place;
        }
        if (best == NULL ? !is_running(seen, now_ms()) : *word != 0 && seen == 0) {
            *word = seen;
            best = place;
        }
    }
    return best;
}

/* Where there is no place left the failure is not remembered: the server is asked once more. */
static void add_failure(mtls_board_t *board, uint64_t hash)
{
    for (int tries = 0; tries < REACH; tries++) {
        uint64_t word;
        _Atomic uint64_t *place = place_for(board, hash, &word);
        uint64_t failures = is_of(word, hash) ? failures_of(word) : 0;

        if (place == NULL)
            return;
        if (failures < MTLS_BREAKER_FAILURES)
            failures++;
        if (atomic_compare_exchange_strong(place, &word, server_word(hash, failures)))
            return;
    }
}

void mtls_board_tell(mtls_board_t *board, const char *server, bool succeeded)
{
    if (board == NULL)
        return;
    if (succeeded)
        forget(board, hash_of(server));
    else
        add_failure(board, hash_of(server));
}

int mtls_board_avoided(const mtls_board_t *board)
{
    uint64_t now = now_ms();
    int count = 0;

    if (board == NULL)
        return 0;
    for (int i = 0; i < SERVERS; i++) {
        uint64_t word = atomic_load(&board->servers[i]);

        if (failures_of(word) >= MTLS_BREAKER_FAILURES && is_running(word, now))
            count++;
    }
    return count;
}

static size_t epoch_of(const unsigned char *id)
{
    return ((size_t)id[0] << 24 | (size_t)id[1] << 16 | (size_t)id[2] << 8 | id[3]) % TICKETS;
}

unsigned mtls_board_ticket_epoch(const mtls_board_t *board, const unsigned char *id)
{
    return board != NULL ? atomic_load(&board->epochs[epoch_of(id)]) : 0;
}

void mtls_board_raise_ticket_epoch(mtls_board_t *board, const unsigned char *id)
{
    if (board != NULL)
        atomic_fetch_add(&board->epochs[epoch_of(id)], 1);
}
