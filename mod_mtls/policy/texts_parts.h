/*
 * policy/texts_parts.h - what a language is made of, for texts*.c alone.
 *
 * May include: APR, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_TEXTS_PARTS_H
#define MTLS_POLICY_TEXTS_PARTS_H

#include <apr_tables.h>

#include "mtls/policy/texts.h"

/** How one reason is told. */
typedef struct {
    const char *title;
    const char *advice;
} mtls_reason_words_t;

/** All that can be said in one language; NULL is what it lacks. */
typedef struct {
    const char *texts[MTLS_TEXT_COUNT];
    mtls_reason_words_t reasons[MTLS_REASON_COUNT];
} mtls_words_t;

struct mtls_language_t {
    const char *tag;
    const mtls_languages_t *all; /**< where to look for what it lacks */
    mtls_words_t words;
};

struct mtls_languages_t {
    apr_array_header_t *list; /**< mtls_language_t *; English is the first and lacks nothing */
};

/** @return the German words; static storage. */
const mtls_words_t *mtls_texts_german(void);

/** @return the key of a text in a file, static storage. */
const char *mtls_text_word(mtls_text_t text);

/** @return a language without words, not yet in the list. */
mtls_language_t *mtls_language_make(const mtls_languages_t *languages, const char *tag,
                                    apr_pool_t *pool);

/** @return the language whose tag is the first @a len characters of @a tag; NULL when there is
 * none. */
mtls_language_t *mtls_languages_find(const mtls_languages_t *languages, const char *tag,
                                     apr_size_t len);

/** @return the length of the language tag that begins at @a c (RFC 4647 section 2.1); 0 when none
 * does. */
apr_size_t mtls_tag_len(const char *c);

/** @return of the lengths of a tag's beginnings (RFC 4647 section 3.4) the one after @a len: a
 * subtag less, and no single letter at the end; 0 when there is none. */
apr_size_t mtls_tag_truncate(const char *tag, apr_size_t len);

#endif /* MTLS_POLICY_TEXTS_PARTS_H */
