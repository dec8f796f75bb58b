/* policy/site.c - see mtls/policy/site.h; the only file that knows libpsl. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/site.h"

#include <arpa/inet.h>
#include <libpsl.h>
#include <string.h>

/* RFC 1035 section 2.3.4: no name is longer. */
#define MAX_NAME 253

typedef struct {
    char text[MAX_NAME + 1];
} name_t;

/* Lower case, no dot at the end.  @return whether it is short enough. */
static bool fold(name_t *out, const char *host)
{
    size_t len = strlen(host), i;

    if (len > 1 && host[len - 1] == '.') {
        len--;
    }
    if (len == 0 || len > MAX_NAME) {
        return false;
    }
    for (i = 0; i < len; i++) {
        out->text[i] = host[i];
        if (host[i] >= 'A' && host[i] <= 'Z') {
            out->text[i] = (char)(host[i] - 'A' + 'a');
        }
    }
    out->text[len] = '\0';
    return true;
}

/* The list knows names only, and would take the end of an address for one. */
static bool is_address(const name_t *host)
{
    unsigned char octets[sizeof(struct in6_addr)];

    return strchr(host->text, ':') || inet_pton(AF_INET, host->text, octets) == 1;
}

/* What a host's owner has registered; NULL for public suffixes, single labels and addresses. */
static const char *registered(const name_t *host)
{
    return is_address(host) ? NULL : psl_registrable_domain(psl_builtin(), host->text);
}

bool mtls_site_is_same(const char *a, const char *b)
{
    name_t one, other;
    const char *domain, *other_domain;

    if (!fold(&one, a) || !fold(&other, b)) {
        return false;
    }
    if (strcmp(one.text, other.text) == 0) {
        return true;
    }
    domain = registered(&one);
    other_domain = registered(&other);
    return domain && other_domain && strcmp(domain, other_domain) == 0;
}
