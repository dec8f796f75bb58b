/*
 * Fetching from servers that lie, stall, flood and redirect (F-01 to F-05, F-45, T-R06, T-R07).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/fetch.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "http_fixture.h"
#include "mtls/trust/fetch_address.h"
#include "mtls/trust/fetch_head.h"
#include "mtls/trust/fetch_url.h"
#include "mtls/trust/fetch_wire.h"
#include "run.h"
#include "trust_fixture.h"

#define OCSP "application/ocsp-response"

static http_server_t *server;
static apr_array_header_t *hosts;
static mtls_fetch_means_t means;
static mtls_fetch_t wish;

static void set_up(void)
{
    server = http_start(0, pool);
    hosts = apr_array_make(pool, 4, sizeof(mtls_sourced_t));
    fixture_add(hosts, "127.0.0.1");
    means = (mtls_fetch_means_t){0};
    wish = (mtls_fetch_t){.url = http_url(server, "http", "list.crl?a=b", pool),
                          .max_size = 65536,
                          .time = apr_time_from_sec(20),
                          .hosts = hosts};
}

static mtls_fetched_t fetch(void)
{
    mtls_fetched_t fetched = mtls_fetch(&means, &wish, pool);

    ck_assert_ptr_nonnull(fetched.text);
    ck_assert_uint_eq(ERR_peek_error(), 0);
    ck_assert(fetched.end == MTLS_FETCH_DONE || fetched.body.len == 0);
    for (const char *c = fetched.text; *c != '\0'; c++)
        ck_assert(*c >= 0x20 && *c < 0x7f);
    ck_assert_uint_le(strlen(fetched.text), 2400);
    return fetched;
}

/* Fetch what the server answers so. */
static mtls_fetched_t fetch_answer(const http_answer_t *answer)
{
    http_set(server, answer);
    return fetch();
}

static mtls_fetched_t fetch_head(const char *head)
{
    http_answer_t answer = {.head = head, .body = "12345", .len = 5};

    return fetch_answer(&answer);
}

#define ck_end(fetched, wanted) ck_assert_msg((fetched).end == (wanted), "%s", (fetched).text)

static void ck_failed(mtls_fetched_t fetched, const char *words)
{
    ck_end(fetched, MTLS_FETCH_FAILED);
    ck_assert_msg(strstr(fetched.text, words) != NULL, "%s", fetched.text);
}

START_TEST(gets)
{
    mtls_fetched_t fetched = fetch_head("HTTP/1.1 200 OK\r\nETag: \"x1\"\r\n"
                                        "Last-Modified: Sat, 21 Nov 2026 10:00:00 GMT\r\n\r\n");
    const char *request = http_request(server, NULL, pool);

    ck_end(fetched, MTLS_FETCH_DONE);
    ck_assert_uint_eq(fetched.body.len, 5);
    ck_assert_mem_eq(fetched.body.data, "12345", 5);
    ck_assert_str_eq(fetched.etag, "\"x1\"");
    ck_assert_str_eq(fetched.last_modified, "Sat, 21 Nov 2026 10:00:00 GMT");
    ck_assert_msg(strncmp(request, "GET /list.crl?a=b HTTP/1.0\r\n", 28) == 0, "%s", request);
    ck_assert_ptr_nonnull(strstr(
        request, apr_pstrcat(pool, "\r\nHost: 127.0.0.1:", http_port(server, pool), "\r\n", NULL)));
    ck_assert_ptr_null(strstr(request, "If-"));
}
END_TEST

START_TEST(posts)
{
    http_answer_t answer = {.head = "HTTP/1.0 200 OK\r\nContent-Type: Application/OCSP-Response; "
                                    "x=y\r\nContent-Length: 3\r\n\r\n",
                            .body = "yes, and more",
                            .len = 13};
    mtls_fetched_t fetched;

    wish.body = (mtls_bytes_t){(const unsigned char *)"question\0?", 10};
    wish.content_type = "application/ocsp-request";
    wish.expected_type = OCSP;
    fetched = fetch_answer(&answer);
    ck_end(fetched, MTLS_FETCH_DONE);
    ck_assert_uint_eq(fetched.body.len, 3);
    ck_assert_mem_eq(fetched.body.data, "yes", 3);
    ck_assert_ptr_nonnull(
        strstr(http_request(server, NULL, pool), "\r\nContent-Type: application/ocsp-request\r\n"));
    ck_assert_ptr_nonnull(
        strstr(http_request(server, NULL, pool), "POST /list.crl?a=b HTTP/1.0\r\n"));
    ck_assert_ptr_nonnull(strstr(http_request(server, NULL, pool), "\r\nContent-Length: 10\r\n"));
}
END_TEST

/* A question must arrive whole through a window of next to nothing. */
START_TEST(survives_a_tiny_window_T_R06)
{
    size_t len = 2 * 1024 * 1024;
    unsigned char *body = apr_palloc(pool, len);
    const char *request;
    size_t request_len;

    for (size_t i = 0; i < len; i++)
        body[i] = (unsigned char)(i * 31 + i / 251);
    server = http_start(1, pool);
    wish.url = http_url(server, "http", "", pool);
    wish.body = (mtls_bytes_t){body, len};
    wish.content_type = "application/octet-stream";
    ck_end(fetch(), MTLS_FETCH_DONE);
    request = http_request(server, &request_len, pool);
    ck_assert_uint_gt(request_len, len);
    ck_assert(memcmp(request + request_len - len, body, len) == 0);
}
END_TEST

/* The same in one piece, so that the system takes parts of it only. */
START_TEST(sends_the_rest_of_what_was_taken_T_R06)
{
    size_t len = 3000100;
    char *request = apr_palloc(pool, len);
    mtls_fetch_wire_t wire = {
        .fd = -1, .end = mtls_fetch_wire_now() + apr_time_from_sec(30), .pool = pool};
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *came;
    size_t came_len;
    size_t head;

    for (size_t i = 0; i < len; i++)
        request[i] = (char)('a' + (i * 31 + i / 251) % 26);
    head = (size_t)sprintf(request, "POST / HTTP/1.0\r\nContent-Length: 3000000\r\n\r\n");
    server = http_start(1, pool);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)atoi(http_port(server, pool)));
    ck_assert_int_eq(
        mtls_fetch_wire_connect(&wire, (struct sockaddr *)&address, sizeof(address), wire.end),
        MTLS_FETCH_DONE);
    ck_assert_int_eq(mtls_fetch_wire_send(&wire, request, head + 3000000), MTLS_FETCH_DONE);
    while (http_count(server) == 0)
        sched_yield();
    mtls_fetch_wire_close(&wire);
    came = http_request(server, &came_len, pool);
    ck_assert_uint_eq(came_len, head + 3000000);
    ck_assert(memcmp(came, request, came_len) == 0);
}
END_TEST

START_TEST(asks_whether_it_changed)
{
    mtls_fetched_t fetched;

    wish.etag = "\"x1\"";
    wish.last_modified = "Sat, 21 Nov 2026 10:00:00 GMT";
    fetched = fetch_head("HTTP/1.0 304 Not Modified\r\nETag: \"x1\"\r\n\r\n");
    ck_end(fetched, MTLS_FETCH_UNCHANGED);
    ck_assert_ptr_nonnull(
        strstr(http_request(server, NULL, pool), "\r\nIf-None-Match: \"x1\"\r\n"));
    ck_assert_ptr_nonnull(strstr(http_request(server, NULL, pool),
                                 "\r\nIf-Modified-Since: Sat, 21 Nov 2026 10:00:00 GMT\r\n"));
}
END_TEST

/* A record that somebody has tampered with must not become header fields. */
START_TEST(sends_no_broken_fields)
{
    wish.etag = "\"x\"\r\nX-Evil: yes";
    wish.last_modified = "";
    ck_failed(fetch_head("HTTP/1.0 304 Not Modified\r\n\r\n"), "status 304");
    ck_assert_ptr_null(strstr(http_request(server, NULL, pool), "Evil"));
    ck_assert_ptr_null(strstr(http_request(server, NULL, pool), "If-"));
}
END_TEST

static const struct {
    const char *head;
    const char *words;
} bad_heads[] = {
    {"HTTP/1.0 304 Not Modified\r\n\r\n", "status 304"},
    {"HTTP/1.0 500 Oops\r\n\r\n", "status 500"},
    {"HTTP/1.0 404 \x1b[31mred\r\n\r\n", "not HTTP"},
    {"HTTP/1.0 206 Partial\r\n\r\n", "status 206"},
    {"HTTP/1.0 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\n", "status 100"},
    {"HTTP/1.0 301 Moved\r\nLocation: gopher://127.0.0.1/\r\n\r\n", "not followed"},
    {"HTTP/1.0 302 Moved\r\nLocation: file:///etc/passwd\r\n\r\n", "not followed"},
    {"HTTP/1.0 307 Moved\r\nLocation: /else\r\n\r\n", "not followed"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "transfer coding"},
    {"HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\n\r\n", "content coding"},
    {"HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\n", "complete"},
    {"HTTP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n", "Content-Length"},
    {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nContent-Length: 4\r\n\r\n", "Content-Length"},
    {"HTTP/1.0 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "Content-Length"},
    {"HTTP/1.0 200 OK\r\nX: y\r\n z\r\n\r\n", "several lines"},
    {"HTTP/1.0 200 OK\r\nX: y\rContent-Length: 5\r\n\r\n", "not HTTP"},
    {"HTTP/2.0 200 OK\r\n\r\n", "not HTTP/1"},
    {"SSH-2.0-OpenSSH\r\n\r\n", "not HTTP/1"},
    {"<html>hello</html>\r\n\r\n", "not HTTP/1"},
    {"HTTP/1.0 2000 OK\r\n\r\n", "not HTTP/1"},
    {"HTTP/1.0 200 OK\r\nX: y\r\n", "before it answered"},
    {"", "before it answered"},
};

START_TEST(refuses_heads_F_03_F_05)
{
    ck_failed(fetch_head(bad_heads[_i].head), bad_heads[_i].words);
    ck_assert_int_eq(http_count(server), 1);
}
END_TEST

START_TEST(refuses_other_types_F_03)
{
    wish.expected_type = OCSP;
    ck_failed(fetch_head("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n"),
              "text/html, not with " OCSP);
    ck_failed(fetch_head("HTTP/1.0 200 OK\r\n\r\n"), "nothing that has a type");
    ck_failed(fetch_head("HTTP/1.0 200 OK\r\nContent-Type: " OCSP "x\r\n\r\n"), "not with");
    ck_end(fetch_head("HTTP/1.0 200 OK\r\ncontent-type:" OCSP ";q\r\n\r\n"), MTLS_FETCH_DONE);
}
END_TEST

START_TEST(refuses_long_heads)
{
    char *head = apr_pcalloc(pool, 20000);

    strcpy(head, "HTTP/1.0 200 OK\r\nX: ");
    memset(head + 20, 'x', 19000);
    ck_failed(fetch_head(head), "too long");
}
END_TEST

/* Values that could not be sent back are as if they were not there. */
START_TEST(keeps_no_odd_values)
{
    mtls_fetched_t fetched = fetch_head(apr_psprintf(
        pool, "HTTP/1.0 200 OK\r\nETag: \"%0300d\"\r\nLast-Modified: \xc3\xa4\r\n\r\n", 1));

    ck_end(fetched, MTLS_FETCH_DONE);
    ck_assert_ptr_null(fetched.etag);
    ck_assert_ptr_null(fetched.last_modified);
    fetched = fetch_head("HTTP/1.0 200 OK\r\nETag: \"a\"\r\nETag: \"b\"\r\nLast-Modified:\r\n\r\n");
    ck_end(fetched, MTLS_FETCH_DONE);
    ck_assert_ptr_null(fetched.etag);
    ck_assert_ptr_null(fetched.last_modified);
}
END_TEST

START_TEST(cuts_large_answers_F_04_T_R07)
{
    static const char block[65536];
    http_answer_t answer = {.body = block, .len = sizeof(block)};

    ck_end(fetch_answer(&answer), MTLS_FETCH_DONE);
    wish.max_size = sizeof(block) - 1;
    ck_end(fetch_answer(&answer), MTLS_FETCH_TOO_LARGE);
    answer.endless = true;
    ck_end(fetch_answer(&answer), MTLS_FETCH_TOO_LARGE);
    answer.head = "HTTP/1.0 200 OK\r\nContent-Length: 65536\r\n\r\n";
    answer.silent = false;
    ck_end(fetch_answer(&answer), MTLS_FETCH_TOO_LARGE);
    answer.head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    ck_failed(fetch_answer(&answer), "transfer coding");
}
END_TEST

/* @return milliseconds it took. */
static int timed(mtls_fetched_t *fetched, const http_answer_t *answer)
{
    apr_time_t begin = mtls_fetch_wire_now();

    *fetched = fetch_answer(answer);
    return (int)apr_time_as_msec(mtls_fetch_wire_now() - begin);
}

/* Both the head and the body an octet at a time: every one comes in time, all of them do not. */
START_TEST(has_one_deadline_F_01_F_02)
{
    http_answer_t drip = {.body = "12345", .len = 5, .endless = true, .drip_ms = 20};
    http_answer_t silent = {.silent = true};
    mtls_fetched_t fetched;
    int took;

    wish.time = apr_time_from_msec(300);
    took = timed(&fetched, &drip);
    ck_end(fetched, MTLS_FETCH_TIMEOUT);
    ck_assert_int_ge(took, 299);
    ck_assert_int_lt(took, 10000);
    took = timed(&fetched, &silent);
    ck_end(fetched, MTLS_FETCH_TIMEOUT);
    ck_assert_int_ge(took, 299);
    ck_assert_int_lt(took, 10000);
}
END_TEST

/* Lines that come in pieces are read whole. */
START_TEST(reads_slow_lines)
{
    http_answer_t slow = {.head = "HTTP/1.0 200 OK\r\nETag: \"s\"\r\nContent-Length: 2\r\n\r\n",
                          .body = "ok",
                          .len = 2,
                          .drip_ms = 1};
    mtls_fetched_t fetched = fetch_answer(&slow);

    ck_end(fetched, MTLS_FETCH_DONE);
    ck_assert_str_eq(fetched.etag, "\"s\"");
    ck_assert_mem_eq(fetched.body.data, "ok", 2);
}
END_TEST

/* A queue of connections that is full swallows further ones, as a black hole does. */
START_TEST(gives_up_connecting_F_01)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    int hole = socket(AF_INET, SOCK_STREAM, 0);
    int fill[4];

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(hole, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(listen(hole, 0), 0);
    ck_assert_int_eq(getsockname(hole, (struct sockaddr *)&address, &len), 0);
    for (int i = 0; i < COUNT_OF(fill); i++) {
        fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(fill[i], (struct sockaddr *)&address, len);
    }
    wish.url = apr_psprintf(pool, "http://127.0.0.1:%d/", ntohs(address.sin_port));
    wish.time = apr_time_from_msec(200);
    ck_end(fetch(), MTLS_FETCH_TIMEOUT);
    for (int i = 0; i < COUNT_OF(fill); i++)
        close(fill[i]);
    close(hole);
    wish.time = apr_time_from_sec(20);
    ck_failed(fetch(), "refused");
}
END_TEST

START_TEST(tells_of_resets)
{
    http_answer_t reset = {.reset = true};

    ck_failed(fetch_answer(&reset), "reset");
}
END_TEST

static int stopping;

/* Stops once the server has seen the request. */
static void *stop_soon(void *data)
{
    (void)data;
    while (http_count(server) == 0)
        sched_yield();
    __atomic_store_n(&stopping, 1, __ATOMIC_RELAXED);
    return NULL;
}

START_TEST(stops_soon)
{
    http_answer_t silent = {.silent = true};
    mtls_fetched_t fetched;
    pthread_t thread;

    stopping = 0;
    means.stopping = &stopping;
    ck_assert_int_eq(pthread_create(&thread, NULL, stop_soon, NULL), 0);
    ck_assert_int_lt(timed(&fetched, &silent), 15000);
    ck_end(fetched, MTLS_FETCH_STOPPED);
    pthread_join(thread, NULL);
}
END_TEST

static const char *const private_hosts[] = {
    "127.0.0.1",    "127.1",     "0x7f000001", "2130706433",
    "017700000001", "localhost", "LOCALHOST",  "x.localhost",
    "localhost.",   "0.0.0.0",   "10.1.2.3",   "169.254.169.254",
    "[::1]",        "[::]",      "[fd00::1]",  "[::ffff:127.0.0.1]",
};

/* Neither directly nor through a proxy; nothing is sent. */
START_TEST(refuses_private_addresses_F_05)
{
    wish.hosts = NULL;
    wish.url =
        apr_pstrcat(pool, "http://", private_hosts[_i], ":", http_port(server, pool), "/", NULL);
    ck_end(fetch(), MTLS_FETCH_FORBIDDEN);
    means.proxy = http_url(server, "http", "", pool);
    ck_end(fetch(), MTLS_FETCH_FORBIDDEN);
    ck_assert_int_eq(http_count(server), 0);
}
END_TEST

/* The machine's own name says nothing of its addresses before it is resolved; where it has only
 * private ones, nothing is sent to them. */
START_TEST(refuses_names_of_private_addresses_F_05)
{
    char name[256] = "";
    struct addrinfo *list = NULL;
    bool resolved;

    ck_assert_int_eq(gethostname(name, sizeof(name) - 1), 0);
    resolved = getaddrinfo(name, NULL, NULL, &list) == 0;
    for (struct addrinfo *one = list; one != NULL; one = one->ai_next)
        resolved = resolved && !mtls_fetch_address_is_public(one->ai_addr);
    if (resolved) {
        mtls_fetched_t fetched;

        freeaddrinfo(list);
        wish.hosts = NULL;
        wish.url = apr_pstrcat(pool, "http://", name, ":", http_port(server, pool), "/", NULL);
        fetched = fetch();
        ck_end(fetched, MTLS_FETCH_FORBIDDEN);
        ck_assert_ptr_nonnull(strstr(fetched.text, "its address is not a public one"));
    }
}
END_TEST

START_TEST(keeps_to_listed_hosts)
{
    wish.only_hosts = true;
    ck_end(fetch_head("HTTP/1.0 200 OK\r\n\r\n"), MTLS_FETCH_DONE);
    wish.url = "http://example.org/";
    ck_end(fetch(), MTLS_FETCH_FORBIDDEN);
    wish.url = "https://127.0.0.1/";
    ck_end(fetch(), MTLS_FETCH_FORBIDDEN);
}
END_TEST

/* The environment's proxy is nobody's business here. */
START_TEST(knows_no_proxy_of_the_environment)
{
    setenv("http_proxy", "http://127.0.0.1:1/", 1);
    setenv("HTTP_PROXY", "http://127.0.0.1:1/", 1);
    ck_end(fetch_head("HTTP/1.0 200 OK\r\n\r\n"), MTLS_FETCH_DONE);
}
END_TEST

START_TEST(uses_the_proxy)
{
    means.proxy = http_url(server, "http", "", pool);
    wish.hosts = NULL;
    wish.url = "http://Crl.Example.org:8080/x";
    ck_end(fetch_head("HTTP/1.0 200 OK\r\n\r\n"), MTLS_FETCH_DONE);
    ck_assert_ptr_nonnull(
        strstr(http_request(server, NULL, pool), "GET http://crl.example.org:8080/x HTTP/1.0\r\n"));
    ck_assert_ptr_nonnull(
        strstr(http_request(server, NULL, pool), "\r\nHost: crl.example.org:8080\r\n"));
    wish.url = "http://[2001:db8::1]?q";
    ck_end(fetch_head("HTTP/1.0 200 OK\r\n\r\n"), MTLS_FETCH_DONE);
    ck_assert_ptr_nonnull(
        strstr(http_request(server, NULL, pool), "GET http://[2001:db8::1]/?q HTTP/1.0\r\n"));
}
END_TEST

static apr_status_t free_context(void *data)
{
    SSL_CTX_free(data);
    return APR_SUCCESS;
}

static SSL_CTX *make_context(apr_pool_t *from)
{
    SSL_CTX *context = SSL_CTX_new(TLS_method());

    apr_pool_cleanup_register(from, context, free_context, apr_pool_cleanup_null);
    return context;
}

static fixture_party_t tls_ca;

/* A server certificate for these names, and a client that knows its CA. */
static SSL_CTX *set_up_tls(const char *names)
{
    fixture_recipe_t recipe = {.extensions = {names, "extendedKeyUsage=serverAuth"}};
    SSL_CTX *context = make_context(pool);
    fixture_party_t party;

    tls_ca = fixture_make(NULL, &(fixture_recipe_t){.ca = true}, pool);
    party = fixture_make(&tls_ca, &recipe, pool);
    SSL_CTX_use_certificate(context, party.cert);
    SSL_CTX_use_PrivateKey(context, party.key);
    means.tls = make_context(pool);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(means.tls), tls_ca.cert);
    wish.url = http_url(server, "https", "list.crl", pool);
    return context;
}

static const http_answer_t *answer_tls(SSL_CTX *context)
{
    http_answer_t *answer = apr_pcalloc(pool, sizeof(*answer));

    *answer = (http_answer_t){.body = "12345", .len = 5, .tls = context};
    return answer;
}

START_TEST(speaks_tls)
{
    mtls_fetched_t fetched = fetch_answer(answer_tls(set_up_tls("subjectAltName=IP:127.0.0.1")));

    ck_end(fetched, MTLS_FETCH_DONE);
    ck_assert_mem_eq(fetched.body.data, "12345", 5);
    ck_assert_int_eq(strncmp(fetched.text, "https://127.0.0.1:", 18), 0);
}
END_TEST

START_TEST(needs_the_right_name)
{
    ck_failed(fetch_answer(answer_tls(set_up_tls("subjectAltName=DNS:127.0.0.1,IP:127.0.0.2"))),
              "IP address mismatch");
    ck_assert_int_eq(http_count(server), 0);
}
END_TEST

START_TEST(needs_the_right_ca)
{
    SSL_CTX *context = set_up_tls("subjectAltName=IP:127.0.0.1");

    means.tls = make_context(pool);
    ck_failed(fetch_answer(answer_tls(context)), "its certificate is not accepted");
    means.tls = NULL;
    ck_end(fetch(), MTLS_FETCH_FORBIDDEN);
}
END_TEST

/* Without a length, only the end of TLS says that a body is whole. */
START_TEST(notices_cut_tls)
{
    http_answer_t answer = *answer_tls(set_up_tls("subjectAltName=IP:127.0.0.1"));

    answer.truncates = true;
    ck_failed(fetch_answer(&answer), "TLS");
    answer.head = "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n";
    ck_end(fetch_answer(&answer), MTLS_FETCH_DONE);
}
END_TEST

START_TEST(has_one_deadline_with_tls)
{
    http_answer_t answer = *answer_tls(set_up_tls("subjectAltName=IP:127.0.0.1"));

    answer.endless = true;
    answer.drip_ms = 10;
    wish.time = apr_time_from_msec(400);
    ck_end(fetch_answer(&answer), MTLS_FETCH_TIMEOUT);
    answer.drip_ms = 0;
    wish.time = apr_time_from_sec(20);
    ck_end(fetch_answer(&answer), MTLS_FETCH_TOO_LARGE);
    answer = (http_answer_t){.silent = true}; /* never begins TLS */
    wish.time = apr_time_from_msec(300);
    ck_end(fetch_answer(&answer), MTLS_FETCH_TIMEOUT);
}
END_TEST

START_TEST(tunnels)
{
    http_answer_t answer = *answer_tls(set_up_tls("subjectAltName=DNS:ca.example.org"));

    answer.tunnel = true;
    means.proxy = http_url(server, "http", "", pool);
    wish.url = "https://ca.example.org./x";
    ck_end(fetch_answer(&answer), MTLS_FETCH_DONE);
    ck_assert_int_eq(http_count(server), 2);
    ck_assert_ptr_nonnull(strstr(http_request(server, NULL, pool), "GET /x HTTP/1.0\r\n"));
    answer.tunnel_head = "HTTP/1.0 407 Who are you\r\n\r\n";
    ck_failed(fetch_answer(&answer), "the proxy refuses it with status 407");
    answer.tunnel_head = "HTTP/1.0 200 OK\r\n\r\nand more";
    ck_failed(fetch_answer(&answer), "the proxy speaks");
    answer = (http_answer_t){.reset = true};
    ck_failed(fetch_answer(&answer), "reset");
    answer = (http_answer_t){.head = "HTTP/1.0 200"};
    ck_failed(fetch_answer(&answer), "before it answered");
}
END_TEST

static const struct {
    const char *url;
    const char *host; /* NULL: refused */
    const char *port;
    const char *path;
} urls[] = {
    {"http://CA.example.org", "ca.example.org", "80", "/"},
    {"HTTPS://ca.example.org./x?y=@:/", "ca.example.org", "443", "/x?y=@:/"},
    {"http://ca.example.org:/x", "ca.example.org", "80", "/x"},
    {"http://ca.example.org:080?q", "ca.example.org", "80", "/?q"},
    {"http://[2001:DB8::1]:8080/x", "2001:db8::1", "8080", "/x"},
    {"https://192.0.2.1/", "192.0.2.1", "443", "/"},
    {"http://under_score.example/", "under_score.example", "80", "/"},
    {"", NULL, NULL, NULL},
    {"ca.example.org/x", NULL, NULL, NULL},
    {"//ca.example.org/x", NULL, NULL, NULL},
    {"gopher://ca.example.org/", NULL, NULL, NULL},
    {"file:///etc/passwd", NULL, NULL, NULL},
    {"ldap://ca.example.org/", NULL, NULL, NULL},
    {"http:/ca.example.org/", NULL, NULL, NULL},
    {"http:///x", NULL, NULL, NULL},
    {"http://:80/", NULL, NULL, NULL},
    {"http://./", NULL, NULL, NULL},
    {"http://a..b/", NULL, NULL, NULL},
    {"http://.a/", NULL, NULL, NULL},
    {"http://user@ca.example.org/", NULL, NULL, NULL},
    {"http://user:pass@ca.example.org/", NULL, NULL, NULL},
    {"http://@ca.example.org/", NULL, NULL, NULL},
    {"http://127.0.0.1\\@ca.example.org/", NULL, NULL, NULL},
    {"http://ca.example.org/#x", NULL, NULL, NULL},
    {"http://ca.example.org/a b", NULL, NULL, NULL},
    {"http://ca.example.org/\r\nX: y", NULL, NULL, NULL},
    {"http://ca.example.org/\xc3\xa4", NULL, NULL, NULL},
    {"http://ca%2eexample.org/", NULL, NULL, NULL},
    {"http://ca.example.org:0/", NULL, NULL, NULL},
    {"http://ca.example.org:65536/", NULL, NULL, NULL},
    {"http://ca.example.org:+80/", NULL, NULL, NULL},
    {"http://ca.example.org:80x/", NULL, NULL, NULL},
    {"http://ca.example.org:000080/", NULL, NULL, NULL},
    {"http://[::1", NULL, NULL, NULL},
    {"http://[::1]x/", NULL, NULL, NULL},
    {"http://[fe80::1%25eth0]/", NULL, NULL, NULL},
    {"http://[127.0.0.1]/", NULL, NULL, NULL},
    {"http://[]/", NULL, NULL, NULL},
    {"http://::1/", NULL, NULL, NULL},
};

START_TEST(reads_urls)
{
    mtls_fetch_url_t url;
    const char *host = "x";
    const char *problem = mtls_fetch_check_url(urls[_i].url, &host, pool);

    if (urls[_i].host == NULL) {
        ck_assert_msg(problem != NULL, "%s", urls[_i].url);
        ck_assert_ptr_null(host);
        return;
    }
    ck_assert_msg(problem == NULL, "%s: %s", urls[_i].url, problem);
    ck_assert_str_eq(host, urls[_i].host);
    ck_assert_ptr_null(mtls_fetch_url_parse(&url, urls[_i].url, pool));
    ck_assert_str_eq(url.port, urls[_i].port);
    ck_assert_str_eq(url.path, urls[_i].path);
    ck_assert_int_eq(url.tls, strncasecmp(urls[_i].url, "https", 5) == 0);
}
END_TEST

START_TEST(bounds_urls)
{
    const char *url = apr_psprintf(pool, "http://h/%02039d", 1);

    ck_assert_uint_eq(strlen(url), MTLS_FETCH_MAX_URL);
    ck_assert_ptr_null(mtls_fetch_check_url(url, NULL, pool));
    ck_assert_ptr_nonnull(mtls_fetch_check_url(apr_pstrcat(pool, url, "1", NULL), NULL, pool));
    ck_assert_ptr_nonnull(
        mtls_fetch_check_url(apr_psprintf(pool, "http://%0254d/", 1), NULL, pool));
}
END_TEST

START_TEST(compares_hosts)
{
    fixture_add(hosts, "CA.Example.org.");
    fixture_add(hosts, "[2001:DB8::1]");
    ck_assert(mtls_fetch_url_is_listed("ca.example.org", hosts));
    ck_assert(mtls_fetch_url_is_listed("2001:db8::1", hosts));
    ck_assert(!mtls_fetch_url_is_listed("x.ca.example.org", hosts));
    ck_assert(!mtls_fetch_url_is_listed("ca.example.or", hosts));
    ck_assert(!mtls_fetch_url_is_listed("ca.example.org.uk", hosts));
    ck_assert(!mtls_fetch_url_is_listed("ca.example.org", NULL));
}
END_TEST

static const struct {
    const char *address;
    bool is_public;
} addresses[] = {
    {"0.0.0.0", false},
    {"0.255.255.255", false},
    {"1.0.0.0", true},
    {"9.255.255.255", true},
    {"10.0.0.0", false},
    {"10.255.255.255", false},
    {"11.0.0.0", true},
    {"100.63.255.255", true},
    {"100.64.0.0", false},
    {"100.127.255.255", false},
    {"100.128.0.0", true},
    {"126.255.255.255", true},
    {"127.0.0.1", false},
    {"127.255.255.255", false},
    {"128.0.0.0", true},
    {"169.253.255.255", true},
    {"169.254.169.254", false},
    {"169.255.0.0", true},
    {"172.15.255.255", true},
    {"172.16.0.0", false},
    {"172.31.255.255", false},
    {"172.32.0.0", true},
    {"192.0.0.8", false},
    {"192.0.1.0", true},
    {"192.167.255.255", true},
    {"192.168.0.1", false},
    {"192.169.0.0", true},
    {"198.17.255.255", true},
    {"198.18.0.0", false},
    {"198.19.255.255", false},
    {"198.20.0.0", true},
    {"223.255.255.255", true},
    {"224.0.0.1", false},
    {"240.0.0.1", false},
    {"255.255.255.255", false},
    {"::", false},
    {"::1", false},
    {"::127.0.0.1", false},
    {"::8.8.8.8", false},
    {"::ffff:127.0.0.1", false},
    {"::ffff:10.0.0.1", false},
    {"::ffff:8.8.8.8", true},
    {"64:ff9b::127.0.0.1", false},
    {"64:ff9b::8.8.8.8", true},
    {"64:ff9b:1::1", false},
    {"fc00::1", false},
    {"fd12:3456::1", false},
    {"fe80::1", false},
    {"fec0::1", false},
    {"ff02::1", false},
    {"2002:7f00:1::", false},
    {"2002:808:808::", true},
    {"2001:0:1::1", false},
    {"2001:4860::1", true},
    {"2a00::1", true},
    {"4000::1", false},
};

START_TEST(knows_public_addresses_F_05)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    const char *text = addresses[_i].address;
    const struct sockaddr *address = (const struct sockaddr *)&v4;

    if (inet_pton(AF_INET, text, &v4.sin_addr) != 1) {
        ck_assert_int_eq(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
        address = (const struct sockaddr *)&v6;
    }
    ck_assert_msg(mtls_fetch_address_is_public(address) == addresses[_i].is_public, "%s", text);
    ck_assert(mtls_fetch_address_is_same(address, address));
    v4.sin_family = AF_UNIX;
    ck_assert(!mtls_fetch_address_is_public((const struct sockaddr *)&v4));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("fetch");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, gets);
    tcase_add_test(tcase, posts);
    tcase_add_test(tcase, survives_a_tiny_window_T_R06);
    tcase_add_test(tcase, sends_the_rest_of_what_was_taken_T_R06);
    tcase_add_test(tcase, asks_whether_it_changed);
    tcase_add_test(tcase, sends_no_broken_fields);
    tcase_add_loop_test(tcase, refuses_heads_F_03_F_05, 0, COUNT_OF(bad_heads));
    tcase_add_test(tcase, refuses_other_types_F_03);
    tcase_add_test(tcase, refuses_long_heads);
    tcase_add_test(tcase, keeps_no_odd_values);
    tcase_add_test(tcase, cuts_large_answers_F_04_T_R07);
    tcase_add_test(tcase, has_one_deadline_F_01_F_02);
    tcase_add_test(tcase, reads_slow_lines);
    tcase_add_test(tcase, gives_up_connecting_F_01);
    tcase_add_test(tcase, tells_of_resets);
    tcase_add_test(tcase, stops_soon);
    tcase_add_loop_test(tcase, refuses_private_addresses_F_05, 0, COUNT_OF(private_hosts));
    tcase_add_test(tcase, refuses_names_of_private_addresses_F_05);
    tcase_add_test(tcase, keeps_to_listed_hosts);
    tcase_add_test(tcase, knows_no_proxy_of_the_environment);
    tcase_add_test(tcase, uses_the_proxy);
    tcase_add_test(tcase, speaks_tls);
    tcase_add_test(tcase, needs_the_right_name);
    tcase_add_test(tcase, needs_the_right_ca);
    tcase_add_test(tcase, notices_cut_tls);
    tcase_add_test(tcase, has_one_deadline_with_tls);
    tcase_add_test(tcase, tunnels);
    tcase_add_loop_test(tcase, reads_urls, 0, COUNT_OF(urls));
    tcase_add_test(tcase, bounds_urls);
    tcase_add_test(tcase, compares_hosts);
    tcase_add_loop_test(tcase, knows_public_addresses_F_05, 0, COUNT_OF(addresses));
    return run_case_with("trust/fetch", tcase, set_up);
}
