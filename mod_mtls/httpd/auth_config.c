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

static bool has_groups(const mtls_settings_t *settings)
{
    int i;

    for (i = 0; settings->sources && i < settings->sources->sources->nelts; i++) {
        if (APR_ARRAY_IDX(settings->sources->sources, i, mtls_source_t).kind != MTLS_SOURCE_USER)
            return true;
    }
    return false;
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

/* @return the provider of a Require line that asks for what only sources know, or NULL. */
static const char *provider_of(const findings_t *findings, const mtls_conf_step_t *step)
{
    const char *args = step->node->args, *word;

    if (!mtls_conf_is(step, "Require"))
        return NULL;
    word = ap_getword_conf(findings->scratch, &args);
    if (strcasecmp(word, "not") == 0)
        word = ap_getword_conf(findings->scratch, &args);
    return strcmp(word, mtls_require_word(MTLS_REQUIRE_GROUP)) == 0 ||
                   strcmp(word, mtls_require_word(MTLS_REQUIRE_ATTR)) == 0
               ? word
               : NULL;
}

/* <RequireAll> and its like apply to no requests of their own. */
static mtls_conf_step_t out_of_containers(const mtls_conf_step_t *step)
{
    mtls_conf_step_t outer = *step;

    while (outer.node->parent &&
           strncasecmp(outer.node->parent->directive, "<Require", sizeof("<Require") - 1) == 0)
        outer.node = outer.node->parent;
    return outer;
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

static void visit_login(const findings_t *findings, const mtls_conf_step_t *step)
{
    mtls_place_t place = place_of(findings, step);

    if (!mtls_place_has(step->main, step->host, &place, has_sources))
        mtls_faults_warn(findings->faults, mtls_config_origin(step->node),
                         "AuthType mtls: nothing here or around says who the user of a certificate "
                         "is, so that nobody can get in; add MTLSUser or MTLSMap");
    if (!mtls_place_has(step->main, step->host, &place, asks))
        mtls_faults_warn(findings->faults, mtls_config_origin(step->node),
                         "AuthType mtls: nothing here or around asks for a certificate, so that "
                         "nobody can get in; add MTLSVerifyClient require");
}

static void visit_requirement(const findings_t *findings, const mtls_conf_step_t *step,
                              const char *provider)
{
    mtls_conf_step_t outer = out_of_containers(step);
    mtls_place_t place = place_of(findings, &outer);

    if (!mtls_place_has(step->main, step->host, &place, has_groups))
        mtls_faults_warn(findings->faults, mtls_config_origin(step->node),
                         "Require %s: nothing here or around says what groups and attributes the "
                         "user of a certificate has, so that it is met by nobody; add MTLSMap",
                         provider);
}

static void visit(void *baton, const mtls_conf_step_t *step)
{
    const findings_t *findings = baton;
    const char *provider = provider_of(findings, step);

    if (is_ours(findings, step))
        visit_login(findings, step);
    else if (provider)
        visit_requirement(findings, step, provider);
}

void mtls_auth_check(server_rec *main, mtls_faults_t *faults, apr_pool_t *scratch)
{
    findings_t findings = {faults, scratch};

    mtls_conf_walk(main, visit, &findings);
}
