/* httpd/round.c - see mtls/httpd/round.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/round.h"

#include <apr_time.h>
#include <openssl/crypto.h>

#define END_TURNS 2000
#define END_PAUSE apr_time_from_msec(1)

/* CLOSED is for ever. */
typedef enum { STATE_IDLE = 0, STATE_BUSY, STATE_CLOSED } state_t;

bool mtls_round_begin(mtls_round_t *round)
{
    int idle = STATE_IDLE;

    return atomic_compare_exchange_strong(&round->state, &idle, STATE_BUSY);
}

void mtls_round_end(mtls_round_t *round)
{
    OPENSSL_thread_stop();
    atomic_store(&round->state, STATE_IDLE);
}

bool mtls_round_close(mtls_round_t *round)
{
    int turn;

    for (turn = 0; turn < END_TURNS; turn++) {
        int idle = STATE_IDLE;

        if (atomic_compare_exchange_strong(&round->state, &idle, STATE_CLOSED) ||
            idle == STATE_CLOSED)
            return true;
        apr_sleep(END_PAUSE);
    }
    return false;
}
