/* policy/stepup_address.c - see mtls/policy/stepup_address.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/stepup_address.h"

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <arpa/inet.h>
#include <string.h>

#include "mtls/policy/value.h"

#define SCHEME     "https://"
#define WILDCARD   "*."
#define HTTPS_PORT 443

/* RFC 1035 section 2.3.4: no name is longer. */
#define MAX_NAME   253

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool is_address(const char *host)
{
    unsigned char octets[sizeof(struct in6_addr)];

    return strchr(host, ':') || inet_pton(AF_INET, host, octets) == 1;
}

/* Cut host[:port], which is known to be right, in two.  @return the port. */
static apr_port_t cut_port(char *authority)
{
    char *bracket = strrchr(authority, ']');
    char *colon = strchr(bracket ? bracket : authority, ':');
    apr_port_t port = 0;

    if (!colon) {
        return HTTPS_PORT;
    }
    *colon = '\0';
    while (*++colon) {
        port = (apr_port_t)(port * 10 + (*colon - '0'));
    }
    return port;
}

/* Host and port of @a url, which is of https and without "*.". */
static const char *split(mtls_stepup_address_t *out, const char *url, apr_pool_t *pool)
{
    const char *checked, *rest, *fault = mtls_value_parse_url(&checked, url, pool);
    char *authority;
    size_t len;

    if (fault) {
        return fault;
    }
    rest = checked + strlen(SCHEME);
    len = strcspn(rest, "/?");
    if (rest[len] && strcmp(rest + len, "/") != 0) {
        return apr_psprintf(pool, "%s says more than a host; leave out what follows it",
                            mtls_value_quote(url, pool));
    }
    authority = apr_pstrmemdup(pool, rest, len);
    out->port = cut_port(authority);
    if (authority[strlen(authority) - 1] == '.') {
        return apr_psprintf(pool, "%s ends its host with a dot; leave the dot out",
                            mtls_value_quote(url, pool));
    }
    return mtls_value_parse_host(&out->host, authority, pool);
}

/* Whether "*." may stand before @a host, and leaves room for a label. */
static const char *check_wildcard(const char *host, const char *url, apr_pool_t *pool)
{
    if (is_address(host) || !strchr(host, '.')) {
        return apr_psprintf(pool,
                            "%s has too few labels after '*'; use at least two, as in "
                            "https://*.cert.example.org/",
                            mtls_value_quote(url, pool));
    }
    if (strlen(host) + 1 + MTLS_STEPUP_LABEL_LEN > MAX_NAME) {
        return apr_psprintf(pool, "%s leaves no room for a label of %d characters",
                            mtls_value_quote(url, pool), MTLS_STEPUP_LABEL_LEN);
    }
    return NULL;
}

const char *mtls_stepup_address_parse(mtls_stepup_address_t *out, const char *url,
                                      const char *external, apr_pool_t *pool)
{
    mtls_stepup_address_t address = {.host = "", .external = external != NULL};
    const char *plain = url, *fault;

    if (external && strcmp(external, "external") != 0) {
        return apr_psprintf(pool, "unknown word %s; use external, or nothing, after the URL",
                            mtls_value_quote(external, pool));
    }
    if (!begins(url, SCHEME)) {
        return apr_psprintf(pool, "%s is not an address of https; use https://HOST/",
                            mtls_value_quote(url, pool));
    }
    address.wildcard = begins(url + strlen(SCHEME), WILDCARD);
    if (address.wildcard) {
        plain = apr_pstrcat(pool, SCHEME, url + strlen(SCHEME WILDCARD), NULL);
    }
    fault = split(&address, plain, pool);
    if (!fault && address.wildcard) {
        fault = check_wildcard(address.host, url, pool);
    }
    if (fault) {
        return fault;
    }
    address.text = apr_pstrdup(pool, url);
    *out = address;
    return NULL;
}

const char *mtls_stepup_address_origin(const mtls_stepup_address_t *address,
                                       const unsigned char *label, apr_pool_t *pool)
{
    static const char digits[] = "0123456789abcdef";
    char name[MTLS_STEPUP_LABEL_LEN + 1];
    int i;

    if (!address->wildcard) {
        return mtls_web_origin(address->host, address->port, pool);
    }
    for (i = 0; i < MTLS_STEPUP_LABEL_LEN / 2; i++) {
        name[2 * i] = digits[label[i] >> 4];
        name[2 * i + 1] = digits[label[i] & 15];
    }
    name[MTLS_STEPUP_LABEL_LEN] = '\0';
    return mtls_web_origin(apr_pstrcat(pool, name, ".", address->host, NULL), address->port, pool);
}

/* The one text of a host, as mtls_value_parse_host() has it; of one that is none, lower case. */
static const char *canonical_host(const char *host, apr_pool_t *pool)
{
    const char *canonical;

    if (mtls_value_parse_host(&canonical, host, pool)) {
        char *lower = apr_pstrdup(pool, host), *c;

        for (c = lower; *c; c++) {
            *c = (char)apr_tolower(*c);
        }
        canonical = lower;
    }
    return canonical;
}

const char *mtls_web_origin(const char *host, apr_port_t port, apr_pool_t *pool)
{
    const char *name = canonical_host(host, pool);
    bool brackets = strchr(name, ':') != NULL && name[0] != '[';
    const char *number = port == HTTPS_PORT ? "" : apr_psprintf(pool, ":%u", (unsigned)port);

    return apr_pstrcat(pool, SCHEME, brackets ? "[" : "", name, brackets ? "]" : "", number, NULL);
}

const char *mtls_web_origin_check(const char *text, apr_pool_t *pool)
{
    mtls_stepup_address_t address = {.text = NULL};
    const char *fault = mtls_stepup_address_parse(&address, text, NULL, pool), *origin;

    if (fault) {
        return fault;
    }
    if (address.wildcard) {
        return apr_psprintf(pool, "%s is not one origin; name each host",
                            mtls_value_quote(text, pool));
    }
    origin = mtls_web_origin(address.host, address.port, pool);
    return strcmp(origin, text) == 0
               ? NULL
               : apr_psprintf(pool, "%s is not written as browsers write it; use %s",
                              mtls_value_quote(text, pool), mtls_value_quote(origin, pool));
}

/* What of a host stands where the address has its own: all of it, or what follows its first label.
 */
static const char *comparable(const mtls_stepup_address_t *address, const char *host)
{
    const char *dot;

    if (!address->wildcard) {
        return host;
    }
    dot = strchr(host, '.');
    return dot && dot > host ? dot + 1 : "";
}

bool mtls_stepup_address_is(const mtls_stepup_address_t *address, const char *host, apr_port_t port)
{
    const char *name = comparable(address, host);
    size_t len = strlen(address->host);

    if (port != address->port) {
        return false;
    }
    if (name[0] == '[' && strchr(address->host, ':')) {
        return apr_cstr_casecmpn(name + 1, address->host, len) == 0 &&
               strcmp(name + 1 + len, "]") == 0;
    }
    return apr_cstr_casecmp(name, address->host) == 0;
}
