/*
 * mod_mtls/policy/template_parts.h - what a template consists of, for its two files.
 *
 * May include: APR, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TEMPLATE_PARTS_H
#define MTLS_TEMPLATE_PARTS_H

#include "mtls/policy/template.h"
#include "transform.h"

/** Most segments of a template, and transforms of a segment. */
#define MTLS_TEMPLATE_MAX_SEGMENTS   32
#define MTLS_TEMPLATE_MAX_TRANSFORMS 8

/** What a segment is. */
typedef enum {
    MTLS_SEGMENT_LITERAL = 0,
    MTLS_SEGMENT_FIELD,
    MTLS_SEGMENT_CAPTURE,
    MTLS_SEGMENT_EACH /**< {each FIELD} */
} mtls_segment_kind_t;

/** One segment. */
typedef struct {
    mtls_segment_kind_t kind;
    const char *text; /**< LITERAL: its text; CAPTURE: its name */
    mtls_field_t field;
    mtls_transform_t *transforms;
    int transform_count;
} mtls_segment_t;

struct mtls_template_t {
    const char *text;
    mtls_segment_t *segments;
    int count;
};

/** @return the {each} segment, or NULL. */
const mtls_segment_t *mtls_template_each(const mtls_template_t *tmpl);

#endif /* MTLS_TEMPLATE_PARTS_H */
