/*
 * t/fuzz/fuzz_fetch_url.c - a line as a URL, the rest as the head of an answer: what is accepted is
 * fit to be sent, kept and shown.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <ctype.h>
#include <string.h>

#include "target.h"
#include "mtls/trust/fetch.h"
#include "mtls/trust/fetch_head.h"
#include "mtls/trust/fetch_url.h"

enum { INPUT_MAX = 65536 };

static void check_host(const mtls_fetch_url_t *url)
{
    size_t len = strlen(url->host);

    must(len != 0 && url->host[len - 1] != '.');
    for (size_t i = 0; i < len; i++) {
        must(!isupper((unsigned char)url->host[i]));
        must(isalnum((unsigned char)url->host[i]) || strchr("-_.:", url->host[i]) != NULL);
        must(url->ipv6 || url->host[i] != ':');
    }
}

/* What was taken apart can be put together again, and means the same. */
static void check_url(const char *text, apr_pool_t *pool)
{
    mtls_fetch_url_t url, again;
    const char *host;
    long port;

    must((mtls_fetch_check_url(text, &host, pool) == NULL) == (host != NULL));
    if (mtls_fetch_url_parse(&url, text, pool) != NULL)
        return;
    check_host(&url);
    port = strtol(url.port, NULL, 10);
    must(port >= 1 && port <= 65535 && url.path[0] == '/');
    must(mtls_fetch_url_parse(&again,
                              apr_pstrcat(pool, url.tls ? "https://" : "http://", url.authority,
                                          strlen(text) < MTLS_FETCH_MAX_URL - 16 ? url.path : "/",
                                          NULL),
                              pool) == NULL);
    must(strcmp(url.host, again.host) == 0 && strcmp(url.port, again.port) == 0);
    must(url.tls == again.tls && strcmp(url.host, host) == 0);
}

static void check_value(const char *value)
{
    must(value == NULL || mtls_fetch_head_is_value(value));
    must(value == NULL || strlen(value) <= MTLS_FETCH_MAX_VALUE);
}

static void check_head(mtls_bytes_t octets, apr_pool_t *pool)
{
    apr_size_t len = mtls_fetch_head_len(octets);
    mtls_fetch_head_t head;

    must(len <= octets.len);
    if (len == 0 || mtls_fetch_head_parse(&head, (mtls_bytes_t){octets.data, len}, pool) != NULL)
        return;
    must(head.status >= 100 && head.status <= 599);
    must(head.has_length || head.length == 0);
    check_value(head.etag);
    check_value(head.last_modified);
    must(head.type == NULL || strpbrk(head.type, "; \t") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool;
    const uint8_t *end;
    size_t line;

    if (size == 0 || size > INPUT_MAX)
        return 0;
    pool = make_pool();
    end = memchr(data, '\n', size);
    line = end != NULL ? (size_t)(end - data) : size;
    check_url(apr_pstrmemdup(pool, (const char *)data, line), pool);
    if (end != NULL && line + 1 < size)
        check_head((mtls_bytes_t){end + 1, size - line - 1}, pool);
    apr_pool_destroy(pool);
    return 0;
}
