/*
 * mtls/httpd/round.h - what a thread of mod_watchdog does again and again, and how that ends with its process.
 *
 * mod_watchdog's threads end when their process ends, and not before it goes on: exit(3) runs destructors of
 * libraries meanwhile, so no round may be under way then.  OPENSSL_cleanup() is one of them: it gives back
 * what OpenSSL keeps for each thread, and a thread that ends in that moment gives it back once more.  So a
 * thread has nothing of OpenSSL's between two rounds.
 *
 * May include: nothing.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_ROUND_H
#define MTLS_HTTPD_ROUND_H

#include <stdatomic.h>
#include <stdbool.h>

/** Zeroed: none is under way. */
typedef struct {
    atomic_int state;
} mtls_round_t;

/** @return whether the caller's round begins, which mtls_round_end() ends; false while another one is under
 * way, and for ever once it was closed.  Thread: any. */
bool mtls_round_begin(mtls_round_t *round);

/** The caller's thread gives back what OpenSSL keeps for it. */
void mtls_round_end(mtls_round_t *round);

/** No round begins any more.  Waits for one that is under way, for 2 seconds at most: the process may end in a
 * signal that has come in the very thread whose round it is.  @return whether none is under way */
bool mtls_round_close(mtls_round_t *round);

#endif /* MTLS_HTTPD_ROUND_H */
