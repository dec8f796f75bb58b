/* httpd/authz.c - see mtls/httpd/authz.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/authz.h"

#include <ap_provider.h>
#include <apr_strings.h>
#include <http_request.h>
#include <mod_auth.h>

#include "mtls/httpd/authn.h"
#include "mtls/httpd/config.h"
#include "mtls/httpd/told.h"
#include "mtls/policy/require.h"

/* What becomes of a provider's "granted" around it. */
typedef enum {
    PLAIN = 0, /* it lets in */
    NEGATED,   /* it keeps out: "Require not", <RequireNone> */
    EITHER     /* the line of an <AuthzProviderAlias>, which may be used both ways */
} polarity_t;

/* One Require line. */
typedef struct {
    const mtls_require_t *require;
    polarity_t polarity;
    const char *text; /* as it was written */
} line_t;

static bool is_section(const ap_directive_t *node, const char *name)
{
    return strncasecmp(node->directive, name, strlen(name)) == 0;
}

/* Two negations are none. */
static polarity_t polarity_of(const ap_directive_t *node, apr_pool_t *pool)
{
    const char *args = node->args;
    bool negated = strcasecmp(ap_getword_conf(pool, &args), "not") == 0; /* as httpd reads it */

    for (; node; node = node->parent) {
        if (is_section(node, "<AuthzProviderAlias"))
            return EITHER;
        if (is_section(node, "<RequireNone"))
            negated = !negated;
    }
    return negated ? NEGATED : PLAIN;
}

/* httpd makes a host's record at its first directive of ours, and Require is none. */
static mtls_server_t *server_of(const cmd_parms *cmd)
{
    mtls_server_t *server = mtls_config_server(cmd->server);

    if (!server) {
        server = mtls_config_make_server(cmd->pool, cmd->server);
        ap_set_module_config(cmd->server->module_config, &mtls_module, server);
    }
    return server;
}

static void keep_for_check(const cmd_parms *cmd, const mtls_require_t *require, const char *error)
{
    mtls_server_t *server = server_of(cmd);
    mtls_require_line_t *line;

    if (error) {
        mtls_faults_add(server->faults, mtls_config_origin(cmd->directive), "%s", error);
        return;
    }
    line = apr_array_push(server->requires);
    line->require = require;
    line->at = mtls_config_origin(cmd->directive);
}

/* A mistake in the configuration is kept for check.c like those of directives; one in .htaccess,
 * which is read while requests run, is httpd's to report. */
static const char *parse(cmd_parms *cmd, mtls_require_kind_t kind, const char *args,
                         const void **parsed)
{
    line_t *line = apr_palloc(cmd->pool, sizeof(*line));
    const char *error = mtls_require_parse(&line->require, kind, args, cmd->pool);

    line->polarity = polarity_of(cmd->directive, cmd->pool);
    line->text = apr_pstrcat(cmd->pool, cmd->directive->directive, " ", cmd->directive->args, NULL);
    *parsed = line;
    if (ap_check_cmd_context(cmd, NOT_IN_HTACCESS))
        return error;
    keep_for_check(cmd, line->require, error);
    return NULL;
}

static const char *parse_valid(cmd_parms *cmd, const char *args, const void **parsed)
{
    return parse(cmd, MTLS_REQUIRE_VALID, args, parsed);
}

static const char *parse_trust(cmd_parms *cmd, const char *args, const void **parsed)
{
    return parse(cmd, MTLS_REQUIRE_TRUST, args, parsed);
}

static const char *parse_proof(cmd_parms *cmd, const char *args, const void **parsed)
{
    return parse(cmd, MTLS_REQUIRE_PROOF, args, parsed);
}

static const char *parse_fingerprint(cmd_parms *cmd, const char *args, const void **parsed)
{
    return parse(cmd, MTLS_REQUIRE_FINGERPRINT, args, parsed);
}

static const char *parse_group(cmd_parms *cmd, const char *args, const void **parsed)
{
    return parse(cmd, MTLS_REQUIRE_GROUP, args, parsed);
}

static const char *parse_issuer(cmd_parms *cmd, const char *args, const void **parsed)
{
    return parse(cmd, MTLS_REQUIRE_ISSUER, args, parsed);
}

static const char *parse_subject(cmd_parms *cmd, const char *args, const void **parsed)
{
    return parse(cmd, MTLS_REQUIRE_SUBJECT, args, parsed);
}

static const char *parse_san(cmd_parms *cmd, const char *args, const void **parsed)
{
    return parse(cmd, MTLS_REQUIRE_SAN, args, parsed);
}

static const char *parse_eku(cmd_parms *cmd, const char *args, const void **parsed)
{
    return parse(cmd, MTLS_REQUIRE_EKU, args, parsed);
}

static const char *parse_policy(cmd_parms *cmd, const char *args, const void **parsed)
{
    return parse(cmd, MTLS_REQUIRE_POLICY, args, parsed);
}

static const char *parse_attr(cmd_parms *cmd, const char *args, const void **parsed)
{
    return parse(cmd, MTLS_REQUIRE_ATTR, args, parsed);
}

/* What cannot be known keeps out, on both sides of a "not". */
static authz_status keep_out(polarity_t polarity)
{
    switch (polarity) {
    case PLAIN:
        return AUTHZ_DENIED;
    case NEGATED:
        return AUTHZ_GRANTED;
    case EITHER:
        break;
    }
    return AUTHZ_GENERAL_ERROR;
}

/* What is granted is granted once the user is known.  Whether a line of an alias grants by what it
 * says now, only httpd knows. */
static authz_status let_in(request_rec *r, polarity_t polarity)
{
    if (polarity == NEGATED || !mtls_authn_is_due(r))
        return AUTHZ_GRANTED;
    if (polarity == PLAIN)
        return AUTHZ_DENIED_NO_USER;
    mtls_decision_want_user(r);
    return AUTHZ_GRANTED;
}

/* A preflight that is handed on is nobody's: lines about a certificate are left to the request that
 * it asks for.  "No user" is no "granted" to httpd, and no "denied" in a negation. */
static authz_status leave_out(polarity_t polarity)
{
    switch (polarity) {
    case PLAIN:
        return AUTHZ_GRANTED;
    case NEGATED:
        return AUTHZ_DENIED;
    case EITHER:
        break;
    }
    return AUTHZ_DENIED_NO_USER;
}

static authz_status check(request_rec *r, const char *args, const void *parsed)
{
    const mtls_decision_t *decision = mtls_decision_of(r);
    const line_t *line = parsed;
    mtls_match_t match;

    (void)args;
    if (!decision)
        return AUTHZ_DENIED;
    if (decision->preflight)
        return leave_out(line->polarity);
    match = mtls_require_check(line->require, &decision->told, apr_time_now(), r->pool);
    if (line->polarity == NEGATED ? match != MTLS_MATCH_NO : match != MTLS_MATCH_YES)
        mtls_decision_note_unmet(r, mtls_require_reason(line->require, &decision->told),
                                 line->text);
    switch (match) {
    case MTLS_MATCH_YES:
        return let_in(r, line->polarity);
    case MTLS_MATCH_NO:
        return AUTHZ_DENIED;
    case MTLS_MATCH_UNKNOWN:
        break;
    }
    return keep_out(line->polarity);
}

void mtls_authz_register(apr_pool_t *pool)
{
    static const authz_provider providers[MTLS_REQUIRE_KINDS] = {
        [MTLS_REQUIRE_VALID] = {check, parse_valid},
        [MTLS_REQUIRE_TRUST] = {check, parse_trust},
        [MTLS_REQUIRE_PROOF] = {check, parse_proof},
        [MTLS_REQUIRE_FINGERPRINT] = {check, parse_fingerprint},
        [MTLS_REQUIRE_GROUP] = {check, parse_group},
        [MTLS_REQUIRE_ISSUER] = {check, parse_issuer},
        [MTLS_REQUIRE_SUBJECT] = {check, parse_subject},
        [MTLS_REQUIRE_SAN] = {check, parse_san},
        [MTLS_REQUIRE_EKU] = {check, parse_eku},
        [MTLS_REQUIRE_POLICY] = {check, parse_policy},
        [MTLS_REQUIRE_ATTR] = {check, parse_attr},
    };
    int kind;

    for (kind = 0; kind < MTLS_REQUIRE_KINDS; kind++)
        ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, mtls_require_word(kind),
                                  AUTHZ_PROVIDER_VERSION, &providers[kind],
                                  AP_AUTH_INTERNAL_PER_CONF);
}
