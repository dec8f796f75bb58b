/*
 * mtls/trust/ledger.h - the numbers of generations, agreed on by all processes that share it.
 *
 * Each child loads changed files by itself; here the children find out that what they loaded is the
 * same, so that it has one number and is talked about once.  It lives in shared memory and has no
 * lock: every entry is one word that is exchanged as a whole, so a process that dies in the middle
 * leaves nothing behind that others would wait for (F-24).
 *
 * Digests are told apart by part of them.  Where two were mistaken for each other, which nobody can
 * bring about, two generations would bear one number in different processes, never in one.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_LEDGER_H
#define MTLS_TRUST_LEDGER_H

#include <apr.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"

/** Opaque. */
typedef struct mtls_ledger_t mtls_ledger_t;

/** @return octets it needs. */
apr_size_t mtls_ledger_size(void);

/**
 * Begin a ledger with generation 1.
 *
 * @param memory  zeroed, aligned as from an allocator; stays the caller's
 * @param first   digest of generation 1
 */
mtls_ledger_t *mtls_ledger_init(void *memory, const unsigned char first[MTLS_SHA256_LEN]);

/**
 * The number of a generation that comes after number @a after in this process: the one that another
 * process gave it, else the next.
 *
 * @param is_new  set to true for the one process that gave it
 * Thread and process: any.
 */
unsigned mtls_ledger_number(mtls_ledger_t *ledger, const unsigned char digest[MTLS_SHA256_LEN],
                            unsigned after, bool *is_new);

/** @return the newest number when it was given to this digest, else 0.  Thread and process: any. */
unsigned mtls_ledger_newest(const mtls_ledger_t *ledger,
                            const unsigned char digest[MTLS_SHA256_LEN]);

/** @return true for the first that asks about a failure with this digest, as far as the ledger
 * remembers: a rare collision makes it forget, and the failure is told once more.
 * Thread and process: any. */
bool mtls_ledger_is_news(mtls_ledger_t *ledger, const unsigned char digest[MTLS_SHA256_LEN]);

#endif /* MTLS_TRUST_LEDGER_H */
