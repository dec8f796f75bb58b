/* httpd/dump.c - see mtls/httpd/dump.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/dump.h"

#include <apr_file_io.h>
#include <http_core.h>

#include "mtls/httpd/config.h"
#include "mtls/policy/map_part.h"

/* Where to, and what may be allocated meanwhile. */
typedef struct {
    apr_file_t *out;
    apr_pool_t *pool;
} dump_t;

static void print_profiles(const dump_t *dump, const mtls_generation_t *generation)
{
    int i;

    for (i = 0; i < mtls_generation_count(generation); i++) {
        const mtls_profile_t *profile;
        const mtls_profile_counts_t *counts;

        if (mtls_generation_spec(generation, i)->kind != &mtls_profile_part_kind)
            continue;
        profile = mtls_generation_profile(generation, i);
        counts = mtls_profile_counts(profile);
        apr_file_printf(dump->out,
                        "trust profile %s: %d CAs, %d intermediates, %d pins, %d CA names, "
                        "%d CRLs with %" APR_SIZE_T_FMT " entries\n",
                        mtls_profile_name(profile), counts->anchors, counts->intermediates,
                        counts->pins, counts->ca_names, counts->crls, counts->crl_entries);
    }
}

static void print_maps(const dump_t *dump, const mtls_generation_t *generation)
{
    int i;

    for (i = 0; i < mtls_generation_count(generation); i++) {
        const mtls_part_spec_t *spec = mtls_generation_spec(generation, i);

        if (spec->kind == &mtls_map_part_kind)
            apr_file_printf(
                dump->out, "map %s: %s\n", spec->name,
                spec->kind->describe_fn(mtls_generation_part(generation, i), dump->pool));
    }
}

static void print_settings(const dump_t *dump, const mtls_settings_t *settings, const char *indent)
{
    const apr_array_header_t *lines = mtls_settings_write(settings, dump->pool);
    int i;

    for (i = 0; i < lines->nelts; i++)
        apr_file_printf(dump->out, "%s%s\n", indent, APR_ARRAY_IDX(lines, i, const char *));
}

/* What stands in a section, and above it what its host adds. */
static void print_place(const dump_t *dump, const mtls_place_t *place, const mtls_settings_t *host)
{
    const ap_directive_t *section = place->section;
    mtls_settings_t merged;

    if (!section)
        return;
    mtls_settings_merge(&merged, host, place->settings);
    apr_file_printf(dump->out, "    %s %s (%s:%d)\n", section->directive, section->args,
                    section->filename, section->line_num);
    print_settings(dump, &merged, "        ");
}

static void print_host(const dump_t *dump, const server_rec *s)
{
    const mtls_server_t *server = mtls_config_server(s);
    const mtls_settings_t *host = mtls_config_host(s);
    int i;

    if (!server->looked_after)
        return;
    if (s->is_virtual)
        apr_file_printf(dump->out, "host %s (%s:%u)\n",
                        s->server_hostname ? s->server_hostname : "without a name", s->defn_name,
                        s->defn_line_number);
    else
        apr_file_printf(dump->out, "main server\n");
    print_settings(dump, host, "    ");
    for (i = 0; i < server->places->nelts; i++)
        print_place(dump, &APR_ARRAY_IDX(server->places, i, mtls_place_t), host);
}

void mtls_dump(apr_pool_t *pconf, server_rec *main)
{
    dump_t dump = {.pool = pconf};
    const mtls_generation_t *generation;
    const server_rec *s;

    if (apr_file_open_stdout(&dump.out, pconf) != APR_SUCCESS)
        return;
    generation = mtls_store_current(mtls_config_server(main)->shared->store);
    print_maps(&dump, generation);
    if (!ap_exists_config_define("DUMP_MTLS"))
        return;
    print_profiles(&dump, generation);
    for (s = main; s; s = s->next)
        print_host(&dump, s);
}
