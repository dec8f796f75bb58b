/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/pace.h"

#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#define WORDS     16384

/* A word: 16 bits of how often, 48 of when its window began, in milliseconds.  0: free. */
#define TIME_BITS 48
#define TIME_MASK ((UINT64_C(1) << TIME_BITS) - 1)
/* Half of the circle of times is past, half is future. */
#define LONGEST   (UINT64_C(1) << (TIME_BITS - 1))
#define LARGEST   UINT64_C(0xffff)

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a lock inside the process would not guard the words");

struct mtls_pace_t {
    unsigned char secret[MTLS_SHA256_LEN];
    _Atomic uint64_t words[WORDS];
};

apr_size_t mtls_pace_size(void)
{
    return sizeof(mtls_pace_t);
}

mtls_pace_t *mtls_pace_init(void *memory, const unsigned char secret[MTLS_SHA256_LEN])
{
    mtls_pace_t *pace = memory;

    memcpy(pace->secret, secret, MTLS_SHA256_LEN);
    return pace;
}

/* Whoever could tell which ids share a word would use one up to stop another.
 * @return NULL when OpenSSL fails */
static _Atomic uint64_t *word_of(mtls_pace_t *pace, const unsigned char id[MTLS_SHA256_LEN])
{
    unsigned char octets[2 * MTLS_SHA256_LEN], digest[MTLS_SHA256_LEN];

    memcpy(octets, pace->secret, MTLS_SHA256_LEN);
    memcpy(octets + MTLS_SHA256_LEN, id, MTLS_SHA256_LEN);
    if (EVP_Digest(octets, sizeof(octets), digest, NULL, EVP_sha256(), NULL) != 1)
        return NULL;
    return &pace->words[(digest[0] << 8 | digest[1]) % WORDS];
}

static uint64_t ms_of(apr_interval_time_t time)
{
    uint64_t ms = time > 0 ? (uint64_t)time / 1000 : 0;

    return ms < LONGEST ? ms : LONGEST;
}

/* Others read the clock a little earlier or later than the caller; a window that begins further
 * ahead than it is long is of no clock of ours. */
static bool is_running(uint64_t word, uint64_t now, uint64_t window)
{
    uint64_t since = (now - word) & TIME_MASK;
    uint64_t until = (word - now) & TIME_MASK;

    return word >> TIME_BITS != 0 && (since < window || until <= window);
}

bool mtls_pace_allow(mtls_pace_t *pace, const unsigned char id[MTLS_SHA256_LEN], unsigned limit,
                     apr_interval_time_t window, apr_time_t now)
{
    _Atomic uint64_t *word = word_of(pace, id);
    uint64_t now_ms = (uint64_t)(now / 1000) & TIME_MASK;
    uint64_t seen, next;

    if (!word)
        return false;
    seen = atomic_load(word);
    do {
        if (!is_running(seen, now_ms, ms_of(window)))
            next = UINT64_C(1) << TIME_BITS | now_ms;
        else if (seen >> TIME_BITS < limit && seen >> TIME_BITS < LARGEST)
            next = seen + (UINT64_C(1) << TIME_BITS);
        else
            return false;
    } while (!atomic_compare_exchange_weak(word, &seen, next));
    return true;
}
