/* httpd/place.c - see mtls/httpd/place.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/place.h"

#include <apr_fnmatch.h>

#include "mtls/httpd/conf_walk.h"

/* Kinds of sections, in the order in which httpd merges them. */
typedef enum { DIRECTORY, DIRECTORY_PATTERN, FILES, LOCATION, CONDITION } kind_t;

static bool is_named(const ap_directive_t *section, const char *name)
{
    return strcasecmp(section->directive, name) == 0;
}

static kind_t kind_of(const ap_directive_t *section)
{
    if (is_named(section, "<Directory") || is_named(section, "<Proxy"))
        return *section->args == '~' ? DIRECTORY_PATTERN : DIRECTORY;
    if (is_named(section, "<DirectoryMatch") || is_named(section, "<ProxyMatch"))
        return DIRECTORY_PATTERN;
    if (is_named(section, "<Files") || is_named(section, "<FilesMatch"))
        return FILES;
    return is_named(section, "<Location") || is_named(section, "<LocationMatch") ? LOCATION
                                                                                 : CONDITION;
}

static int count_slashes(const char *path)
{
    int count = 0;

    for (; path && *path; path++)
        count += *path == '/';
    return count;
}

/* @return whether httpd merges @a a after @a b, wherever they stand. */
static bool is_later(const mtls_place_t *a, const mtls_place_t *b)
{
    kind_t kind = kind_of(a->section), other = kind_of(b->section);

    if (kind != other)
        return kind > other;
    return kind == DIRECTORY && count_slashes(a->path) > count_slashes(b->path);
}

static void insert(apr_array_header_t *sections, const mtls_place_t *place)
{
    const mtls_place_t **all;
    int i;

    APR_ARRAY_PUSH(sections, const mtls_place_t *) = place;
    all = (const mtls_place_t **)sections->elts;
    for (i = sections->nelts - 1; i > 0 && is_later(all[i - 1], place); i--)
        all[i] = all[i - 1];
    all[i] = place;
}

static void insert_all(apr_array_header_t *sections, const server_rec *s)
{
    const apr_array_header_t *places = mtls_config_server(s)->places;
    int i;

    for (i = 0; i < places->nelts; i++) {
        const mtls_place_t *place = &APR_ARRAY_IDX(places, i, mtls_place_t);

        if (place->section)
            insert(sections, place);
    }
}

apr_array_header_t *mtls_place_sections(const server_rec *main, const server_rec *s,
                                        apr_pool_t *pool)
{
    apr_array_header_t *sections = apr_array_make(pool, 8, sizeof(const mtls_place_t *));

    insert_all(sections, main);
    if (s != main)
        insert_all(sections, s);
    return sections;
}

static bool is_of_a_host(const ap_directive_t *section)
{
    return !section->parent || mtls_conf_is_host(section->parent);
}

/* Two sections that apply to the same requests: written twice with the same condition. */
static bool is_same_condition(const ap_directive_t *a, const ap_directive_t *b)
{
    return (a->parent == b->parent || (is_of_a_host(a) && is_of_a_host(b))) &&
           is_named(a, b->directive) && strcmp(a->args, b->args) == 0;
}

/* A section for everything below its path; patterns are not compared. */
static bool has_plain_path(const ap_directive_t *section)
{
    return (is_named(section, "<Location") || is_named(section, "<Directory")) &&
           *section->args != '~' && !apr_fnmatch_test(section->args);
}

static bool is_at_or_below(const char *path, const char *top)
{
    apr_size_t len = strlen(top);

    return strncmp(path, top, len) == 0 &&
           (path[len] == '\0' || path[len] == '/' || (len > 0 && top[len - 1] == '/'));
}

/* Every request has a path, whatever it leads to. */
static bool is_everywhere(const mtls_place_t *place)
{
    return is_named(place->section, "<Location") && is_of_a_host(place->section) &&
           has_plain_path(place->section) && strcmp(place->path, "/") == 0;
}

/* Two sections whose paths tell how they lie to each other. */
static bool is_comparable(const mtls_place_t *a, const mtls_place_t *b)
{
    return has_plain_path(a->section) && has_plain_path(b->section) &&
           is_named(a->section, b->section->directive);
}

bool mtls_place_encloses(const mtls_place_t *outer, const mtls_place_t *inner)
{
    const ap_directive_t *up;

    if (!outer->section || is_everywhere(outer))
        return true;
    for (up = inner->section; up; up = up->parent) {
        if (up == outer->section || is_same_condition(up, outer->section))
            return true;
    }
    return inner->section && has_plain_path(outer->section) && *inner->section->args != '~' &&
           is_named(outer->section, inner->section->directive) &&
           is_at_or_below(inner->path, outer->path);
}

bool mtls_place_excludes(const mtls_place_t *a, const mtls_place_t *b)
{
    return is_comparable(a, b) && !is_at_or_below(a->path, b->path) &&
           !is_at_or_below(b->path, a->path);
}

static bool has_within(const server_rec *s, const mtls_place_t *place, mtls_place_test_fn test)
{
    const mtls_server_t *server = mtls_config_server(s);
    int i;

    if (test(place->settings) || test(mtls_config_host(s)))
        return true;
    for (i = 0; i < server->places->nelts; i++) {
        const mtls_place_t *other = &APR_ARRAY_IDX(server->places, i, mtls_place_t);

        if (test(other->settings) && mtls_place_encloses(other, place))
            return true;
    }
    return false;
}

bool mtls_place_has(const server_rec *main, const server_rec *s, const mtls_place_t *place,
                    mtls_place_test_fn test)
{
    return has_within(s, place, test) || has_within(main, place, test);
}
