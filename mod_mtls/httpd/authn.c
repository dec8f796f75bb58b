/* httpd/authn.c - see mtls/httpd/authn.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/authn.h"

#include <apr_base64.h>
#include <apr_encode.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_request.h>

#include "mtls/cert/name_spec.h"
#include "mtls/httpd/config.h"
#include "mtls/httpd/env.h"
#include "mtls/httpd/refuse.h"
#include "mtls/httpd/told.h"

/* The password that mod_ssl's FakeBasicAuth has always sent. */
#define FAKE_PASSWORD   "password"
/* Longest subject that becomes a user name of FakeBasicAuth. */
#define MAX_FAKE_USER   1024
/* Longest credentials that are looked into; mod_auth_basic refuses the longer ones of no user. */
#define MAX_CREDENTIALS 8192

static bool is_type(const request_rec *r, const char *type)
{
    const char *configured = ap_auth_type((request_rec *)r);

    return configured && ap_cstr_casecmp(configured, type) == 0;
}

/* What the place's sources said of the accepted certificate; NULL: there is none, or nobody was
 * asked. */
static const mtls_principal_t *principal_of(const mtls_decision_t *decision)
{
    return decision && mtls_told_is_good(&decision->told) ? decision->told.principal : NULL;
}

/* Somebody who is known by groups or attributes alone. */
static bool is_nameless(const mtls_principal_t *principal)
{
    return principal && principal->reason == MTLS_REASON_GOOD && !principal->user;
}

bool mtls_authn_is_due(const request_rec *r)
{
    const mtls_principal_t *principal = principal_of(mtls_decision_of(r));

    if (r->user)
        return false;
    if (is_type(r, MTLS_AUTHN_TYPE))
        return !is_nameless(principal);
    return principal && principal->user && (is_type(r, "Basic") || is_type(r, "Digest"));
}

static int log_in(request_rec *r, const char *user)
{
    r->user = apr_pstrdup(r->pool, user);
    r->ap_auth_type = (char *)MTLS_AUTHN_TYPE;
    return OK;
}

/* Why there is no user. */
static mtls_reason_t reason_of(const mtls_decision_t *decision)
{
    const mtls_principal_t *principal = principal_of(decision);

    if (principal)
        return principal->reason == MTLS_REASON_GOOD ? MTLS_REASON_NO_RULE : principal->reason;
    if (!decision)
        return MTLS_REASON_NO_CERTIFICATE;
    return mtls_told_is_good(&decision->told) ? MTLS_REASON_NO_RULE : decision->told.reason;
}

static int refuse(request_rec *r, const mtls_decision_t *decision, mtls_reason_t reason)
{
    mtls_decision_t *own = mtls_decision_make(r);

    if (decision)
        *own = *decision;
    return mtls_refuse(r, own,
                       reason == MTLS_REASON_UNDECIDED ? MTLS_REASON_NO_CERTIFICATE : reason);
}

/* The name under which a certificate stands in the old password file. */
static const char *fake_user(request_rec *r, const mtls_decision_t *decision)
{
    const mtls_principal_t *principal = principal_of(decision);

    if (!decision || !mtls_told_is_good(&decision->told))
        return NULL;
    if (principal)
        return principal->user;
    return mtls_name_write_oneline(&decision->told.proof->identity->subject, MAX_FAKE_USER,
                                   r->pool);
}

/* Whether the name stands for that holder alone: mod_auth_basic cuts it at a colon. */
static bool is_usable(const mtls_decision_t *decision, const char *user)
{
    return !strchr(user, ':') &&
           (principal_of(decision) ||
            mtls_name_oneline_is_unique(&decision->told.proof->identity->subject));
}

/* Where mod_auth_basic and mod_auth_digest look. */
static const char *credentials_field(const request_rec *r)
{
    return r->proxyreq == PROXYREQ_PROXY ? "Proxy-Authorization" : "Authorization";
}

static void fake_credentials(request_rec *r, const char *user)
{
    const char *plain = apr_pstrcat(r->pool, user, ":" FAKE_PASSWORD, NULL);

    apr_table_setn(
        r->headers_in, credentials_field(r),
        apr_pstrcat(r->pool, "Basic ",
                    apr_pencode_base64(r->pool, plain, APR_ENCODE_STRING, APR_ENCODE_NONE, NULL),
                    NULL));
}

/* Whether a file of users may take it for our password: crypt(3) with DES, in which such files are
 * written, looks at seven bits of each of the first eight octets. */
static bool is_like_fake_password(const char *password)
{
    static const char fake[] = FAKE_PASSWORD;
    apr_size_t i;

    _Static_assert(sizeof(fake) - 1 == 8, "what crypt(3) looks at");
    for (i = 0; fake[i]; i++) {
        if ((password[i] & 0x7f) != fake[i])
            return false;
    }
    return true;
}

/* Whether the client itself sent the password that only we may give. */
static bool sends_fake_password(request_rec *r)
{
    const char *field = apr_table_get(r->headers_in, credentials_field(r));
    const char *plain, *colon;
    apr_size_t len;

    if (!field || ap_cstr_casecmpn(field, "Basic ", 6) != 0)
        return false;
    field += 6 + strspn(field + 6, " \t");
    if (strlen(field) > MAX_CREDENTIALS)
        return true;
    plain = apr_palloc(r->pool, (apr_size_t)apr_base64_decode_len(field) + 1);
    len = (apr_size_t)apr_base64_decode((char *)plain, field);
    ((char *)plain)[len] = '\0';
    colon = strchr(plain, ':');
    return !colon || is_like_fake_password(colon + 1);
}

/* mod_auth_basic looks the user up as it does those who type a password. */
static int check_fake(request_rec *r, const mtls_decision_t *decision)
{
    const char *user = fake_user(r, decision);

    if (user && is_usable(decision, user)) {
        fake_credentials(r, user);
        return DECLINED;
    }
    if (user)
        return refuse(r, decision, MTLS_REASON_USER_UNUSABLE);
    return sends_fake_password(r) ? refuse(r, decision, MTLS_REASON_NOT_AUTHORIZED) : DECLINED;
}

/* Whether a preflight is handed on whose request could have a user by its certificate alone. */
static bool is_excused(request_rec *r)
{
    const mtls_decision_t *decision = mtls_decision_of(r);
    const mtls_settings_t *place = mtls_config_place(r);

    if (!decision || !decision->preflight)
        return false;
    if (!ap_auth_type(r) || is_type(r, MTLS_AUTHN_TYPE))
        return true;
    return (is_type(r, "Basic") && place->fake_basic == MTLS_ON) ||
           (place->sources && (is_type(r, "Basic") || is_type(r, "Digest")));
}

int mtls_authn_check(request_rec *r)
{
    const mtls_decision_t *decision = mtls_decision_of(r);
    const mtls_principal_t *principal = principal_of(decision);
    bool basic = is_type(r, "Basic");

    if (is_excused(r)) {
        r->user = (char *)""; /* httpd takes nobody for a fault of ours; see mtls_authn_forbid() */
        return OK;
    }
    if (is_type(r, MTLS_AUTHN_TYPE))
        return principal && principal->user ? log_in(r, principal->user)
                                            : refuse(r, decision, reason_of(decision));
    if (!basic && !is_type(r, "Digest"))
        return DECLINED;
    if (basic && mtls_config_place(r)->fake_basic == MTLS_ON)
        return check_fake(r, decision);
    if (!principal || !principal->user) {
        if (decision) /* for the error document of a 401: why the certificate does not do */
            mtls_env_export(r, decision);
        return DECLINED;
    }
    /* nobody has looked at a password that was sent along, so nobody later may believe it */
    apr_table_unset(r->headers_in, credentials_field(r));
    return log_in(r, principal->user);
}

int mtls_authn_force(request_rec *r)
{
    const mtls_decision_t *decision = mtls_decision_own(r);

    return decision && decision->user_wanted ? OK : DECLINED;
}

static int ask_others(request_rec *r)
{
    const apr_array_header_t *hooks = ap_hook_get_auth_checker();
    int status = DECLINED;
    int i;

    for (i = 0; hooks && i < hooks->nelts && status == DECLINED; i++) {
        const ap_LINK_auth_checker_t *hook = &APR_ARRAY_IDX(hooks, i, ap_LINK_auth_checker_t);

        if (hook->pFunc != mtls_authn_forbid)
            status = hook->pFunc(r);
    }
    return status;
}

int mtls_authn_forbid(request_rec *r)
{
    const mtls_decision_t *decision = mtls_decision_of(r);
    int status;

    if (is_excused(r)) { /* httpd's rules have not denied it: they want a user */
        r->user = NULL;
        return OK;
    }
    if (!r->ap_auth_type || strcmp(r->ap_auth_type, MTLS_AUTHN_TYPE) != 0 || !decision)
        return DECLINED;
    status = ask_others(r);
    if (status != HTTP_UNAUTHORIZED)
        return status;
    apr_table_unset(r->err_headers_out, "WWW-Authenticate");
    apr_table_unset(r->err_headers_out, "Proxy-Authenticate");
    return refuse(r, decision, decision->unmet ? decision->unmet : MTLS_REASON_NOT_AUTHORIZED);
}
