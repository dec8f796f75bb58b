/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/pem.h"

#include <apr_strings.h>
#include <openssl/evp.h>

#define BEGIN     "-----BEGIN"
#define END       "-----END"
#define DASHES    "-----"
#define MAX_LABEL 64

static bool contains(mtls_bytes_t text, const char *what)
{
    return text.len != 0 && memmem(text.data, text.len, what, strlen(what)) != NULL;
}

static bool begins(mtls_bytes_t text, const char *what)
{
    size_t len = strlen(what);

    return text.len >= len && memcmp(text.data, what, len) == 0;
}

bool mtls_pem_check(mtls_bytes_t text)
{
    return contains(text, BEGIN);
}

void mtls_pem_init(mtls_pem_cursor_t *cursor, mtls_bytes_t text)
{
    mtls_pem_init_for(cursor, text, MTLS_PEM_CERTIFICATE);
}

void mtls_pem_init_for(mtls_pem_cursor_t *cursor, mtls_bytes_t text, const char *label)
{
    if (begins(text, "\xef\xbb\xbf")) {
        text.data += 3;
        text.len -= 3;
    }
    cursor->rest = text;
    cursor->line = 1;
    cursor->wanted = label;
}

/* The next line without its end and without white space behind its text. */
static bool take_line(mtls_bytes_t *line, mtls_pem_cursor_t *cursor)
{
    const unsigned char *end;
    apr_size_t len;

    if (cursor->rest.len == 0)
        return false;
    end = memchr(cursor->rest.data, '\n', cursor->rest.len);
    len = end != NULL ? (apr_size_t)(end - cursor->rest.data) : cursor->rest.len;
    *line = (mtls_bytes_t){cursor->rest.data, len};
    if (end != NULL)
        len++;
    cursor->rest.data += len;
    cursor->rest.len -= len;
    cursor->line++;
    while (line->len != 0 && strchr("\r\t ", line->data[line->len - 1]) != NULL &&
           line->data[line->len - 1] != '\0')
        line->len--;
    return true;
}

static bool is_text(mtls_bytes_t line)
{
    for (apr_size_t i = 0; i < line.len; i++) {
        if ((line.data[i] < 0x20 && line.data[i] != '\t') || line.data[i] == 0x7f)
            return false;
    }
    return true;
}

/* The label of a line that is exactly prefix, space, label, dashes; or NULL. */
static const char *label_of(mtls_bytes_t line, const char *prefix, apr_pool_t *pool)
{
    size_t before = strlen(prefix) + 1;
    size_t around = before + strlen(DASHES);

    if (!begins(line, prefix) || line.len < around || line.len - around > MAX_LABEL ||
        line.data[before - 1] != ' ' || !is_text(line) ||
        memcmp(line.data + line.len - strlen(DASHES), DASHES, strlen(DASHES)) != 0)
        return NULL;
    return apr_pstrmemdup(pool, (const char *)line.data + before, line.len - around);
}

static mtls_pem_result_t broken(mtls_pem_block_t *block, int line, const char *problem)
{
    block->line = line;
    block->problem = problem;
    return MTLS_PEM_BROKEN;
}

static bool is_base64(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

/* Append the digits of a line; padding may be the last thing only. */
static bool collect(unsigned char *digits, size_t *count, mtls_bytes_t line)
{
    for (apr_size_t i = 0; i < line.len; i++) {
        bool after_padding = *count != 0 && digits[*count - 1] == '=';

        if (line.data[i] != '=' && (!is_base64(line.data[i]) || after_padding))
            return false;
        digits[(*count)++] = line.data[i];
    }
    return true;
}

static bool decode(mtls_bytes_t *der, const unsigned char *digits, size_t count, apr_pool_t *pool)
{
    unsigned char *data = apr_palloc(pool, count / 4 * 3 + 1);
    size_t padding = 0;
    int len;

    while (padding < count && digits[count - 1 - padding] == '=')
        padding++;
    if (count == 0 || count % 4 != 0 || padding > 2)
        return false;
    len = EVP_DecodeBlock(data, digits, (int)count);
    if (len < 0 || (size_t)len <= padding)
        return false;
    *der = (mtls_bytes_t){data, (apr_size_t)len - padding};
    return true;
}

/* No line of a body has dashes, so whatever has them ends it. */
static apr_size_t body_len(mtls_bytes_t rest)
{
    const unsigned char *dashes =
        rest.len != 0 ? memmem(rest.data, rest.len, DASHES, strlen(DASHES)) : NULL;

    return dashes != NULL ? (apr_size_t)(dashes - rest.data) : rest.len;
}

/* From behind the BEGIN line to behind the END line.  Only what is wanted is decoded: nothing
 * else, above all no private key, is copied out of the file. */
static mtls_pem_result_t take_body(mtls_pem_block_t *block, mtls_pem_cursor_t *cursor,
                                   apr_pool_t *pool)
{
    bool wanted = strcmp(block->label, cursor->wanted) == 0;
    unsigned char *digits = apr_palloc(pool, wanted ? body_len(cursor->rest) + 1 : 1);
    size_t count = 0;
    bool clean = true;
    mtls_pem_cursor_t before = *cursor;
    mtls_bytes_t line;

    while (take_line(&line, cursor)) {
        if (contains(line, BEGIN)) {
            *cursor = before;
            return broken(block, block->line, "the block is cut off: another one begins inside it");
        }
        if (begins(line, END)) {
            const char *label = label_of(line, END, pool);

            if (label == NULL || strcmp(label, block->label) != 0)
                return broken(block, before.line, "the END line does not match the BEGIN line");
            if (wanted && (!clean || !decode(&block->der, digits, count, pool)))
                return broken(block, block->line, "the block is not valid base64");
            return MTLS_PEM_BLOCK;
        }
        clean = clean && (!wanted || (!contains(line, DASHES) && collect(digits, &count, line)));
        before = *cursor;
    }
    return broken(block, block->line, "the block is cut off: its END line is missing");
}

mtls_pem_result_t mtls_pem_next(mtls_pem_block_t *block, mtls_pem_cursor_t *cursor,
                                apr_pool_t *pool)
{
    mtls_bytes_t line;

    *block = (mtls_pem_block_t){0};
    for (int number = cursor->line; take_line(&line, cursor); number = cursor->line) {
        if (contains(line, BEGIN)) {
            block->line = number;
            block->label = label_of(line, BEGIN, pool);
            if (block->label == NULL)
                return broken(block, number, "the BEGIN line is malformed");
            return take_body(block, cursor, pool);
        }
        if (contains(line, END))
            return broken(block, number, "an END line without its BEGIN line");
        if (!is_text(line))
            return broken(block, number, "octets that are neither text nor a block");
    }
    return MTLS_PEM_END;
}
