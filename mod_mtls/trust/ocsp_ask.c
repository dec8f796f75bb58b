/* SPDX-License-Identifier: Apache-2.0 */
#include "ocsp_ask.h"

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/http.h>

#include "mtls/trust/monotonic.h"
#include "mtls/trust/ocsp.h"

/* A URL that cannot be taken apart is its own server: fetching it will say why. */
static const char *server_of(const char *url, apr_pool_t *pool)
{
    const char *server = url;
    char *host = NULL;
    char *port = NULL;
    int tls = 0;

    ERR_set_mark();
    if (OSSL_HTTP_parse_url(url, &tls, NULL, &host, &port, NULL, NULL, NULL, NULL) == 1)
        server = apr_pstrcat(pool, tls ? "https://" : "http://", host, ":", port, NULL);
    ERR_pop_to_mark();
    OPENSSL_free(host);
    OPENSSL_free(port);
    return server;
}

mtls_ocsp_asked_t mtls_ocsp_find_responder(const mtls_ocsp_question_t *question, apr_pool_t *pool)
{
    mtls_ocsp_asked_t asked = {0};

    asked.url = mtls_ocsp_responder(question, &asked.from_cert, pool);
    if (asked.url != NULL)
        asked.server = server_of(asked.url, pool);
    return asked;
}

/* The host that the configuration names is allowed wherever it is; one that a certificate names
 * only where it is public, or listed. */
static void set_hosts(mtls_fetch_t *fetch, const mtls_ocsp_asked_t *asked,
                      const mtls_ocsp_rules_t *rules, apr_pool_t *pool)
{
    apr_array_header_t *hosts;
    mtls_sourced_t host = {0};

    if (asked->from_cert) {
        fetch->hosts = rules->hosts;
        fetch->only_hosts = rules->hosts->nelts > 0;
        return;
    }
    hosts = apr_array_make(pool, 1, sizeof(mtls_sourced_t));
    if (mtls_fetch_check_url(asked->url, &host.value, pool) == NULL)
        APR_ARRAY_PUSH(hosts, mtls_sourced_t) = host;
    fetch->hosts = hosts;
}

static mtls_fetched_t exchange(const mtls_fetch_means_t *means, const mtls_ocsp_asked_t *asked,
                               const mtls_ocsp_question_t *question,
                               const mtls_ocsp_request_t *request, apr_pool_t *pool)
{
    mtls_fetch_t fetch = {.expected_type = "application/ocsp-response",
                          .max_size = MTLS_OCSP_MAX_ANSWER,
                          .time = question->rules->timeout};

    if (question->rules->method == MTLS_OCSP_GET)
        fetch.url = mtls_ocsp_get_url(asked->url, request, pool);
    if (fetch.url == NULL) {
        fetch.url = asked->url;
        fetch.body = request->der;
        fetch.content_type = "application/ocsp-request";
    }
    set_hosts(&fetch, asked, question->rules, pool);
    return mtls_fetch(means, &fetch, pool);
}

/* A server that answers something useless answers: to avoid it would help nobody. */
static mtls_ocsp_server_t server_after(mtls_fetch_end_t end)
{
    switch (end) {
    case MTLS_FETCH_DONE:
    case MTLS_FETCH_UNCHANGED:
    case MTLS_FETCH_TOO_LARGE:
        return MTLS_OCSP_SERVER_ANSWERS;
    case MTLS_FETCH_FAILED:
    case MTLS_FETCH_TIMEOUT:
        return MTLS_OCSP_SERVER_FAILS;
    case MTLS_FETCH_FORBIDDEN:
    case MTLS_FETCH_STOPPED:
        break;
    }
    return MTLS_OCSP_SERVER_UNHEARD;
}

mtls_ocsp_outcome_t mtls_ocsp_ask(const mtls_fetch_means_t *means, const mtls_ocsp_asked_t *asked,
                                  const mtls_ocsp_question_t *question, apr_time_t now,
                                  apr_pool_t *pool)
{
    mtls_ocsp_outcome_t outcome = {.answer.word = MTLS_STATUS_SILENT};
    apr_time_t begun = mtls_monotonic_now();
    mtls_ocsp_request_t request;
    mtls_fetched_t fetched;

    if (mtls_ocsp_request_write(&request, question, pool) != APR_SUCCESS) {
        outcome.text = apr_pstrcat(pool, asked->server, ": the question cannot be written", NULL);
        return outcome;
    }
    fetched = exchange(means, asked, question, &request, pool);
    outcome.server = server_after(fetched.end);
    if (fetched.end == MTLS_FETCH_DONE) {
        outcome.answer =
            mtls_ocsp_response_read(fetched.body, question, &request,
                                    now + mtls_monotonic_now() - begun, &outcome.text, pool);
        if (outcome.text != NULL)
            outcome.text = apr_pstrcat(pool, asked->server, ": ", outcome.text, NULL);
    } else if (fetched.end != MTLS_FETCH_STOPPED) {
        outcome.text = fetched.text;
    }
    return outcome;
}
