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
#include "mtls/httpd/source_sql.h"

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

/* A statement must be known to mod_dbd before hosts are merged. */
static void prepare_query(const cmd_parms *cmd, mtls_sources_t *sources)
{
    mtls_source_t *newest =
        &APR_ARRAY_IDX(sources->sources, sources->sources->nelts - 1, mtls_source_t);
    const char *fault;

    if (newest->kind != MTLS_SOURCE_SQL || newest->label)
        return;
    fault = mtls_source_sql_prepare(cmd->server, newest, cmd->pool);
    if (fault)
        mtls_faults_add(mtls_config_server(cmd->server)->faults, newest->at, "%s: %s",
                        cmd->cmd->name, fault);
}

/* What of a place must be looked at again when all of the configuration has been read. */
static void note_settings(const cmd_parms *cmd, mtls_settings_t *settings,
                          const mtls_settings_t *before)
{
    mtls_server_t *server = mtls_config_server(cmd->server);

    note_place(server, cmd, settings);
    if (settings->accept != before->accept)
        APR_ARRAY_PUSH(server->accepts, mtls_accept_t *) = settings->accept;
    if (settings->sources != before->sources)
        APR_ARRAY_PUSH(server->sources, mtls_sources_t *) = settings->sources;
    if (settings->sources)
        prepare_query(cmd, settings->sources);
    if (settings->verify > MTLS_VERIFY_NONE || settings->ask > MTLS_ASK_NEVER ||
        settings->endpoint == MTLS_ON)
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
    const mtls_settings_t before = *(const mtls_settings_t *)place;
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
        note_settings(cmd, place, &before);
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
