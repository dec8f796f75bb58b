/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/visit.h"

#include <apr_cstr.h>
#include <stddef.h>
#include <string.h>

#include "mtls/policy/report.h"

static bool is_one_of(const char *text, const char *const *words)
{
    for (; text && *words; words++) {
        if (strcmp(text, *words) == 0) {
            return true;
        }
    }
    return false;
}

static bool is(const char *text, const char *word)
{
    return text && strcmp(text, word) == 0;
}

static bool is_given(const char *text)
{
    return text && *text;
}

static bool is_read(const mtls_visit_facts_t *facts)
{
    return is(facts->method, "GET") || is(facts->method, "HEAD");
}

static bool upgrades(const mtls_visit_facts_t *facts)
{
    return is_given(facts->upgrade) || is_given(facts->protocol);
}

static bool has_fetch_metadata(const mtls_visit_facts_t *facts)
{
    return facts->sec_fetch_mode || facts->sec_fetch_dest || facts->sec_fetch_site;
}

static bool is_preflight(const mtls_visit_facts_t *facts)
{
    return is(facts->method, "OPTIONS") && is_given(facts->origin) &&
           is_given(facts->preflight_for) &&
           (!facts->sec_fetch_mode || is(facts->sec_fetch_mode, "cors"));
}

/* What a browser of today says of itself. */
static mtls_visit_t browser_kind(const mtls_visit_facts_t *facts, const char *own)
{
    static const char *const sites[] = {"same-origin", "same-site", "cross-site", "none", NULL};
    static const char *const readable[] = {"cors", "same-origin", NULL};

    if (facts->sec_fetch_site && !is_one_of(facts->sec_fetch_site, sites)) {
        return MTLS_VISIT_OTHER;
    }
    if (is(facts->sec_fetch_mode, "navigate") && is(facts->sec_fetch_dest, "document")) {
        if (is_read(facts)) {
            return MTLS_VISIT_PAGE;
        }
        return is(facts->method, "POST") && mtls_visit_is_own(facts, own) ? MTLS_VISIT_FORM
                                                                          : MTLS_VISIT_OTHER;
    }
    if (is_one_of(facts->sec_fetch_mode, readable) &&
        (!facts->sec_fetch_dest || is(facts->sec_fetch_dest, "empty"))) {
        return MTLS_VISIT_SCRIPT;
    }
    return MTLS_VISIT_OTHER;
}

/* X-Requested-With may also name an app that shows pages. */
static bool is_by_xhr(const mtls_visit_facts_t *facts)
{
    return facts->requested_with && apr_cstr_casecmp(facts->requested_with, "XMLHttpRequest") == 0;
}

/* What programs say, and browsers of yesterday. */
static mtls_visit_t program_kind(const mtls_visit_facts_t *facts)
{
    if (mtls_report_choose(facts->accept) == MTLS_REPORT_PROBLEM || is_by_xhr(facts)) {
        return MTLS_VISIT_SCRIPT;
    }
    return is_read(facts) && !facts->origin ? MTLS_VISIT_PROGRAM : MTLS_VISIT_OTHER;
}

mtls_visit_t mtls_visit_kind(const mtls_visit_facts_t *facts, const char *own)
{
    if (upgrades(facts) || is(facts->method, "CONNECT") || is_given(facts->sec_purpose)) {
        return MTLS_VISIT_OTHER;
    }
    if (is_preflight(facts)) {
        return MTLS_VISIT_PREFLIGHT;
    }
    return has_fetch_metadata(facts) ? browser_kind(facts, own) : program_kind(facts);
}

bool mtls_visit_is_unseen(const mtls_visit_facts_t *facts)
{
    static const char *const frames[] = {"iframe", "frame", "embed", "object", "fencedframe", NULL};

    return is_given(facts->sec_purpose) || is_one_of(facts->sec_fetch_dest, frames) ||
           (facts->sec_fetch_mode && !is(facts->sec_fetch_mode, "navigate"));
}

bool mtls_visit_is_of_script(const mtls_visit_facts_t *facts)
{
    if (facts->sec_fetch_mode) {
        return !is(facts->sec_fetch_mode, "navigate");
    }
    return is_by_xhr(facts) || upgrades(facts);
}

bool mtls_visit_is_safe(const mtls_visit_facts_t *facts)
{
    static const char *const safe[] = {"GET", "HEAD", "OPTIONS", "TRACE", NULL};

    return is_one_of(facts->method, safe) && !upgrades(facts);
}

/* @return whether @a referer is an address of @a own. */
static bool refers_to(const char *referer, const char *own)
{
    const size_t len = strlen(own);

    return strncmp(referer, own, len) == 0 && (!referer[len] || strchr("/?#", referer[len]));
}

bool mtls_visit_is_own(const mtls_visit_facts_t *facts, const char *own)
{
    static const char *const near[] = {"same-origin", "none", NULL};

    if (!is_given(own)) {
        return false;
    }
    if (facts->sec_fetch_site) {
        return is_one_of(facts->sec_fetch_site, near) &&
               (!facts->origin || is(facts->origin, "null") || is(facts->origin, own));
    }
    if (facts->origin) {
        return is(facts->origin, own);
    }
    return facts->referer && refers_to(facts->referer, own);
}
