/*
 * t/bench/load.c - make a server work: TLS connections and requests by the number, on command.
 *
 * One thread, one connection at a time, so that the server's CPU time can be divided by the
 * number of operations.  What the client itself costs does not matter.  Commands come on
 * standard input, one a line, and each is answered by one line when its last operation is over:
 *
 *   full PATH N     N connections with a full handshake and one request each
 *   resume PATH N   the same, each resuming the session of the connection before
 *   open PATH N     one connection that stays, N requests on it
 *   again PATH N    N requests more on that connection
 *   timed PATH N    the same, and how long they took
 *
 *   ok asked=A reused=R    A certificate requests answered, R sessions resumed
 *   ok median=M p99=P slowest=S    of "timed": microseconds
 *   failed: what           and the program ends
 *
 * Any answer but 200, or what -s says is right, and a resumption that was not one, is a failure.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#define MAX_PATH_LEN   255
#define MAX_HEADER_LEN 8191
#define MAX_COOKIE_LEN 1023
#define SERVER_NAME    "localhost"

/** A key and its certificate; the chain above is the same for all. */
typedef struct {
    EVP_PKEY *key;
    X509 *certificate;
} identity_t;

typedef struct {
    SSL_CTX *ctx;
    in_port_t port;
    unsigned long status; /**< of a right answer */
    const char *cookie;   /**< sent with each request, or NULL */
    identity_t *identities;
    size_t identity_count;
    size_t next_identity;
    SSL_SESSION *session; /**< the newest the server gave out */
    SSL *open;            /**< the connection that stays, or NULL */
    unsigned asked;
    unsigned reused;
} load_t;

static int ctx_slot = -1;

_Noreturn static void fail(const char *what)
{
    unsigned long error = ERR_get_error();

    printf("failed: %s%s%s\n", what, error ? ": " : "",
           error ? ERR_reason_error_string(error) : "");
    fflush(stdout);
    exit(EXIT_FAILURE);
}

static load_t *load_of(const SSL *ssl)
{
    return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), ctx_slot);
}

/** The server asks for a certificate: give the next in turn. */
static int answer_request(SSL *ssl, void *unused)
{
    load_t *load = load_of(ssl);
    const identity_t *identity;

    (void)unused;
    load->asked++;
    if (load->identity_count == 0)
        return 1;
    identity = &load->identities[load->next_identity++ % load->identity_count];
    return SSL_use_certificate(ssl, identity->certificate) &&
           SSL_use_PrivateKey(ssl, identity->key);
}

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    load_t *load = load_of(ssl);

    SSL_SESSION_free(load->session);
    load->session = session;
    return 1;
}

static int connect_socket(in_port_t port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval patience = {.tv_sec = 300};
    const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        fail(strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

static SSL *connect_tls(load_t *load, bool resume)
{
    SSL *ssl = SSL_new(load->ctx);

    if (!ssl || !SSL_set1_host(ssl, SERVER_NAME) || !SSL_set_tlsext_host_name(ssl, SERVER_NAME))
        fail("SSL_new");
    if (resume && !SSL_set_session(ssl, load->session))
        fail("no session to resume");
    if (!SSL_set_fd(ssl, connect_socket(load->port)) || SSL_connect(ssl) != 1)
        fail("handshake");
    if (SSL_session_reused(ssl))
        load->reused++;
    else if (resume)
        fail("the session was not resumed");
    return ssl;
}

static void disconnect(SSL *ssl)
{
    int fd = SSL_get_fd(ssl);

    SSL_shutdown(ssl);
    SSL_free(ssl);
    close(fd);
}

static void send_request(SSL *ssl, const char *path, const char *cookie, bool last)
{
    char text[MAX_PATH_LEN + MAX_COOKIE_LEN + 100];
    int len =
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: " SERVER_NAME "\r\n%s%s%s%s\r\n",
                 path, cookie ? "Cookie: " : "", cookie ? cookie : "", cookie ? "\r\n" : "",
                 last ? "Connection: close\r\n" : "");

    if (len >= (int)sizeof text || SSL_write(ssl, text, len) != len)
        fail("request");
}

/** @return octets of body that stand after the header already. */
static size_t read_header(SSL *ssl, char *header, size_t size)
{
    size_t len = 0;

    for (;;) {
        char *end;
        int got = SSL_read(ssl, header + len, (int)(size - len - 1));

        if (got <= 0)
            fail("no response");
        len += (size_t)got;
        header[len] = '\0';
        end = strstr(header, "\r\n\r\n");
        if (end)
            return len - (size_t)(end + 4 - header);
        if (len == size - 1)
            fail("response header too long");
    }
}

static size_t content_length(const char *header)
{
    static const char name[] = "\r\nContent-Length: ";
    const char *field = strstr(header, name);

    if (!field)
        fail("response without Content-Length");
    return (size_t)strtoul(field + sizeof name - 1, NULL, 10);
}

static void read_response(SSL *ssl, unsigned long status)
{
    char buffer[MAX_HEADER_LEN + 1];
    size_t have = read_header(ssl, buffer, sizeof buffer);
    size_t want = content_length(buffer);

    if (strncmp(buffer, "HTTP/1.1 ", 9) != 0 || strtoul(buffer + 9, NULL, 10) != status) {
        buffer[strcspn(buffer, "\r")] = '\0';
        fail(buffer);
    }
    while (have < want) {
        int got = SSL_read(ssl, buffer, sizeof buffer);

        if (got <= 0)
            fail("response cut short");
        have += (size_t)got;
    }
}

/** Until the server has closed: what it does after the response is part of the operation. */
static void read_end(SSL *ssl)
{
    char buffer[256];

    if (SSL_read(ssl, buffer, sizeof buffer) > 0)
        fail("octets after the response");
    ERR_clear_error();
}

static void run_connections(load_t *load, const char *path, unsigned count, bool resume)
{
    while (count-- > 0) {
        SSL *ssl = connect_tls(load, resume);

        send_request(ssl, path, load->cookie, true);
        read_response(ssl, load->status);
        read_end(ssl);
        disconnect(ssl);
    }
}

static void run_requests(load_t *load, const char *path, unsigned count)
{
    if (!load->open)
        fail("no open connection");
    while (count-- > 0) {
        send_request(load->open, path, load->cookie, false);
        read_response(load->open, load->status);
    }
}

static double microseconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static void run_timed(load_t *load, const char *path, unsigned count)
{
    double *taken = calloc(count, sizeof *taken);
    unsigned i;

    if (!taken || count == 0)
        fail("no requests to time");
    for (i = 0; i < count; i++) {
        double begin = microseconds_now();

        run_requests(load, path, 1);
        taken[i] = microseconds_now() - begin;
    }
    qsort(taken, count, sizeof *taken, by_size);
    printf("ok median=%.0f p99=%.0f slowest=%.0f\n", taken[count / 2],
           taken[(size_t)count * 99 / 100], taken[count - 1]);
    fflush(stdout);
    free(taken);
}

static void run_open(load_t *load, const char *path, unsigned count)
{
    if (load->open)
        disconnect(load->open);
    load->open = connect_tls(load, false);
    run_requests(load, path, count);
}

static void run_command(load_t *load, const char *line)
{
    char verb[16], path[MAX_PATH_LEN + 1];
    unsigned count;

    if (sscanf(line, "%15s %255s %u", verb, path, &count) != 3)
        fail("command not understood");
    if (strcmp(verb, "timed") == 0) {
        run_timed(load, path, count);
        return;
    }
    load->asked = load->reused = 0;
    if (strcmp(verb, "full") == 0)
        run_connections(load, path, count, false);
    else if (strcmp(verb, "resume") == 0)
        run_connections(load, path, count, true);
    else if (strcmp(verb, "open") == 0)
        run_open(load, path, count);
    else if (strcmp(verb, "again") == 0)
        run_requests(load, path, count);
    else
        fail("unknown command");
    printf("ok asked=%u reused=%u\n", load->asked, load->reused);
    fflush(stdout);
}

/** Keys and certificates stand in pairs in the file. */
static void load_identities(load_t *load, const char *path)
{
    BIO *file = BIO_new_file(path, "r");
    identity_t one;

    if (!file)
        fail(path);
    while ((one.key = PEM_read_bio_PrivateKey(file, NULL, NULL, NULL)) != NULL) {
        identity_t *more = realloc(load->identities, (load->identity_count + 1) * sizeof one);

        one.certificate = PEM_read_bio_X509(file, NULL, NULL, NULL);
        if (!more || !one.certificate)
            fail(path);
        load->identities = more;
        load->identities[load->identity_count++] = one;
    }
    BIO_free(file);
    ERR_clear_error();
}

static void load_intermediate(load_t *load, const char *path)
{
    BIO *file = BIO_new_file(path, "r");
    X509 *certificate = file ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;

    if (!certificate || !SSL_CTX_add_extra_chain_cert(load->ctx, certificate))
        fail(path);
    BIO_free(file);
}

static void make_context(load_t *load)
{
    load->ctx = SSL_CTX_new(TLS_client_method());
    ctx_slot = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    if (!load->ctx || ctx_slot < 0 || !SSL_CTX_set_ex_data(load->ctx, ctx_slot, load))
        fail("SSL_CTX_new");
    SSL_CTX_set_verify(load->ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_cb(load->ctx, answer_request, NULL);
    SSL_CTX_set_session_cache_mode(load->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(load->ctx, keep_session);
}

static void apply_option(load_t *load, int option, const char *value)
{
    int version;

    switch (option) {
    case 'p':
        load->port = (in_port_t)strtoul(value, NULL, 10);
        break;
    case 't':
        version = strcmp(value, "1.2") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
        SSL_CTX_set_min_proto_version(load->ctx, version);
        SSL_CTX_set_max_proto_version(load->ctx, version);
        SSL_CTX_set_post_handshake_auth(load->ctx, version == TLS1_3_VERSION);
        break;
    case 'a':
        if (!SSL_CTX_load_verify_file(load->ctx, value))
            fail(value);
        break;
    case 'i':
        load_identities(load, value);
        break;
    case 'c':
        load_intermediate(load, value);
        break;
    case 'k':
        load->cookie = value;
        break;
    case 's':
        load->status = strtoul(value, NULL, 10);
        break;
    default:
        fail("usage: load -p PORT -t 1.2|1.3 -a SERVER-CA [-i IDENTITIES -c INTERMEDIATE] "
             "[-k COOKIE] [-s STATUS]");
    }
}

static void unload(load_t *load)
{
    if (load->open)
        disconnect(load->open);
    SSL_SESSION_free(load->session);
    for (size_t i = 0; i < load->identity_count; i++) {
        EVP_PKEY_free(load->identities[i].key);
        X509_free(load->identities[i].certificate);
    }
    free(load->identities);
    SSL_CTX_free(load->ctx);
}

int main(int argc, char **argv)
{
    load_t load = {.status = 200};
    char line[MAX_PATH_LEN + 64];
    int option;

    signal(SIGPIPE, SIG_IGN);
    make_context(&load);
    while ((option = getopt(argc, argv, "p:t:a:i:c:k:s:")) != -1)
        apply_option(&load, option, optarg);
    while (fgets(line, sizeof line, stdin))
        run_command(&load, line);
    unload(&load);
    return EXIT_SUCCESS;
}
