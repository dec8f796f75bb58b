/*
 * httpd/commands.c - httpd's command table, and the one function behind all of it.
 *
 * A mistake does not stop the reading: it is kept with its file and line, so that
 * check.c can report every one of them in a single run.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <http_core.h>

#include "mtls/httpd/config.h"

static const char *absolute_path(void *baton, const char *path)
{
    return ap_server_root_relative(baton, path);
}

/* Remember the section a setting stands in; one entry for each, however many directives it has. */
static void note_place(mtls_server_t *server, const cmd_parms *cmd, mtls_settings_t *settings)
{
    mtls_place_t *place;
    int i;

    for (i = server->places->nelts - 1; i >= 0; i--) {
        if (APR_ARRAY_IDX(server->places, i, mtls_place_t).settings == settings)
            return;
    }
    place = apr_array_push(server->places);
    place->settings = settings;
    place->section = cmd->path ? cmd->directive->parent : NULL;
    place->path = cmd->path;
}

static void note_settings(const cmd_parms *cmd, mtls_settings_t *settings,
                          const mtls_accept_t *accept_before)
{
    mtls_server_t *server = mtls_config_server(cmd->server);

    note_place(server, cmd, settings);
    if (settings->accept != accept_before)
        APR_ARRAY_PUSH(server->accepts, mtls_accept_t *) = settings->accept;
    if (settings->verify > MTLS_VERIFY_NONE || settings->ask > MTLS_ASK_NEVER)
        server->looked_after = true;
}

/* Where a directive may not stand, for those httpd's own context check cannot tell apart.  httpd
 * applies what stands in <Limit> to every method. */
static const char *check_where(cmd_parms *cmd, const mtls_directive_t *directive)
{
    const mtls_server_t *server = mtls_config_server(cmd->server);
    const char *error = ap_check_cmd_context(cmd, NOT_IN_LIMIT);

    if (error)
        return error;
    if (directive->where & MTLS_WHERE_PROFILE)
        return server->open_spec
                   ? NULL
                   : apr_psprintf(cmd->pool, "%s belongs inside <MTLSTrust name>", directive->name);
    if (server->open_spec)
        return apr_psprintf(cmd->pool, "%s does not belong inside <MTLSTrust>", directive->name);
    if ((directive->where & MTLS_WHERE_GLOBAL) && cmd->server->is_virtual)
        return apr_psprintf(cmd->pool, "%s belongs outside every <VirtualHost>", directive->name);
    return NULL;
}

static const char *set_directive(cmd_parms *cmd, void *place, int argc, char *const argv[])
{
    const mtls_directive_t *directive = cmd->cmd->cmd_data;
    mtls_server_t *server = mtls_config_server(cmd->server);
    mtls_parse_t parse = {mtls_config_origin(cmd->directive), cmd->pool, absolute_path, cmd->pool};
    const char *error = check_where(cmd, directive);
    mtls_settings_t *settings = place;
    const mtls_accept_t *accept_before = settings->accept;
    void *target = directive->where & MTLS_WHERE_PROFILE ? (void *)server->open_spec : place;
    const char *in_htaccess = ap_check_cmd_context(cmd, NOT_IN_HTACCESS);

    /* AllowOverrideList lets any directive of a <Directory> through; httpd answers 500 */
    if (in_htaccess)
        return in_htaccess;
    if (!error)
        error = mtls_directive_apply(directive, target, argc, (const char *const *)argv, &parse);
    if (error)
        mtls_faults_add(server->faults, parse.at, "%s", error);
    else if (target == place)
        note_settings(cmd, settings, accept_before);
    return NULL;
}

/* The name between "<MTLSTrust" and ">". */
static const char *section_name(apr_pool_t *pool, const char *args)
{
    const char *end = ap_strrchr_c(args, '>');

    if (!end)
        return NULL;
    args = apr_pstrndup(pool, args, (apr_size_t)(end - args));
    return ap_getword_conf(pool, &args);
}

static const char *open_trust(cmd_parms *cmd, void *place, const char *args)
{
    mtls_server_t *server = mtls_config_server(cmd->server);
    mtls_origin_t at = mtls_config_origin(cmd->directive);
    const char *name = section_name(cmd->pool, args);
    const char *error = ap_check_cmd_context(cmd, NOT_IN_DIR_CONTEXT);

    (void)place;
    if (error)
        return error;
    if (!name)
        return "<MTLSTrust name> lacks its closing '>'";
    error = mtls_profile_name_check(name, cmd->pool);
    if (error)
        mtls_faults_add(server->faults, at, "%s", error);
    server->open_spec = mtls_profile_spec_make(name, at, cmd->pool);
    APR_ARRAY_PUSH(server->specs, mtls_profile_spec_t *) = server->open_spec;
    error = ap_walk_config(cmd->directive->first_child, cmd, cmd->context);
    server->open_spec = NULL;
    return error;
}

/* clang-format off */
#define CONTEXT(where) ((where) & MTLS_WHERE_LOCATION ? RSRC_CONF | ACCESS_CONF : RSRC_CONF)
/* clang-format on */

const command_rec mtls_commands[] = {
    AP_INIT_RAW_ARGS("<MTLSTrust", open_trust, NULL, RSRC_CONF,
                     "a named trust profile: CAs, pins and path policy"),
#define MTLS_DIRECTIVE(id, name, where, min, max, dflt, help)                                      \
    AP_INIT_TAKE_ARGV(name, set_directive, (void *)&mtls_directives[MTLS_DIRECTIVE_##id],          \
                      CONTEXT(where), help),
#include "mtls/policy/directives.def"
#undef MTLS_DIRECTIVE
    {.name = NULL}};
