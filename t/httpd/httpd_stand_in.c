/* See httpd_stand_in.h.  The program must export what is here (-rdynamic). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd_stand_in.h"

#include <ap_mpm.h>
#include <ap_provider.h>
#include <apr_strings.h>
#include <dlfcn.h>
#include <http_config.h>
#include <http_log.h>
#include <http_protocol.h>
#include <stdio.h>
#include <stdlib.h>
#include <unixd.h>

unixd_config_rec ap_unixd_config;

static const void *registered;
static const char *wanted;

apr_status_t ap_register_provider(apr_pool_t *pool, const char *group, const char *name,
                                  const char *version, const void *provider)
{
    (void)pool, (void)group, (void)version;
    if (strcmp(name, wanted) == 0)
        registered = provider;
    return APR_SUCCESS;
}

apr_status_t ap_mpm_query(int query, int *result)
{
    *result = query == AP_MPMQ_HARD_LIMIT_THREADS ? 64 : 0;
    return APR_SUCCESS;
}

void ap_log_error_(const char *file, int line, int module_index, int level, apr_status_t status,
                   const server_rec *s, const char *fmt, ...)
{
    (void)file, (void)line, (void)module_index, (void)level, (void)status, (void)s, (void)fmt;
}

void ap_log_rerror_(const char *file, int line, int module_index, int level, apr_status_t status,
                    const request_rec *r, const char *fmt, ...)
{
    (void)file, (void)line, (void)module_index, (void)level, (void)status, (void)r, (void)fmt;
}

void ap_bin2hex(const void *octets, apr_size_t len, char *text)
{
    const unsigned char *at = octets;
    apr_size_t i;

    for (i = 0; i < len; i++)
        apr_snprintf(text + 2 * i, 3, "%02x", at[i]);
}

char *ap_server_root_relative(apr_pool_t *pool, const char *name)
{
    return apr_pstrdup(pool, name);
}

char *ap_runtime_dir_relative(apr_pool_t *pool, const char *name)
{
    return apr_pstrdup(pool, name);
}

void *ap_malloc(size_t size)
{
    void *memory = malloc(size);

    if (!memory)
        abort();
    return memory;
}

/* What is left is for status pages and directives, which nobody calls here. */
int ap_rprintf(request_rec *r, const char *fmt, ...)
{
    (void)r, (void)fmt;
    abort();
}

int ap_rwrite(const void *octets, int len, request_rec *r)
{
    (void)octets, (void)len, (void)r;
    abort();
}

apr_status_t ap_timeout_parameter_parse(const char *text, apr_interval_time_t *time,
                                        const char *unit)
{
    (void)text, (void)time, (void)unit;
    abort();
}

static module *open_module(const char *path, apr_pool_t *pool)
{
    const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    const char *symbol = apr_pstrcat(
        pool, apr_pstrmemdup(pool, base + strlen("mod_"), strcspn(base, ".") - strlen("mod_")),
        "_module", NULL);
    void *handle = NULL;

    if (dlopen("libaprutil-1.so.0", RTLD_NOW | RTLD_GLOBAL)) /* httpd has it loaded */
        handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (!handle)
        fprintf(stderr, "%s\n", dlerror());
    return handle ? dlsym(handle, symbol) : NULL;
}

const ap_socache_provider_t *stand_in_load(const char *path, const char *name, server_rec *s,
                                           apr_pool_t *pool)
{
    module *loaded = open_module(path, pool);
    void **settings = apr_pcalloc(pool, sizeof(void *));

    if (!loaded)
        return NULL;
    loaded->module_index = 0;
    if (loaded->create_server_config)
        settings[0] = loaded->create_server_config(pool, s);
    s->module_config = (struct ap_conf_vector_t *)settings;
    wanted = name;
    loaded->register_hooks(pool);
    return registered;
}
