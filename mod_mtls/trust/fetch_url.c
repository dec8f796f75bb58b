/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/fetch_url.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "mtls/trust/fetch.h"
#include "mtls/trust/revocation_spec.h"

/* RFC 1035 section 2.3.4, as text. */
#define MAX_HOST 253

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text <= 0x20 || (unsigned char)*text >= 0x7f || *text == '\\')
            return false;
    }
    return true;
}

static const char *lower(const char *text, size_t len, apr_pool_t *pool)
{
    char *copy = apr_pstrmemdup(pool, text, len);

    for (char *c = copy; *c != '\0'; c++)
        *c = (char)apr_tolower(*c);
    return copy;
}

static const char *scheme_end(bool *tls, const char *text)
{
    if (strncasecmp(text, "http://", 7) == 0) {
        *tls = false;
        return text + 7;
    }
    if (strncasecmp(text, "https://", 8) == 0) {
        *tls = true;
        return text + 8;
    }
    return NULL;
}

static bool is_name(const char *host)
{
    bool label = false;

    for (; *host != '\0'; host++) {
        if (*host == '.' && !label)
            return false;
        if (*host != '.' && !apr_isalnum(*host) && *host != '-' && *host != '_')
            return false;
        label = *host != '.';
    }
    return label;
}

/* @return what follows the host, or NULL. */
static const char *take_literal(mtls_fetch_url_t *url, const char *text, const char *end,
                                apr_pool_t *pool)
{
    const char *close = memchr(text, ']', (size_t)(end - text));
    struct in6_addr address;
    char *host;

    if (close == NULL ||
        inet_pton(AF_INET6, apr_pstrmemdup(pool, text + 1, (size_t)(close - text - 1)), &address) !=
            1)
        return NULL;
    host = apr_palloc(pool, INET6_ADDRSTRLEN);
    url->ipv6 = true;
    url->host = inet_ntop(AF_INET6, &address, host, INET6_ADDRSTRLEN);
    return close + 1;
}

static const char *take_name(mtls_fetch_url_t *url, const char *text, const char *end,
                             apr_pool_t *pool)
{
    const char *colon = memchr(text, ':', (size_t)(end - text));
    const char *rest = colon != NULL ? colon : end;
    size_t len = (size_t)(rest - text);

    if (len > 1 && text[len - 1] == '.')
        len--;
    if (len > MAX_HOST)
        return NULL;
    url->host = lower(text, len, pool);
    return is_name(url->host) ? rest : NULL;
}

static bool take_port(mtls_fetch_url_t *url, const char *text, const char *end, apr_pool_t *pool)
{
    unsigned number = 0;

    url->port = url->tls ? "443" : "80";
    if (text == end || (*text == ':' && text + 1 == end))
        return true;
    if (*text != ':' || end - text > 6)
        return false;
    for (text++; text < end; text++) {
        if (!apr_isdigit(*text))
            return false;
        number = number * 10 + (unsigned)(*text - '0');
    }
    url->port = apr_psprintf(pool, "%u", number);
    return number >= 1 && number <= 65535;
}

static const char *write_authority(const mtls_fetch_url_t *url, apr_pool_t *pool)
{
    bool usual = strcmp(url->port, url->tls ? "443" : "80") == 0;

    return apr_pstrcat(pool, url->ipv6 ? "[" : "", url->host, url->ipv6 ? "]" : "",
                       usual ? "" : ":", usual ? "" : url->port, NULL);
}

const char *mtls_fetch_url_parse(mtls_fetch_url_t *url, const char *text, apr_pool_t *pool)
{
    const char *authority, *end, *rest;

    *url = (mtls_fetch_url_t){0};
    if (text == NULL || strnlen(text, MTLS_FETCH_MAX_URL + 1) > MTLS_FETCH_MAX_URL)
        return "it is longer than 2048 octets";
    if (!is_printable(text))
        return "it has octets that no URL may have";
    authority = scheme_end(&url->tls, text);
    if (authority == NULL)
        return "it does not begin with http:// or https://";
    if (strchr(text, '#') != NULL)
        return "it has a fragment";
    end = authority + strcspn(authority, "/?");
    if (memchr(authority, '@', (size_t)(end - authority)) != NULL)
        return "it has user information";
    rest = *authority == '[' ? take_literal(url, authority, end, pool)
                             : take_name(url, authority, end, pool);
    if (rest == NULL)
        return "its host is neither a name nor an address";
    if (!take_port(url, rest, end, pool))
        return "its port is not a number from 1 to 65535";
    url->authority = write_authority(url, pool);
    url->path = apr_pstrcat(pool, *end == '/' ? "" : "/", end, NULL);
    return NULL;
}

const char *mtls_fetch_check_url(const char *url, const char **host, apr_pool_t *pool)
{
    mtls_fetch_url_t parts;
    const char *problem = mtls_fetch_url_parse(&parts, url, pool);

    if (host != NULL)
        *host = problem == NULL ? parts.host : NULL;
    return problem;
}

/* "*.example.org" is every name below example.org. */
static bool is_below(const char *host, const char *listed)
{
    size_t len = strlen(host);
    size_t suffix_len = strlen(listed) - 1;

    return len > suffix_len && strcasecmp(host + len - suffix_len, listed + 1) == 0;
}

static bool is_same_host(const char *host, const char *listed)
{
    size_t len = strlen(listed);

    if (len > 2 && listed[0] == '[' && listed[len - 1] == ']') {
        listed++;
        len -= 2;
    } else if (len > 1 && listed[len - 1] == '.') {
        len--;
    }
    return strlen(host) == len && strncasecmp(host, listed, len) == 0;
}

bool mtls_fetch_url_is_listed(const char *host, const apr_array_header_t *hosts)
{
    for (int i = 0; hosts != NULL && i < hosts->nelts; i++) {
        const char *listed = APR_ARRAY_IDX(hosts, i, mtls_sourced_t).value;

        if (strncmp(listed, "*.", 2) == 0 ? is_below(host, listed) : is_same_host(host, listed))
            return true;
    }
    return false;
}
