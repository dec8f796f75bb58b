/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/value.h"

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <stdint.h>
#include <string.h>

/* Longest foreign text repeated in a message. */
#define MAX_QUOTED     64

/* Length of 32 octets in padded base64. */
#define PIN_BASE64_LEN 44

/* A suffix of a number and what it multiplies with. */
typedef struct {
    const char *suffix;
    uint64_t factor;
} unit_t;

/* Largest first: writing takes the first that divides. */
static const unit_t size_units[] = {
    {"G", 1024u * 1024u * 1024u}, {"M", 1024u * 1024u}, {"K", 1024u}, {"", 1}, {NULL, 0}};

static const unit_t duration_units[] = {{"d", UINT64_C(86400000000)},
                                        {"h", UINT64_C(3600000000)},
                                        {"m", 60000000},
                                        {"s", 1000000},
                                        {"ms", 1000},
                                        {"", 1000000},
                                        {NULL, 0}};

static const unit_t no_units[] = {{"", 1}, {NULL, 0}};

/* RFC 5280 section 4.2.1.12, and Microsoft's smart card logon. */
static const struct {
    const char *name;
    const char *oid;
} oid_names[] = {
    {"clientAuth", "1.3.6.1.5.5.7.3.2"},
    {"serverAuth", "1.3.6.1.5.5.7.3.1"},
    {"emailProtection", "1.3.6.1.5.5.7.3.4"},
    {"smartcardLogon", "1.3.6.1.4.1.311.20.2.2"},
};

const char *mtls_value_quote(const char *text, apr_pool_t *pool)
{
    size_t len = strlen(text);
    char *out = apr_psprintf(pool, "'%.*s%s'", MAX_QUOTED, text, len > MAX_QUOTED ? "..." : "");
    char *c;

    for (c = out; *c; c++) {
        if (apr_iscntrl(*c)) {
            *c = '?';
        }
    }
    return out;
}

const char *mtls_value_words(const mtls_word_t *words, apr_pool_t *pool)
{
    const char *text = words->word;

    for (words++; words[-1].word && words->word; words++) {
        text = apr_pstrcat(pool, text, words[1].word ? ", " : " or ", words->word, NULL);
    }
    return text;
}

const char *mtls_value_word(const mtls_word_t *words, int value)
{
    for (; words->word; words++) {
        if (words->value == value) {
            return words->word;
        }
    }
    return NULL;
}

const char *mtls_value_parse_word(int *out, const char *text, const mtls_word_t *words,
                                  const char *noun, apr_pool_t *pool)
{
    const mtls_word_t *word;

    for (word = words; word->word; word++) {
        if (strcmp(word->word, text) == 0) {
            *out = word->value;
            return NULL;
        }
    }
    return apr_psprintf(pool, "unknown %s %s; use %s", noun, mtls_value_quote(text, pool),
                        mtls_value_words(words, pool));
}

const char *mtls_value_parse_switch(mtls_switch_t *out, const char *text, apr_pool_t *pool)
{
    if (apr_cstr_casecmp(text, "on") == 0) {
        *out = MTLS_ON;
        return NULL;
    }
    if (apr_cstr_casecmp(text, "off") == 0) {
        *out = MTLS_OFF;
        return NULL;
    }
    return apr_psprintf(pool, "unknown value %s; use on or off", mtls_value_quote(text, pool));
}

/* Read digits and a unit; what does not fit becomes UINT64_MAX, which no range admits. */
static bool parse_scaled(uint64_t *out, const char *text, const unit_t *units)
{
    uint64_t number = 0;
    const char *c = text;

    for (; apr_isdigit(*c); c++) {
        uint64_t digit = (uint64_t)(*c - '0');

        number = number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : number * 10 + digit;
    }
    for (; c > text && units->suffix; units++) {
        if (strcmp(c, units->suffix) == 0) {
            *out = number > UINT64_MAX / units->factor ? UINT64_MAX : number * units->factor;
            return true;
        }
    }
    return false;
}

static const char *write_scaled(uint64_t number, const unit_t *units, apr_pool_t *pool)
{
    while (units[1].suffix && (number % units->factor != 0 || number == 0)) {
        units++;
    }
    return apr_psprintf(pool, "%" APR_UINT64_T_FMT "%s", (apr_uint64_t)(number / units->factor),
                        units->suffix);
}

const char *mtls_value_parse_int(int *out, const char *text, int min, int max, apr_pool_t *pool)
{
    uint64_t number;

    if (!parse_scaled(&number, text, no_units)) {
        return apr_psprintf(pool, "%s is not a number; use %d to %d", mtls_value_quote(text, pool),
                            min, max);
    }
    if (number > (uint64_t)max || (int)number < min) {
        return apr_psprintf(pool, "%s is out of range; use %d to %d", mtls_value_quote(text, pool),
                            min, max);
    }
    *out = (int)number;
    return NULL;
}

const char *mtls_value_parse_size(apr_size_t *out, const char *text, apr_size_t min, apr_size_t max,
                                  apr_pool_t *pool)
{
    uint64_t number;

    if (!parse_scaled(&number, text, size_units)) {
        return apr_psprintf(pool,
                            "%s is not a size; use octets, or a number with K, M or G, %s to %s",
                            mtls_value_quote(text, pool), mtls_value_write_size(min, pool),
                            mtls_value_write_size(max, pool));
    }
    if (number < min || number > max) {
        return apr_psprintf(pool, "%s is out of range; use %s to %s", mtls_value_quote(text, pool),
                            mtls_value_write_size(min, pool), mtls_value_write_size(max, pool));
    }
    *out = (apr_size_t)number;
    return NULL;
}

const char *mtls_value_parse_duration(apr_interval_time_t *out, const char *text,
                                      apr_interval_time_t min, apr_interval_time_t max,
                                      apr_pool_t *pool)
{
    uint64_t number;

    if (!parse_scaled(&number, text, duration_units)) {
        return apr_psprintf(pool,
                            "%s is not a duration; use a number with ms, s, m, h or d, %s to %s",
                            mtls_value_quote(text, pool), mtls_value_write_duration(min, pool),
                            mtls_value_write_duration(max, pool));
    }
    if (number < (uint64_t)min || number > (uint64_t)max) {
        return apr_psprintf(pool, "%s is out of range; use %s to %s", mtls_value_quote(text, pool),
                            mtls_value_write_duration(min, pool),
                            mtls_value_write_duration(max, pool));
    }
    *out = (apr_interval_time_t)number;
    return NULL;
}

const char *mtls_value_write_size(apr_size_t size, apr_pool_t *pool)
{
    return write_scaled(size, size_units, pool);
}

const char *mtls_value_write_duration(apr_interval_time_t duration, apr_pool_t *pool)
{
    const unit_t *units = duration_units;

    if (duration == 0) {
        return "0";
    }
    while (strcmp(units->suffix, "ms") != 0 && duration % (apr_interval_time_t)units->factor != 0) {
        units++;
    }
    return apr_psprintf(pool, "%" APR_UINT64_T_FMT "%s",
                        (apr_uint64_t)duration / (apr_uint64_t)units->factor, units->suffix);
}

/* ITU-T X.660: the first arc is 0, 1 or 2, the second below 40 under 0 and 1. */
static bool is_dotted_oid(const char *text)
{
    const char *c = text;
    int arcs = 0;

    if (strlen(text) > MTLS_VALUE_MAX_OID || text[0] < '0' || text[0] > '2' || text[1] != '.') {
        return false;
    }
    for (;; c++) {
        size_t len = strspn(c, "0123456789");

        if (len == 0 || (len > 1 && *c == '0')) {
            return false;
        }
        if (++arcs == 2 && text[0] != '2' && (len > 2 || (len == 2 && *c > '3'))) {
            return false;
        }
        c += len;
        if (*c != '.') {
            return *c == '\0' && arcs >= 2;
        }
    }
}

const char *mtls_value_parse_oid(const char **out, const char *text, apr_pool_t *pool)
{
    size_t i;

    for (i = 0; i < sizeof(oid_names) / sizeof(oid_names[0]); i++) {
        if (strcmp(text, oid_names[i].name) == 0) {
            *out = oid_names[i].oid;
            return NULL;
        }
    }
    if (!is_dotted_oid(text)) {
        return apr_psprintf(pool,
                            "%s is not an object identifier; use dotted decimal as in "
                            "1.3.6.1.5.5.7.3.2, or clientAuth, serverAuth, emailProtection or "
                            "smartcardLogon",
                            mtls_value_quote(text, pool));
    }
    *out = apr_pstrdup(pool, text);
    return NULL;
}

/* Value of a digit in @a digits, of either case when they are hex; -1: none. */
static int digit_value(char c, const char *digits)
{
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

static bool parse_hex(unsigned char *digest, const char *text)
{
    int i;

    for (i = 0; i < MTLS_SHA256_LEN; i++) {
        int high, low;

        if (i > 0 && *text == ':') {
            text++;
        }
        high = digit_value((char)apr_tolower(text[0]), "0123456789abcdef");
        if (high < 0) {
            return false;
        }
        low = digit_value((char)apr_tolower(text[1]), "0123456789abcdef");
        if (low < 0) {
            return false;
        }
        digest[i] = (unsigned char)(high << 4 | low);
        text += 2;
    }
    return *text == '\0';
}

static bool parse_base64(unsigned char *digest, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = 0;
    int held = 0, filled = 0, i;

    if (strlen(text) != PIN_BASE64_LEN || text[PIN_BASE64_LEN - 1] != '=') {
        return false;
    }
    for (i = 0; i < PIN_BASE64_LEN - 1; i++) {
        int value = digit_value(text[i], digits);

        if (value < 0) {
            return false;
        }
        bits = (bits << 6 | (unsigned)value) & 0xfffu;
        held += 6;
        if (held >= 8) {
            held -= 8;
            digest[filled++] = (unsigned char)(bits >> held);
        }
    }
    return (bits & ((1u << held) - 1)) == 0; /* one spelling only: no stray bits at the end */
}

static const char pin_cert[] = "sha256:";
static const char pin_spki[] = "spki-sha256:";

const char *mtls_value_parse_pin(mtls_pin_t *out, const char *text, apr_pool_t *pool)
{
    mtls_pin_t pin = {.spki = strncmp(text, pin_spki, sizeof(pin_spki) - 1) == 0};
    const char *digits = text + (pin.spki ? sizeof(pin_spki) : sizeof(pin_cert)) - 1;

    if ((!pin.spki && strncmp(text, pin_cert, sizeof(pin_cert) - 1) != 0) ||
        (!parse_hex(pin.digest, digits) && !(pin.spki && parse_base64(pin.digest, digits)))) {
        return apr_psprintf(pool,
                            "%s is not a pin; use sha256: with 64 hex digits, or spki-sha256: "
                            "with 64 hex digits or 44 characters of base64",
                            mtls_value_quote(text, pool));
    }
    *out = pin;
    return NULL;
}

const char *mtls_value_write_pin(const mtls_pin_t *pin, apr_pool_t *pool)
{
    const char *kind = pin->spki ? pin_spki : pin_cert;
    size_t kind_len = strlen(kind);
    char *text = apr_palloc(pool, kind_len + 2 * MTLS_SHA256_LEN + 1);
    int i;

    memcpy(text, kind, kind_len);
    for (i = 0; i < MTLS_SHA256_LEN; i++) {
        text[kind_len + 2 * (size_t)i] = "0123456789abcdef"[pin->digest[i] >> 4];
        text[kind_len + 2 * (size_t)i + 1] = "0123456789abcdef"[pin->digest[i] & 15];
    }
    text[kind_len + 2 * MTLS_SHA256_LEN] = '\0';
    return text;
}

const char *mtls_value_after_key(const char *text, const char *key)
{
    size_t len = strlen(key);
    return strncmp(text, key, len) == 0 && text[len] == '=' ? text + len + 1 : NULL;
}
