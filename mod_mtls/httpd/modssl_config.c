/* httpd/modssl_config.c - see mtls/httpd/modssl_config.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/modssl_config.h"

/* State of one walk over the tree. */
typedef struct {
    server_rec *main;
    server_rec *host; /* the host whose section the walk is in */
    mtls_faults_t *faults;
    apr_pool_t *scratch;
} walk_t;

static bool is_directive(const ap_directive_t *node, const char *name)
{
    return strcasecmp(node->directive, name) == 0;
}

/* httpd records where each host was defined: the line of its <VirtualHost>. */
static server_rec *find_host(server_rec *main, const ap_directive_t *section)
{
    server_rec *s;

    for (s = main->next; s; s = s->next) {
        if (s->defn_line_number == (unsigned)section->line_num && s->defn_name &&
            strcmp(s->defn_name, section->filename) == 0)
            return s;
    }
    return main;
}

/* The section node stands in, NULL for the host itself; containers without scope are looked
 * through. */
static const ap_directive_t *section_of(const ap_directive_t *node)
{
    const ap_directive_t *up = node->parent;

    return up && strncasecmp(up->directive, "<VirtualHost", 12) == 0 ? NULL : up;
}

static const mtls_settings_t *settings_at(const walk_t *walk, const ap_directive_t *node)
{
    const mtls_server_t *server = mtls_config_server(walk->host);
    const ap_directive_t *section = section_of(node);
    int i;

    for (i = 0; i < server->places->nelts; i++) {
        const mtls_place_t *place = &APR_ARRAY_IDX(server->places, i, mtls_place_t);

        if (place->section == section)
            return place->settings;
    }
    return NULL;
}

static void note_modssl_asks(const walk_t *walk)
{
    server_rec *s;

    mtls_config_server(walk->host)->modssl_asks = true;
    for (s = walk->main->next; s && walk->host == walk->main; s = s->next)
        mtls_config_server(s)->modssl_asks = true;
}

static bool asks(const ap_directive_t *verify_client)
{
    return strcasecmp(verify_client->args, "none") != 0;
}

static void check_verify_client(const walk_t *walk, const ap_directive_t *node)
{
    const ap_directive_t *section = section_of(node);
    const mtls_settings_t *settings = section ? settings_at(walk, node) : NULL;

    if (!section)
        mtls_config_server(walk->host)->modssl_verify = node;
    if (!asks(node))
        return;
    note_modssl_asks(walk);
    if (settings && settings->verify > MTLS_VERIFY_NONE)
        mtls_faults_add(walk->faults, *settings->verify_at,
                        "MTLSVerifyClient: SSLVerifyClient %s at %s:%d asks for a certificate in "
                        "the same place; remove one of the two",
                        node->args, node->filename, node->line_num);
}

/* Both are inherited from the main server, so hosts are compared when all of them are known. */
static void check_host(const server_rec *main, const server_rec *s, mtls_faults_t *faults)
{
    const ap_directive_t *modssl = mtls_config_server(s)->modssl_verify;
    const mtls_settings_t *host = mtls_config_host(s);

    if (!modssl)
        modssl = mtls_config_server(main)->modssl_verify;
    if (!modssl || !asks(modssl))
        return;
    if (s != main && modssl == mtls_config_server(main)->modssl_verify &&
        host == mtls_config_host(main))
        return;
    if (host->verify > MTLS_VERIFY_NONE)
        mtls_faults_add(
            faults, *host->verify_at,
            "MTLSVerifyClient: SSLVerifyClient %s at %s:%d asks for a certificate in "
            "the same place; remove one of the two, or say SSLVerifyClient none in this "
            "host",
            modssl->args, modssl->filename, modssl->line_num);
    else if (host->ask > MTLS_ASK_NEVER)
        mtls_faults_add(faults, mtls_config_origin(modssl),
                        "SSLVerifyClient %s: MTLSAskInHandshake asks for a certificate in the same "
                        "place; remove one of the two",
                        modssl->args);
}

static bool looked_after(const walk_t *walk)
{
    const server_rec *s;

    if (mtls_config_server(walk->host)->looked_after)
        return true;
    for (s = walk->main->next; s && walk->host == walk->main; s = s->next) {
        if (mtls_config_server(s)->looked_after)
            return true;
    }
    return false;
}

static void check_believes_certificate(const walk_t *walk, const ap_directive_t *node,
                                       const char *what)
{
    if (looked_after(walk))
        mtls_faults_add(walk->faults, mtls_config_origin(node),
                        "%s believes a certificate that mod_ssl may not have verified, on a host "
                        "where mod_mtls asks for certificates; remove it, or move it to a host "
                        "without MTLSVerifyClient",
                        what);
}

/* SSLOptions takes words with an optional sign; "-FakeBasicAuth" switches it off. */
static bool has_fake_basic_auth(const walk_t *walk, const char *args)
{
    while (*args) {
        const char *word = ap_getword_conf(walk->scratch, &args);

        if (strcasecmp(*word == '+' ? word + 1 : word, "FakeBasicAuth") == 0)
            return true;
    }
    return false;
}

/* SSL_CLIENT_VERIFY tells the truth; the other variables are of whatever certificate was shown. */
static bool names_unverified(const char *args)
{
    return strstr(args, "SSL_CLIENT_") && !strstr(args, "SSL_CLIENT_VERIFY");
}

static void visit(const walk_t *walk, const ap_directive_t *node);

static void walk_tree(const walk_t *walk, const ap_directive_t *node)
{
    for (; node; node = node->next) {
        visit(walk, node);
        if (!node->first_child)
            continue;
        if (strncasecmp(node->directive, "<VirtualHost", 12) == 0) {
            walk_t inner = *walk;

            inner.host = find_host(walk->main, node);
            walk_tree(&inner, node->first_child);
        } else {
            walk_tree(walk, node->first_child);
        }
    }
}

static void visit(const walk_t *walk, const ap_directive_t *node)
{
    if (is_directive(node, "SSLVerifyClient"))
        check_verify_client(walk, node);
    else if (is_directive(node, "SSLUserName"))
        check_believes_certificate(walk, node, "SSLUserName");
    else if (is_directive(node, "SSLRequire") && strstr(node->args, "SSL_CLIENT_"))
        check_believes_certificate(walk, node, "SSLRequire with SSL_CLIENT_ variables");
    else if (is_directive(node, "Require") && names_unverified(node->args))
        check_believes_certificate(walk, node,
                                   "Require with SSL_CLIENT_ variables but not SSL_CLIENT_VERIFY");
    else if (is_directive(node, "SSLOptions") && has_fake_basic_auth(walk, node->args))
        check_believes_certificate(walk, node, "SSLOptions +FakeBasicAuth");
}

void mtls_modssl_check(server_rec *main, mtls_faults_t *faults, apr_pool_t *scratch)
{
    walk_t walk = {main, main, faults, scratch};
    const server_rec *s;

    walk_tree(&walk, ap_conftree);
    for (s = main; s; s = s->next)
        check_host(main, s, faults);
}
