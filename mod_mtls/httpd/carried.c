/* httpd/carried.c - see mtls/httpd/carried.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/carried.h"

#include <apr_strings.h>

#include "mtls/httpd/config.h"
#include "mtls/httpd/request.h"
#include "mtls/httpd/sending.h"

static const struct {
    const char *name;
    mtls_waypoint_t waypoint;
} names[] = {{"/start", MTLS_WAYPOINT_START},
             {"/return", MTLS_WAYPOINT_RETURN},
             {"/done", MTLS_WAYPOINT_DONE}};

static mtls_waypoint_t waypoint_of(const request_rec *r)
{
    const mtls_settings_t *host = mtls_config_host(r->server);
    const char *base = mtls_settings_stepup_path(host);
    apr_size_t len = strlen(base);
    size_t i;

    if (host->endpoint == MTLS_ON)
        return MTLS_WAYPOINT_ENDPOINT;
    if (!r->uri || !host->stepup_address || strncmp(r->uri, base, len) != 0 || r->uri[len] != '/')
        return MTLS_WAYPOINT_NONE;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(r->uri + len, names[i].name) == 0)
            return names[i].waypoint;
    }
    return MTLS_WAYPOINT_UNKNOWN;
}

/* The query of our addresses is one parameter and nothing else. */
static const char *token_of(const request_rec *r, mtls_waypoint_t waypoint)
{
    const char *name = waypoint == MTLS_WAYPOINT_RETURN ? "c=" : "s=";

    if (!r->args || strncmp(r->args, name, 2) != 0)
        return NULL;
    return r->args + 2;
}

/* Whoever asks later, the log too, sees the address without its query. */
static void hide_query(request_rec *r)
{
    const char *protocol = r->protocol ? r->protocol : "";

    if (!r->args)
        return;
    r->args = NULL;
    r->parsed_uri.query = NULL;
    r->unparsed_uri = apr_uri_unparse(r->pool, &r->parsed_uri, 0);
    r->the_request =
        apr_pstrcat(r->pool, r->method, " ", r->unparsed_uri, *protocol ? " " : "", protocol, NULL);
}

static void hide_cookies(request_rec *r, const mtls_cookies_t *cookies)
{
    if (!cookies->any)
        return;
    if (cookies->rest)
        apr_table_setn(r->headers_in, "Cookie", cookies->rest);
    else
        apr_table_unset(r->headers_in, "Cookie");
}

int mtls_carried_take(request_rec *r)
{
    const mtls_shared_t *shared = mtls_config_server(r->server)->shared;
    const mtls_request_t *record = mtls_request_of(r);
    mtls_carried_t *carried;

    if (!shared || !shared->redirects || (record && record->carried))
        return DECLINED;
    carried = apr_pcalloc(r->pool, sizeof(*carried));
    mtls_request_make(r)->carried = carried;
    mtls_cookies_take(&carried->cookies, apr_table_get(r->headers_in, "Cookie"), r->pool);
    hide_cookies(r, &carried->cookies);
    carried->waypoint = waypoint_of(r);
    if (carried->waypoint == MTLS_WAYPOINT_NONE)
        return DECLINED;
    carried->token = token_of(r, carried->waypoint);
    hide_query(r);
    return DECLINED;
}

const request_rec *mtls_carried_first(const request_rec *r)
{
    while (r->main || r->prev)
        r = r->prev ? r->prev : r->main;
    return r;
}

const mtls_carried_t *mtls_carried_of(const request_rec *r)
{
    static const mtls_carried_t nothing;
    const mtls_request_t *record = mtls_request_of(mtls_carried_first(r));

    return record && record->carried ? record->carried : &nothing;
}
