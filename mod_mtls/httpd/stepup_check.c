/* httpd/stepup_check.c - see mtls/httpd/stepup_check.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/stepup_check.h"

#include <apr_strings.h>
#include <stdlib.h>

#include "mtls/httpd/coalescing.h"
#include "mtls/httpd/conf_walk.h"
#include "mtls/httpd/own_origin.h"
#include "mtls/httpd/shown_ticket.h"
#include "mtls/httpd/stepup_places.h"
#include "mtls/policy/site.h"
#include "mtls/trust/material.h"

/* A label to try a wildcard with. */
#define SAMPLE_LABEL "0123456789abcdef"

/* What the checks share. */
typedef struct {
    server_rec *main;
    mtls_faults_t *faults;
    apr_pool_t *scratch;
} checks_t;

static const char *sample_name(const mtls_stepup_address_t *address, apr_pool_t *pool)
{
    return address->wildcard ? apr_pstrcat(pool, SAMPLE_LABEL ".", address->host, NULL)
                             : address->host;
}

/* @return the host that an address leads to, endpoint or not; NULL: none of this server's. */
static const server_rec *find_host(const checks_t *checks, const mtls_stepup_address_t *address,
                                   bool endpoint)
{
    const char *name = sample_name(address, checks->scratch);
    const server_rec *s;

    for (s = checks->main->next; s; s = s->next) {
        if (mtls_config_is_endpoint(s) == endpoint && mtls_own_origin_has_port(s, address->port) &&
            mtls_own_origin_is_name(s, name))
            return s;
    }
    return NULL;
}

/* httpd gives a request to the first host of its address that has the name.  Hosts are listed from
 * the last one to the first. */
static const server_rec *find_shadow(const checks_t *checks, const server_rec *endpoint,
                                     const mtls_stepup_address_t *address)
{
    const char *name = sample_name(address, checks->scratch);
    const server_rec *s, *first = NULL;

    for (s = endpoint->next; s; s = s->next) {
        if (mtls_own_origin_is_name(s, name) && mtls_coalescing_is_same_address(s, endpoint))
            first = s;
    }
    return first;
}

static void check_shadow(const checks_t *checks, const server_rec *endpoint,
                         const mtls_stepup_address_t *address)
{
    const server_rec *shadow = find_shadow(checks, endpoint, address);

    if (shadow)
        mtls_faults_add(
            checks->faults, address->at,
            "MTLSStepUpURL: the host at %s:%u has the name of '%s' too and comes first; "
            "move the endpoint before it, or give it another name or port",
            shadow->defn_name ? shadow->defn_name : "httpd", shadow->defn_line_number,
            address->text);
}

static void tell_no_endpoint(const checks_t *checks, const mtls_stepup_address_t *address)
{
    const server_rec *other = find_host(checks, address, false);

    if (other)
        mtls_faults_add(
            checks->faults, address->at,
            "MTLSStepUpURL: the host at %s:%u that serves '%s' lacks MTLSStepUpEndpoint "
            "on; add it there",
            other->defn_name ? other->defn_name : "httpd", other->defn_line_number, address->text);
    else
        mtls_faults_add(checks->faults, address->at,
                        "MTLSStepUpURL: no <VirtualHost> of this server serves '%s'; add one with "
                        "MTLSStepUpEndpoint on, or write 'external' behind it when another server "
                        "does",
                        address->text);
}

static void warn_of_aliases(const checks_t *checks, const server_rec *s,
                            const mtls_stepup_address_t *address)
{
    int i;

    for (i = 0; s->names && i < s->names->nelts; i++) {
        const char *alias = APR_ARRAY_IDX(s->names, i, const char *);

        if (!mtls_site_is_same(alias, address->host))
            mtls_faults_warn(
                checks->faults, address->at,
                "MTLSStepUpURL: '%s' is of another site than the ServerAlias '%s', whose "
                "visitors cannot come back from there; redirect them to '%s' first",
                address->host, alias, s->server_hostname);
    }
}

/* Browsers bring a cookie with SameSite=Lax along with a form only within its site. */
static void check_site(const checks_t *checks, const server_rec *s,
                       const mtls_stepup_address_t *address)
{
    if (!mtls_conf_args(checks->main, s, "ServerName")) {
        mtls_faults_add(
            checks->faults, address->at,
            "MTLSStepUpURL: the host at %s:%u, which sends browsers there, has no name; "
            "say ServerName in it",
            s->defn_name ? s->defn_name : "httpd", s->defn_line_number);
        return;
    }
    warn_of_aliases(checks, s, address);
    if (!mtls_site_is_same(s->server_hostname, address->host))
        mtls_faults_add(checks->faults, address->at,
                        "MTLSStepUpURL: '%s' is of another site than '%s', so that browsers would "
                        "not bring its cookies back; use a name below the same domain, or the same "
                        "name with another port",
                        address->host, s->server_hostname);
}

/* Browsers name no host by SNI when it is an address (RFC 6066 section 3), so that nobody can tell
 * for which host they were asked. */
static void check_name(const checks_t *checks, const mtls_stepup_address_t *address)
{
    apr_ipsubnet_t *subnet;

    if (apr_ipsubnet_create(&subnet, address->host, NULL, checks->scratch) == APR_SUCCESS)
        mtls_faults_add(checks->faults, address->at,
                        "MTLSStepUpURL: '%s' is an address; use a DNS name, which browsers tell in "
                        "the handshake",
                        address->host);
}

/* Nobody is sent from a host without it, whatever that inherits. */
static bool has_tls(const checks_t *checks, const server_rec *s)
{
    const char *engine = mtls_conf_args(checks->main, s, "SSLEngine");

    return engine && strcasecmp(engine, "off") != 0;
}

static void check_sender(const checks_t *checks, server_rec *s)
{
    const mtls_stepup_address_t *address = mtls_config_host(s)->stepup_address;
    const server_rec *endpoint = find_host(checks, address, true);

    mtls_config_server(s)->sends_to = endpoint;
    if (!endpoint && !address->external)
        tell_no_endpoint(checks, address);
    check_name(checks, address);
    check_site(checks, s, address);
    mtls_stepup_places_check(checks->main, s, endpoint, checks->faults, checks->scratch);
    if (!endpoint)
        return;
    check_shadow(checks, endpoint, address);
    mtls_coalescing_check(checks->main, s, endpoint, checks->faults, checks->scratch);
}

/* What tells mod_ssl to ask ends in an alert where a page was meant. */
static void check_modssl(const checks_t *checks, const server_rec *s)
{
    const mtls_settings_t *host = mtls_config_host(s);
    const char *engine = mtls_conf_args(checks->main, s, "SSLEngine");
    const char *verify = mtls_conf_args(checks->main, s, "SSLVerifyClient");

    if (!engine || strcasecmp(engine, "on") != 0)
        mtls_faults_add(
            checks->faults, *host->endpoint_at,
            "MTLSStepUpEndpoint: certificates are shown over TLS; say SSLEngine on here");
    if (verify && strcasecmp(verify, "none") != 0)
        mtls_faults_add(checks->faults, *host->endpoint_at,
                        "MTLSStepUpEndpoint: SSLVerifyClient %s asks for a certificate too, and "
                        "refuses it with an alert; say SSLVerifyClient none here",
                        verify);
}

/* Hosts that send their browsers to @a endpoint. */
static int count_senders(const checks_t *checks, const server_rec *endpoint)
{
    const server_rec *s;
    int count = 0;

    for (s = checks->main; s; s = s->next)
        count += mtls_config_sends(s) &&
                 find_host(checks, mtls_config_host(s)->stepup_address, true) == endpoint;
    return count;
}

static void check_endpoint(const checks_t *checks, const server_rec *s)
{
    const mtls_settings_t *host = mtls_config_host(s);

    if (s == checks->main)
        mtls_faults_add(
            checks->faults, *host->endpoint_at,
            "MTLSStepUpEndpoint: belongs inside the <VirtualHost> that is the endpoint, "
            "which serves nothing else");
    else if (!host->accept)
        mtls_faults_add(checks->faults, *host->endpoint_at,
                        "MTLSStepUpEndpoint: needs to know whose certificates are accepted; add "
                        "MTLSAccept with all profiles that browsers are sent here for");
    check_modssl(checks, s);
    if (!host->stepup_origins && count_senders(checks, s) == 0)
        mtls_faults_warn(checks->faults, *host->endpoint_at,
                         "MTLSStepUpEndpoint: no host of this server sends browsers here by "
                         "MTLSStepUpURL, and MTLSStepUpOrigin names no other");
}

/* Whoever else has to read what this server seals needs its keys. */
static void check_keys(const mtls_shared_t *shared, const checks_t *checks, bool external)
{
    const mtls_settings_t *host = mtls_config_host(checks->main);
    mtls_origin_t at = mtls_conf_origin(checks->main, external ? "MTLSStepUpURL" : "MTLSCache");

    if (host->ticket_key_file)
        return;
    if (external || (shared->cache && mtls_cache_is_of_many(shared->cache)))
        mtls_faults_warn(checks->faults, at,
                         "MTLSTicketKeyFile: without it no other server can read the tickets of "
                         "this one, and all are lost when this one is started anew");
}

/* mod_ssl writes the secrets of all its connections there (S-26). */
static void check_key_log(const checks_t *checks)
{
    const char *path = getenv("SSLKEYLOGFILE");

    if (path && *path)
        mtls_faults_warn(
            checks->faults, mtls_conf_origin(checks->main, "MTLSStepUpEndpoint"),
            "SSLKEYLOGFILE is in the environment: whoever reads '%s' can read tickets, "
            "and what is protected by them; start httpd without it",
            path);
}

static void read_texts(mtls_languages_t *languages, const mtls_text_file_t *file,
                       const checks_t *checks, apr_pool_t *pconf)
{
    mtls_material_use_t use = {
        .directive = "MTLSTextFile", .at = file->at, .max = MTLS_TEXTS_MAX_FILE};
    mtls_origin_t at = {.file = file->path};
    mtls_bytes_t text;

    if (mtls_material_load(&text, file->path, use, checks->faults, checks->scratch) == APR_SUCCESS)
        mtls_languages_add(languages, file->tag, text, at, checks->faults, pconf);
}

static mtls_languages_t *make_languages(const checks_t *checks, apr_pool_t *pconf)
{
    const apr_array_header_t *files = mtls_config_host(checks->main)->text_files;
    mtls_languages_t *languages = mtls_languages_make(pconf);
    int i;

    for (i = 0; files && i < files->nelts; i++)
        read_texts(languages, &APR_ARRAY_IDX(files, i, mtls_text_file_t), checks, pconf);
    return languages;
}

/* What stands in the main server holds in all hosts. */
static bool has_no_address(const checks_t *checks, const server_rec *s)
{
    const server_rec *host;

    for (host = checks->main->next; s == checks->main && host; host = host->next) {
        if (mtls_config_host(host)->stepup_address)
            return false;
    }
    return true;
}

/* A place that says so has to have somewhere to send to. */
static void check_orders(const checks_t *checks, const server_rec *s)
{
    const apr_array_header_t *places = mtls_config_server(s)->places;
    int i;

    for (i = 0; !mtls_config_host(s)->stepup_address && i < places->nelts; i++) {
        const mtls_settings_t *place = APR_ARRAY_IDX(places, i, mtls_place_t).settings;

        if (place->order.set && mtls_stepup_redirects(&place->order) && has_no_address(checks, s))
            mtls_faults_add(checks->faults, *place->order_at,
                            "MTLSStepUp: nobody can be redirected without MTLSStepUpURL for this "
                            "host; add it");
    }
}

void mtls_stepup_check(mtls_shared_t *shared, server_rec *main, mtls_faults_t *faults,
                       apr_pool_t *pconf, apr_pool_t *scratch)
{
    const checks_t checks = {main, faults, scratch};
    bool external = false;
    server_rec *s;

    shared->languages = make_languages(&checks, pconf);
    shared->redirects = mtls_config_redirects(main);
    for (s = main; s; s = s->next) {
        check_orders(&checks, s);
        if (mtls_config_is_endpoint(s))
            check_endpoint(&checks, s);
        if (!mtls_config_sends(s) || !has_tls(&checks, s))
            continue;
        check_sender(&checks, s);
        external = external || mtls_config_host(s)->stepup_address->external;
    }
    if (!shared->redirects)
        return;
    if (mtls_config_host(main)->cache && strcmp(mtls_config_host(main)->cache, MTLS_CACHE_OFF) == 0)
        mtls_faults_add(
            faults, mtls_conf_origin(main, "MTLSCache"),
            "MTLSCache: step-up by redirect keeps certificates in it; leave \"off\" out");
    check_keys(shared, &checks, external);
    check_key_log(&checks);
}
