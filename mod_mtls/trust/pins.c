/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/pins.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "mtls/trust/lines.h"
#include "mtls/trust/material.h"

#define SHOWN_LEN     80 /* of a value that is no pin, in a fault */
#define BASE64_DIGITS 44 /* of MTLS_SHA256_LEN octets */

typedef struct {
    unsigned char octets[MTLS_SHA256_LEN];
} pin_t;

struct mtls_pins_t {
    apr_array_header_t *kinds[MTLS_PIN_KINDS]; /* of pin_t, ascending, distinct */
};

static const char *const prefixes[] = {
    [MTLS_PIN_CERT] = "sha256:",
    [MTLS_PIN_SPKI] = "spki-sha256:",
};
_Static_assert(sizeof(prefixes) / sizeof(prefixes[0]) == MTLS_PIN_KINDS, "a prefix for each kind");

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Digits alone, or in pairs with a colon between, as openssl x509 -fingerprint writes them. */
static bool parse_hex(pin_t *pin, const char *text)
{
    bool colons = text[0] != '\0' && text[1] != '\0' && text[2] == ':';

    for (int i = 0; i < MTLS_SHA256_LEN; i++) {
        int high = hex_value(text[0]);
        int low = high >= 0 ? hex_value(text[1]) : -1;

        if (low < 0)
            return false;
        pin->octets[i] = (unsigned char)(high * 16 + low);
        text += 2;
        if (colons && i < MTLS_SHA256_LEN - 1 && *text++ != ':')
            return false;
    }
    return *text == '\0';
}

static bool parse_base64(pin_t *pin, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned char decoded[BASE64_DIGITS / 4 * 3];

    if (strlen(text) != BASE64_DIGITS || strspn(text, digits) != BASE64_DIGITS - 1 ||
        text[BASE64_DIGITS - 1] != '=')
        return false;
    if (EVP_DecodeBlock(decoded, (const unsigned char *)text, BASE64_DIGITS) != sizeof(decoded))
        return false;
    memcpy(pin->octets, decoded, MTLS_SHA256_LEN);
    return true;
}

static bool parse(mtls_pin_kind_t *kind, pin_t *pin, const char *text)
{
    for (int i = 0; i < MTLS_PIN_KINDS; i++) {
        size_t len = strlen(prefixes[i]);

        if (strncmp(text, prefixes[i], len) != 0)
            continue;
        *kind = (mtls_pin_kind_t)i;
        return parse_hex(pin, text + len) || (i == MTLS_PIN_SPKI && parse_base64(pin, text + len));
    }
    return false;
}

/* where: "" or the line of a pin file. */
static bool take(mtls_pins_t *pins, const char *text, const char *directive, const char *where,
                 mtls_origin_t at, mtls_faults_t *faults)
{
    mtls_pin_kind_t kind;
    pin_t pin;

    if (parse(&kind, &pin, text)) {
        APR_ARRAY_PUSH(pins->kinds[kind], pin_t) = pin;
        return true;
    }
    mtls_faults_add(faults, at,
                    "%s: %s'%.*s%s' is not a pin; give sha256: and 64 hexadecimal digits, or "
                    "spki-sha256: and 64 hexadecimal digits or 44 characters of base64",
                    directive, where, SHOWN_LEN, text, strlen(text) > SHOWN_LEN ? "..." : "");
    return false;
}

static bool printable(const char *text)
{
    while (apr_isprint(*text))
        text++;
    return *text == '\0';
}

static bool take_line(mtls_pins_t *pins, mtls_bytes_t word, const mtls_sourced_t *file, int number,
                      mtls_faults_t *faults, apr_pool_t *scratch)
{
    const char *line = apr_pstrmemdup(scratch, (const char *)word.data, word.len);

    return take(pins, printable(line) ? line : "(unprintable text)", "MTLSPinFile",
                apr_psprintf(scratch, "%s line %d: ", file->value, number), file->at, faults);
}

/* Editors may write a byte order mark first. */
static mtls_bytes_t without_mark(mtls_bytes_t octets)
{
    static const char mark[] = {'\xef', '\xbb', '\xbf'};

    if (octets.len < sizeof(mark) || memcmp(octets.data, mark, sizeof(mark)) != 0)
        return octets;
    return (mtls_bytes_t){octets.data + sizeof(mark), octets.len - sizeof(mark)};
}

static bool load_file(mtls_pins_t *pins, const mtls_sourced_t *file, mtls_files_t *files,
                      mtls_faults_t *faults, apr_pool_t *scratch)
{
    mtls_material_use_t use = {.directive = "MTLSPinFile", .at = file->at, .files = files};
    mtls_bytes_t octets, word;
    mtls_lines_t lines = {0};
    int found = 0;
    bool good = true;

    if (mtls_material_load(&octets, file->value, use, faults, scratch) != APR_SUCCESS)
        return false;
    if (memchr(octets.data, '\0', octets.len) != NULL) {
        mtls_faults_add(faults, file->at, "MTLSPinFile: %s is not a text file", file->value);
        return false;
    }
    lines.rest = without_mark(octets);
    while (mtls_lines_next(&word, &lines)) {
        found++;
        good = take_line(pins, word, file, lines.number, faults, scratch) && good;
    }
    if (found == 0) {
        mtls_faults_add(faults, file->at, "MTLSPinFile: %s holds no pin; give one a line",
                        file->value);
        good = false;
    }
    return good;
}

static int ascending(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(pin_t));
}

static void sort_distinct(apr_array_header_t *pins)
{
    pin_t *elts = (pin_t *)(void *)pins->elts;
    int kept = 0;

    qsort(elts, (size_t)pins->nelts, sizeof(pin_t), ascending);
    for (int i = 0; i < pins->nelts; i++) {
        if (kept == 0 || ascending(&elts[i], &elts[kept - 1]) != 0)
            elts[kept++] = elts[i];
    }
    pins->nelts = kept;
}

apr_status_t mtls_pins_load(const mtls_pins_t **out, const mtls_profile_spec_t *spec,
                            mtls_files_t *files, mtls_faults_t *faults, apr_pool_t *pool,
                            apr_pool_t *scratch)
{
    mtls_pins_t *pins = apr_pcalloc(pool, sizeof(*pins));
    bool good = true;

    for (int kind = 0; kind < MTLS_PIN_KINDS; kind++)
        pins->kinds[kind] = apr_array_make(pool, 4, sizeof(pin_t));
    for (int i = 0; i < spec->pins->nelts; i++) {
        const mtls_sourced_t *pin = &APR_ARRAY_IDX(spec->pins, i, const mtls_sourced_t);

        good = take(pins, pin->value, "MTLSPin", "", pin->at, faults) && good;
    }
    for (int i = 0; i < spec->pin_files->nelts; i++)
        good = load_file(pins, &APR_ARRAY_IDX(spec->pin_files, i, const mtls_sourced_t), files,
                         faults, scratch) &&
               good;
    for (int kind = 0; kind < MTLS_PIN_KINDS; kind++)
        sort_distinct(pins->kinds[kind]);
    *out = pins;
    return good ? APR_SUCCESS : APR_EGENERAL;
}

int mtls_pins_count(const mtls_pins_t *pins, mtls_pin_kind_t kind)
{
    return pins->kinds[kind]->nelts;
}

bool mtls_pins_check(const mtls_pins_t *pins, mtls_pin_kind_t kind, const unsigned char *digest)
{
    const apr_array_header_t *list = pins->kinds[kind];

    return bsearch(digest, list->elts, (size_t)list->nelts, sizeof(pin_t), ascending) != NULL;
}

mtls_bytes_t mtls_pins_octets(const mtls_pins_t *pins, mtls_pin_kind_t kind)
{
    const apr_array_header_t *list = pins->kinds[kind];

    return (mtls_bytes_t){(const unsigned char *)list->elts,
                          (apr_size_t)list->nelts * sizeof(pin_t)};
}
