/* SPDX-License-Identifier: Apache-2.0 */
#include "http_fixture.h"

#include <apr_strings.h>
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_REQUEST (4 * 1024 * 1024)

struct http_server_t {
    int listener;
    int port;
    pthread_t thread;
    pthread_mutex_t lock;
    http_answer_t answer; /* under lock, as the rest */
    int count;
    char *request;
    size_t request_len;
};

/* One connection. */
typedef struct {
    int fd;
    SSL *tls;
} peer_t;

static ssize_t peer_read(const peer_t *peer, void *data, size_t size)
{
    if (peer->tls != NULL)
        return SSL_read(peer->tls, data, (int)size);
    return recv(peer->fd, data, size, 0);
}

static bool peer_write(const peer_t *peer, const char *data, size_t len)
{
    while (len != 0) {
        ssize_t sent = peer->tls != NULL ? SSL_write(peer->tls, data, (int)len)
                                         : send(peer->fd, data, len, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        data += sent;
        len -= (size_t)sent;
    }
    return true;
}

/* @return false when the peer has gone. */
static bool pause_for(const peer_t *peer, int milliseconds)
{
    struct pollfd poller = {peer->fd, POLLIN, 0};

    return poll(&poller, 1, milliseconds) == 0;
}

static bool peer_drip(const peer_t *peer, const char *data, size_t len, int milliseconds)
{
    if (milliseconds == 0)
        return peer_write(peer, data, len);
    for (size_t i = 0; i < len; i++) {
        if (!pause_for(peer, milliseconds) || !peer_write(peer, data + i, 1))
            return false;
    }
    return true;
}

static bool is_whole(const char *request, size_t len)
{
    const char *end = memmem(request, len, "\r\n\r\n", 4);
    const char *length = memmem(request, len, "Content-Length: ", 16);

    if (end == NULL)
        return false;
    if (length == NULL || length > end)
        return true;
    return len - (size_t)(end + 4 - request) >= strtoul(length + 16, NULL, 10);
}

static void read_request(http_server_t *server, const peer_t *peer)
{
    char *request = malloc(MAX_REQUEST + 1);
    size_t len = 0;

    while (len < MAX_REQUEST && !is_whole(request, len)) {
        ssize_t got = peer_read(peer, request + len, MAX_REQUEST - len);

        if (got <= 0)
            break;
        len += (size_t)got;
    }
    request[len] = '\0';
    pthread_mutex_lock(&server->lock);
    free(server->request);
    server->request = request;
    server->request_len = len;
    server->count++;
    pthread_mutex_unlock(&server->lock);
}

static void respond(const http_answer_t *answer, const peer_t *peer)
{
    const char *head = answer->head != NULL ? answer->head : "HTTP/1.0 200 OK\r\n\r\n";
    bool more = peer_drip(peer, head, strlen(head), answer->drip_ms);

    while (more) {
        more = peer_drip(peer, answer->body, answer->len, answer->drip_ms) && answer->endless;
    }
}

static void reset(int fd)
{
    struct linger now = {1, 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static bool begin_tls(http_server_t *server, const http_answer_t *answer, peer_t *peer)
{
    if (answer->tunnel) {
        const char *head =
            answer->tunnel_head != NULL ? answer->tunnel_head : "HTTP/1.0 200 Go on\r\n\r\n";

        read_request(server, peer);
        if (!peer_write(peer, head, strlen(head)))
            return false;
    }
    if (answer->tls == NULL)
        return true;
    peer->tls = SSL_new(answer->tls);
    SSL_set_fd(peer->tls, peer->fd);
    return SSL_accept(peer->tls) == 1;
}

static void serve(http_server_t *server, int fd)
{
    peer_t peer = {fd, NULL};
    http_answer_t answer;

    pthread_mutex_lock(&server->lock);
    answer = server->answer;
    pthread_mutex_unlock(&server->lock);
    if (begin_tls(server, &answer, &peer)) {
        read_request(server, &peer);
        if (answer.silent)
            (void)pause_for(&peer, 20000);
        else if (answer.reset)
            reset(fd);
        else
            respond(&answer, &peer);
        if (peer.tls != NULL && !answer.truncates)
            SSL_shutdown(peer.tls);
    }
    SSL_free(peer.tls);
    close(fd);
}

static void *run(void *data)
{
    http_server_t *server = data;
    int fd;

    while ((fd = accept(server->listener, NULL, NULL)) != -1)
        serve(server, fd);
    return NULL;
}

static apr_status_t end(void *data)
{
    http_server_t *server = data;

    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    pthread_mutex_destroy(&server->lock);
    free(server->request);
    return APR_SUCCESS;
}

http_server_t *http_start(int window, apr_pool_t *pool)
{
    http_server_t *server = apr_pcalloc(pool, sizeof(*server));
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);

    signal(SIGPIPE, SIG_IGN);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ne(server->listener, -1);
    if (window != 0)
        setsockopt(server->listener, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window));
    ck_assert_int_eq(bind(server->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(server->listener, 8), 0);
    ck_assert_int_eq(getsockname(server->listener, (struct sockaddr *)&address, &len), 0);
    server->port = ntohs(address.sin_port);
    pthread_mutex_init(&server->lock, NULL);
    ck_assert_int_eq(pthread_create(&server->thread, NULL, run, server), 0);
    apr_pool_cleanup_register(pool, server, end, apr_pool_cleanup_null);
    return server;
}

const char *http_port(const http_server_t *server, apr_pool_t *pool)
{
    return apr_itoa(pool, server->port);
}

const char *http_url(const http_server_t *server, const char *scheme, const char *path,
                     apr_pool_t *pool)
{
    return apr_psprintf(pool, "%s://127.0.0.1:%d/%s", scheme, server->port, path);
}

void http_set(http_server_t *server, const http_answer_t *answer)
{
    pthread_mutex_lock(&server->lock);
    server->answer = *answer;
    pthread_mutex_unlock(&server->lock);
}

int http_count(http_server_t *server)
{
    int count;

    pthread_mutex_lock(&server->lock);
    count = server->count;
    pthread_mutex_unlock(&server->lock);
    return count;
}

const char *http_request(http_server_t *server, size_t *len, apr_pool_t *pool)
{
    const char *request;

    pthread_mutex_lock(&server->lock);
    request =
        apr_pstrmemdup(pool, server->request != NULL ? server->request : "", server->request_len);
    if (len != NULL)
        *len = server->request_len;
    pthread_mutex_unlock(&server->lock);
    return request;
}
