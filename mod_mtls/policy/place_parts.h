/*
 * policy/place_parts.h - what the parsers of directives of a place have in common.
 *
 * May include: mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_PLACE_PARTS_H
#define MTLS_POLICY_PLACE_PARTS_H

#include "mtls/policy/directives.h"

/** For a directive that may stand once in a place.  @param at  where it stands; NULL: not known */
const char *mtls_already_set(const mtls_origin_t *at, apr_pool_t *pool);

/** @return whether @a word is one of @a words. */
bool mtls_is_among(const char *word, const char *const *words, int count);

/** @return where the directive stands, from the pool of @a parse. */
const mtls_origin_t *mtls_origin_copy(const mtls_parse_t *parse);

/** A path of which there is one. */
const char *mtls_set_path(const char **field, const char *text, const mtls_parse_t *parse);

#endif /* MTLS_POLICY_PLACE_PARTS_H */
