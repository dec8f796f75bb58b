/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/tool/check_command.h"

#include <apr_strings.h>

#include "mtls/policy/shown.h"
#include "mtls/tool/map_load.h"
#include "mtls/tool/say.h"
#include "mtls/tool/trust_set.h"
#include "mtls/trust/material.h"

/* One run. */
typedef struct {
    const mtls_options_t *options;
    mtls_trust_set_t *trust;
    apr_array_header_t *maps; /* const char *: paths */
    mtls_faults_t *faults;
    apr_pool_t *pool;
    const char *counts; /* one line for each thing that loaded */
} checking_t;

/* A plain argument is what it looks like.  A map may be large, so it is not kept. */
static void sort_file(checking_t *checking, const char *path)
{
    mtls_material_use_t use = {.directive = "file", .max = MTLS_MAP_MAX_FILE};
    apr_pool_t *scratch;
    mtls_bytes_t text;
    bool good, is_trust;

    apr_pool_create(&scratch, checking->pool);
    good = mtls_material_load(&text, path, use, checking->faults, scratch) == APR_SUCCESS;
    is_trust = good && mtls_trust_set_fits(text);
    mtls_material_wipe(text);
    apr_pool_destroy(scratch);
    if (is_trust) {
        mtls_trust_set_add(checking->trust, path, checking->options->root, checking->faults);
    } else if (good) {
        APR_ARRAY_PUSH(checking->maps, const char *) = path;
    }
}

static void sort_files(checking_t *checking)
{
    const mtls_options_t *options = checking->options;
    int i;

    for (i = 0; i < options->trust->nelts; i++) {
        mtls_trust_set_add(checking->trust, APR_ARRAY_IDX(options->trust, i, const char *),
                           options->root, checking->faults);
    }
    for (i = 0; i < options->sources->nelts; i++) {
        APR_ARRAY_PUSH(checking->maps, const char *) =
            APR_ARRAY_IDX(options->sources, i, mtls_source_option_t).text;
    }
    for (i = 0; i < options->files->nelts; i++) {
        sort_file(checking, APR_ARRAY_IDX(options->files, i, const char *));
    }
}

static void note(checking_t *checking, const char *name, const char *counts)
{
    checking->counts = apr_pstrcat(checking->pool, checking->counts,
                                   mtls_shown_text(name, MTLS_SHOWN_MAX, checking->pool), ": ",
                                   counts, "\n", NULL);
}

static const char *plural(int count)
{
    return count == 1 ? "" : "s";
}

/* Profiles without lists say nothing of them. */
static const char *count_lists(const mtls_profile_counts_t *counts, apr_pool_t *pool)
{
    if (counts->crls == 0)
        return "";
    return apr_psprintf(pool, ", %d CRL%s with %" APR_SIZE_T_FMT " entr%s", counts->crls,
                        plural(counts->crls), counts->crl_entries,
                        counts->crl_entries == 1 ? "y" : "ies");
}

static void load_trust(checking_t *checking)
{
    int i;

    mtls_trust_set_load(checking->trust, checking->faults);
    for (i = 0; i < checking->trust->profiles->nelts; i++) {
        const mtls_profile_t *profile =
            APR_ARRAY_IDX(checking->trust->profiles, i, const mtls_profile_t *);
        const mtls_profile_counts_t *counts;

        if (!profile) {
            continue;
        }
        counts = mtls_profile_counts(profile);
        note(checking, apr_pstrcat(checking->pool, "profile ", mtls_profile_name(profile), NULL),
             apr_psprintf(checking->pool, "%d CA%s from %d file%s, %d intermediate%s, %d pin%s%s",
                          counts->anchors, plural(counts->anchors), counts->ca_files,
                          plural(counts->ca_files), counts->intermediates,
                          plural(counts->intermediates), counts->pins, plural(counts->pins),
                          count_lists(counts, checking->pool)));
    }
}

static void load_maps(checking_t *checking)
{
    const apr_array_header_t *profiles =
        checking->trust->specs->nelts > 0 ? mtls_trust_set_names(checking->trust) : NULL;
    int i;

    for (i = 0; i < checking->maps->nelts; i++) {
        const char *path = APR_ARRAY_IDX(checking->maps, i, const char *);
        const mtls_map_t *map =
            mtls_map_load_file(path, profiles, checking->faults, checking->pool);
        const mtls_map_counts_t *counts;

        if (!map) {
            continue;
        }
        counts = mtls_map_counts(map);
        note(checking, path,
             apr_psprintf(checking->pool, "%d exact rule%s, %d tried in order, %d file%s",
                          counts->exact, plural(counts->exact), counts->scanned, counts->files,
                          plural(counts->files)));
    }
}

int mtls_check_command(const mtls_options_t *options, apr_pool_t *pool)
{
    checking_t checking = {.options = options,
                           .trust = mtls_trust_set_make(pool),
                           .maps = apr_array_make(pool, 4, sizeof(const char *)),
                           .faults = mtls_faults_make(pool),
                           .pool = pool,
                           .counts = ""};

    sort_files(&checking);
    load_trust(&checking);
    load_maps(&checking);
    mtls_say_faults(checking.faults, pool);
    if (!mtls_say(checking.counts, pool)) {
        return MTLS_EXIT_UNUSABLE;
    }
    return mtls_faults_error_count(checking.faults) > 0 ? MTLS_EXIT_NO : MTLS_EXIT_YES;
}
