/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/tool/trust_read.h"

#include <apr_cstr.h>
#include <apr_file_info.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/directives.h"
#include "mtls/policy/value.h"

/* httpd hands over no more arguments than this, and drops the rest without a word. */
#define MAX_ARGS 64

static const char section[] = "<MTLSTrust";
static const char section_end[] = "</MTLSTrust";

/* One file while it is read. */
typedef struct {
    mtls_bytes_t rest;
    int line; /* where rest begins */
    int column;
    char *buffer; /* one line, as long as the file at most */
    const char *file;
    const char *root;
    apr_array_header_t *specs;
    mtls_profile_spec_t *open; /* of the section we are in; NULL: outside */
    mtls_faults_t *faults;
    apr_pool_t *pool;
} reader_t;

static unsigned char take_octet(reader_t *reader)
{
    unsigned char octet = *reader->rest.data++;

    reader->rest.len--;
    reader->column++;
    if (octet == '\n') {
        reader->line++;
        reader->column = 1;
    }
    return octet;
}

/* Pass over a backslash that ends its line. */
static bool take_continuation(reader_t *reader)
{
    mtls_bytes_t rest = reader->rest;
    apr_size_t len = 2;

    if (rest.len > 2 && rest.data[1] == '\r') {
        len = 3;
    }
    if (rest.len < len || rest.data[0] != '\\' || rest.data[len - 1] != '\n') {
        return false;
    }
    for (; len > 0; len--) {
        take_octet(reader);
    }
    return true;
}

/*
 * The next line with its continuations, without white space around it, in the reader's buffer; @a
 * at is where its first word begins.
 */
static bool take_line(const char **out, mtls_origin_t *at, reader_t *reader)
{
    apr_size_t len = 0;

    *at = (mtls_origin_t){reader->file, reader->line, reader->column};
    if (reader->rest.len == 0) {
        return false;
    }
    while (reader->rest.len > 0) {
        mtls_origin_t here = {reader->file, reader->line, reader->column};
        unsigned char octet;

        if (take_continuation(reader)) {
            continue;
        }
        octet = take_octet(reader);
        if (octet == '\n') {
            break;
        }
        if (len == 0 && apr_isspace(octet)) {
            continue;
        }
        if (len == 0) {
            *at = here;
        }
        reader->buffer[len++] = (char)octet;
    }
    while (len > 0 && apr_isspace(reader->buffer[len - 1])) {
        len--;
    }
    reader->buffer[len] = '\0';
    *out = reader->buffer;
    return true;
}

/* Length of a word from @a text on, without its quotes; @a quote is the one that ends it, or NUL.
 */
static size_t word_len(const char *text, char quote)
{
    size_t len = 0;

    while (text[len] && (quote ? text[len] != quote : !apr_isspace(text[len]))) {
        bool pair = quote && text[len] == '\\' && (text[len + 1] == quote || text[len + 1] == '\\');

        len += pair ? 2 : 1;
    }
    return len;
}

/* The next word as httpd reads words: "a b", 'a b' or a, with \\ and the escaped quote; moves
 * @a cursor to what follows. */
static const char *take_word(const char **cursor, apr_pool_t *pool)
{
    char quote = **cursor == '"' || **cursor == '\'' ? **cursor : '\0';
    const char *text = *cursor + (quote ? 1 : 0);
    const char *end = text + word_len(text, quote);
    char *word = apr_palloc(pool, (apr_size_t)(end - text) + 1), *to = word;

    *cursor = end + (quote && *end == quote ? 1 : 0);
    *cursor += strspn(*cursor, " \t\r\v\f");
    for (; text < end; text++) {
        if (*text == '\\' && text + 1 < end && (text[1] == '\\' || (quote && text[1] == quote))) {
            text++;
        }
        *to++ = *text;
    }
    *to = '\0';
    return word;
}

static const char *absolute_path(void *baton, const char *path)
{
    const reader_t *reader = baton;
    char *out;

    if (apr_filepath_merge(&out, reader->root, path, 0, reader->pool) != APR_SUCCESS) {
        return NULL;
    }
    return out;
}

static void apply(reader_t *reader, const mtls_directive_t *directive, const char *args,
                  mtls_origin_t at)
{
    mtls_parse_t parse = {at, reader->pool, absolute_path, reader};
    const char *argv[MAX_ARGS];
    const char *fault;
    int argc = 0;

    while (*args) {
        const char *word = take_word(&args, reader->pool);

        if (*word == '\0' && *args == '\0') {
            break;
        }
        if (argc == MAX_ARGS) {
            mtls_faults_add(reader->faults, at,
                            "%s: has more than %d arguments, of which httpd reads no more; use "
                            "several lines",
                            directive->name, MAX_ARGS);
            return;
        }
        argv[argc++] = word;
    }
    fault = mtls_directive_apply(directive, reader->open, argc, argv, &parse);
    if (fault) {
        mtls_faults_add(reader->faults, at, "%s", fault);
    }
}

static const mtls_directive_t *find_directive(const char *name)
{
    int i;

    for (i = 0; i < MTLS_DIRECTIVE_COUNT; i++) {
        if (apr_cstr_casecmp(mtls_directives[i].name, name) == 0) {
            return &mtls_directives[i];
        }
    }
    return NULL;
}

static void take_directive(reader_t *reader, const char *name, const char *args, mtls_origin_t at)
{
    const mtls_directive_t *directive = find_directive(name);
    const char *profile = reader->open->name;

    if (apr_cstr_casecmp(name, "Include") == 0 || apr_cstr_casecmp(name, "IncludeOptional") == 0) {
        mtls_faults_add(reader->faults, at, "%s inside <MTLSTrust %s> is not followed here", name,
                        profile);
    } else if (!directive) {
        mtls_faults_add(reader->faults, at, "unknown directive %s inside <MTLSTrust %s>",
                        mtls_value_quote(name, reader->pool), profile);
    } else if (!(directive->where & MTLS_WHERE_PROFILE)) {
        mtls_faults_add(reader->faults, at, "%s does not belong inside <MTLSTrust>",
                        directive->name);
    } else if (strstr(args, "${")) {
        mtls_faults_add(reader->faults, at,
                        "%s: only httpd knows the value of %s; write the value to check it here",
                        directive->name, mtls_value_quote(strstr(args, "${"), reader->pool));
    } else {
        apply(reader, directive, args, at);
    }
}

static void complain_of_open(reader_t *reader)
{
    if (reader->open) {
        mtls_faults_add(reader->faults, reader->open->at, "<MTLSTrust %s> lacks its </MTLSTrust>",
                        reader->open->name);
        reader->open = NULL;
    }
}

static void open_section(reader_t *reader, const char *args, mtls_origin_t at)
{
    const char *end = strrchr(args, '>');
    const char *name, *fault;

    complain_of_open(reader);
    if (!end) {
        mtls_faults_add(reader->faults, at, "<MTLSTrust name> lacks its closing '>'");
        end = args + strlen(args);
    }
    args = apr_pstrmemdup(reader->pool, args, (apr_size_t)(end - args));
    name = take_word(&args, reader->pool);
    fault = mtls_profile_name_check(name, reader->pool);
    if (fault) {
        mtls_faults_add(reader->faults, at, "%s", fault);
    }
    reader->open = mtls_profile_spec_make(name, at, reader->pool);
    APR_ARRAY_PUSH(reader->specs, mtls_profile_spec_t *) = reader->open;
}

static bool begins(const char *text, const char *what)
{
    return apr_cstr_casecmpn(text, what, strlen(what)) == 0;
}

/* Conditions of httpd: what stands in them is read, they are not. */
static bool is_condition(const char *tag)
{
    return begins(tag, "<If") || begins(tag, "</If");
}

/* An end tag.  Of another section than ours it shows that ours was not closed. */
static void close_section(reader_t *reader, const char *tag, mtls_origin_t at)
{
    const char *rest = tag + sizeof(section_end) - 1;

    if (!begins(tag, section_end) || (*rest && *rest != '>')) {
        if (!is_condition(tag)) {
            complain_of_open(reader);
        }
        return;
    }
    if (*rest == '\0') {
        mtls_faults_add(reader->faults, at, "</MTLSTrust lacks its closing '>'");
    } else if (!reader->open) {
        mtls_faults_add(reader->faults, at, "</MTLSTrust> without its <MTLSTrust name>");
    }
    reader->open = NULL;
}

static void take_tag(reader_t *reader, char *tag, const char *args, mtls_origin_t at)
{
    char *last = tag + strlen(tag) - 1;

    if (tag[1] == '/') {
        close_section(reader, tag, at);
        return;
    }
    if (*last == '>') {
        *last = '\0';
        args = *args ? args : ">";
    }
    if (apr_cstr_casecmp(tag, section) == 0) {
        open_section(reader, args, at);
    } else if (reader->open && !is_condition(tag)) {
        mtls_faults_add(reader->faults, at, "section %s does not belong inside <MTLSTrust %s>",
                        mtls_value_quote(tag, reader->pool), reader->open->name);
    }
}

static bool has_nul(reader_t *reader)
{
    const unsigned char *found =
        reader->rest.len ? memchr(reader->rest.data, '\0', reader->rest.len) : NULL;

    if (!found) {
        return false;
    }
    while (reader->rest.data < found) {
        take_octet(reader);
    }
    mtls_faults_add(reader->faults, (mtls_origin_t){reader->file, reader->line, reader->column},
                    "holds a NUL octet; a configuration file is text");
    return true;
}

void mtls_trust_read(apr_array_header_t *specs, mtls_bytes_t text, const char *file,
                     const char *root, mtls_faults_t *faults, apr_pool_t *pool)
{
    reader_t reader = {.rest = text,
                       .line = 1,
                       .column = 1,
                       .buffer = apr_palloc(pool, text.len + 1),
                       .file = apr_pstrdup(pool, file),
                       .root = root,
                       .specs = specs,
                       .faults = faults,
                       .pool = pool};
    mtls_origin_t at;
    const char *line;

    if (has_nul(&reader)) {
        return;
    }
    while (take_line(&line, &at, &reader)) {
        if (*line == '<') {
            char *tag = apr_pstrdup(pool, take_word(&line, pool));

            take_tag(&reader, tag, line, at);
        } else if (*line && *line != '#' && reader.open) {
            const char *name = take_word(&line, pool);

            take_directive(&reader, name, line, at);
        }
    }
    complain_of_open(&reader);
}

bool mtls_trust_read_fits(mtls_bytes_t text)
{
    apr_size_t i = 0;

    while (i < text.len) {
        const unsigned char *end;

        while (i < text.len && (text.data[i] == ' ' || text.data[i] == '\t')) {
            i++;
        }
        if (text.len - i >= sizeof(section) - 1 && begins((const char *)text.data + i, section)) {
            return true;
        }
        end = i < text.len ? memchr(text.data + i, '\n', text.len - i) : NULL;
        i = end ? (apr_size_t)(end - text.data) + 1 : text.len;
    }
    return false;
}
