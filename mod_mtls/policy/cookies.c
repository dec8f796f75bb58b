/*
 * mod_mtls/policy/cookies.c - our cookies out of a Cookie header field, and Set-Cookie lines.
 *
 * The field is cut into pieces at each ";".  A comma, which values of others may hold, cuts only
 * before a name of ours and at the end of a pair of ours.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/cookies.h"

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#define BLANKS " \t"

enum { NAME_LEN = sizeof(MTLS_COOKIE_TICKET) - 1, ATTEMPT_LEN = sizeof(MTLS_COOKIE_ATTEMPT) - 1 };

_Static_assert(ATTEMPT_LEN == NAME_LEN + 1, "an attempt's name is the ticket's and a dash");

/* One piece of the field: what it is parted by, its text, and in that its name without blanks
 * around. */
typedef struct {
    const char *lead; /* separator and blanks; the first has blanks only */
    apr_size_t lead_len;
    const char *text;
    apr_size_t len;
    apr_size_t name_len;
    bool ours;
} piece_t;

/* What was kept, written over a copy as long as the field. */
typedef struct {
    char *text;
    apr_size_t len;
    bool any;         /* some text */
    bool first;       /* nothing was kept yet */
    const char *lead; /* the last ";" and blanks before a piece taken out since; NULL: none */
    apr_size_t lead_len;
} rest_t;

/* Which attempts of the list are none: there twice, by a twin name, or without a value. */
typedef bool spoiled_t[MTLS_COOKIE_MAX_ATTEMPTS];

static apr_size_t blanks_len(const char *text)
{
    return strspn(text, BLANKS);
}

/* @return whether a name of ours begins here, in whatever case. */
static bool begins_ours(const char *text)
{
    if (apr_cstr_casecmpn(text, MTLS_COOKIE_TICKET, NAME_LEN) != 0) {
        return false;
    }
    text += NAME_LEN;
    return *text == '-' || strchr(";,=", text[blanks_len(text)]);
}

/* @return where the piece ends that begins at @a text: at a separator or the end. */
static const char *piece_end(const char *text, bool ours)
{
    const char *end = text + strcspn(text, ";,");

    while (*end == ',' && !ours && !begins_ours(end + 1 + blanks_len(end + 1))) {
        end++;
        end += strcspn(end, ";,");
    }
    return end;
}

static piece_t take_piece(const char **cursor)
{
    piece_t piece = {.lead = *cursor};
    const char *end;

    if (**cursor == ';' || **cursor == ',') {
        ++*cursor;
    }
    *cursor += blanks_len(*cursor);
    piece.lead_len = (apr_size_t)(*cursor - piece.lead);
    piece.text = *cursor;
    piece.ours = begins_ours(piece.text);
    end = piece_end(piece.text, piece.ours);
    piece.len = (apr_size_t)(end - piece.text);
    piece.name_len = strcspn(piece.text, "=;,");
    while (piece.name_len > 0 && strchr(BLANKS, piece.text[piece.name_len - 1])) {
        piece.name_len--;
    }
    *cursor = end;
    return piece;
}

/* Take a pair of ours out: with the separator before it, and what it parts stays parted by ";". */
static void leave_out(rest_t *rest, const piece_t *piece)
{
    if (*piece->lead == ';') {
        rest->lead = piece->lead;
        rest->lead_len = piece->lead_len;
    }
}

static void append(rest_t *rest, const char *text, apr_size_t len)
{
    memcpy(rest->text + rest->len, text, len);
    rest->len += len;
}

static void keep(rest_t *rest, const piece_t *piece, bool after_ours)
{
    if (!rest->first && rest->lead && *piece->lead == ',') {
        append(rest, rest->lead, rest->lead_len);
    } else if (!rest->first || !after_ours) {
        append(rest, piece->lead, piece->lead_len);
    }
    append(rest, piece->text, piece->len);
    rest->any = rest->any || piece->len != 0;
    rest->first = false;
    rest->lead = NULL;
}

/* cookie-octet of RFC 6265, section 4.1.1. */
static apr_size_t value_len(const char *text)
{
    return strspn(text, "!#$%&'()*+-./0123456789:<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "[]^_`abcdefghijklmnopqrstuvwxyz{|}~");
}

/* @return the value of a pair of ours; NULL when it is none that we would have set. */
static const char *value_of(const piece_t *piece, apr_pool_t *pool)
{
    const char *value = piece->text + piece->name_len, *end = piece->text + piece->len;
    apr_size_t len;

    if (*value != '=' || piece->text[piece->len] == ',') {
        return NULL;
    }
    value++;
    while (end > value && strchr(BLANKS, end[-1])) {
        end--;
    }
    len = (apr_size_t)(end - value);
    if (len == 0 || len > MTLS_COOKIE_MAX_VALUE || value_len(value) < len) {
        return NULL;
    }
    return apr_pstrmemdup(pool, value, len);
}

static void take_ticket(mtls_cookies_t *out, const piece_t *piece, apr_pool_t *pool)
{
    const char *value = value_of(piece, pool);
    const bool twin = memcmp(piece->text, MTLS_COOKIE_TICKET, NAME_LEN) != 0;

    if (*piece->lead == ',' || twin || !value || out->ticket) {
        out->spoiled = true;
    }
    out->ticket = out->spoiled ? NULL : value;
}

/* @return the digits of an attempt's name, in lower case, or NULL; @a twin is set when they are
 * not. */
static const char *attempt_key(const piece_t *piece, bool *twin, apr_pool_t *pool)
{
    char *key;
    apr_size_t i;

    if (piece->name_len != ATTEMPT_LEN + MTLS_COOKIE_KEY_LEN) {
        return NULL;
    }
    *twin = memcmp(piece->text, MTLS_COOKIE_ATTEMPT, ATTEMPT_LEN) != 0;
    key = apr_pstrmemdup(pool, piece->text + ATTEMPT_LEN, MTLS_COOKIE_KEY_LEN);
    for (i = 0; i < MTLS_COOKIE_KEY_LEN; i++) {
        if (!apr_isxdigit(key[i])) {
            return NULL;
        }
        *twin = *twin || apr_isupper(key[i]);
        key[i] = (char)apr_tolower(key[i]);
    }
    return key;
}

static void take_attempt(mtls_cookies_t *out, spoiled_t spoiled, const piece_t *piece,
                         apr_pool_t *pool)
{
    bool twin;
    const char *key = attempt_key(piece, &twin, pool);
    const char *value = value_of(piece, pool);
    int i = 0;

    if (!key) {
        return;
    }
    while (i < out->attempt_count && strcmp(out->attempts[i].key, key) != 0) {
        i++;
    }
    if (i == MTLS_COOKIE_MAX_ATTEMPTS) {
        return;
    }
    spoiled[i] = i < out->attempt_count || twin || !value || *piece->lead == ',';
    out->attempts[i] = (mtls_cookie_attempt_t){key, value};
    out->attempt_count += i == out->attempt_count ? 1 : 0;
}

static void drop_spoiled(mtls_cookies_t *out, const spoiled_t spoiled)
{
    int kept = 0, i;

    for (i = 0; i < out->attempt_count; i++) {
        if (!spoiled[i]) {
            out->attempts[kept++] = out->attempts[i];
        }
    }
    for (i = kept; i < out->attempt_count; i++) {
        out->attempts[i] = (mtls_cookie_attempt_t){NULL, NULL};
    }
    out->attempt_count = kept;
}

static void take_pieces(mtls_cookies_t *out, rest_t *rest, const char *header, apr_pool_t *pool)
{
    spoiled_t spoiled = {false};
    const char *cursor = header;

    do {
        const piece_t piece = take_piece(&cursor);

        if (!piece.ours) {
            keep(rest, &piece, out->any);
            continue;
        }
        out->any = true;
        leave_out(rest, &piece);
        if (piece.name_len == NAME_LEN) {
            take_ticket(out, &piece, pool);
        } else {
            take_attempt(out, spoiled, &piece, pool);
        }
    } while (*cursor);
    drop_spoiled(out, spoiled);
}

void mtls_cookies_take(mtls_cookies_t *out, const char *header, apr_pool_t *pool)
{
    rest_t rest = {.first = true};

    *out = (mtls_cookies_t){.rest = header};
    if (!header) {
        return;
    }
    rest.text = apr_palloc(pool, strlen(header) + 1);
    take_pieces(out, &rest, header, pool);
    if (out->any) {
        rest.text[rest.len] = '\0';
        out->rest = rest.any ? rest.text : NULL;
    }
}

const char *mtls_cookies_attempt(const mtls_cookies_t *cookies, const char *key)
{
    int i;

    for (i = 0; key && i < cookies->attempt_count; i++) {
        if (strcmp(cookies->attempts[i].key, key) == 0) {
            return cookies->attempts[i].value;
        }
    }
    return NULL;
}

const char *mtls_cookie_line(const char *name, const char *value, long max_age, apr_pool_t *pool)
{
    const char *line =
        apr_pstrcat(pool, name, "=", value, "; Path=/; Secure; HttpOnly; SameSite=Lax", NULL);
    char date[APR_RFC822_DATE_LEN];

    if (max_age < 0)
        return line;
    /* Java takes one with Max-Age alone for a cookie of RFC 2965, and sends it back in quotes */
    apr_rfc822_date(date, max_age > 0 ? apr_time_now() + apr_time_from_sec(max_age) : 0);
    return apr_psprintf(pool, "%s; Max-Age=%ld; Expires=%s", line, max_age, date);
}
