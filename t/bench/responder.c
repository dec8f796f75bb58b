/*
 * t/bench/responder.c - an OCSP responder that finds everybody good, as late as it is told.
 *
 *     t/bench/responder ISSUERS MILLISECONDS
 *
 * ISSUERS is a file of CAs, each a key and its certificate, that sign their answers themselves and
 * send that certificate along, because mod_ssl looks for it nowhere else.  An answer is sent so
 * many milliseconds after its question, and holds for a day; connections do not wait for each
 * other.  The first line on standard output is the port; each line on standard input is answered by
 * "ok asked=Q certificates=C most=M": questions so far, certificates among them, and the questions
 * about the one that was asked about most.  The end of standard input is the end of the responder.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>

enum { MAX_ISSUERS = 4, MAX_REQUEST = 8191, MAX_CERTIFICATES = 65536, BACKLOG = 1024, DAY = 86400 };

typedef struct {
    EVP_PKEY *key;
    X509 *cert;
} issuer_t;

/** A certificate that was asked about. */
typedef struct {
    OCSP_CERTID *id;
    unsigned asked;
} asked_t;

/** One for the program: its threads are given nothing but a socket. */
static struct {
    issuer_t issuers[MAX_ISSUERS];
    size_t issuer_count;
    struct timespec delay;
    pthread_mutex_t mutex; /**< of all below */
    asked_t *certs;
    size_t cert_count;
    unsigned asked;
} responder = {.mutex = PTHREAD_MUTEX_INITIALIZER};

_Noreturn static void fail(const char *what)
{
    fprintf(stderr, "responder: %s\n", what);
    exit(EXIT_FAILURE);
}

static void load_issuers(const char *path)
{
    BIO *file = BIO_new_file(path, "r");
    EVP_PKEY *key;

    while (file && (key = PEM_read_bio_PrivateKey(file, NULL, NULL, NULL)) != NULL) {
        X509 *cert = PEM_read_bio_X509(file, NULL, NULL, NULL);

        if (!cert || responder.issuer_count == MAX_ISSUERS)
            fail(path);
        responder.issuers[responder.issuer_count++] = (issuer_t){key, cert};
    }
    BIO_free(file);
    ERR_clear_error();
    if (responder.issuer_count == 0)
        fail(path);
}

static const issuer_t *issuer_of(OCSP_CERTID *id)
{
    ASN1_OBJECT *algorithm;
    const issuer_t *found = NULL;
    size_t i;

    if (!OCSP_id_get0_info(NULL, &algorithm, NULL, NULL, id))
        return NULL;
    for (i = 0; i < responder.issuer_count && !found; i++) {
        OCSP_CERTID *own =
            OCSP_cert_to_id(EVP_get_digestbyobj(algorithm), NULL, responder.issuers[i].cert);

        if (own && OCSP_id_issuer_cmp(own, id) == 0)
            found = &responder.issuers[i];
        OCSP_CERTID_free(own);
    }
    return found;
}

static void count(const OCSP_CERTID *id)
{
    size_t i = 0;

    pthread_mutex_lock(&responder.mutex);
    responder.asked++;
    while (i < responder.cert_count && OCSP_id_cmp(responder.certs[i].id, id) != 0)
        i++;
    if (i == MAX_CERTIFICATES)
        fail("too many certificates");
    if (i == responder.cert_count)
        responder.certs[responder.cert_count++] = (asked_t){OCSP_CERTID_dup(id), 0};
    responder.certs[i].asked++;
    pthread_mutex_unlock(&responder.mutex);
}

static void report(void)
{
    unsigned most = 0;
    size_t i;

    pthread_mutex_lock(&responder.mutex);
    for (i = 0; i < responder.cert_count; i++) {
        if (responder.certs[i].asked > most)
            most = responder.certs[i].asked;
    }
    printf("ok asked=%u certificates=%zu most=%u\n", responder.asked, responder.cert_count, most);
    fflush(stdout);
    pthread_mutex_unlock(&responder.mutex);
}

/** @return a signed answer, or one that says why not. */
static OCSP_RESPONSE *answer_to(OCSP_REQUEST *request, OCSP_CERTID *id, const issuer_t *issuer)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    ASN1_TIME *from = X509_gmtime_adj(NULL, -60);
    ASN1_TIME *until = X509_gmtime_adj(NULL, DAY);
    OCSP_RESPONSE *response = NULL;

    if (basic && from && until &&
        OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_GOOD, 0, NULL, from, until) &&
        OCSP_copy_nonce(basic, request) > 0 &&
        OCSP_basic_sign(basic, issuer->cert, issuer->key, EVP_sha256(), NULL, 0))
        response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    OCSP_BASICRESP_free(basic);
    return response;
}

/** @return the answer to DER of a question about one certificate; NULL: it is none. */
static OCSP_RESPONSE *answer(const unsigned char *der, long len)
{
    OCSP_REQUEST *request = d2i_OCSP_REQUEST(NULL, &der, len);
    OCSP_RESPONSE *response = NULL;

    if (request && OCSP_request_onereq_count(request) == 1) {
        OCSP_CERTID *id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, 0));
        const issuer_t *issuer = issuer_of(id);

        count(id);
        response = issuer ? answer_to(request, id, issuer)
                          : OCSP_response_create(OCSP_RESPONSE_STATUS_UNAUTHORIZED, NULL);
    }
    OCSP_REQUEST_free(request);
    return response;
}

static long content_length(const char *header)
{
    static const char name[] = "\r\nContent-Length:";
    const char *field = strcasestr(header, name);

    return field ? strtol(field + sizeof name - 1, NULL, 10) : -1;
}

/**
 * Read a POST request.
 * @return where its body begins in @a text; NULL: it is none, or too long
 */
static const char *read_request(int fd, char text[MAX_REQUEST + 1], long *body_len)
{
    size_t len = 0;
    ssize_t got;

    while ((got = read(fd, text + len, MAX_REQUEST - len)) > 0) {
        const char *end;

        len += (size_t)got;
        text[len] = '\0';
        end = strstr(text, "\r\n\r\n");
        if (end == NULL)
            continue;
        *body_len = content_length(text);
        if (*body_len <= 0 || *body_len > MAX_REQUEST)
            return NULL;
        if (text + len >= end + 4 + *body_len)
            return end + 4;
    }
    return NULL;
}

static void send_response(int fd, OCSP_RESPONSE *response)
{
    unsigned char *der = NULL;
    int len = i2d_OCSP_RESPONSE(response, &der);

    if (len > 0)
        dprintf(fd,
                "HTTP/1.1 200 OK\r\nContent-Type: application/ocsp-response\r\n"
                "Content-Length: %d\r\nConnection: close\r\n\r\n",
                len);
    if (len <= 0 || write(fd, der, (size_t)len) != len)
        fprintf(stderr, "responder: an answer was not sent\n");
    OPENSSL_free(der);
}

static void *serve(void *socket)
{
    int fd = (int)(intptr_t)socket;
    char text[MAX_REQUEST + 1];
    long len = 0;
    const char *body = read_request(fd, text, &len);
    OCSP_RESPONSE *response = body ? answer((const unsigned char *)body, len) : NULL;

    nanosleep(&responder.delay, NULL);
    if (response)
        send_response(fd, response);
    else
        fprintf(stderr, "responder: no question understood\n");
    OCSP_RESPONSE_free(response);
    close(fd);
    return NULL;
}

static void *accept_all(void *socket)
{
    int listener = (int)(intptr_t)socket;
    pthread_attr_t detached;

    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        pthread_t thread;

        if (fd < 0 || pthread_create(&thread, &detached, serve, (void *)(intptr_t)fd) != 0)
            fail("accept");
    }
    return NULL;
}

static void listen_and_accept(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pthread_t thread;

    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, BACKLOG) != 0 || getsockname(fd, (struct sockaddr *)&address, &len) != 0 ||
        pthread_create(&thread, NULL, accept_all, (void *)(intptr_t)fd) != 0)
        fail("listen");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    char line[16];
    long delay;

    if (argc != 3)
        fail("usage: responder ISSUERS MILLISECONDS");
    signal(SIGPIPE, SIG_IGN);
    delay = strtol(argv[2], NULL, 10);
    responder.delay = (struct timespec){.tv_sec = delay / 1000, .tv_nsec = delay % 1000 * 1000000};
    responder.certs = calloc(MAX_CERTIFICATES, sizeof *responder.certs);
    if (!responder.certs)
        fail("no memory");
    load_issuers(argv[1]);
    listen_and_accept();
    while (fgets(line, sizeof line, stdin))
        report();
    return EXIT_SUCCESS;
}
