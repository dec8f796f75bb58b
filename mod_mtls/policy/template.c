/*
 * policy/template.c - filling templates; they are taken apart in template_parse.c.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/template.h"

#include <apr_strings.h>

#include "mtls/policy/pattern.h"
#include "template_parts.h"

const char *mtls_template_text(const mtls_template_t *tmpl)
{
    return tmpl->text;
}

static mtls_bytes_t octets_of(const char *text)
{
    return (mtls_bytes_t){(const unsigned char *)text, strlen(text)};
}

/* The one value: a field that stands twice is refused even when both say the same, because nobody
 * can tell which of the two its issuer has looked at. */
static mtls_reason_t read_field(mtls_bytes_t *out, const mtls_field_t *field,
                                const mtls_holder_t *holder, apr_pool_t *pool)
{
    mtls_field_values_t values;

    mtls_field_read(&values, field, holder, pool);
    if (!values.complete) {
        return MTLS_REASON_USER_UNUSABLE;
    }
    if (values.count == 0) {
        return MTLS_REASON_USER_ABSENT;
    }
    if (values.count > 1) {
        return MTLS_REASON_USER_AMBIGUOUS;
    }
    *out = values.values[0].text;
    return MTLS_REASON_GOOD;
}

/* A pattern that two values of a field matched has captured twice. */
static mtls_reason_t read_capture(mtls_bytes_t *out, const char *name,
                                  const apr_array_header_t *captures)
{
    const mtls_bytes_t *found = NULL;
    int i;

    for (i = 0; captures && i < captures->nelts; i++) {
        const mtls_capture_t *capture = &APR_ARRAY_IDX(captures, i, mtls_capture_t);

        if (strcmp(capture->name, name) != 0) {
            continue;
        }
        if (found && !mtls_bytes_equal(*found, capture->text)) {
            return MTLS_REASON_USER_AMBIGUOUS;
        }
        found = &capture->text;
    }
    if (!found) {
        return MTLS_REASON_USER_ABSENT;
    }
    *out = *found;
    return MTLS_REASON_GOOD;
}

static mtls_reason_t transform(mtls_bytes_t *text, const mtls_segment_t *segment, apr_pool_t *pool)
{
    mtls_reason_t reason = MTLS_REASON_GOOD;
    int i;

    for (i = 0; reason == MTLS_REASON_GOOD && i < segment->transform_count; i++) {
        reason = mtls_transform_apply(text, &segment->transforms[i], pool);
    }
    return reason;
}

/* What is filled in, and with what. */
typedef struct {
    const mtls_template_t *tmpl;
    const mtls_holder_t *holder;
    const apr_array_header_t *captures;
    mtls_bytes_t each; /* the value of {each}, while there is one */
    apr_pool_t *pool;
} filling_t;

static mtls_reason_t read_segment(mtls_bytes_t *out, const filling_t *filling,
                                  const mtls_segment_t *segment)
{
    mtls_reason_t reason = MTLS_REASON_GOOD;

    switch (segment->kind) {
    case MTLS_SEGMENT_LITERAL:
        *out = octets_of(segment->text);
        return MTLS_REASON_GOOD;
    case MTLS_SEGMENT_CAPTURE:
        reason = read_capture(out, segment->text, filling->captures);
        break;
    case MTLS_SEGMENT_FIELD:
        reason = read_field(out, &segment->field, filling->holder, filling->pool);
        break;
    case MTLS_SEGMENT_EACH:
        *out = filling->each;
        break;
    }
    if (reason == MTLS_REASON_GOOD && out->len == 0) {
        return MTLS_REASON_USER_ABSENT;
    }
    return reason == MTLS_REASON_GOOD ? transform(out, segment, filling->pool) : reason;
}

static mtls_reason_t fill(const char **out, const filling_t *filling)
{
    const mtls_template_t *tmpl = filling->tmpl;
    mtls_bytes_t pieces[MTLS_TEMPLATE_MAX_SEGMENTS] = {{NULL, 0}};
    apr_size_t len = 0;
    char *text;
    int i;

    for (i = 0; i < tmpl->count; i++) {
        mtls_reason_t reason = read_segment(&pieces[i], filling, &tmpl->segments[i]);

        if (reason != MTLS_REASON_GOOD) {
            return reason;
        }
        len += pieces[i].len;
        if (len > MTLS_TEMPLATE_MAX) {
            return MTLS_REASON_USER_UNUSABLE;
        }
    }
    *out = text = apr_palloc(filling->pool, len + 1);
    for (i = 0; i < tmpl->count; i++) {
        memcpy(text, pieces[i].data, pieces[i].len);
        text += pieces[i].len;
    }
    *text = '\0';
    return MTLS_REASON_GOOD;
}

mtls_reason_t mtls_template_fill(const char **out, const mtls_template_t *tmpl,
                                 const mtls_holder_t *holder, const apr_array_header_t *captures,
                                 apr_pool_t *pool)
{
    filling_t filling = {tmpl, holder, captures, {NULL, 0}, pool};

    if (mtls_template_each(tmpl)) {
        return MTLS_REASON_INTERNAL;
    }
    return fill(out, &filling);
}

static mtls_reason_t fill_for_each(apr_array_header_t *out, filling_t *filling,
                                   const mtls_segment_t *each)
{
    mtls_field_values_t values;
    apr_size_t i;

    mtls_field_read(&values, &each->field, filling->holder, filling->pool);
    if (!values.complete) {
        return MTLS_REASON_USER_UNUSABLE;
    }
    for (i = 0; i < values.count; i++) {
        const char *text;
        mtls_reason_t reason;

        filling->each = values.values[i].text;
        reason = fill(&text, filling);
        if (reason != MTLS_REASON_GOOD) {
            return reason;
        }
        APR_ARRAY_PUSH(out, const char *) = text;
    }
    return MTLS_REASON_GOOD;
}

mtls_reason_t mtls_template_fill_each(apr_array_header_t *out, const mtls_template_t *tmpl,
                                      const mtls_holder_t *holder,
                                      const apr_array_header_t *captures, apr_pool_t *pool)
{
    filling_t filling = {tmpl, holder, captures, {NULL, 0}, pool};
    const mtls_segment_t *each = mtls_template_each(tmpl);
    int before = out->nelts;
    mtls_reason_t reason;
    const char *text;

    if (each) {
        reason = fill_for_each(out, &filling, each);
        if (reason != MTLS_REASON_GOOD) {
            out->nelts = before;
        }
        return reason;
    }
    reason = fill(&text, &filling);
    if (reason == MTLS_REASON_GOOD) {
        APR_ARRAY_PUSH(out, const char *) = text;
    }
    return reason;
}
