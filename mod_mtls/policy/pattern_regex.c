/*
 * policy/pattern_regex.c - PCRE2, and the only file that knows of it.
 *
 * The just-in-time compiler is not used: depth and heap limits mean nothing to it, and it counts
 * other steps (pcre2jit(3)).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <apr_lib.h>
#include <apr_strings.h>
#include <pcre2.h>
#include <string.h>

#include "pattern_kinds.h"

/* Groups within groups. */
#define MAX_NESTING  32
/* KiB of backtracking that one match may keep. */
#define MAX_HEAP_KIB 1024
#define ERROR_TEXT   160

struct mtls_regex_t {
    pcre2_code *code;
    pcre2_match_context *limits;
    int *numbers; /* of the named groups */
    int count;
};

static apr_status_t free_regex(void *data)
{
    mtls_regex_t *regex = data;

    pcre2_code_free(regex->code);
    pcre2_match_context_free(regex->limits);
    return APR_SUCCESS;
}

/* "(*VERB)" could change options and end a match early; none is needed here.  An escaped "(" before
 * "*" and a capital is refused with them; "[(]*" says the same. */
static const char *find_verb(const char *text)
{
    while ((text = strstr(text, "(*")) != NULL) {
        if (apr_isupper(text[2])) {
            return text;
        }
        text += 2;
    }
    return NULL;
}

static pcre2_code *compile(const char *text, bool nocase, int *error, PCRE2_SIZE *offset)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    uint32_t options = PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY |
                       PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE |
                       (nocase ? PCRE2_CASELESS : 0);
    pcre2_code *code = NULL;

    *error = PCRE2_ERROR_NOMEMORY;
    *offset = 0;
    if (context) {
        pcre2_set_max_pattern_length(context, MTLS_PATTERN_MAX);
        pcre2_set_parens_nest_limit(context, MAX_NESTING);
        code =
            pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, options, error, offset, context);
    }
    pcre2_compile_context_free(context);
    return code;
}

static pcre2_match_context *make_limits(void)
{
    pcre2_match_context *limits = pcre2_match_context_create(NULL);

    if (limits) {
        pcre2_set_match_limit(limits, MTLS_PATTERN_MATCH_LIMIT);
        pcre2_set_depth_limit(limits, MTLS_PATTERN_MATCH_LIMIT / 10);
        pcre2_set_heap_limit(limits, MAX_HEAP_KIB);
    }
    return limits;
}

/* One entry of PCRE2's table of names: two octets of number, then the name. */
static int number_of(PCRE2_SPTR entry)
{
    return entry[0] << 8 | entry[1];
}

/* As a template can name it; with PCRE2_UTF the letters of all scripts are allowed. */
static bool is_plain_name(const char *name)
{
    while (*name > 0 && (apr_isalnum(*name) || *name == '_')) {
        name++;
    }
    return *name == '\0';
}

/* The table is sorted by name; what it names is put in the order of the groups. */
static const char *name_groups(mtls_regex_t *regex, apr_array_header_t *captures, apr_pool_t *pool)
{
    uint32_t count = 0, size = 0;
    PCRE2_SPTR table = NULL;
    int first = captures->nelts;
    uint32_t i;

    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMETABLE, &table);
    if (count > MTLS_PATTERN_MAX_CAPTURES) {
        return apr_psprintf(pool, "it has more than %d named groups", MTLS_PATTERN_MAX_CAPTURES);
    }
    regex->numbers = apr_palloc(pool, sizeof(int) * (count + 1));
    for (i = 0; i < count; i++) {
        const char *name = (const char *)(table + i * size + 2);
        int number = number_of(table + i * size);
        int at = regex->count++;

        if (!is_plain_name(name)) {
            return apr_psprintf(pool,
                                "the group %s has other characters than ASCII letters, digits and "
                                "underscores in its name",
                                name);
        }
        if (i > 0 && strcmp(name, (const char *)(table + (i - 1) * size + 2)) == 0) {
            return apr_psprintf(pool, "two groups are named %s", name);
        }
        APR_ARRAY_PUSH(captures, const char *) = NULL;
        for (; at > 0 && regex->numbers[at - 1] > number; at--) {
            regex->numbers[at] = regex->numbers[at - 1];
            APR_ARRAY_IDX(captures, first + at, const char *) =
                APR_ARRAY_IDX(captures, first + at - 1, const char *);
        }
        regex->numbers[at] = number;
        APR_ARRAY_IDX(captures, first + at, const char *) = apr_pstrdup(pool, name);
    }
    return NULL;
}

const char *mtls_regex_compile(mtls_regex_t **out, const char *text, bool nocase,
                               apr_array_header_t *captures, apr_pool_t *pool)
{
    mtls_regex_t *regex = apr_pcalloc(pool, sizeof(*regex));
    const char *verb = find_verb(text);
    PCRE2_SIZE offset;
    int error;

    if (verb) {
        return apr_psprintf(pool, "at %d: verbs such as (*LIMIT_MATCH=1) are not used here",
                            (int)(verb - text) + 1);
    }
    regex->code = compile(text, nocase, &error, &offset);
    regex->limits = make_limits();
    apr_pool_cleanup_register(pool, regex, free_regex, apr_pool_cleanup_null);
    if (!regex->code) {
        PCRE2_UCHAR message[ERROR_TEXT];

        pcre2_get_error_message(error, message, sizeof(message));
        return apr_psprintf(pool, "at %d: %s", (int)offset + 1, (const char *)message);
    }
    if (!regex->limits) {
        return "memory is out";
    }
    *out = regex;
    return name_groups(regex, captures, pool);
}

static void take_groups(const mtls_regex_t *regex, mtls_bytes_t text, const PCRE2_SIZE *ends,
                        mtls_bytes_t *groups)
{
    int i;

    for (i = 0; i < regex->count; i++) {
        PCRE2_SIZE from = ends[2 * regex->numbers[i]], to = ends[2 * regex->numbers[i] + 1];

        groups[i] = (mtls_bytes_t){NULL, 0};
        if (from != PCRE2_UNSET && from <= to && to <= text.len) {
            groups[i] = (mtls_bytes_t){text.data + from, to - from};
        }
    }
}

/*
 * In Unicode's caseless matching the long s is an "s" and the Kelvin sign a "k": somebody else
 * would be "kate" (T-N12).  Any part of an expression can be caseless.
 */
static bool folds_to_ascii(mtls_bytes_t text)
{
    static const unsigned char long_s[] = {0xc5, 0xbf}, kelvin[] = {0xe2, 0x84, 0xaa};
    apr_size_t i;

    for (i = 0; i + sizeof(long_s) <= text.len; i++) {
        if (memcmp(text.data + i, long_s, sizeof(long_s)) == 0 ||
            (i + sizeof(kelvin) <= text.len &&
             memcmp(text.data + i, kelvin, sizeof(kelvin)) == 0)) {
            return true;
        }
    }
    return false;
}

mtls_match_t mtls_regex_match(const mtls_regex_t *regex, mtls_bytes_t text, mtls_bytes_t *groups)
{
    mtls_match_t match = MTLS_MATCH_UNKNOWN;
    pcre2_match_data *data;
    int rc;

    if (folds_to_ascii(text)) {
        return MTLS_MATCH_UNKNOWN;
    }
    data = pcre2_match_data_create_from_pattern(regex->code, NULL);
    if (!data) {
        return MTLS_MATCH_UNKNOWN;
    }
    rc = pcre2_match(regex->code, (PCRE2_SPTR)text.data, text.len, 0, PCRE2_NO_JIT, data,
                     regex->limits);
    if (rc == PCRE2_ERROR_NOMATCH) {
        match = MTLS_MATCH_NO;
    } else if (rc > 0) {
        match = MTLS_MATCH_YES;
        take_groups(regex, text, pcre2_get_ovector_pointer(data), groups);
    }
    pcre2_match_data_free(data);
    return match;
}
