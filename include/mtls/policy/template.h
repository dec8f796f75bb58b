/*
 * mtls/policy/template.h - text with places for fields and captures: "{email.local|lower}".
 *
 *   {FIELD}              the one value of a field (mtls/policy/field.h)
 *   {$NAME} {$1}         a capture of the rule's patterns
 *   {FIELD|TRANSFORM...} transforms from left to right:
 *       lower upper          ASCII letters only
 *       strip-realm          what is before the one unquoted "@" (T-N09, mtls/policy/mailbox.h); a quoted
 *                            string keeps its quotes; a value without "@" stays
 *       realm=X              no value unless what is after that "@" is X, ASCII case aside; the value stays
 *   {each FIELD|...}     in groups only, and once: one result for each value of the field, equal ones too
 *   {{ and }}            a brace
 *
 * A field that has no value, several values or an unusable one fills no template, nor does an empty
 * capture, or one that took different texts: half an identity would be somebody else's.  A field that
 * stands twice has several values, also when they are equal.
 *
 * The template's own text is UTF-8 without characters that cannot be seen or that turn the direction of
 * the text around them (mtls/policy/codepoint.h).
 *
 * May include: APR, mtls/policy, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_TEMPLATE_H
#define MTLS_POLICY_TEMPLATE_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <stdbool.h>

#include "mtls/policy/field.h"
#include "mtls/trust/reason.h"

/** Longest result, octets; nothing is cut, a longer one is none.  A template has at most 32 parts, a
 * value at most 8 transforms. */
#define MTLS_TEMPLATE_MAX 1024

/** Opaque, immutable, for any thread. */
typedef struct mtls_template_t mtls_template_t;

/** Where a template's text first went wrong. */
typedef struct {
    const char *text; /**< what and what would be right; from the pool */
    int offset;       /**< octet of the template's text, 0-based */
} mtls_template_fault_t;

/**
 * @param captures  names that the rule's conditions capture (const char *); NULL: none
 * @param many      whether {each ...} may be used
 * @return true; false with @a fault filled and @a out NULL
 */
bool mtls_template_compile(const mtls_template_t **out, const char *text,
                           const apr_array_header_t *captures, bool many,
                           mtls_template_fault_t *fault, apr_pool_t *pool);

/** MTLSUser: a field's word and words of transforms, as one template.
 * @return NULL, or what is wrong; then @a out is NULL */
const char *mtls_template_of_field(const mtls_template_t **out, int argc, const char *const *argv,
                                   apr_pool_t *pool);

/**
 * Fill it, without {each}.
 *
 * @param out       a copy from @a pool, never borrowed, not empty, no control character; untouched on
 *                  failure
 * @param captures  mtls_capture_t; may be NULL
 * @return GOOD; USER_ABSENT: a field without value, or an empty result; USER_AMBIGUOUS: a field or
 *         a capture with several; USER_UNUSABLE: a value that is no clean text, fails a transform, or is too long.  The
 *         first part that fails says which.  INTERNAL: the template has an {each}
 */
mtls_reason_t mtls_template_fill(const char **out, const mtls_template_t *tmpl,
                                 const mtls_holder_t *holder, const apr_array_header_t *captures,
                                 apr_pool_t *pool);

/** As mtls_template_fill(), appending each result to @a out (const char *); {each} of a field without
 * values appends nothing and is GOOD.  On failure nothing is appended. */
mtls_reason_t mtls_template_fill_each(apr_array_header_t *out, const mtls_template_t *tmpl,
                                      const mtls_holder_t *holder,
                                      const apr_array_header_t *captures, apr_pool_t *pool);

/** @return the template's text as written, borrowed. */
const char *mtls_template_text(const mtls_template_t *tmpl);

#endif /* MTLS_POLICY_TEMPLATE_H */
