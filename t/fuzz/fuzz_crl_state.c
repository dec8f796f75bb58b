/*
 * t/fuzz/fuzz_crl_state.c - a record of a fetched CRL: what is read is written the same again, and
 * is fit to be sent.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "target.h"
#include "mtls/trust/crl_schedule.h"
#include "mtls/trust/crl_state.h"
#include "mtls/trust/fetch.h"
#include "mtls/trust/fetch_head.h"

enum { INPUT_MAX = 65536 };

static void check_state(const mtls_crl_state_t *state, apr_pool_t *pool)
{
    apr_time_t now = apr_time_from_sec(1795255200);
    const char *text = mtls_crl_state_write(state, pool);
    mtls_crl_state_t again;

    must(mtls_fetch_check_url(state->url, NULL, pool) == NULL);
    must(state->etag == NULL || mtls_fetch_head_is_value(state->etag));
    must(state->last_modified == NULL || mtls_fetch_head_is_value(state->last_modified));
    must(state->asked >= 0 && state->next >= 0 && state->failures >= 0);
    must(mtls_crl_schedule_is_due(state->asked, state->next, now) ||
         state->next <= now + MTLS_CRL_SCHEDULE_MAX);
    must(mtls_crl_schedule_retry(state->failures, now) <= now + MTLS_CRL_SCHEDULE_RETRY_MAX);
    must(mtls_crl_state_parse(&again, (mtls_bytes_t){(const unsigned char *)text, strlen(text)},
                              pool));
    must(strcmp(text, mtls_crl_state_write(&again, pool)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mtls_crl_state_t state;
    apr_pool_t *pool;

    if (size > INPUT_MAX)
        return 0;
    pool = make_pool();
    if (mtls_crl_state_parse(&state, (mtls_bytes_t){data, size}, pool))
        check_state(&state, pool);
    else
        must(state.url == NULL);
    apr_pool_destroy(pool);
    return 0;
}
