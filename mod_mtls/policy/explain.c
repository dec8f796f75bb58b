/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/explain.h"

#include <apr_strings.h>
#include <string.h>

#include "mtls/cert/text.h"
#include "mtls/policy/reason.h"
#include "mtls/policy/shown.h"

/* A growing text; every value in it has been through mtls_shown_text(). */
typedef struct {
    apr_array_header_t *parts; /* const char * */
    apr_pool_t *pool;
} page_t;

static void put(page_t *page, const char *text)
{
    APR_ARRAY_PUSH(page->parts, const char *) = text;
}

static const char *shown(const page_t *page, const char *text)
{
    return mtls_shown_text(text, MTLS_SHOWN_MAX, page->pool);
}

/* One "  label   value" line; the label is ours or shown already. */
static void put_fact(page_t *page, const char *label, const char *value)
{
    put(page, apr_psprintf(page->pool, "  %-14s ", label));
    put(page, shown(page, value));
    put(page, "\n");
}

static void put_known_fact(page_t *page, const char *label, const char *value)
{
    if (value) {
        put_fact(page, label, value);
    }
}

static void put_heading(page_t *page, const char *heading)
{
    put(page, page->parts->nelts ? "\n" : "");
    put(page, heading);
    put(page, "\n");
}

static void put_question(page_t *page, const mtls_explanation_t *e)
{
    put_heading(page, "Asked");
    put_known_fact(page, "certificate", e->certificate);
    put_known_fact(page, "url", e->url);
    put_fact(page, "time", mtls_time_write(e->time, page->pool));
}

static void put_oids(page_t *page, const char *label, const char *const *oids, apr_size_t count)
{
    apr_size_t i;

    for (i = 0; i < count; i++) {
        put_fact(page, label, oids[i]);
    }
}

static void put_sans(page_t *page, const mtls_identity_t *identity)
{
    apr_size_t i;

    for (i = 0; i < identity->san_count; i++) {
        const mtls_san_t *san = &identity->sans[i];

        put_fact(page, apr_pstrcat(page->pool, "san-", mtls_san_type_word(san->type), NULL),
                 mtls_san_write(san, page->pool));
    }
    if (!identity->sans_complete) {
        put_fact(page, "san", "cannot be read");
    }
}

static void put_extensions(page_t *page, const mtls_identity_t *identity)
{
    put_oids(page, "eku", identity->ekus, identity->eku_count);
    if (identity->has_eku && identity->eku_count == 0) {
        put_fact(page, "eku", "cannot be read");
    }
    put_oids(page, "policy", identity->policies, identity->policy_count);
    if (!identity->policies_complete) {
        put_fact(page, "policy", "cannot be read");
    }
    put_oids(page, "qc-statement", identity->qc_statements, identity->qc_statement_count);
    put_oids(page, "qc-type", identity->qc_types, identity->qc_type_count);
    if (!identity->qc_complete) {
        put_fact(page, "qc-statement", "cannot be read");
    }
}

static const char *digest(const unsigned char *octets, apr_pool_t *pool)
{
    char *hex = apr_pstrdup(pool, mtls_hex_write((mtls_bytes_t){octets, MTLS_SHA256_LEN}, pool));
    char *c;

    for (c = hex; *c; c++) {
        *c = (char)(*c >= 'A' ? *c - 'A' + 'a' : *c);
    }
    return hex;
}

/* As a rule takes it: without "0x" digits alone would be decimal there. */
static const char *write_serial(const mtls_identity_t *identity, apr_pool_t *pool)
{
    const char *hex = mtls_serial_write(identity, pool);

    return *hex == '-' ? apr_pstrcat(pool, "-0x", hex + 1, NULL)
                       : apr_pstrcat(pool, "0x", hex, NULL);
}

static void put_identity(page_t *page, const mtls_identity_t *identity)
{
    put_heading(page, "Certificate");
    if (!identity) {
        put_fact(page, "", "cannot be read");
        return;
    }
    put_fact(page, "subject", mtls_name_write(&identity->subject, MTLS_SHOWN_MAX, page->pool));
    put_fact(page, "issuer", mtls_name_write(&identity->issuer, MTLS_SHOWN_MAX, page->pool));
    put_fact(page, "serial", write_serial(identity, page->pool));
    put_fact(page, "not before", mtls_time_write(identity->not_before, page->pool));
    put_fact(page, "not after", mtls_time_write(identity->not_after, page->pool));
    put_sans(page, identity);
    put_extensions(page, identity);
    put_fact(page, "key",
             apr_psprintf(page->pool, "%s, %d bits", identity->key_type, identity->key_bits));
    put_known_fact(page, "ca", identity->is_ca ? "yes" : NULL);
    put_fact(page, "fingerprint", digest(identity->sha256, page->pool));
    put_fact(page, "spki", digest(identity->spki_sha256, page->pool));
}

bool mtls_explanation_admits(const mtls_explanation_t *e, const mtls_verdict_t *verdict)
{
    mtls_verdict_t known = *verdict;

    if (e->offline) {
        known.unasked = false;
    }
    return mtls_verdict_admits(&known, e->time);
}

mtls_reason_t mtls_explanation_verdict_reason(const mtls_explanation_t *e,
                                              const mtls_verdict_t *verdict)
{
    if (verdict->reason != MTLS_REASON_GOOD || mtls_explanation_admits(e, verdict)) {
        return verdict->reason;
    }
    return e->time < verdict->valid_until ? MTLS_REASON_OCSP_UNREACHABLE : MTLS_REASON_EXPIRED;
}

const mtls_explained_profile_t *mtls_explanation_accept(mtls_explanation_t *e)
{
    int i;

    e->accepted = 0;
    for (i = 0; e->profiles && i < e->profiles->nelts; i++) {
        const mtls_explained_profile_t *profile =
            &APR_ARRAY_IDX(e->profiles, i, const mtls_explained_profile_t);

        if (mtls_explanation_admits(e, &profile->verdict)) {
            e->accepted = i + 1;
            e->reason = MTLS_REASON_GOOD;
            return profile;
        }
    }
    e->reason = MTLS_REASON_UNDECIDED;
    for (i = 0; e->profiles && i < e->profiles->nelts; i++) {
        const mtls_verdict_t *verdict =
            &APR_ARRAY_IDX(e->profiles, i, const mtls_explained_profile_t).verdict;

        e->reason =
            mtls_reason_more_telling(e->reason, mtls_explanation_verdict_reason(e, verdict));
    }
    return NULL;
}

/* What an acceptance rests on, where that is not all that was asked for. */
static const char *reservation(const mtls_verdict_t *verdict)
{
    if (verdict->unasked) {
        return " if its responder says so (OCSP), which is not asked here";
    }
    return verdict->lenient ? " though a source of revocation could not say" : "";
}

static const char *verdict_line(const mtls_explanation_t *e,
                                const mtls_explained_profile_t *profile, apr_pool_t *pool)
{
    const mtls_verdict_t *verdict = &profile->verdict;
    const mtls_reason_info_t *info = mtls_reason_info(mtls_explanation_verdict_reason(e, verdict));
    const char *until = mtls_time_write(verdict->valid_until, pool);

    if (mtls_explanation_admits(e, verdict)) {
        return apr_psprintf(pool, "accepts%s, depth %d, until %s", reservation(verdict),
                            verdict->depth, until);
    }
    if (!profile->detail) {
        return apr_psprintf(pool, "refuses: %s at depth %d: %s", info->word, verdict->error_depth,
                            info->title);
    }
    return apr_psprintf(pool, "refuses: %s at depth %d: %s (OpenSSL %d: %s)", info->word,
                        verdict->error_depth, info->title, verdict->x509_error, profile->detail);
}

static void put_profiles(page_t *page, const mtls_explanation_t *e)
{
    int i;

    put_heading(page, "Trust profiles");
    for (i = 0; e->profiles && i < e->profiles->nelts; i++) {
        const mtls_explained_profile_t *profile =
            &APR_ARRAY_IDX(e->profiles, i, const mtls_explained_profile_t);

        put_fact(page, shown(page, profile->name), verdict_line(e, profile, page->pool));
    }
    if (!e->profiles || e->profiles->nelts == 0) {
        put_fact(page, "none", "was asked");
    }
}

const char *mtls_explanation_end_word(mtls_trace_end_t end)
{
    switch (end) {
    case MTLS_TRACE_PASSED:
        return "passed";
    case MTLS_TRACE_UNKNOWN:
        return "unknown";
    case MTLS_TRACE_DECIDED:
        break;
    }
    return "decided";
}

const mtls_trace_step_t *mtls_explanation_step(const mtls_trace_t *trace, int i, int *told,
                                               int *omitted)
{
    int count = trace ? trace->steps->nelts : 0;
    int first = MTLS_EXPLAIN_MAX_STEPS - MTLS_EXPLAIN_LAST_STEPS;

    *omitted = count > MTLS_EXPLAIN_MAX_STEPS ? count - MTLS_EXPLAIN_MAX_STEPS : 0;
    *told = *omitted > 0 ? MTLS_EXPLAIN_MAX_STEPS + 1 : count;
    if (i < 0 || i >= *told || (*omitted > 0 && i == first)) {
        return NULL;
    }
    if (*omitted > 0 && i > first) {
        i += *omitted - 1;
    }
    return &APR_ARRAY_IDX(trace->steps, i, const mtls_trace_step_t);
}

static void put_step(page_t *page, const mtls_trace_step_t *step, int omitted)
{
    if (!step) {
        put(page,
            apr_psprintf(page->pool, "    (%d rules that did not decide are left out)\n", omitted));
        return;
    }
    put(page, "    ");
    put(page, mtls_shown_place(step->at, page->pool));
    put(page, apr_psprintf(page->pool, "  %-7s  ", mtls_explanation_end_word(step->end)));
    put(page, step->text ? shown(page, step->text) : "");
    put(page, "\n");
}

static void put_source(page_t *page, const mtls_explained_source_t *source)
{
    int told, omitted, i;

    put(page, "  ");
    put(page, shown(page, source->word));
    put(page, " ");
    put(page, source->what ? shown(page, source->what) : "");
    if (source->at.file) {
        put(page,
            apr_pstrcat(page->pool, " (", mtls_shown_place(source->at, page->pool), ")", NULL));
    }
    put(page, "\n");
    mtls_explanation_step(source->trace, 0, &told, &omitted);
    for (i = 0; i < told; i++) {
        put_step(page, mtls_explanation_step(source->trace, i, &told, &omitted), omitted);
    }
}

static void put_sources(page_t *page, const mtls_explanation_t *e)
{
    int i;

    if (!e->sources || e->sources->nelts == 0) {
        return;
    }
    put_heading(page, "Sources of users");
    for (i = 0; i < e->sources->nelts; i++) {
        put_source(page, &APR_ARRAY_IDX(e->sources, i, const mtls_explained_source_t));
    }
}

static void put_principal(page_t *page, const mtls_principal_t *principal)
{
    int i;

    if (!principal) {
        return;
    }
    put_known_fact(page, "user", principal->user);
    for (i = 0; i < principal->group_count; i++) {
        put_fact(page, "group", principal->groups[i]);
    }
    for (i = 0; i < principal->attribute_count; i++) {
        const mtls_attribute_t *attribute = &principal->attributes[i];

        put_fact(page, "attribute",
                 apr_pstrcat(page->pool, attribute->name, " = ", attribute->value, NULL));
    }
    put_known_fact(page, "message", principal->message);
    if (principal->source) {
        put_fact(page, "said by",
                 apr_pstrcat(page->pool, principal->source, " ",
                             mtls_shown_place(principal->rule, page->pool), NULL));
    }
}

static void put_answer(page_t *page, const mtls_explanation_t *e)
{
    const mtls_reason_info_t *info = mtls_reason_info(e->reason);

    put_heading(page, "Answer");
    put_fact(page, "reason", apr_pstrcat(page->pool, info->word, ": ", info->title, NULL));
    if (e->accepted > 0) {
        put_fact(page, "accepted by",
                 APR_ARRAY_IDX(e->profiles, e->accepted - 1, const mtls_explained_profile_t).name);
    }
    put_principal(page, e->principal);
    if (e->require) {
        put_fact(page, "refused by",
                 apr_pstrcat(page->pool, e->require, " ",
                             mtls_shown_place(e->require_at, page->pool), NULL));
    }
    put_known_fact(page, "status", e->status ? apr_itoa(page->pool, e->status) : NULL);
}

const char *mtls_explanation_write(const mtls_explanation_t *e, apr_pool_t *pool)
{
    page_t page = {apr_array_make(pool, 128, sizeof(const char *)), pool};

    put_question(&page, e);
    put_identity(&page, e->identity);
    put_profiles(&page, e);
    put_sources(&page, e);
    put_answer(&page, e);
    return apr_array_pstrcat(pool, page.parts, 0);
}
