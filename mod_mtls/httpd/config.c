/* httpd/config.c - see mtls/httpd/config.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/config.h"

#include <apr_strings.h>

mtls_server_t *mtls_config_server(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &mtls_module);
}

const mtls_settings_t *mtls_config_host(const server_rec *s)
{
    return ap_get_module_config(s->lookup_defaults, &mtls_module);
}

const mtls_settings_t *mtls_config_place(const request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &mtls_module);
}

bool mtls_config_is_endpoint(const server_rec *s)
{
    return mtls_config_host(s)->endpoint == MTLS_ON;
}

bool mtls_config_sends(const server_rec *s)
{
    return mtls_config_host(s)->stepup_address && !mtls_config_is_endpoint(s) &&
           mtls_config_server(s)->looked_after;
}

bool mtls_config_redirects(const server_rec *main)
{
    const server_rec *s;

    for (s = main; s; s = s->next) {
        if (mtls_config_is_endpoint(s) || mtls_config_sends(s))
            return true;
    }
    return false;
}

mtls_origin_t mtls_config_origin(const ap_directive_t *directive)
{
    mtls_origin_t at = {.file = directive->filename, .line = directive->line_num};
    return at;
}

void *mtls_config_make_server(apr_pool_t *pool, server_rec *s)
{
    mtls_server_t *server = apr_pcalloc(pool, sizeof(*server));

    (void)s;
    server->specs = apr_array_make(pool, 4, sizeof(mtls_profile_spec_t *));
    server->accepts = apr_array_make(pool, 4, sizeof(mtls_accept_t *));
    server->sources = apr_array_make(pool, 4, sizeof(mtls_sources_t *));
    server->places = apr_array_make(pool, 4, sizeof(mtls_place_t));
    server->requires = apr_array_make(pool, 4, sizeof(mtls_require_line_t));
    server->faults = mtls_faults_make(pool);
    return server;
}

/* What was written in a host stays with it: check.c visits every host, so nothing is copied. */
void *mtls_config_merge_server(apr_pool_t *pool, void *base, void *over)
{
    const mtls_server_t *outer = base;
    mtls_server_t *merged = apr_pmemdup(pool, over, sizeof(*merged));

    merged->looked_after = merged->looked_after || outer->looked_after;
    return merged;
}

/* The module's record of a place: its settings, and what they are within their host. */
typedef struct {
    mtls_settings_t settings; /* first, so that the record can be taken for them */
    const mtls_settings_t *host;
    mtls_settings_t *in_host; /* settings merged into host; NULL: not known */
} place_record_t;

void *mtls_config_make_place(apr_pool_t *pool, char *path)
{
    (void)path;
    return apr_pcalloc(pool, sizeof(place_record_t));
}

static mtls_settings_t *merge(apr_pool_t *pool, const mtls_settings_t *base,
                              const mtls_settings_t *over)
{
    place_record_t *merged = apr_palloc(pool, sizeof(*merged));

    merged->host = NULL;
    merged->in_host = NULL;
    mtls_settings_merge(&merged->settings, base, over);
    return &merged->settings;
}

void mtls_config_settle_place(mtls_settings_t *settings, const mtls_settings_t *host,
                              apr_pool_t *pool)
{
    place_record_t *place = (place_record_t *)settings;

    place->host = host;
    place->in_host = merge(pool, host, settings);
}

/* httpd merges twice for each request, and mostly a section into its host. */
void *mtls_config_merge_place(apr_pool_t *pool, void *base, void *over)
{
    const place_record_t *inner = over;

    if (inner->in_host && inner->host == base)
        return inner->in_host;
    return merge(pool, base, over);
}
