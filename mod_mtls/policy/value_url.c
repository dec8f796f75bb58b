/* policy/value_url.c - URLs and hosts; see mtls/policy/value.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_lib.h>
#include <apr_strings.h>
#include <arpa/inet.h>
#include <string.h>

#include "mtls/policy/value.h"

#define DIGITS    "0123456789"
#define LETTERS   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* RFC 1035 section 2.3.4. */
#define MAX_LABEL 63
#define MAX_NAME  253

/* @return an address as inet_ntop() writes it, NULL when @a text is none. */
static const char *address(const char *text, int family, apr_pool_t *pool)
{
    unsigned char octets[sizeof(struct in6_addr)];
    char *out = apr_palloc(pool, INET6_ADDRSTRLEN);

    return inet_pton(family, text, octets) == 1 ? inet_ntop(family, octets, out, INET6_ADDRSTRLEN)
                                                : NULL;
}

/* 7 or 0x7f: what a resolver takes for a part of an address. */
static bool is_number(const char *label, size_t len)
{
    bool hex = len >= 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X');
    size_t digits = hex ? 2 + strspn(label + 2, DIGITS "abcdefABCDEF") : strspn(label, DIGITS);

    return digits == len;
}

/* Labels of letters, digits, dashes and, as some name their machines, underscores.  The last is no
 * number, so that no name is an address in another spelling. */
static bool is_dns_name(const char *text, size_t len)
{
    size_t label = 0;
    const char *end = text + len;

    if (len == 0 || len > MAX_NAME) {
        return false;
    }
    for (;; text++) {
        label = strspn(text, LETTERS DIGITS "-_");
        if (label == 0 || label > MAX_LABEL || *text == '-' || text[label - 1] == '-') {
            return false;
        }
        text += label;
        if (text >= end) {
            return text == end && !is_number(text - label, label);
        }
        if (*text != '.') {
            return false;
        }
    }
}

/* The host that stands in @a text, without brackets or port; IPv6 only when @a in_brackets. */
static bool is_host(const char *text, bool in_brackets, apr_pool_t *pool)
{
    size_t len = strlen(text);

    if (in_brackets) {
        return address(text, AF_INET6, pool) != NULL;
    }
    if (len > 1 && text[len - 1] == '.') {
        len--;
    }
    return address(text, AF_INET, pool) || is_dns_name(text, len);
}

/* "" or ":" and 1 to 65535. */
static bool is_port(const char *text)
{
    size_t len;
    int port = 0;

    if (*text == '\0') {
        return true;
    }
    len = strspn(++text, DIGITS);
    if (len == 0 || len > 5 || text[len]) {
        return false;
    }
    for (; *text; text++) {
        port = port * 10 + (*text - '0');
    }
    return port >= 1 && port <= 65535;
}

/* @a authority is host[:port], a copy. */
static bool is_authority(char *authority, apr_pool_t *pool)
{
    bool in_brackets = *authority == '[';
    char *end = strchr(authority, in_brackets ? ']' : ':');
    const char *port = "";

    if (in_brackets) {
        if (!end || (end[1] && end[1] != ':')) {
            return false;
        }
        port = apr_pstrdup(pool, end + 1);
        *end = '\0';
    } else if (end) {
        port = apr_pstrdup(pool, end);
        *end = '\0';
    }
    return is_port(port) && is_host(authority + in_brackets, in_brackets, pool);
}

/* What an URL must not hold anywhere. */
static const char *check_octets(const char *text, apr_pool_t *pool)
{
    const char *c;

    for (c = text; *c; c++) {
        if (*c < '!' || *c > '~' || *c == '\\') {
            return apr_psprintf(
                pool,
                "%s is not an URL; spaces, backslashes and what is not ASCII are written with %%",
                mtls_value_quote(text, pool));
        }
    }
    if (c - text > MTLS_VALUE_MAX_URL) {
        return apr_psprintf(pool, "%s is too long for an URL; use at most %d characters",
                            mtls_value_quote(text, pool), MTLS_VALUE_MAX_URL);
    }
    return strchr(text, '#') ? apr_psprintf(pool, "%s has a fragment; leave out '#' and the rest",
                                            mtls_value_quote(text, pool))
                             : NULL;
}

const char *mtls_value_parse_url(const char **out, const char *text, apr_pool_t *pool)
{
    const char *fault = check_octets(text, pool);
    const char *authority = strstr(text, "://");
    size_t len;

    if (fault) {
        return fault;
    }
    if (strncmp(text, "http://", 7) != 0 && strncmp(text, "https://", 8) != 0) {
        return apr_psprintf(pool,
                            "%s is not an absolute URL; use http://HOST/... or https://HOST/...",
                            mtls_value_quote(text, pool));
    }
    authority += 3;
    len = strcspn(authority, "/?");
    if (memchr(authority, '@', len)) {
        return apr_psprintf(pool, "%s has a user before its host; leave out all before '@'",
                            mtls_value_quote(text, pool));
    }
    if (!is_authority(apr_pstrndup(pool, authority, len), pool)) {
        return apr_psprintf(pool,
                            "%s names no host; use a DNS name or an address, and :PORT after it "
                            "where one is needed",
                            mtls_value_quote(text, pool));
    }
    *out = apr_pstrdup(pool, text);
    return NULL;
}

/* @a text without the brackets around it. */
static const char *unbracketed(const char *text, apr_pool_t *pool)
{
    size_t len = strlen(text);

    return len > 2 && text[0] == '[' && text[len - 1] == ']'
               ? apr_pstrmemdup(pool, text + 1, len - 2)
               : text;
}

const char *mtls_value_parse_host(const char **out, const char *text, apr_pool_t *pool)
{
    const char *found = address(text, AF_INET, pool);
    size_t wild = strncmp(text, "*.", 2) == 0 ? 2 : 0;
    size_t len = strlen(text);
    char *c, *name;

    if (!found) {
        found = address(unbracketed(text, pool), AF_INET6, pool);
    }
    if (found) {
        *out = found;
        return NULL;
    }
    if (len > wild + 1 && text[len - 1] == '.') {
        len--;
    }
    if (len < wild || !is_dns_name(text + wild, len - wild)) {
        return apr_psprintf(
            pool,
            "%s is not a host; use a DNS name, '*.' and one for all names below it, "
            "or an address, without a port",
            mtls_value_quote(text, pool));
    }
    name = apr_pstrmemdup(pool, text, len);
    for (c = name; *c; c++) {
        *c = (char)apr_tolower(*c);
    }
    *out = name;
    return NULL;
}
