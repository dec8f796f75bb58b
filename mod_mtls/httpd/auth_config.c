/* httpd/auth_config.c - see mtls/httpd/auth_config.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/auth_config.h"

#include <apr_strings.h>

#include "mtls/httpd/authn.h"
#include "mtls/httpd/conf_walk.h"
#include "mtls/httpd/place.h"

static bool has_sources(const mtls_settings_t *settings)
{
    return settings->sources != NULL;
}

static bool asks(const mtls_settings_t *settings)
{
    return settings->verify > MTLS_VERIFY_NONE;
}

/* What a walk over the tree needs. */
typedef struct {
    mtls_faults_t *faults;
    apr_pool_t *scratch;
} findings_t;

static bool is_ours(const findings_t *findings, const mtls_conf_step_t *step)
{
    const char *args = step->node->args;

    return mtls_conf_is(step, "AuthType") &&
           strcasecmp(ap_getword_conf(findings->scratch, &args), MTLS_AUTHN_TYPE) == 0;
}

/* The path of a section as httpd would give it to directives of ours; those of directories end with
 * a slash. */
static const char *path_of(const findings_t *findings, const ap_directive_t *section)
{
    const char *end = ap_strrchr_c(section->args, '>');
    const char *args =
        end ? apr_pstrmemdup(findings->scratch, section->args, (apr_size_t)(end - section->args))
            : section->args;
    const char *path = ap_getword_conf(findings->scratch, &args);

    if (strcasecmp(section->directive, "<Directory") != 0 || !*path ||
        path[strlen(path) - 1] == '/')
        return path;
    return apr_pstrcat(findings->scratch, path, "/", NULL);
}

/* The place the directive stands in, also when none of our directives does. */
static mtls_place_t place_of(const findings_t *findings, const mtls_conf_step_t *step)
{
    static mtls_settings_t nothing;
    const mtls_place_t *known = mtls_conf_place(step);
    mtls_place_t place = {.settings = &nothing, .section = mtls_conf_section(step)};

    if (known)
        return *known;
    if (place.section)
        place.path = path_of(findings, place.section);
    return place;
}

static void visit(void *baton, const mtls_conf_step_t *step)
{
    const findings_t *findings = baton;
    mtls_place_t place;

    if (!is_ours(findings, step))
        return;
    place = place_of(findings, step);
    if (!mtls_place_has(step->main, step->host, &place, has_sources))
        mtls_faults_warn(findings->faults, mtls_config_origin(step->node),
                         "AuthType mtls: nothing here or around says who the user of a certificate "
                         "is, so that nobody can get in; add MTLSUser or MTLSMap");
    if (!mtls_place_has(step->main, step->host, &place, asks))
        mtls_faults_warn(findings->faults, mtls_config_origin(step->node),
                         "AuthType mtls: nothing here or around asks for a certificate, so that "
                         "nobody can get in; add MTLSVerifyClient require");
}

void mtls_auth_check(server_rec *main, mtls_faults_t *faults, apr_pool_t *scratch)
{
    findings_t findings = {faults, scratch};

    mtls_conf_walk(main, visit, &findings);
}
