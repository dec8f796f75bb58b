/*
 * mod_mtls/policy/field_literal.c - values as administrators write them, to keys.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_lib.h>
#include <apr_strings.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "field_row.h"
#include "field_value.h"
#include "mtls/cert/name_spec.h"
#include "mtls/policy/mailbox.h"
#include "mtls/policy/value.h"

enum { IPV4_LEN = 4, IPV6_LEN = 16 };

/* A literal under way. */
typedef struct {
    mtls_field_value_t value;
    const mtls_field_t *field;
    const char *text;
    apr_pool_t *pool;
} literal_t;

static const char *fault(const literal_t *literal, const char *advice)
{
    return apr_pstrcat(literal->pool, mtls_value_quote(literal->text, literal->pool), " ", advice,
                       NULL);
}

/* @return 0 to 15, or -1 */
static int hex_value(char c)
{
    const char *digits = "0123456789abcdef";
    const char *found = c != '\0' ? strchr(digits, apr_tolower(c)) : NULL;

    return found != NULL ? (int)(found - digits) : -1;
}

/*
 * Octets from hex, with ":" between two digits and two where one likes.  An odd number of digits is
 * taken as if a 0 stood first, when @a odd.
 */
static bool parse_hex(mtls_bytes_t *out, const char *hex, bool odd, apr_pool_t *pool)
{
    size_t len = strlen(hex);
    unsigned char *octets = apr_palloc(pool, len / 2 + 1);
    mtls_bytes_t parsed = {octets, 0};
    bool half = odd && strchr(hex, ':') == NULL && len % 2 == 1;

    if (*hex == '\0') {
        return false;
    }
    for (; *hex != '\0'; half = false) {
        int high = half ? 0 : hex_value(*hex++);
        int low = high >= 0 ? hex_value(*hex++) : -1;

        if (low < 0) {
            return false;
        }
        octets[parsed.len++] = (unsigned char)(high * 16 + low);
        if (*hex == ':' && *++hex == '\0') {
            return false;
        }
    }
    *out = parsed;
    return true;
}

/* Big-endian octets of a decimal number of at most MTLS_IDENTITY_MAX_SERIAL octets. */
static bool parse_decimal(mtls_bytes_t *out, const char *digits, apr_pool_t *pool)
{
    unsigned char octets[MTLS_IDENTITY_MAX_SERIAL]; /* little-endian */
    unsigned char *magnitude;
    apr_size_t len = 1, i;

    octets[0] = 0;
    for (; *digits != '\0'; digits++) {
        unsigned int carry = (unsigned int)(*digits - '0');

        for (i = 0; i < len; i++) {
            carry += octets[i] * 10u;
            octets[i] = (unsigned char)(carry & 0xff);
            carry >>= 8;
        }
        if (carry != 0 && len == sizeof octets) {
            return false;
        }
        if (carry != 0) {
            octets[len++] = (unsigned char)carry;
        }
    }
    magnitude = apr_palloc(pool, len);
    for (i = 0; i < len; i++) {
        magnitude[i] = octets[len - 1 - i];
    }
    *out = (mtls_bytes_t){magnitude, len};
    return true;
}

static mtls_bytes_t without_zeros(mtls_bytes_t magnitude)
{
    while (magnitude.len > 1 && magnitude.data[0] == 0) {
        magnitude.data++;
        magnitude.len--;
    }
    return magnitude;
}

static const char *parse_serial(mtls_bytes_t *key, const literal_t *literal, const char *text)
{
    static const char out_of_range[] = "is longer than any serial number that is read";
    static const char what[] = "is not a serial number; use decimal digits, or hex after 0x as in "
                               "0x0ABC or with colons between octets as in 0A:BC";
    bool negative = text[0] == '-';
    const char *digits = text + negative;
    mtls_bytes_t magnitude;

    if (strlen(text) > 3 * MTLS_IDENTITY_MAX_SERIAL) {
        return fault(literal, out_of_range);
    }
    if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
        if (!parse_hex(&magnitude, digits + 2, true, literal->pool)) {
            return fault(literal, what);
        }
    } else if (strchr(digits, ':') != NULL) {
        if (!parse_hex(&magnitude, digits, false, literal->pool)) {
            return fault(literal, what);
        }
    } else if (digits[0] == '\0' || digits[strspn(digits, "0123456789abcdefABCDEF")] != '\0') {
        return fault(literal, what);
    } else if (digits[strspn(digits, "0123456789")] != '\0') {
        return fault(literal, "has letters; write 0x before it when it is hex");
    } else if (!parse_decimal(&magnitude, digits, literal->pool)) {
        return fault(literal, out_of_range);
    }
    magnitude = without_zeros(magnitude);
    if (magnitude.len > MTLS_IDENTITY_MAX_SERIAL) {
        return fault(literal, out_of_range);
    }
    *key = mtls_field_serial_key(magnitude, negative && (magnitude.len > 1 || magnitude.data[0]),
                                 literal->pool);
    return NULL;
}

static const char *parse_name(literal_t *literal, const char *text)
{
    mtls_name_t *name = apr_pcalloc(literal->pool, sizeof *name);
    const char *wrong = mtls_name_parse(name, text, literal->pool);

    if (wrong != NULL) {
        return fault(literal, apr_pstrcat(literal->pool, "is no name: ", wrong, NULL));
    }
    if (!name->complete || name->count == 0) {
        return fault(literal, "is no name that a certificate can have");
    }
    literal->value.name = name;
    return NULL;
}

static const char *read_name(literal_t *literal)
{
    const char *wrong = parse_name(literal, literal->text);

    if (wrong == NULL) {
        literal->value.key = mtls_name_key(literal->value.name, literal->pool);
    }
    return wrong;
}

static const char *read_serial_issuer(literal_t *literal)
{
    const char *sign = strchr(literal->text, '$');
    const char *wrong;
    mtls_bytes_t serial = {NULL, 0};

    if (sign == NULL) {
        return fault(literal, "has no $; use a serial number, $ and the issuer's name");
    }
    wrong = parse_serial(
        &serial, literal,
        apr_pstrmemdup(literal->pool, literal->text, (apr_size_t)(sign - literal->text)));
    if (wrong == NULL) {
        wrong = parse_name(literal, sign + 1);
    }
    if (wrong == NULL) {
        literal->value.key =
            mtls_field_serial_issuer_key(serial, literal->value.name, literal->pool);
    }
    return wrong;
}

static const char *read_text(literal_t *literal)
{
    const char *copy = apr_pstrdup(literal->pool, literal->text);
    const char *c;

    for (c = copy; *c != '\0'; c++) {
        if (apr_iscntrl(*c)) {
            return fault(literal, "has a control character; no value that is compared has one");
        }
    }
    literal->value.key = mtls_field_octets(copy);
    if (literal->value.key.len > MTLS_IDENTITY_MAX_TEXT) {
        return fault(literal, "is longer than any value that is read");
    }
    return NULL;
}

static const char *read_host(literal_t *literal)
{
    const char *wrong = read_text(literal);

    if (wrong == NULL) {
        literal->value.key = mtls_field_lower(literal->value.key, literal->pool);
    }
    return wrong;
}

static const char *read_mailbox(literal_t *literal)
{
    const char *wrong = read_text(literal);
    mtls_bytes_t local, domain;

    if (wrong != NULL) {
        return wrong;
    }
    if (!mtls_mailbox_split(literal->value.key, &local, &domain)) {
        return fault(literal,
                     apr_psprintf(literal->pool,
                                  "is not local@domain with one @; use %s.local or %s to compare "
                                  "one side",
                                  literal->field->word,
                                  mtls_field_row(literal->field)->arg == MTLS_SAN_UPN
                                      ? "upn.realm"
                                      : "email.domain"));
    }
    literal->value.key = mtls_field_mailbox_key(literal->value.key, domain, literal->pool);
    return NULL;
}

static const char *read_address(literal_t *literal)
{
    unsigned char *octets = apr_palloc(literal->pool, IPV6_LEN);
    apr_size_t len = IPV4_LEN;

    if (inet_pton(AF_INET, literal->text, octets) != 1) {
        len = IPV6_LEN;
        if (inet_pton(AF_INET6, literal->text, octets) != 1) {
            return fault(literal, "is not an address; use 192.0.2.1 or 2001:db8::1");
        }
    }
    literal->value.key = (mtls_bytes_t){octets, len};
    return NULL;
}

static const char *read_digest(literal_t *literal)
{
    bool spki = mtls_field_row(literal->field)->source == MTLS_SOURCE_KEY_DIGEST;
    const char *pin_text =
        apr_pstrcat(literal->pool, spki ? "spki-sha256:" : "sha256:", literal->text, NULL);
    mtls_pin_t *pin = apr_palloc(literal->pool, sizeof *pin);

    if (mtls_value_parse_pin(pin, pin_text, literal->pool) != NULL) {
        return fault(literal,
                     spki ? "is not a SHA-256; use 64 hex digits, or 44 characters of base64"
                          : "is not a SHA-256; use 64 hex digits");
    }
    literal->value.key = (mtls_bytes_t){pin->digest, MTLS_SHA256_LEN};
    return NULL;
}

static const char *read_oid(literal_t *literal)
{
    const char *oid = NULL;
    const char *wrong = mtls_value_parse_oid(&oid, literal->text, literal->pool);

    if (wrong == NULL) {
        literal->value.key = mtls_field_octets(oid);
    }
    return wrong;
}

static const char *read_der(literal_t *literal)
{
    bool typed = mtls_field_row(literal->field)->arg == MTLS_SAN_OTHER;
    const char *sign = typed ? strchr(literal->text, '=') : NULL;
    const char *hash = sign != NULL ? sign + 1 : literal->text;
    const char *oid = NULL;
    mtls_bytes_t der = {NULL, 0};

    if (sign != NULL) {
        const char *type =
            apr_pstrmemdup(literal->pool, literal->text, (apr_size_t)(sign - literal->text));

        if (!apr_isdigit(type[0]) || mtls_value_parse_oid(&oid, type, literal->pool) != NULL) {
            hash = "";
        }
    }
    if ((typed && sign == NULL) || hash[0] != '#' ||
        !parse_hex(&der, hash + 1, false, literal->pool)) {
        return fault(literal, typed ? "is not a type-id, =, # and hex of the value's DER"
                                    : "is not # and hex of the value's DER");
    }
    literal->value.key = mtls_field_der_key(oid, der, literal->pool);
    return NULL;
}

static const char *read_literal(literal_t *literal)
{
    switch (literal->field->kind) {
    case MTLS_FIELD_NAME:
        return read_name(literal);
    case MTLS_FIELD_TEXT:
        return read_text(literal);
    case MTLS_FIELD_HOST:
        return read_host(literal);
    case MTLS_FIELD_MAILBOX:
        return read_mailbox(literal);
    case MTLS_FIELD_ADDRESS:
        return read_address(literal);
    case MTLS_FIELD_NUMBER:
        return parse_serial(&literal->value.key, literal, literal->text);
    case MTLS_FIELD_DIGEST:
        return read_digest(literal);
    case MTLS_FIELD_OID:
        return read_oid(literal);
    case MTLS_FIELD_DER:
        return read_der(literal);
    case MTLS_FIELD_SERIAL_ISSUER:
        return read_serial_issuer(literal);
    case MTLS_FIELD_KINDS:
        break;
    }
    return "no such kind of value";
}

const char *mtls_field_literal_value(mtls_field_value_t *out, const mtls_field_t *field,
                                     const char *text, apr_pool_t *pool)
{
    literal_t literal = {.field = field, .text = text, .pool = pool};
    const char *wrong = text[0] != '\0'
                            ? read_literal(&literal)
                            : apr_pstrcat(pool, "an empty value matches nothing; use not ",
                                          field->word, " present to ask for its absence", NULL);

    if (wrong == NULL) {
        *out = literal.value;
    }
    return wrong;
}

const char *mtls_field_literal(mtls_bytes_t *key, const mtls_field_t *field, const char *text,
                               apr_pool_t *pool)
{
    mtls_field_value_t value;
    const char *wrong = mtls_field_literal_value(&value, field, text, pool);

    if (wrong == NULL) {
        *key = value.key;
    }
    return wrong;
}
