/* httpd/modssl_config.c - see mtls/httpd/modssl_config.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/modssl_config.h"

#include "mtls/httpd/conf_walk.h"

/* What the walk over the tree needs. */
typedef struct {
    mtls_faults_t *faults;
    apr_pool_t *scratch;
} findings_t;

static void note_modssl_asks(const mtls_conf_step_t *step)
{
    server_rec *s;

    mtls_config_server(step->host)->modssl_asks = true;
    for (s = step->main->next; s && step->host == step->main; s = s->next)
        mtls_config_server(s)->modssl_asks = true;
}

static bool asks(const ap_directive_t *verify_client)
{
    return strcasecmp(verify_client->args, "none") != 0;
}

static void check_verify_client(const findings_t *findings, const mtls_conf_step_t *step)
{
    const ap_directive_t *node = step->node;
    const mtls_place_t *place = mtls_conf_section(step) ? mtls_conf_place(step) : NULL;

    if (!mtls_conf_section(step))
        mtls_config_server(step->host)->modssl_verify = node;
    if (!asks(node))
        return;
    note_modssl_asks(step);
    if (place && place->settings->verify > MTLS_VERIFY_NONE)
        mtls_faults_add(findings->faults, *place->settings->verify_at,
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

static bool looked_after(const mtls_conf_step_t *step)
{
    const server_rec *s;

    if (mtls_config_server(step->host)->looked_after)
        return true;
    for (s = step->main->next; s && step->host == step->main; s = s->next) {
        if (mtls_config_server(s)->looked_after)
            return true;
    }
    return false;
}

static void check_believes_certificate(const findings_t *findings, const mtls_conf_step_t *step,
                                       const char *what, const char *instead)
{
    if (looked_after(step))
        mtls_faults_add(findings->faults, mtls_config_origin(step->node),
                        "%s believes a certificate that mod_ssl may not have verified, on a host "
                        "where mod_mtls asks for certificates; %s, or move it to a host without "
                        "MTLSVerifyClient",
                        what, instead);
}

/* SSLOptions takes words with an optional sign; "-FakeBasicAuth" switches it off. */
static bool has_fake_basic_auth(const findings_t *findings, const char *args)
{
    while (*args) {
        const char *word = ap_getword_conf(findings->scratch, &args);

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

static void visit(void *baton, const mtls_conf_step_t *step)
{
    const findings_t *findings = baton;
    const char *args = step->node->args;

    if (mtls_conf_is(step, "SSLVerifyClient"))
        check_verify_client(findings, step);
    else if (mtls_conf_is(step, "SSLUserName"))
        check_believes_certificate(findings, step, "SSLUserName", "say MTLSUser instead");
    else if (mtls_conf_is(step, "SSLRequire") && strstr(args, "SSL_CLIENT_"))
        check_believes_certificate(findings, step, "SSLRequire with SSL_CLIENT_ variables",
                                   "say Require mtls-... instead");
    else if (mtls_conf_is(step, "Require") && names_unverified(args))
        check_believes_certificate(findings, step,
                                   "Require with SSL_CLIENT_ variables but not SSL_CLIENT_VERIFY",
                                   "say Require mtls-... instead");
    else if (mtls_conf_is(step, "SSLOptions") && has_fake_basic_auth(findings, args))
        check_believes_certificate(findings, step, "SSLOptions +FakeBasicAuth",
                                   "say MTLSFakeBasicAuth on instead");
}

void mtls_modssl_check(server_rec *main, mtls_faults_t *faults, apr_pool_t *scratch)
{
    findings_t findings = {faults, scratch};
    const server_rec *s;

    mtls_conf_walk(main, visit, &findings);
    for (s = main; s; s = s->next)
        check_host(main, s, faults);
}
