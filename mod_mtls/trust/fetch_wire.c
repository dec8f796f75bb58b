/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/fetch_wire.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mtls/trust/fault.h"
#include "mtls/trust/fetch_address.h"

#define SLICE apr_time_from_msec(100)
/* A TLS record and a bit. */
#define PIECE 18000

apr_time_t mtls_fetch_wire_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return apr_time_make(now.tv_sec, now.tv_nsec / 1000);
}

static mtls_fetch_end_t fail(mtls_fetch_wire_t *wire, const char *problem)
{
    wire->problem = problem;
    return MTLS_FETCH_FAILED;
}

static mtls_fetch_end_t fail_errno(mtls_fetch_wire_t *wire, int error)
{
    char words[120];

    return fail(wire, apr_pstrdup(wire->pool, apr_strerror(error, words, sizeof(words))));
}

/* Wait until the socket is ready; also asked before every exchange that would not wait, because a
 * server that never pauses has no more time than others. */
static mtls_fetch_end_t wait_for(mtls_fetch_wire_t *wire, short events, apr_time_t until)
{
    for (;;) {
        struct pollfd poller = {wire->fd, events, 0};
        apr_time_t left = until - mtls_fetch_wire_now();
        int ready;

        if (wire->stopping != NULL && __atomic_load_n(wire->stopping, __ATOMIC_RELAXED) != 0)
            return MTLS_FETCH_STOPPED;
        if (left <= 0)
            return MTLS_FETCH_TIMEOUT;
        if (left > SLICE)
            left = SLICE;
        ready = poll(&poller, 1, (int)((left + 999) / 1000));
        if (ready > 0)
            return MTLS_FETCH_DONE;
        if (ready < 0 && errno != EINTR)
            return fail_errno(wire, errno);
    }
}

static mtls_fetch_end_t finish_connect(mtls_fetch_wire_t *wire, apr_time_t until)
{
    mtls_fetch_end_t end = wait_for(wire, POLLOUT, until);
    int error = 0;
    socklen_t len = sizeof(error);

    if (end != MTLS_FETCH_DONE)
        return end;
    if (getsockopt(wire->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        error = errno;
    return error == 0 ? MTLS_FETCH_DONE : fail_errno(wire, error);
}

mtls_fetch_end_t mtls_fetch_wire_connect(mtls_fetch_wire_t *wire, const struct sockaddr *address,
                                         socklen_t len, apr_time_t until)
{
    mtls_fetch_end_t end = MTLS_FETCH_DONE;

    wire->fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (wire->fd == -1)
        return fail_errno(wire, errno);
    if (connect(wire->fd, address, len) != 0)
        end = errno == EINPROGRESS ? finish_connect(wire, until) : fail_errno(wire, errno);
    if (end != MTLS_FETCH_DONE)
        mtls_fetch_wire_close(wire);
    return end;
}

bool mtls_fetch_wire_is_own(const mtls_fetch_wire_t *wire)
{
    struct sockaddr_storage own, peer;
    socklen_t own_len = sizeof(own);
    socklen_t peer_len = sizeof(peer);

    return getsockname(wire->fd, (struct sockaddr *)&own, &own_len) != 0 ||
           getpeername(wire->fd, (struct sockaddr *)&peer, &peer_len) != 0 ||
           mtls_fetch_address_is_same((struct sockaddr *)&own, (struct sockaddr *)&peer);
}

static mtls_fetch_end_t send_plain(mtls_fetch_wire_t *wire, const unsigned char *data,
                                   apr_size_t len)
{
    while (len != 0) {
        mtls_fetch_end_t end = wait_for(wire, POLLOUT, wire->end);
        ssize_t sent;

        if (end != MTLS_FETCH_DONE)
            return end;
        sent = send(wire->fd, data, len, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
            return fail_errno(wire, errno);
        if (sent > 0) {
            data += sent;
            len -= (apr_size_t)sent;
        }
    }
    return MTLS_FETCH_DONE;
}

static mtls_fetch_end_t receive_plain(mtls_fetch_wire_t *wire, void *data, apr_size_t size,
                                      apr_size_t *got)
{
    for (;;) {
        mtls_fetch_end_t end = wait_for(wire, POLLIN, wire->end);
        ssize_t received;

        *got = 0;
        if (end != MTLS_FETCH_DONE)
            return end;
        received = recv(wire->fd, data, size, 0);
        if (received >= 0) {
            *got = (apr_size_t)received;
            return MTLS_FETCH_DONE;
        }
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
            return fail_errno(wire, errno);
    }
}

/* What TLS has written goes out. */
static mtls_fetch_end_t flush_tls(mtls_fetch_wire_t *wire)
{
    BIO *out = SSL_get_wbio(wire->tls);
    unsigned char *data;
    long len = BIO_get_mem_data(out, &data);
    mtls_fetch_end_t end = MTLS_FETCH_DONE;

    if (len > 0)
        end = send_plain(wire, data, (apr_size_t)len);
    (void)BIO_reset(out);
    return end;
}

static mtls_fetch_end_t feed_tls(mtls_fetch_wire_t *wire)
{
    unsigned char piece[PIECE];
    apr_size_t got;
    mtls_fetch_end_t end = receive_plain(wire, piece, sizeof(piece), &got);

    if (end != MTLS_FETCH_DONE)
        return end;
    if (got == 0)
        BIO_set_mem_eof_return(SSL_get_rbio(wire->tls), 0);
    else if (BIO_write(SSL_get_rbio(wire->tls), piece, (int)got) != (int)got)
        return fail(wire, "no memory for TLS");
    return MTLS_FETCH_DONE;
}

static mtls_fetch_end_t fail_tls(mtls_fetch_wire_t *wire)
{
    long verified = SSL_get_verify_result(wire->tls);

    if (verified != X509_V_OK)
        return fail(wire, apr_pstrcat(wire->pool, "its certificate is not accepted: ",
                                      X509_verify_cert_error_string(verified), NULL));
    return fail(wire, apr_pstrcat(wire->pool, "TLS: ", mtls_fault_openssl(wire->pool), NULL));
}

/* After an operation of TLS returned @a result <= 0: what it needs is done. @return DONE: try
 * again. */
static mtls_fetch_end_t serve_tls(mtls_fetch_wire_t *wire, int result)
{
    int wanted = SSL_get_error(wire->tls, result);
    mtls_fetch_end_t end = flush_tls(wire);

    if (end != MTLS_FETCH_DONE)
        return end;
    if (wanted == SSL_ERROR_WANT_READ)
        return feed_tls(wire);
    if (wanted == SSL_ERROR_WANT_WRITE)
        return MTLS_FETCH_DONE;
    return fail_tls(wire);
}

static bool expect_host(SSL *tls, const char *host)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(tls);
    struct in6_addr address;

    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1;
    return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1 &&
           SSL_set_tlsext_host_name(tls, host) == 1;
}

static bool prepare_tls(mtls_fetch_wire_t *wire, SSL_CTX *context, const char *host)
{
    BIO *in = BIO_new(BIO_s_mem());
    BIO *out = BIO_new(BIO_s_mem());

    wire->tls = SSL_new(context);
    if (wire->tls == NULL || in == NULL || out == NULL) {
        BIO_free(in);
        BIO_free(out);
        return false;
    }
    SSL_set_bio(wire->tls, in, out);
    SSL_set_options(wire->tls, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_set_verify(wire->tls, SSL_VERIFY_PEER, NULL);
    SSL_set_connect_state(wire->tls);
    return SSL_set_min_proto_version(wire->tls, TLS1_2_VERSION) == 1 &&
           expect_host(wire->tls, host);
}

mtls_fetch_end_t mtls_fetch_wire_start_tls(mtls_fetch_wire_t *wire, SSL_CTX *context,
                                           const char *host)
{
    mtls_fetch_end_t end = MTLS_FETCH_DONE;
    int result;

    ERR_clear_error();
    if (!prepare_tls(wire, context, host))
        return fail(wire, apr_pstrcat(wire->pool, "TLS: ", mtls_fault_openssl(wire->pool), NULL));
    while ((result = SSL_do_handshake(wire->tls)) <= 0) {
        end = serve_tls(wire, result);
        if (end != MTLS_FETCH_DONE)
            return end;
    }
    return flush_tls(wire);
}

mtls_fetch_end_t mtls_fetch_wire_send(mtls_fetch_wire_t *wire, const void *data, apr_size_t len)
{
    size_t written = 0;

    if (wire->tls == NULL)
        return send_plain(wire, data, len);
    ERR_clear_error();
    while (SSL_write_ex(wire->tls, data, len, &written) != 1) {
        mtls_fetch_end_t end = serve_tls(wire, 0);

        if (end != MTLS_FETCH_DONE)
            return end;
    }
    return flush_tls(wire);
}

mtls_fetch_end_t mtls_fetch_wire_receive(mtls_fetch_wire_t *wire, void *data, apr_size_t size,
                                         apr_size_t *got)
{
    *got = 0;
    if (wire->tls == NULL)
        return receive_plain(wire, data, size, got);
    ERR_clear_error();
    for (;;) {
        mtls_fetch_end_t end;

        if (SSL_read_ex(wire->tls, data, size, got) == 1)
            return MTLS_FETCH_DONE;
        if (SSL_get_error(wire->tls, 0) == SSL_ERROR_ZERO_RETURN)
            return MTLS_FETCH_DONE;
        end = serve_tls(wire, 0);
        if (end != MTLS_FETCH_DONE)
            return end;
    }
}

void mtls_fetch_wire_close(mtls_fetch_wire_t *wire)
{
    SSL_free(wire->tls);
    wire->tls = NULL;
    if (wire->fd != -1)
        close(wire->fd);
    wire->fd = -1;
}
