/* httpd/own_origin.c - see mtls/httpd/own_origin.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/own_origin.h"

#include <http_core.h>

#include "mtls/policy/stepup_address.h"

/* Of https. */
#define DEFAULT_PORT 443

static bool is_among(const apr_array_header_t *names, const char *host, bool wild)
{
    int i;

    for (i = 0; names && i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (wild ? ap_strcasecmp_match(host, name) == 0 : strcasecmp(host, name) == 0)
            return true;
    }
    return false;
}

bool mtls_own_origin_is_name(const server_rec *s, const char *host)
{
    return (s->server_hostname && strcasecmp(host, s->server_hostname) == 0) ||
           is_among(s->names, host, false) || is_among(s->wild_names, host, true);
}

bool mtls_own_origin_has_port(const server_rec *s, apr_port_t port)
{
    const server_addr_rec *addr;

    if (s->port)
        return s->port == port;
    for (addr = s->addrs; addr; addr = addr->next) {
        if (addr->host_port == port || addr->host_port == 0)
            return true;
    }
    return false;
}

/* Said for the whole host, so that all steps of one walk agree. */
static bool is_canonical(const server_rec *s)
{
    const core_dir_config *core = ap_get_core_module_config(s->lookup_defaults);

    return core && (core->use_canonical_name == USE_CANONICAL_NAME_ON ||
                    core->use_canonical_name == USE_CANONICAL_NAME_DNS);
}

/* By the request's Host, which httpd has taken apart. */
static const char *origin_seen(request_rec *r)
{
    apr_port_t port = r->parsed_uri.port ? r->parsed_uri.port : DEFAULT_PORT;

    return r->hostname ? mtls_web_origin(r->hostname, port, r->pool) : "";
}

/* httpd takes it for the same name, and browsers for another host. */
static bool ends_with_dot(const request_rec *r)
{
    const char *host = apr_table_get(r->headers_in, "Host");
    apr_size_t len = host ? strcspn(host, ":") : 0;

    return len > 0 && host[len - 1] == '.';
}

bool mtls_own_origin_is_seen(request_rec *r)
{
    return strcmp(mtls_own_origin(r), origin_seen(r)) == 0 && !ends_with_dot(r);
}

const char *mtls_own_origin(request_rec *r)
{
    const server_rec *s = r->server;
    const char *host = s->server_hostname;

    if (r->hostname && !is_canonical(s) && mtls_own_origin_is_name(s, r->hostname))
        host = r->hostname;
    return mtls_web_origin(host, s->port ? s->port : r->connection->local_addr->port, r->pool);
}
