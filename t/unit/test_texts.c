/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "mtls/policy/codepoint.h"
#include "mtls/policy/reason.h"
#include "mtls/policy/texts.h"
#include "policy_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const mtls_origin_t at = {"fr.json", 0, 0};

static mtls_bytes_t bytes_of(const char *text)
{
    return (mtls_bytes_t){(const unsigned char *)text, strlen(text)};
}

static void check_add(mtls_languages_t *languages, const char *tag, const char *json)
{
    mtls_faults_t *faults = mtls_faults_make(pool);
    bool done = mtls_languages_add(languages, tag, bytes_of(json), at, faults, pool);

    ck_assert_msg(done && mtls_faults_count(faults) == 0, "%s: %s", tag,
                  mtls_faults_count(faults) ? mtls_faults_get(faults, 0)->text : "no fault");
}

/* What a page says in every place must be clean text: no markup, no NUL, no odd octet. */
static void check_text(const char *text)
{
    ck_assert_ptr_nonnull(text);
    ck_assert_msg(*text != '\0' && !strchr(text, '<') && !strchr(text, '>') && !strchr(text, '&'),
                  "%s", text);
    ck_assert_msg(!strstr(text, "  ") && text[strlen(text) - 1] != ' ', "spaces: %s", text);
    ck_assert_uint_le(strlen(text), MTLS_TEXT_MAX);
    for (const char *c = text; *c;) {
        ck_assert_msg(mtls_codepoint_next(&c) != MTLS_CODEPOINT_REPLACEMENT, "%s", text);
    }
}

/* Titles are sentences in one language and in the other. */
static void check_translated(const char *english, const char *german)
{
    const char *sentence = strchr(".?", english[strlen(english) - 1]);

    check_text(english);
    check_text(german);
    ck_assert_msg(!sentence || german[strlen(german) - 1] == *sentence, "%s", german);
}

START_TEST(German_has_every_text)
{
    const mtls_language_t *german = mtls_languages_get(mtls_languages_make(pool), "de");
    int i, same = 0;

    for (i = MTLS_TEXT_NONE + 1; i < MTLS_TEXT_COUNT; i++) {
        const char *english = mtls_language_text(NULL, (mtls_text_t)i);

        check_translated(english, mtls_language_text(german, (mtls_text_t)i));
        same += strcmp(english, mtls_language_text(german, (mtls_text_t)i)) == 0;
    }
    /* "Host" and "Status" are German too: what is lacking would be told in English */
    ck_assert_int_eq(same, 2);
    ck_assert_str_eq(mtls_language_text(german, MTLS_TEXT_NONE), "");
}
END_TEST

START_TEST(German_has_every_reason)
{
    const mtls_language_t *german = mtls_languages_get(mtls_languages_make(pool), "de");
    int i;

    for (i = 0; i < MTLS_REASON_COUNT; i++) {
        const mtls_reason_info_t *info = mtls_reason_info((mtls_reason_t)i);
        const char *title = mtls_language_title(german, info->reason);
        const char *advice = mtls_language_advice(german, info->reason);

        check_translated(info->title, title);
        check_translated(info->advice, advice);
        ck_assert_msg(strcmp(info->title, title) != 0, "%s has no title", info->word);
        ck_assert_msg(strcmp(info->advice, advice) != 0, "%s has no advice", info->word);
        ck_assert_msg((strstr(info->advice, "reference below") != NULL) ==
                          (strstr(advice, "Vorgangsnummer unten") != NULL),
                      "%s", info->word);
    }
}
END_TEST

START_TEST(no_language_is_English)
{
    const mtls_language_t *english = mtls_languages_choose(mtls_languages_make(pool), NULL);

    ck_assert_str_eq(mtls_language_tag(NULL), "en");
    ck_assert_str_eq(mtls_language_tag(english), "en");
    ck_assert_str_eq(mtls_language_text(NULL, MTLS_TEXT_AGAIN), "Try again");
    ck_assert_str_eq(mtls_language_text(english, MTLS_TEXT_AGAIN), "Try again");
    ck_assert_str_eq(mtls_language_text(english, (mtls_text_t)9999), "");
    ck_assert_str_eq(mtls_language_title(english, MTLS_REASON_EXPIRED),
                     mtls_reason_info(MTLS_REASON_EXPIRED)->title);
    ck_assert_str_eq(mtls_language_advice(NULL, (mtls_reason_t)9999),
                     mtls_reason_info(MTLS_REASON_INTERNAL)->advice);
}
END_TEST

static const struct {
    const char *accept;
    const char *tag;
} choices[] = {
    {"de", "de"},
    {"DE", "de"},
    {"en", "en"},
    {"de-AT", "de"},
    {"de-Latn-AT-1996", "de"},
    {"de-AT-x-own", "de"},
    {"deu", "en"},
    {"d", "en"},
    {"fr", "en"},
    {"fr, de", "de"},
    {"fr;q=0.9, de;q=0.1", "de"},
    {"en-GB,en;q=0.9,de;q=0.8", "en"},
    {"de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", "de"},
    {"en;q=0.5, de;q=0.501", "de"},
    {"en;q=0.5, de;q=0.5", "en"},
    {"de;q=0.5, en;q=0.5", "de"},
    {"en ; q=0.5 ,\tde ; Q=1.000 ", "de"},
    {", ,de,,", "de"},
    {"pt", "en"},
    {"pt-PT", "en"},
    {"pt-BR", "pt-BR"},
    {"PT-br;q=0.3", "pt-BR"},
    {"pt-BR-x-a", "pt-BR"},
    {"zh-a-pt", "zh"},
    {"zh-x", "zh-x"},
    {"zh-x-own", "zh"},
    /* "*" is what nothing else names */
    {"*", "en"},
    {"*;q=0.5, de;q=0.4", "en"},
    {"*, en;q=0.1, pt-BR;q=0.1, zh;q=0.1", "de"},
    {"en;q=0, *", "de"},
    {"de, *;q=0", "de"},
    {"*;q=0", "en"},
    {"en;q=0.1, *;q=0.8, de;q=0.5, pt;q=0.1, zh;q=0.1", "de"},
    /* refused */
    {"de;q=0", "en"},
    {"de;q=0.000, *;q=0.1", "en"},
    {"de-AT, de;q=0", "en"},
    {"en;q=0", "en"},
    {"pt;q=0, pt-BR", "pt-BR"},
    /* nothing, and what cannot be read */
    {NULL, "en"},
    {"", "en"},
    {" ", "en"},
    {"de;q=2", "en"},
    {"de;q=1.001", "en"},
    {"de;q=0.1234", "en"},
    {"de;q=", "en"},
    {"de;q", "en"},
    {"de;", "en"},
    {"de;x=1", "en"},
    {"de;q=1;q=1", "en"},
    {"de q=1", "en"},
    {"de;q=-1", "en"},
    {"de, de_AT", "en"},
    {"de, -", "en"},
    {"de, de-", "en"},
    {"de, 1a", "en"},
    {"de, **", "en"},
    {"de, *-AT", "en"},
    {"de, abcdefghi", "en"},
    {"de, de-abcdefghi", "en"},
    {"de, \xc3\xa9", "en"},
    {"de, \"en\"", "en"},
};

START_TEST(the_field_chooses)
{
    mtls_languages_t *languages = mtls_languages_make(pool);
    size_t i;

    check_add(languages, "pt-BR", "{}");
    check_add(languages, "zh", "{}");
    check_add(languages, "zh-x", "{}");
    for (i = 0; i < COUNT(choices); i++) {
        const mtls_language_t *language = mtls_languages_choose(languages, choices[i].accept);

        ck_assert_msg(strcmp(mtls_language_tag(language), choices[i].tag) == 0, "%s: %s",
                      choices[i].accept, mtls_language_tag(language));
    }
}
END_TEST

START_TEST(a_field_of_any_length_is_answered)
{
    const mtls_languages_t *languages = mtls_languages_make(pool);
    char *field = apr_palloc(pool, 100001);
    int i;

    for (i = 0; i < 100000; i++) {
        field[i] = "de,"[i % 3];
    }
    field[1022] = '\0';
    ck_assert_str_eq(mtls_language_tag(mtls_languages_choose(languages, field)), "de");
    field[1022] = ',';
    field[100000] = '\0';
    ck_assert_str_eq(mtls_language_tag(mtls_languages_choose(languages, field)), "en");
}
END_TEST

START_TEST(a_file_changes_words_and_brings_languages)
{
    mtls_languages_t *languages = mtls_languages_make(pool);
    const mtls_language_t *language;

    check_add(languages, "fr",
              "{\"texts\": {\"again\": \"R\xc3\xa9"
              "essayer\"}, "
              "\"reasons\": {\"expired\": {\"title\": \"Certificat expir\\u00e9 <&>.\"}}}");
    check_add(languages, "DE", "{\"reasons\": {\"expired\": {\"advice\": \"Rufen Sie an.\"}}}");
    language = mtls_languages_choose(languages, "fr-CA");
    ck_assert_str_eq(mtls_language_tag(language), "fr");
    ck_assert_str_eq(mtls_language_text(language, MTLS_TEXT_AGAIN), "R\xc3\xa9"
                                                                    "essayer");
    ck_assert_str_eq(mtls_language_title(language, MTLS_REASON_EXPIRED),
                     "Certificat expir\xc3\xa9 <&>.");
    ck_assert_str_eq(mtls_language_advice(language, MTLS_REASON_EXPIRED),
                     mtls_reason_info(MTLS_REASON_EXPIRED)->advice);
    ck_assert_str_eq(mtls_language_text(language, MTLS_TEXT_SHOW), "Show your certificate");
    language = mtls_languages_choose(languages, "de");
    ck_assert_str_eq(mtls_language_tag(language), "de");
    ck_assert_str_eq(mtls_language_advice(language, MTLS_REASON_EXPIRED), "Rufen Sie an.");
    ck_assert_str_eq(mtls_language_title(language, MTLS_REASON_EXPIRED),
                     "Ihr Zertifikat ist abgelaufen.");
}
END_TEST

START_TEST(what_is_lacking_is_told_in_the_nearest_language)
{
    mtls_languages_t *languages = mtls_languages_make(pool);
    const mtls_language_t *austrian, *french;

    check_add(languages, "de-AT", "{\"texts\": {\"again\": \"Noch amal\"}}");
    check_add(languages, "fr", "{}");
    check_add(languages, "en", "{\"texts\": {\"again\": \"Once more\", \"show\": \"Your card\"}}");
    austrian = mtls_languages_get(languages, "de-at");
    french = mtls_languages_get(languages, "fr");
    ck_assert_str_eq(mtls_language_text(austrian, MTLS_TEXT_AGAIN), "Noch amal");
    ck_assert_str_eq(mtls_language_text(austrian, MTLS_TEXT_SHOW), "Zertifikat vorzeigen");
    ck_assert_str_eq(mtls_language_title(austrian, MTLS_REASON_EXPIRED),
                     "Ihr Zertifikat ist abgelaufen.");
    ck_assert_str_eq(mtls_language_text(french, MTLS_TEXT_AGAIN), "Once more");
    ck_assert_str_eq(mtls_language_text(french, MTLS_TEXT_AGAIN_LINK), "Open this page again");
    ck_assert_ptr_null(mtls_languages_get(languages, "de-CH"));
}
END_TEST

/* As many octets of "a" as a text may have, and one more. */
static const char *long_file(int over)
{
    char *text = apr_palloc(pool, MTLS_TEXT_MAX + 2);

    memset(text, 'a', MTLS_TEXT_MAX + 1);
    text[MTLS_TEXT_MAX + over] = '\0';
    return apr_pstrcat(pool, "{\"texts\": {\"again\": \"", text, "\"}}", NULL);
}

START_TEST(every_fault_of_a_file_is_named)
{
    static const struct {
        const char *json;
        const char *fault;
    } files[] = {
        {"", "no JSON"},
        {"{", "no JSON"},
        {"{\"texts\": {}} x", "no JSON"},
        {"{\"texts\": {}, \"texts\": {}}", "no JSON"},
        {"{\"texts\": {\"again\": \"\xff\"}}", "no JSON"},
        {"{\"texts\": {\"again\": \"\\u0000\"}}", "no JSON"},
        {"[]", "the file: must be an object, in braces"},
        {"{\"step-up\": {}}", "step-up: is neither texts nor reasons"},
        {"{\"texts\": []}", "texts: must be an object, in braces"},
        {"{\"reasons\": 1}", "reasons: must be an object, in braces"},
        {"{\"texts\": {\"agian\": \"x\"}}", "texts.agian: is no text of ours"},
        {"{\"texts\": {\"\": \"x\"}}", "texts.: is no text of ours"},
        {"{\"texts\": {\"again\": 1}}", "texts.again: must be a text, in quotes"},
        {"{\"texts\": {\"again\": null}}", "texts.again: must be a text, in quotes"},
        {"{\"texts\": {\"again\": \"\"}}", "texts.again: is empty"},
        {"{\"texts\": {\"again\": \"a\\nb\"}}", "texts.again: has control characters"},
        {"{\"texts\": {\"again\": \"\\u202e\"}}", "texts.again: has control characters"},
        {"{\"texts\": {\"\\u001b[31m\": \"x\"}}", "texts.\xef\xbf\xbd[31m: is no text of ours"},
        {"{\"reasons\": {\"late\": {}}}", "reasons.late: is no reason"},
        {"{\"reasons\": {\"expired\": \"x\"}}", "reasons.expired: must be an object"},
        {"{\"reasons\": {\"expired\": {\"word\": \"x\"}}}", "reasons.expired.word: is neither"},
        {"{\"reasons\": {\"expired\": {\"title\": []}}}", "reasons.expired.title: must be a text"},
    };
    mtls_languages_t *languages = mtls_languages_make(pool);
    size_t i;

    for (i = 0; i < COUNT(files); i++) {
        mtls_faults_t *faults = mtls_faults_make(pool);

        ck_assert_msg(
            !mtls_languages_add(languages, "fr", bytes_of(files[i].json), at, faults, pool), "%s",
            files[i].json);
        ck_assert_int_eq(mtls_faults_error_count(faults), 1);
        ck_assert_msg(
            strncmp(mtls_faults_get(faults, 0)->text, files[i].fault, strlen(files[i].fault)) == 0,
            "%s: %s", files[i].json, mtls_faults_get(faults, 0)->text);
        ck_assert_str_eq(mtls_faults_get(faults, 0)->at.file, "fr.json");
    }
    ck_assert_ptr_null(mtls_languages_get(languages, "fr"));
}
END_TEST

START_TEST(a_broken_file_changes_nothing_and_tells_all_its_faults)
{
    mtls_languages_t *languages = mtls_languages_make(pool);
    mtls_faults_t *faults = mtls_faults_make(pool);

    ck_assert(!mtls_languages_add(
        languages, "de",
        bytes_of("{\"texts\": {\"again\": \"Nochmal\", \"show\": 1}, \"reasons\": {\"x\": {}}, "
                 "\"y\": 1}"),
        at, faults, pool));
    ck_assert_int_eq(mtls_faults_error_count(faults), 3);
    ck_assert_str_eq(mtls_language_text(mtls_languages_get(languages, "de"), MTLS_TEXT_AGAIN),
                     "Noch einmal versuchen");
}
END_TEST

START_TEST(a_fault_of_JSON_has_its_line)
{
    mtls_faults_t *faults = mtls_faults_make(pool);

    ck_assert(!mtls_languages_add(mtls_languages_make(pool), "fr",
                                  bytes_of("{\n \"texts\":\n {,}\n}"), at, faults, pool));
    ck_assert_int_eq(mtls_faults_get(faults, 0)->at.line, 3);
}
END_TEST

START_TEST(files_texts_and_tags_have_a_length)
{
    static const char *const bad[] = {"",
                                      "-",
                                      "de-",
                                      "-de",
                                      "de--AT",
                                      "1",
                                      "de_AT",
                                      "*",
                                      "de AT",
                                      "abcdefghi",
                                      "de-abcdefghi",
                                      "<b>",
                                      "abcdefgh-abcdefgh-abcdefgh-abcdefghi"};
    mtls_languages_t *languages = mtls_languages_make(pool);
    mtls_faults_t *faults = mtls_faults_make(pool);
    unsigned char *big = apr_palloc(pool, MTLS_TEXTS_MAX_FILE + 1);
    size_t i;

    check_add(languages, "fr", long_file(0));
    ck_assert(!mtls_languages_add(languages, "fr", bytes_of(long_file(1)), at, faults, pool));
    memcpy(memset(big, ' ', MTLS_TEXTS_MAX_FILE + 1), "{}", 2);
    ck_assert(mtls_languages_add(languages, "fr", (mtls_bytes_t){big, MTLS_TEXTS_MAX_FILE}, at,
                                 faults, pool));
    ck_assert(!mtls_languages_add(languages, "fr", (mtls_bytes_t){big, MTLS_TEXTS_MAX_FILE + 1}, at,
                                  faults, pool));
    ck_assert(!mtls_languages_add(languages, "fr", (mtls_bytes_t){NULL, 0}, at, faults, pool));
    ck_assert_int_eq(mtls_faults_error_count(faults), 3);
    for (i = 0; i < COUNT(bad); i++) {
        ck_assert_msg(!mtls_languages_add(languages, bad[i], bytes_of("{}"), at, faults, pool),
                      "%s", bad[i]);
    }
    ck_assert_int_eq(mtls_faults_error_count(faults), 3 + (int)COUNT(bad));
    check_add(languages, "zh-Hant-TW", "{}");
}
END_TEST

START_TEST(what_is_written_can_be_read)
{
    mtls_languages_t *languages = mtls_languages_make(pool);
    const char *german = mtls_language_write(mtls_languages_get(languages, "de"), pool);
    json_t *document = json_loads(german, JSON_REJECT_DUPLICATES, NULL);
    const json_t *expired;

    ck_assert_ptr_nonnull(document);
    ck_assert_uint_eq(json_object_size(json_object_get(document, "texts")), MTLS_TEXT_COUNT - 1);
    ck_assert_uint_eq(json_object_size(json_object_get(document, "reasons")), MTLS_REASON_COUNT);
    expired = json_object_get(json_object_get(document, "reasons"), "expired");
    ck_assert_str_eq(json_string_value(json_object_get(expired, "title")),
                     "Ihr Zertifikat ist abgelaufen.");
    json_decref(document);
    ck_assert_ptr_nonnull(strstr(german, "Aussteller"));
    check_add(languages, "de-CH", german);
    ck_assert_str_eq(mtls_language_write(mtls_languages_get(languages, "de-CH"), pool), german);
    ck_assert_str_ne(mtls_language_write(NULL, pool), german);
}
END_TEST

static size_t allocations_left;

static void *scarce_malloc(size_t size)
{
    if (allocations_left == 0) {
        return NULL;
    }
    allocations_left--;
    return malloc(size);
}

START_TEST(memory_may_run_out_anywhere)
{
    const mtls_languages_t *languages = mtls_languages_make(pool);
    const char *text = NULL;
    size_t limit;

    json_set_alloc_funcs(scarce_malloc, free);
    for (limit = 0; !text; limit += 1 + limit / 50) {
        allocations_left = limit;
        text = mtls_language_write(mtls_languages_get(languages, "de"), pool);
    }
    json_set_alloc_funcs(malloc, free);
    ck_assert_uint_gt(limit, 100);
    ck_assert_str_eq(text, mtls_language_write(mtls_languages_get(languages, "de"), pool));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {German_has_every_text,
                                  German_has_every_reason,
                                  no_language_is_English,
                                  the_field_chooses,
                                  a_field_of_any_length_is_answered,
                                  a_file_changes_words_and_brings_languages,
                                  what_is_lacking_is_told_in_the_nearest_language,
                                  every_fault_of_a_file_is_named,
                                  a_broken_file_changes_nothing_and_tells_all_its_faults,
                                  a_fault_of_JSON_has_its_line,
                                  files_texts_and_tags_have_a_length,
                                  what_is_written_can_be_read,
                                  memory_may_run_out_anywhere,
                                  NULL};

    return run_tests("texts", tests);
}
