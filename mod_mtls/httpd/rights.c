/* httpd/rights.c - see mtls/httpd/rights.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/rights.h"

#include <apr_strings.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unixd.h>

#include "mtls/httpd/config.h"

/* Most groups of the user that are looked at. */
#define MAX_GROUPS 64

typedef struct {
    uid_t user;
    gid_t groups[MAX_GROUPS];
    int group_count;
    const char *user_name;
    const mtls_part_spec_t *part;
    mtls_faults_t *faults;
    mtls_origin_t at;
    apr_pool_t *scratch;
} reader_t;

static bool is_in_group(const reader_t *reader, gid_t group)
{
    int i;

    for (i = 0; i < reader->group_count; i++) {
        if (reader->groups[i] == group)
            return true;
    }
    return false;
}

/* @param bit  S_IROTH or S_IXOTH; that of group and owner are three and six to the left */
static bool may(const reader_t *reader, const char *path, mode_t bit)
{
    struct stat info;

    if (stat(path, &info) != 0)
        return true;
    if (info.st_uid == reader->user)
        return (info.st_mode & (bit << 6)) != 0;
    if (is_in_group(reader, info.st_gid))
        return (info.st_mode & (bit << 3)) != 0;
    return (info.st_mode & bit) != 0;
}

/* @return the directory above @a path that may not be searched, or NULL. */
static const char *barrier(const reader_t *reader, const char *path)
{
    const char *slash;

    for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        const char *dir = apr_pstrndup(reader->scratch, path, (apr_size_t)(slash - path));

        if (!may(reader, dir, S_IXOTH))
            return dir;
    }
    return NULL;
}

static void check_file(void *baton, const char *path)
{
    const reader_t *reader = baton;
    const char *dir = barrier(reader, path);

    if (dir)
        mtls_faults_warn(reader->faults, reader->at,
                         "%s %s: user %s may not search %s, so %s cannot be loaded again when it "
                         "changes, nor anything else of this server until it can",
                         reader->part->kind->word, reader->part->name, reader->user_name, dir,
                         path);
    else if (!may(reader, path, S_IROTH))
        mtls_faults_warn(reader->faults, reader->at,
                         "%s %s: user %s may not read %s, so it cannot be loaded again when it "
                         "changes, nor anything else of this server until it can",
                         reader->part->kind->word, reader->part->name, reader->user_name, path);
}

static void read_groups(reader_t *reader)
{
    reader->group_count = MAX_GROUPS;
    if (getgrouplist(reader->user_name, ap_unixd_config.group_id, reader->groups,
                     &reader->group_count) < 0)
        reader->group_count = MAX_GROUPS;
}

void mtls_rights_check(server_rec *main, const mtls_generation_t *generation, mtls_faults_t *faults,
                       apr_pool_t *scratch)
{
    reader_t reader = {.user = ap_unixd_config.user_id,
                       .user_name = ap_unixd_config.user_name,
                       .faults = faults,
                       .at = {.file = main->defn_name ? main->defn_name : "httpd"},
                       .scratch = scratch};
    int slot;

    if (geteuid() != 0 || reader.user == 0 || !reader.user_name ||
        mtls_config_host(main)->reload_interval == MTLS_RELOAD_OFF)
        return;
    read_groups(&reader);
    for (slot = 0; slot < mtls_generation_count(generation); slot++) {
        reader.part = mtls_generation_spec(generation, slot);
        if (reader.part->kind->reloadable)
            mtls_generation_each_file(generation, slot, check_file, &reader);
    }
}
