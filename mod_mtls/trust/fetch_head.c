/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/fetch_head.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <strings.h>

/* Fields that count, and where their values are collected while a head is read. */
typedef enum {
    FIELD_LENGTH = 0,
    FIELD_TRANSFER,
    FIELD_CODING,
    FIELD_TYPE,
    FIELD_ETAG,
    FIELD_MODIFIED,
    FIELDS
} field_t;

static const char *const names[] = {
    "Content-Length", "Transfer-Encoding", "Content-Encoding", "Content-Type",
    "ETag",           "Last-Modified"};
_Static_assert(sizeof(names) / sizeof(names[0]) == FIELDS, "a name for each field");

typedef struct {
    int count[FIELDS];
    mtls_bytes_t value[FIELDS]; /* the last one */
} fields_t;

apr_size_t mtls_fetch_head_len(mtls_bytes_t octets)
{
    for (apr_size_t i = 0; i + 1 < octets.len; i++) {
        if (octets.data[i] != '\n')
            continue;
        if (octets.data[i + 1] == '\n')
            return i + 2;
        if (octets.data[i + 1] == '\r' && i + 2 < octets.len && octets.data[i + 2] == '\n')
            return i + 3;
    }
    return 0;
}

/* A carriage return alone would end the line for some readers only. */
static bool is_text(mtls_bytes_t octets)
{
    for (apr_size_t i = 0; i < octets.len; i++) {
        unsigned char c = octets.data[i];

        if (c == '\r' && (i + 1 == octets.len || octets.data[i + 1] != '\n'))
            return false;
        if ((c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f)
            return false;
    }
    return true;
}

static mtls_bytes_t trim(mtls_bytes_t text)
{
    while (text.len != 0 && strchr(" \t\r\n", text.data[text.len - 1]) != NULL)
        text.len--;
    while (text.len != 0 && (*text.data == ' ' || *text.data == '\t')) {
        text.data++;
        text.len--;
    }
    return text;
}

/* The next line, with its end. */
static mtls_bytes_t take_line(mtls_bytes_t *rest)
{
    const unsigned char *end = memchr(rest->data, '\n', rest->len);
    apr_size_t len = end != NULL ? (apr_size_t)(end - rest->data) + 1 : rest->len;
    mtls_bytes_t line = {rest->data, len};

    rest->data += len;
    rest->len -= len;
    return line;
}

/* "HTTP/1.1 200 OK", RFC 9112 section 4. @return 0: it is not one. */
static int status_of(mtls_bytes_t line)
{
    const unsigned char *at = line.data;

    line = trim(line);
    if (line.len < 12 || memcmp(at, "HTTP/1.", 7) != 0 || !apr_isdigit(at[7]) || at[8] != ' ' ||
        at[9] < '1' || at[9] > '5' || !apr_isdigit(at[10]) || !apr_isdigit(at[11]) ||
        (line.len > 12 && at[12] != ' '))
        return 0;
    return (at[9] - '0') * 100 + (at[10] - '0') * 10 + (at[11] - '0');
}

static bool is_field(mtls_bytes_t name, const char *wanted)
{
    return name.len == strlen(wanted) &&
           strncasecmp((const char *)name.data, wanted, name.len) == 0;
}

static void collect(fields_t *fields, mtls_bytes_t line)
{
    const unsigned char *colon = memchr(line.data, ':', line.len);
    mtls_bytes_t name = {line.data, colon != NULL ? (apr_size_t)(colon - line.data) : 0};

    for (int i = 0; colon != NULL && i < FIELDS; i++) {
        if (is_field(name, names[i])) {
            fields->count[i]++;
            fields->value[i] = trim((mtls_bytes_t){colon + 1, line.len - name.len - 1});
        }
    }
}

static bool read_length(mtls_fetch_head_t *head, const fields_t *fields)
{
    mtls_bytes_t text = fields->value[FIELD_LENGTH];

    if (fields->count[FIELD_LENGTH] == 0)
        return true;
    if (fields->count[FIELD_LENGTH] != 1 || text.len == 0 || text.len > 18)
        return false;
    for (apr_size_t i = 0; i < text.len; i++) {
        if (!apr_isdigit(text.data[i]))
            return false;
        head->length = head->length * 10 + (apr_size_t)(text.data[i] - '0');
    }
    head->has_length = true;
    return true;
}

static bool is_coded(const fields_t *fields, field_t field)
{
    return fields->count[field] > 1 ||
           (fields->count[field] == 1 && !is_field(fields->value[field], "identity"));
}

static const char *kept_value(const fields_t *fields, field_t field, apr_pool_t *pool)
{
    mtls_bytes_t value = fields->value[field];
    const char *text;

    if (fields->count[field] != 1 || value.len > MTLS_FETCH_MAX_VALUE)
        return NULL;
    text = apr_pstrmemdup(pool, (const char *)value.data, value.len);
    return mtls_fetch_head_is_value(text) ? text : NULL;
}

static const char *media_type(const fields_t *fields, apr_pool_t *pool)
{
    const char *value = kept_value(fields, FIELD_TYPE, pool);
    char *type;

    if (value == NULL)
        return NULL;
    type = apr_pstrmemdup(pool, value, strcspn(value, "; \t"));
    for (char *c = type; *c != '\0'; c++)
        *c = (char)apr_tolower(*c);
    return type;
}

const char *mtls_fetch_head_parse(mtls_fetch_head_t *head, mtls_bytes_t octets, apr_pool_t *pool)
{
    fields_t fields = {{0}, {{0}}};

    *head = (mtls_fetch_head_t){0};
    if (octets.len == 0 || octets.len > MTLS_FETCH_MAX_HEAD || !is_text(octets))
        return "what it answers is not HTTP";
    head->status = status_of(take_line(&octets));
    if (head->status == 0)
        return "what it answers is not HTTP/1";
    while (octets.len != 0) {
        mtls_bytes_t line = take_line(&octets);

        /* RFC 9112 section 5.2 lets a reader refuse folded lines. */
        if (*line.data == ' ' || *line.data == '\t')
            return "its answer has a header field of several lines";
        collect(&fields, line);
    }
    if (!read_length(head, &fields))
        return "its answer has a Content-Length that is not one number";
    head->framed = is_coded(&fields, FIELD_TRANSFER);
    head->encoded = is_coded(&fields, FIELD_CODING);
    head->type = media_type(&fields, pool);
    head->etag = kept_value(&fields, FIELD_ETAG, pool);
    head->last_modified = kept_value(&fields, FIELD_MODIFIED, pool);
    return NULL;
}

bool mtls_fetch_head_is_value(const char *text)
{
    apr_size_t len = 0;

    if (text == NULL)
        return false;
    for (; text[len] != '\0'; len++) {
        if (len == MTLS_FETCH_MAX_VALUE || text[len] < 0x20 || text[len] > 0x7e)
            return false;
    }
    return len != 0;
}
