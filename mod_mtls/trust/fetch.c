/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's client writes the request and reads the head of the answer, over a pair of buffers; the
 * octets travel through fetch_wire.h, because the client itself (crypto/http/http_client.c of 3.0)
 *   - counts its time in whole seconds of the wall clock, and gives it up between reads only,
 *   - loses the beginning of a line when a non-blocking read stops inside it (BIO_get_line()), and
 *     reads heads an octet at a time,
 *   - spins in OSSL_HTTP_proxy_connect() when the proxy closes the connection,
 *   - has no limit for a body that is not ASN.1.
 * It sends HTTP/1.0 requests, which no server may answer in chunks (RFC 9112 section 6.1): such
 * answers are refused.
 */
#include "mtls/trust/fetch.h"

#include <apr_strings.h>
#include <limits.h>
#include <netdb.h>
#include <openssl/buffer.h>
#include <openssl/err.h>
#include <openssl/http.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <strings.h>

#include "mtls/trust/fault.h"
#include "mtls/trust/fetch_address.h"
#include "mtls/trust/fetch_head.h"
#include "mtls/trust/fetch_url.h"
#include "mtls/trust/fetch_wire.h"

/* Most octets of a problem in the text for the log. */
#define MAX_PROBLEM   240
#define PIECE         16384
/* Most addresses of a name that are tried. */
#define MAX_ADDRESSES 16

/* One exchange. */
typedef struct {
    const mtls_fetch_means_t *means;
    const mtls_fetch_t *what;
    mtls_fetch_url_t url;
    mtls_fetch_url_t proxy;
    mtls_fetch_wire_t wire;
    mtls_fetch_head_t head;
    BUF_MEM *answer; /* what was received, the head first */
    apr_size_t head_len;
    const char *problem;
    apr_pool_t *pool;
} exchange_t;

static mtls_fetch_end_t end_with(exchange_t *x, mtls_fetch_end_t end, const char *problem)
{
    x->problem = problem;
    return end;
}

static mtls_fetch_end_t fail(exchange_t *x, const char *problem)
{
    return end_with(x, MTLS_FETCH_FAILED, problem);
}

static mtls_fetch_end_t fail_openssl(exchange_t *x)
{
    return fail(x, mtls_fault_openssl(x->pool));
}

static bool is_unlisted(const exchange_t *x)
{
    return !mtls_fetch_url_is_listed(x->url.host, x->what->hosts);
}

static bool ends_in(const char *text, const char *end)
{
    size_t len = strlen(text);
    size_t end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* A proxy resolves names by itself; what can be said without that: addresses in every spelling that
 * the system's functions take for one, and names of RFC 6761 section 6.3. */
static bool names_private_address(const char *host)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    bool private;

    if (strcmp(host, "localhost") == 0 || ends_in(host, ".localhost"))
        return true;
    if (getaddrinfo(host, NULL, &hints, &found) != 0)
        return false;
    private = !mtls_fetch_address_is_public(found->ai_addr);
    freeaddrinfo(found);
    return private;
}

static mtls_fetch_end_t check_wish(exchange_t *x)
{
    const char *problem = mtls_fetch_url_parse(&x->url, x->what->url, x->pool);

    if (problem == NULL && x->url.tls && x->means->tls == NULL)
        problem = "https is not set up";
    if (problem == NULL && x->what->only_hosts && is_unlisted(x))
        problem = "its host is not one of those that are allowed";
    if (problem == NULL && is_unlisted(x) && names_private_address(x->url.host))
        problem = "its address is not a public one";
    if (problem != NULL)
        return end_with(x, MTLS_FETCH_FORBIDDEN, problem);
    if (x->means->proxy != NULL)
        problem = mtls_fetch_url_parse(&x->proxy, x->means->proxy, x->pool);
    if (problem != NULL || x->proxy.tls)
        return fail(x, "the proxy's URL cannot be used");
    return MTLS_FETCH_DONE;
}

static bool is_allowed_peer(const exchange_t *x, const struct sockaddr *address)
{
    return x->means->proxy != NULL || !is_unlisted(x) || mtls_fetch_address_is_public(address);
}

static int count_addresses(const struct addrinfo *list)
{
    int count = 0;

    for (; list != NULL && count < MAX_ADDRESSES; list = list->ai_next)
        count++;
    return count;
}

static mtls_fetch_end_t connect_one(exchange_t *x, const struct addrinfo *address, int left)
{
    apr_time_t now = mtls_fetch_wire_now();
    mtls_fetch_end_t end;

    if (!is_allowed_peer(x, address->ai_addr))
        return end_with(x, MTLS_FETCH_FORBIDDEN, "its address is not a public one");
    end = mtls_fetch_wire_connect(&x->wire, address->ai_addr, address->ai_addrlen,
                                  now + (x->wire.end - now) / left);
    x->problem = x->wire.problem;
    if (end != MTLS_FETCH_DONE || x->means->proxy != NULL || !is_unlisted(x) ||
        !mtls_fetch_wire_is_own(&x->wire))
        return end;
    mtls_fetch_wire_close(&x->wire);
    return end_with(x, MTLS_FETCH_FORBIDDEN, "its address is this machine's");
}

/* Every address has its share of the time, so that one that swallows everything leaves some. */
static mtls_fetch_end_t connect_any(exchange_t *x)
{
    const mtls_fetch_url_t *to = x->means->proxy != NULL ? &x->proxy : &x->url;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    const struct addrinfo *address;
    mtls_fetch_end_t end = MTLS_FETCH_FAILED;
    int error = getaddrinfo(to->host, to->port, &hints, &list);
    int left;

    if (error != 0)
        return fail(
            x, apr_pstrcat(x->pool, "its name cannot be resolved: ", gai_strerror(error), NULL));
    address = list;
    for (left = count_addresses(list); left > 0; left--) {
        end = connect_one(x, address, left);
        if (end == MTLS_FETCH_DONE || end == MTLS_FETCH_STOPPED)
            break;
        address = address->ai_next;
    }
    freeaddrinfo(list);
    return end;
}

static mtls_fetch_end_t send_all(exchange_t *x, const void *data, apr_size_t len)
{
    mtls_fetch_end_t end = mtls_fetch_wire_send(&x->wire, data, len);

    x->problem = x->wire.problem;
    return end;
}

/* Receive up to @a most octets more. @param got 0: there are no more */
static mtls_fetch_end_t receive(exchange_t *x, apr_size_t most, apr_size_t *got)
{
    size_t before = x->answer->length;
    apr_size_t size = most < PIECE ? most : PIECE;
    mtls_fetch_end_t end;

    *got = 0;
    if (BUF_MEM_grow(x->answer, before + size) == 0)
        return fail(x, "no memory");
    end = mtls_fetch_wire_receive(&x->wire, x->answer->data + before, size, got);
    x->answer->length = before + *got;
    x->problem = x->wire.problem;
    return end;
}

static mtls_bytes_t received(const exchange_t *x)
{
    return (mtls_bytes_t){(const unsigned char *)x->answer->data, x->answer->length};
}

static mtls_fetch_end_t receive_head(exchange_t *x)
{
    mtls_fetch_end_t end;
    const char *problem;
    apr_size_t got;

    x->answer->length = 0;
    while ((x->head_len = mtls_fetch_head_len(received(x))) == 0) {
        if (x->answer->length == MTLS_FETCH_MAX_HEAD)
            return fail(x, "the head of its answer is too long");
        end = receive(x, MTLS_FETCH_MAX_HEAD - x->answer->length, &got);
        if (end != MTLS_FETCH_DONE)
            return end;
        if (got == 0)
            return fail(x, "it has closed the connection before it answered");
    }
    problem = mtls_fetch_head_parse(
        &x->head, (mtls_bytes_t){(const unsigned char *)x->answer->data, x->head_len}, x->pool);
    return problem == NULL ? MTLS_FETCH_DONE : fail(x, problem);
}

static mtls_fetch_end_t open_tunnel(exchange_t *x)
{
    const char *to = apr_pstrcat(x->pool, x->url.ipv6 ? "[" : "", x->url.host,
                                 x->url.ipv6 ? "]:" : ":", x->url.port, NULL);
    const char *request =
        apr_pstrcat(x->pool, "CONNECT ", to, " HTTP/1.0\r\nHost: ", to, "\r\n\r\n", NULL);
    mtls_fetch_end_t end = send_all(x, request, strlen(request));

    if (end == MTLS_FETCH_DONE)
        end = receive_head(x);
    if (end != MTLS_FETCH_DONE)
        return end;
    if (x->head.status / 100 != 2)
        return fail(x,
                    apr_psprintf(x->pool, "the proxy refuses it with status %d", x->head.status));
    return x->answer->length == x->head_len ? MTLS_FETCH_DONE
                                            : fail(x, "the proxy speaks where the server should");
}

static mtls_fetch_end_t reach(exchange_t *x)
{
    mtls_fetch_end_t end = connect_any(x);

    if (end == MTLS_FETCH_DONE && x->url.tls && x->means->proxy != NULL)
        end = open_tunnel(x);
    if (end != MTLS_FETCH_DONE || !x->url.tls)
        return end;
    end = mtls_fetch_wire_start_tls(&x->wire, x->means->tls, x->url.host);
    x->problem = x->wire.problem;
    return end;
}

static bool add_field(STACK_OF(CONF_VALUE) * *fields, const char *name, const char *value)
{
    return X509V3_add_value(name, value, fields) == 1;
}

static STACK_OF(CONF_VALUE) * make_fields(const exchange_t *x)
{
    const mtls_fetch_t *what = x->what;
    STACK_OF(CONF_VALUE) *fields = NULL;

    if (add_field(&fields, "Host", x->url.authority) &&
        add_field(&fields, "Accept", what->expected_type != NULL ? what->expected_type : "*/*") &&
        add_field(&fields, "Accept-Encoding", "identity") &&
        add_field(&fields, "Connection", "close") &&
        (!mtls_fetch_head_is_value(what->etag) ||
         add_field(&fields, "If-None-Match", what->etag)) &&
        (!mtls_fetch_head_is_value(what->last_modified) ||
         add_field(&fields, "If-Modified-Since", what->last_modified)))
        return fields;
    sk_CONF_VALUE_pop_free(fields, X509V3_conf_free);
    return NULL;
}

static OSSL_HTTP_REQ_CTX *make_request(const exchange_t *x, BIO *client, BIO *body)
{
    bool absolute = x->means->proxy != NULL && !x->url.tls;
    const char *path = absolute
                           ? apr_pstrcat(x->pool, "http://", x->url.authority, x->url.path, NULL)
                           : x->url.path;
    STACK_OF(CONF_VALUE) *fields = make_fields(x);
    OSSL_HTTP_REQ_CTX *request = NULL;

    if (fields != NULL)
        request = OSSL_HTTP_open(NULL, NULL, NULL, NULL, 0, client, client, NULL, NULL,
                                 MTLS_FETCH_MAX_HEAD, 0);
    if (request != NULL &&
        OSSL_HTTP_set1_request(request, path, fields, body != NULL ? x->what->content_type : NULL,
                               body, NULL, 0, x->what->max_size, -1, 0) != 1) {
        OSSL_HTTP_REQ_CTX_free(request);
        request = NULL;
    }
    sk_CONF_VALUE_pop_free(fields, X509V3_conf_free);
    return request;
}

static bool is_conditional(const exchange_t *x)
{
    return mtls_fetch_head_is_value(x->what->etag) ||
           mtls_fetch_head_is_value(x->what->last_modified);
}

static mtls_fetch_end_t judge_head(exchange_t *x)
{
    const mtls_fetch_head_t *head = &x->head;
    const char *wanted = x->what->expected_type;

    if (head->status == 304 && is_conditional(x))
        return MTLS_FETCH_UNCHANGED;
    if (head->status != 200)
        return fail(x, apr_psprintf(x->pool, "it answers with status %d%s", head->status,
                                    head->status / 100 == 3 ? ", which is not followed" : ""));
    if (head->framed)
        return fail(x, "it answers in a transfer coding that was not asked for");
    if (head->encoded)
        return fail(x, "it answers in a content coding that was not asked for");
    if (wanted != NULL && (head->type == NULL || strcasecmp(head->type, wanted) != 0))
        return fail(x, apr_pstrcat(x->pool, "it answers with ",
                                   head->type != NULL ? head->type : "nothing that has a type",
                                   ", not with ", wanted, NULL));
    if (head->has_length && head->length > x->what->max_size)
        return MTLS_FETCH_TOO_LARGE;
    return MTLS_FETCH_DONE;
}

/* The body follows the head in what was received; octets behind its length are not looked at. */
static mtls_fetch_end_t receive_body(exchange_t *x)
{
    apr_size_t most = x->head.has_length ? x->head.length : x->what->max_size;

    for (;;) {
        apr_size_t have = x->answer->length - x->head_len;
        mtls_fetch_end_t end;
        apr_size_t got;

        if (x->head.has_length && have >= most) {
            x->answer->length = x->head_len + most;
            return MTLS_FETCH_DONE;
        }
        if (have > most)
            return MTLS_FETCH_TOO_LARGE;
        end = receive(x, x->head.has_length ? most - have : most - have + 1, &got);
        if (end != MTLS_FETCH_DONE)
            return end;
        if (got == 0)
            return x->head.has_length
                       ? fail(x, "it has closed the connection before its answer was complete")
                       : MTLS_FETCH_DONE;
    }
}

/* What the client writes goes out, until it has written all of it and waits for an answer. */
static mtls_fetch_end_t send_request(exchange_t *x, OSSL_HTTP_REQ_CTX *request, BIO *far)
{
    mtls_fetch_end_t end = MTLS_FETCH_DONE;
    char piece[PIECE];
    int len;

    for (;;) {
        if (OSSL_HTTP_REQ_CTX_nbio(request) != -1)
            return fail_openssl(x);
        len = BIO_read(far, piece, sizeof(piece));
        if (len <= 0)
            return MTLS_FETCH_DONE;
        end = send_all(x, piece, (apr_size_t)len);
        if (end != MTLS_FETCH_DONE)
            return end;
    }
}

static mtls_fetch_end_t receive_answer(exchange_t *x, OSSL_HTTP_REQ_CTX *request, BIO *far)
{
    mtls_fetch_end_t end = receive_head(x);

    if (end == MTLS_FETCH_DONE)
        end = judge_head(x);
    if (end != MTLS_FETCH_DONE)
        return end;
    if (BIO_write(far, x->answer->data, (int)x->head_len) != (int)x->head_len ||
        OSSL_HTTP_REQ_CTX_nbio(request) != 1)
        return fail_openssl(x);
    return receive_body(x);
}

static mtls_fetch_end_t talk_over(exchange_t *x, BIO *client, BIO *far, BIO *body)
{
    OSSL_HTTP_REQ_CTX *request = make_request(x, client, body);
    mtls_fetch_end_t end;

    if (request == NULL)
        return fail_openssl(x);
    end = send_request(x, request, far);
    if (end == MTLS_FETCH_DONE)
        end = receive_answer(x, request, far);
    OSSL_HTTP_REQ_CTX_free(request);
    return end;
}

static mtls_fetch_end_t talk(exchange_t *x)
{
    mtls_bytes_t post = x->what->body;
    BIO *client = NULL;
    BIO *far = NULL;
    BIO *body = NULL;
    mtls_fetch_end_t end;

    if (post.len > INT_MAX ||
        BIO_new_bio_pair(&client, MTLS_FETCH_MAX_HEAD, &far, MTLS_FETCH_MAX_HEAD) != 1)
        return fail(x, "no memory");
    if (post.len != 0)
        body = BIO_new_mem_buf(post.data, (int)post.len);
    end = post.len != 0 && body == NULL ? fail(x, "no memory") : talk_over(x, client, far, body);
    BIO_free(body);
    BIO_free(client);
    BIO_free(far);
    return end;
}

static apr_status_t free_answer(void *data)
{
    BUF_MEM_free(data);
    return APR_SUCCESS;
}

static mtls_fetch_end_t exchange(exchange_t *x)
{
    mtls_fetch_end_t end = check_wish(x);

    if (end != MTLS_FETCH_DONE)
        return end;
    x->answer = BUF_MEM_new();
    if (x->answer == NULL)
        return fail(x, "no memory");
    apr_pool_cleanup_register(x->pool, x->answer, free_answer, apr_pool_cleanup_null);
    end = reach(x);
    if (end == MTLS_FETCH_DONE)
        end = talk(x);
    mtls_fetch_wire_close(&x->wire);
    return end;
}

static const char *words_of(const exchange_t *x, mtls_fetch_end_t end)
{
    switch (end) {
    case MTLS_FETCH_FAILED:
    case MTLS_FETCH_FORBIDDEN:
        return x->problem != NULL ? x->problem : "no detail";
    case MTLS_FETCH_DONE:
        return "fetched";
    case MTLS_FETCH_UNCHANGED:
        return "unchanged";
    case MTLS_FETCH_TIMEOUT:
        return "it takes too long";
    case MTLS_FETCH_TOO_LARGE:
        return "its answer is too large";
    case MTLS_FETCH_STOPPED:
        return "given up, because the server stops";
    }
    return "no detail";
}

/* Scheme and authority say who it was; what servers sent is shown as printable ASCII only. */
static const char *make_text(const exchange_t *x, mtls_fetch_end_t end)
{
    bool readable = x->url.authority != NULL;
    char *text = apr_pstrcat(x->pool, readable ? (x->url.tls ? "https://" : "http://") : "URL",
                             readable ? x->url.authority : "", ": ",
                             apr_pstrndup(x->pool, words_of(x, end), MAX_PROBLEM), NULL);

    for (char *c = text; *c != '\0'; c++) {
        if (*c < 0x20 || *c > 0x7e)
            *c = '?';
    }
    return text;
}

mtls_fetched_t mtls_fetch(const mtls_fetch_means_t *means, const mtls_fetch_t *what,
                          apr_pool_t *pool)
{
    exchange_t x = {.means = means, .what = what, .pool = pool};
    mtls_fetched_t fetched = {0};

    x.wire = (mtls_fetch_wire_t){.fd = -1,
                                 .end = mtls_fetch_wire_now() + what->time,
                                 .stopping = means->stopping,
                                 .pool = pool};
    fetched.end = exchange(&x);
    if (fetched.end == MTLS_FETCH_DONE)
        fetched.body = (mtls_bytes_t){(const unsigned char *)x.answer->data + x.head_len,
                                      x.answer->length - x.head_len};
    fetched.etag = x.head.etag;
    fetched.last_modified = x.head.last_modified;
    fetched.text = make_text(&x, fetched.end);
    ERR_clear_error();
    return fetched;
}
