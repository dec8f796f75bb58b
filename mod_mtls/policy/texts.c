/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/texts.h"

#include <apr_cstr.h>
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/reason.h"
#include "texts_parts.h"

static const struct {
    const char *word;
    const char *english;
} texts[] = {
    {"", ""},
#define MTLS_TEXT(id, word, english) {word, english},
#include "mtls/policy/texts.def"
#undef MTLS_TEXT
};

_Static_assert(sizeof(texts) / sizeof(texts[0]) == MTLS_TEXT_COUNT,
               "each text has a row, and each row a text");

static apr_size_t row_of(mtls_text_t text)
{
    unsigned row = (unsigned)text;

    return row < MTLS_TEXT_COUNT ? row : MTLS_TEXT_NONE;
}

const char *mtls_text_word(mtls_text_t text)
{
    return texts[row_of(text)].word;
}

mtls_language_t *mtls_language_make(const mtls_languages_t *languages, const char *tag,
                                    apr_pool_t *pool)
{
    mtls_language_t *language = apr_pcalloc(pool, sizeof(*language));

    language->tag = apr_pstrdup(pool, tag);
    language->all = languages;
    return language;
}

mtls_languages_t *mtls_languages_make(apr_pool_t *pool)
{
    mtls_languages_t *languages = apr_palloc(pool, sizeof(*languages));
    mtls_language_t *german = mtls_language_make(languages, "de", pool);

    german->words = *mtls_texts_german();
    languages->list = apr_array_make(pool, 4, sizeof(mtls_language_t *));
    APR_ARRAY_PUSH(languages->list, mtls_language_t *) = mtls_language_make(languages, "en", pool);
    APR_ARRAY_PUSH(languages->list, mtls_language_t *) = german;
    return languages;
}

mtls_language_t *mtls_languages_find(const mtls_languages_t *languages, const char *tag,
                                     apr_size_t len)
{
    int i;

    for (i = 0; i < languages->list->nelts; i++) {
        mtls_language_t *language = APR_ARRAY_IDX(languages->list, i, mtls_language_t *);

        if (strlen(language->tag) == len && apr_cstr_casecmpn(language->tag, tag, len) == 0) {
            return language;
        }
    }
    return NULL;
}

const mtls_language_t *mtls_languages_get(const mtls_languages_t *languages, const char *tag)
{
    return mtls_languages_find(languages, tag, strlen(tag));
}

apr_size_t mtls_tag_truncate(const char *tag, apr_size_t len)
{
    while (len > 0 && tag[len - 1] != '-') {
        len--;
    }
    len -= len > 0;
    return len > 1 && tag[len - 2] == '-' ? len - 2 : len;
}

/* The next that is asked for what @a language lacks: a shorter tag's, English, nobody. */
static const mtls_language_t *next_of(const mtls_language_t *language)
{
    const mtls_language_t *english = APR_ARRAY_IDX(language->all->list, 0, mtls_language_t *);
    apr_size_t len = strlen(language->tag);

    while ((len = mtls_tag_truncate(language->tag, len)) > 0) {
        const mtls_language_t *shorter = mtls_languages_find(language->all, language->tag, len);

        if (shorter) {
            return shorter;
        }
    }
    return language != english ? english : NULL;
}

const char *mtls_language_tag(const mtls_language_t *language)
{
    return language ? language->tag : "en";
}

const char *mtls_language_text(const mtls_language_t *language, mtls_text_t text)
{
    apr_size_t row = row_of(text);

    for (; language; language = next_of(language)) {
        if (language->words.texts[row]) {
            return language->words.texts[row];
        }
    }
    return texts[row].english;
}

const char *mtls_language_title(const mtls_language_t *language, mtls_reason_t reason)
{
    const mtls_reason_info_t *info = mtls_reason_info(reason);

    for (; language; language = next_of(language)) {
        if (language->words.reasons[info->reason].title) {
            return language->words.reasons[info->reason].title;
        }
    }
    return info->title;
}

const char *mtls_language_advice(const mtls_language_t *language, mtls_reason_t reason)
{
    const mtls_reason_info_t *info = mtls_reason_info(reason);

    for (; language; language = next_of(language)) {
        if (language->words.reasons[info->reason].advice) {
            return language->words.reasons[info->reason].advice;
        }
    }
    return info->advice;
}
