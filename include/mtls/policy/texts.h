/*
 * mtls/policy/texts.h - the words of our pages, in several languages, and an administrator's own.
 *
 * English is in the tables (mtls/policy/reason.h and texts.c), German in texts_de.c.  A file of
 * JSON can replace any of them or bring a further language:
 *
 *   {"texts": {"done-title": "..."}, "reasons": {"expired": {"title": "...", "advice": "..."}}}
 *
 * What a language lacks is told in the one that its tag begins with ("de" for "de-AT"), if there is
 * one, or else in English.  Texts are UTF-8 and plain: pages escape them.
 *
 * May include: APR, mtls/cert and mtls/trust plain headers, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_TEXTS_H
#define MTLS_POLICY_TEXTS_H

#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/fault.h"
#include "mtls/trust/reason.h"

/** Longest text that a file may bring, in octets, and longest such file. */
#define MTLS_TEXT_MAX       2048
#define MTLS_TEXTS_MAX_FILE 262144

/** Words that belong to no reason. */
typedef enum {
    MTLS_TEXT_NONE = 0, /**< no text */
#define MTLS_TEXT(id, word, english) MTLS_TEXT_##id,
#include "mtls/policy/texts.def"
#undef MTLS_TEXT
    MTLS_TEXT_COUNT
} mtls_text_t;

/** One language; immutable. */
typedef struct mtls_language_t mtls_language_t;
/** All that a server has; immutable once the configuration is read. */
typedef struct mtls_languages_t mtls_languages_t;

/** @return English and German. */
mtls_languages_t *mtls_languages_make(apr_pool_t *pool);

/**
 * Add or change a language from a file's text (MTLSTextFile).
 *
 * All or nothing: what has a fault changes nothing.  Only while the configuration is read.
 *
 * @param tag   language tag (RFC 5646): "fr", "pt-BR"
 * @param at    the file; its line and column are set where they are known
 * @return false with faults: no tag, no JSON, a key or reason that does not exist, a value that is
 * no text, empty, with control characters or longer than MTLS_TEXT_MAX
 */
bool mtls_languages_add(mtls_languages_t *languages, const char *tag, mtls_bytes_t json,
                        mtls_origin_t at, mtls_faults_t *faults, apr_pool_t *pool);

/** @return of those there are the one that Accept-Language likes best (RFC 9110 section 12.5.4, RFC
 * 4647 section 3.4 lookup); English for NULL, and for whatever cannot be read.  Never NULL. */
const mtls_language_t *mtls_languages_choose(const mtls_languages_t *languages,
                                             const char *accept_language);

/** @return the language with that very tag, whatever its case; NULL when there is none. */
const mtls_language_t *mtls_languages_get(const mtls_languages_t *languages, const char *tag);

/** @return "en", "de", ...: for lang= and Content-Language.  NULL is English, here and below. */
const char *mtls_language_tag(const mtls_language_t *language);
/** @return UTF-8, never NULL; empty for MTLS_TEXT_NONE. */
const char *mtls_language_text(const mtls_language_t *language, mtls_text_t text);
const char *mtls_language_title(const mtls_language_t *language, mtls_reason_t reason);
const char *mtls_language_advice(const mtls_language_t *language, mtls_reason_t reason);

/** @return all texts of a language as such a file, to be edited; from @a pool.  NULL: memory is
 * out. */
const char *mtls_language_write(const mtls_language_t *language, apr_pool_t *pool);

#endif /* MTLS_POLICY_TEXTS_H */
