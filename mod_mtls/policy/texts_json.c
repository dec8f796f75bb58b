/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mtls/policy/codepoint.h"
#include "mtls/policy/reason.h"
#include "mtls/policy/shown.h"
#include "mtls/policy/texts.h"
#include "texts_parts.h"

/* Longest tag that is taken: RFC 5646 section 4.4.1. */
#define MAX_TAG 35

/* A file while it is read. */
typedef struct {
    mtls_words_t *words;
    mtls_origin_t at;
    mtls_faults_t *faults;
    bool failed;
    apr_pool_t *pool;
} reading_t;

typedef void take_fn(reading_t *reading, const char *key, const json_t *value);

/* @a path: the keys before @a key, with a dot behind each. */
static void add_fault(reading_t *reading, const char *path, const char *key, const char *text)
{
    mtls_faults_add(reading->faults, reading->at, "%s%s: %s", path,
                    mtls_shown_text(key, MTLS_SHOWN_MAX, reading->pool), text);
    reading->failed = true;
}

static bool is_fit_to_show(const char *text)
{
    while (*text) {
        if (mtls_codepoint_next(&text) == MTLS_CODEPOINT_REPLACEMENT) {
            return false;
        }
    }
    return true;
}

/* @return the text from the pool; NULL with a fault. */
static const char *take_text(reading_t *reading, const char *path, const char *key,
                             const json_t *value)
{
    const char *text = json_string_value(value), *fault = NULL;

    if (!text) {
        fault = "must be a text, in quotes";
    } else if (!*text) {
        fault = "is empty; leave the key out to keep the text that is there";
    } else if (json_string_length(value) > MTLS_TEXT_MAX) {
        fault = "is longer than " APR_STRINGIFY(MTLS_TEXT_MAX) " octets";
    } else if (!is_fit_to_show(text)) {
        fault = "has control characters, line ends or marks that turn the text's direction";
    }
    if (fault) {
        add_fault(reading, path, key, fault);
        return NULL;
    }
    return apr_pstrdup(reading->pool, text);
}

static void take_each(reading_t *reading, const char *key, const json_t *object, take_fn *take)
{
    void *at;

    if (!json_is_object(object)) {
        add_fault(reading, "", key, "must be an object, in braces");
        return;
    }
    for (at = json_object_iter((json_t *)object); at;
         at = json_object_iter_next((json_t *)object, at)) {
        take(reading, json_object_iter_key(at), json_object_iter_value(at));
    }
}

static void take_word(reading_t *reading, const char *key, const json_t *value)
{
    int text;

    for (text = MTLS_TEXT_NONE + 1; text < MTLS_TEXT_COUNT; text++) {
        if (strcmp(key, mtls_text_word((mtls_text_t)text)) == 0) {
            reading->words->texts[text] = take_text(reading, "texts.", key, value);
            return;
        }
    }
    add_fault(reading, "texts.", key, "is no text of ours; mtlsctl texts prints them all");
}

static void take_reason_words(reading_t *reading, mtls_reason_t reason, const json_t *object)
{
    const char *word = mtls_reason_info(reason)->word;
    const char *path = apr_pstrcat(reading->pool, "reasons.", word, ".", NULL);
    mtls_reason_words_t *words = &reading->words->reasons[reason];
    void *at;

    for (at = json_object_iter((json_t *)object); at;
         at = json_object_iter_next((json_t *)object, at)) {
        const char *key = json_object_iter_key(at);
        bool is_title = strcmp(key, "title") == 0;

        if (!is_title && strcmp(key, "advice") != 0) {
            add_fault(reading, path, key, "is neither title nor advice");
            continue;
        }
        *(is_title ? &words->title : &words->advice) =
            take_text(reading, path, key, json_object_iter_value(at));
    }
}

static void take_reason(reading_t *reading, const char *key, const json_t *value)
{
    int reason;

    for (reason = 0; reason < MTLS_REASON_COUNT; reason++) {
        if (strcmp(key, mtls_reason_info((mtls_reason_t)reason)->word) != 0) {
            continue;
        }
        if (json_is_object(value)) {
            take_reason_words(reading, (mtls_reason_t)reason, value);
        } else {
            add_fault(reading, "reasons.", key, "must be an object with title and advice");
        }
        return;
    }
    add_fault(reading, "reasons.", key, "is no reason; mtlsctl texts prints them all");
}

static void take_group(reading_t *reading, const char *key, const json_t *value)
{
    if (strcmp(key, "texts") == 0) {
        take_each(reading, key, value, take_word);
    } else if (strcmp(key, "reasons") == 0) {
        take_each(reading, key, value, take_reason);
    } else {
        add_fault(reading, "", key, "is neither texts nor reasons");
    }
}

static bool is_tag(const char *tag)
{
    apr_size_t len = strlen(tag);

    return len > 0 && len <= MAX_TAG && mtls_tag_len(tag) == len;
}

static json_t *parse(mtls_bytes_t json, mtls_origin_t at, mtls_faults_t *faults)
{
    json_error_t error;
    json_t *document;

    if (json.len > MTLS_TEXTS_MAX_FILE) {
        mtls_faults_add(faults, at, "longer than %d octets", MTLS_TEXTS_MAX_FILE);
        return NULL;
    }
    document = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, &error);
    if (!document) {
        at.line = error.line > 0 ? error.line : 0;
        at.column = error.column > 0 ? error.column : 0;
        mtls_faults_add(faults, at, "no JSON: %s", error.text);
    }
    return document;
}

/* Change a copy, so that a fault leaves everything as it was. */
static bool take_document(mtls_words_t *words, const json_t *document, mtls_origin_t at,
                          mtls_faults_t *faults, apr_pool_t *pool)
{
    mtls_words_t *copy = apr_pmemdup(pool, words, sizeof(*words));
    reading_t reading = {copy, at, faults, false, pool};

    take_each(&reading, "the file", document, take_group);
    if (!reading.failed) {
        *words = *copy;
    }
    return !reading.failed;
}

bool mtls_languages_add(mtls_languages_t *languages, const char *tag, mtls_bytes_t json,
                        mtls_origin_t at, mtls_faults_t *faults, apr_pool_t *pool)
{
    mtls_language_t *language;
    json_t *document;
    bool done;

    if (!is_tag(tag)) {
        mtls_faults_add(faults, at, "'%s' is no language tag, such as fr or pt-BR",
                        mtls_shown_text(tag, MTLS_SHOWN_MAX, pool));
        return false;
    }
    document = parse(json, at, faults);
    if (!document) {
        return false;
    }
    language = mtls_languages_find(languages, tag, strlen(tag));
    if (language) {
        done = take_document(&language->words, document, at, faults, pool);
    } else {
        language = mtls_language_make(languages, tag, pool);
        done = take_document(&language->words, document, at, faults, pool);
        if (done) {
            APR_ARRAY_PUSH(languages->list, mtls_language_t *) = language;
        }
    }
    json_decref(document);
    return done;
}

/* A NULL value fails the set, and with it the whole. */
static bool set_text(json_t *object, const char *key, const char *text)
{
    return json_object_set_new(object, key, json_string(text)) == 0;
}

static bool fill_texts(json_t *object, const mtls_language_t *language)
{
    bool done = true;
    int i;

    for (i = MTLS_TEXT_NONE + 1; done && i < MTLS_TEXT_COUNT; i++) {
        mtls_text_t text = (mtls_text_t)i;

        done = set_text(object, mtls_text_word(text), mtls_language_text(language, text));
    }
    return done;
}

static bool fill_reasons(json_t *object, const mtls_language_t *language)
{
    bool done = true;
    int i;

    for (i = 0; done && i < MTLS_REASON_COUNT; i++) {
        mtls_reason_t reason = (mtls_reason_t)i;
        json_t *words = json_object();

        done = json_object_set_new(object, mtls_reason_info(reason)->word, words) == 0 &&
               set_text(words, "title", mtls_language_title(language, reason)) &&
               set_text(words, "advice", mtls_language_advice(language, reason));
    }
    return done;
}

const char *mtls_language_write(const mtls_language_t *language, apr_pool_t *pool)
{
    json_t *document = json_object(), *texts = json_object(), *reasons = json_object();
    bool kept = json_object_set_new(document, "texts", texts) == 0;
    const char *out = NULL;
    char *text;

    /* takes its value over even when it fails */
    kept = json_object_set_new(document, "reasons", reasons) == 0 && kept;
    if (kept && fill_texts(texts, language) && fill_reasons(reasons, language)) {
        text = json_dumps(document, JSON_INDENT(2));
        out = text ? apr_pstrcat(pool, text, "\n", NULL) : NULL;
        free(text);
    }
    json_decref(document);
    return out;
}
