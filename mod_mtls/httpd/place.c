/* httpd/place.c - see mtls/httpd/place.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/place.h"

#include <apr_fnmatch.h>

/* Two sections that apply to the same requests: written twice with the same condition. */
static bool is_same_condition(const ap_directive_t *a, const ap_directive_t *b)
{
    return a->parent == b->parent && strcasecmp(a->directive, b->directive) == 0 &&
           strcmp(a->args, b->args) == 0;
}

/* A section for everything below its path; patterns are not compared. */
static bool has_plain_path(const ap_directive_t *section)
{
    return (strcasecmp(section->directive, "<Location") == 0 ||
            strcasecmp(section->directive, "<Directory") == 0) &&
           *section->args != '~' && !apr_fnmatch_test(section->args);
}

static bool is_at_or_below(const char *path, const char *top)
{
    apr_size_t len = strlen(top);

    return strncmp(path, top, len) == 0 &&
           (path[len] == '\0' || path[len] == '/' || (len > 0 && top[len - 1] == '/'));
}

/* Whether what holds in outer holds in inner: the same section or one written inside it, or a path
 * below it. */
static bool encloses(const mtls_place_t *outer, const mtls_place_t *inner)
{
    const ap_directive_t *up;

    if (!outer->section)
        return true;
    for (up = inner->section; up; up = up->parent) {
        if (up == outer->section || is_same_condition(up, outer->section))
            return true;
    }
    return inner->section && has_plain_path(outer->section) && *inner->section->args != '~' &&
           strcasecmp(outer->section->directive, inner->section->directive) == 0 &&
           is_at_or_below(inner->path, outer->path);
}

static bool has_within(const server_rec *s, const mtls_place_t *place, mtls_place_test_fn test)
{
    const mtls_server_t *server = mtls_config_server(s);
    int i;

    if (test(place->settings) || test(mtls_config_host(s)))
        return true;
    for (i = 0; i < server->places->nelts; i++) {
        const mtls_place_t *other = &APR_ARRAY_IDX(server->places, i, mtls_place_t);

        if (test(other->settings) && encloses(other, place))
            return true;
    }
    return false;
}

bool mtls_place_has(const server_rec *main, const server_rec *s, const mtls_place_t *place,
                    mtls_place_test_fn test)
{
    return has_within(s, place, test) || has_within(main, place, test);
}
