/* httpd/stepup_places.c - see mtls/httpd/stepup_places.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/stepup_places.h"

#include <apr_strings.h>

#include "mtls/httpd/place.h"
#include "mtls/policy/claims.h"

/* Where the MTLSAccept in force comes from when no section says it. */
#define FROM_HOST (-1)

/* A place, and what holds in it. */
typedef struct {
    const mtls_place_t *place;
    mtls_settings_t in_force;
    int accept_from; /* index of the section whose MTLSAccept is in force */
} spot_t;

/* What the checks of one host share. */
typedef struct {
    const mtls_settings_t *host;
    const server_rec *endpoint;         /* NULL: none of ours */
    const apr_array_header_t *sections; /* of const mtls_place_t *, as httpd merges them */
    mtls_faults_t *faults;
    apr_pool_t *scratch;
} places_t;

/* What was said of one line already, for another host or place. */
static void add_once(const places_t *places, mtls_origin_t at, const char *text)
{
    int i;

    for (i = 0; i < mtls_faults_count(places->faults); i++) {
        const mtls_fault_t *fault = mtls_faults_get(places->faults, i);

        if (fault->at.line == at.line && strcmp(fault->at.file, at.file) == 0 &&
            strcmp(fault->text, text) == 0)
            return;
    }
    mtls_faults_add(places->faults, at, "%s", text);
}

/* What a place asks for, its endpoint must be able to judge. */
static void check_profiles(const places_t *places, const mtls_accept_t *accept)
{
    const mtls_settings_t *there = mtls_config_host(places->endpoint);
    int i;

    for (i = 0; there->accept && i < accept->names->nelts; i++) {
        const mtls_sourced_t *name = &APR_ARRAY_IDX(accept->names, i, mtls_sourced_t);

        if (accept->slots[i] >= 0 && !mtls_accept_has(there->accept, accept->slots[i]))
            add_once(places, name->at,
                     apr_psprintf(places->scratch,
                                  "MTLSAccept: browsers are sent to '%s' for profile %s, but "
                                  "MTLSAccept at %s:%d there lacks it; add it",
                                  places->endpoint->server_hostname, name->value,
                                  there->accept_at->file, there->accept_at->line));
    }
}

static void check_accept(const places_t *places, const mtls_settings_t *settings)
{
    if (settings->accept->names->nelts > MTLS_CLAIMS_MAX_PROFILES)
        add_once(places, *settings->accept_at,
                 apr_psprintf(places->scratch,
                              "MTLSAccept: browsers can be sent elsewhere for %d profiles at most",
                              MTLS_CLAIMS_MAX_PROFILES));
    if (places->endpoint)
        check_profiles(places, settings->accept);
}

static const mtls_place_t *get_section(const places_t *places, int i)
{
    return APR_ARRAY_IDX(places->sections, i, const mtls_place_t *);
}

static void find_in_force(const places_t *places, spot_t *spot)
{
    int i;

    spot->in_force = *places->host;
    spot->accept_from = FROM_HOST;
    for (i = 0; i < places->sections->nelts; i++) {
        const mtls_place_t *outer = get_section(places, i);
        const mtls_settings_t before = spot->in_force;

        if (!mtls_place_encloses(outer, spot->place))
            continue;
        mtls_settings_merge(&spot->in_force, &before, outer->settings);
        if (outer->settings->accept)
            spot->accept_from = i;
    }
}

static bool sends(const mtls_settings_t *in_force)
{
    return in_force->verify == MTLS_VERIFY_REQUIRE && in_force->accept &&
           mtls_settings_redirect(in_force);
}

/* Whether section @a i, which says whose certificates are accepted and not that one is required, is
 * meant for requests of @a spot: patterns and conditions do not tell. */
static bool is_meant_for(const places_t *places, int i, const spot_t *spot)
{
    const mtls_place_t *section = get_section(places, i);

    return sends(&spot->in_force) && spot->accept_from < i &&
           (!spot->place->section || !mtls_place_excludes(section, spot->place));
}

static void check_meant(const places_t *places, const apr_array_header_t *spots, int i)
{
    const mtls_settings_t *settings = get_section(places, i)->settings;
    int k;

    for (k = 0; k < spots->nelts; k++) {
        const spot_t *spot = &APR_ARRAY_IDX(spots, k, spot_t);
        mtls_settings_t in_both;

        if (!is_meant_for(places, i, spot))
            continue;
        mtls_settings_merge(&in_both, &spot->in_force, settings);
        if (sends(&in_both))
            check_accept(places, &in_both);
    }
}

static apr_array_header_t *make_spots(const places_t *places, const mtls_place_t *outside)
{
    apr_array_header_t *spots =
        apr_array_make(places->scratch, places->sections->nelts + 1, sizeof(spot_t));
    int i;

    for (i = 0; i <= places->sections->nelts; i++) {
        spot_t *spot = apr_array_push(spots);

        spot->place = i < places->sections->nelts ? get_section(places, i) : outside;
        find_in_force(places, spot);
    }
    return spots;
}

void mtls_stepup_places_check(const server_rec *main, const server_rec *s,
                              const server_rec *endpoint, mtls_faults_t *faults,
                              apr_pool_t *scratch)
{
    const places_t places = {mtls_config_host(s), endpoint, mtls_place_sections(main, s, scratch),
                             faults, scratch};
    const mtls_place_t outside = {.section = NULL};
    const apr_array_header_t *spots = make_spots(&places, &outside);
    int i;

    for (i = 0; i < spots->nelts; i++) {
        const spot_t *spot = &APR_ARRAY_IDX(spots, i, spot_t);

        if (sends(&spot->in_force))
            check_accept(&places, &spot->in_force);
        else if (spot->place->section && spot->place->settings->accept &&
                 spot->in_force.verify == MTLS_VERIFY_UNSET)
            check_meant(&places, spots, i);
    }
}
