/*
 * mod_mtls/cert/text.c - certificate values as text for people.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/cert/text.h"

#include <apr_encode.h>
#include <apr_strings.h>

#include "utf8.h"

/*
 * A bounded text that grows by units, each of which is kept whole or not at all.  "uncut" is where
 * the last unit ended that still leaves room for the mark of a cut.
 */
typedef struct {
    char *data;
    apr_size_t len;
    apr_size_t uncut;
    apr_size_t max;
    bool cut;
} line_t;

static const char cut_mark[] = "...";
enum { CUT_MARK_LEN = sizeof cut_mark - 1 };

static const char upper_hex[] = "0123456789ABCDEF";

static void begin(line_t *line, apr_size_t most, apr_size_t max, apr_pool_t *pool)
{
    apr_size_t room = most < max ? most : max;

    line->data = apr_palloc(pool, room + 1);
    line->len = 0;
    line->uncut = 0;
    line->max = room;
    line->cut = false;
}

static void put(line_t *line, const char *unit, apr_size_t len)
{
    if (line->cut || len > line->max - line->len) {
        line->cut = true;
        return;
    }
    memcpy(line->data + line->len, unit, len);
    line->len += len;
    if (line->len + CUT_MARK_LEN <= line->max) {
        line->uncut = line->len;
    }
}

static const char *end(line_t *line)
{
    if (line->cut) {
        memcpy(line->data + line->uncut, cut_mark, CUT_MARK_LEN);
        line->len = line->uncut + CUT_MARK_LEN;
    }
    line->data[line->len] = '\0';
    return line->data;
}

static void put_hex(line_t *line, mtls_bytes_t octets)
{
    apr_size_t i;

    for (i = 0; i < octets.len && !line->cut; i++) {
        char pair[2] = {upper_hex[octets.data[i] >> 4], upper_hex[octets.data[i] & 15]};

        put(line, pair, sizeof pair);
    }
}

/* RFC 4514 section 2.4: "#" and hex of the BER. */
static void put_hexstring(line_t *line, mtls_bytes_t der)
{
    put(line, "#", 1);
    put_hex(line, der);
}

/* The octets of one character, each as a hex pair, as one unit. */
static void put_escaped(line_t *line, const unsigned char *octets, apr_size_t size)
{
    char unit[3 * MTLS_UTF8_MAX];
    apr_size_t i;

    for (i = 0; i < size; i++) {
        unit[3 * i] = '\\';
        unit[3 * i + 1] = upper_hex[octets[i] >> 4];
        unit[3 * i + 2] = upper_hex[octets[i] & 15];
    }
    put(line, unit, 3 * size);
}

/* RFC 4514 section 2.4: what must stand after a backslash at this place. */
static bool is_special(unsigned char octet, bool first, bool last)
{
    return strchr("\"+,;<>\\", octet) != NULL || (octet == ' ' && (first || last)) ||
           (octet == '#' && first);
}

static void put_value(line_t *line, mtls_bytes_t text)
{
    mtls_bytes_t rest = text;

    while (rest.len != 0 && !line->cut) {
        uint32_t character = 0;
        apr_size_t size = mtls_utf8_next(&character, rest);
        char pair[2] = {'\\', (char)rest.data[0]};

        if (size == 0 || mtls_utf8_is_control(character)) {
            size = size != 0 ? size : 1;
            put_escaped(line, rest.data, size);
        } else if (is_special(rest.data[0], rest.len == text.len, rest.len == 1)) {
            put(line, pair, sizeof pair);
        } else {
            put(line, (const char *)rest.data, size);
        }
        rest.data += size;
        rest.len -= size;
    }
}

static void put_attribute(line_t *line, const mtls_attr_t *attr)
{
    const char *type = attr->short_name != NULL ? attr->short_name : attr->oid;

    put(line, type, strlen(type));
    put(line, "=", 1);
    if (attr->text.len != 0 && (attr->short_name != NULL || attr->der.len == 0)) {
        put_value(line, attr->text);
    } else {
        put_hexstring(line, attr->der);
    }
}

/* No name needs more octets than this: separators, types, and every octet in its longest form. */
static apr_size_t most_octets(const mtls_name_t *name)
{
    apr_size_t most = 1 + 2 * name->der.len;
    apr_size_t i, j;

    for (i = 0; i < name->count; i++) {
        for (j = 0; j < name->rdns[i].count; j++) {
            const mtls_attr_t *attr = &name->rdns[i].attrs[j];

            most += strlen(attr->oid) + 8 + 3 * attr->text.len + 2 * attr->der.len;
        }
    }
    return most + CUT_MARK_LEN;
}

const char *mtls_name_write(const mtls_name_t *name, apr_size_t max, apr_pool_t *pool)
{
    line_t line;
    apr_size_t i, j;

    begin(&line, most_octets(name), max, pool);
    if (!name->complete) {
        put_hexstring(&line, name->der);
        return end(&line);
    }
    for (i = name->count; i > 0; i--) {
        const mtls_rdn_t *rdn = &name->rdns[i - 1];

        for (j = 0; j < rdn->count; j++) {
            if (j != 0) {
                put(&line, "+", 1);
            } else if (i != name->count) {
                put(&line, ",", 1);
            }
            put_attribute(&line, &rdn->attrs[j]);
        }
    }
    return end(&line);
}

const char *mtls_hex_write(mtls_bytes_t bytes, apr_pool_t *pool)
{
    line_t line;

    begin(&line, 2 * bytes.len, 2 * bytes.len, pool);
    put_hex(&line, bytes);
    return end(&line);
}

const char *mtls_serial_write(const mtls_identity_t *identity, apr_pool_t *pool)
{
    const char *hex = mtls_hex_write(identity->serial, pool);

    return identity->serial_negative ? apr_pstrcat(pool, "-", hex, NULL) : hex;
}

const char *mtls_time_write(apr_time_t when, apr_pool_t *pool)
{
    apr_time_exp_t utc;

    apr_time_exp_gmt(&utc, when);
    return apr_psprintf(pool, "%04d-%02d-%02dT%02d:%02d:%02dZ", utc.tm_year + 1900, utc.tm_mon + 1,
                        utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

const char *mtls_san_write(const mtls_san_t *san, apr_pool_t *pool)
{
    apr_size_t type_len = san->type == MTLS_SAN_OTHER && san->oid ? strlen(san->oid) : 0;
    line_t line;

    if (san->name != NULL) {
        return mtls_name_write(san->name, MTLS_TEXT_MAX_SAN, pool);
    }
    if (san->text.len != 0) {
        return apr_pstrmemdup(pool, (const char *)san->text.data, san->text.len);
    }
    begin(&line, type_len + 2 + 2 * san->raw.len + CUT_MARK_LEN, MTLS_TEXT_MAX_SAN, pool);
    if (type_len != 0) {
        put(&line, san->oid, type_len);
        put(&line, "=", 1);
    }
    put_hexstring(&line, san->raw);
    return end(&line);
}

static const char *const san_words[] = {
    [MTLS_SAN_OTHER] = "other", [MTLS_SAN_EMAIL] = "email",     [MTLS_SAN_DNS] = "dns",
    [MTLS_SAN_X400] = "x400",   [MTLS_SAN_DIRNAME] = "dirname", [MTLS_SAN_EDIPARTY] = "ediparty",
    [MTLS_SAN_URI] = "uri",     [MTLS_SAN_IP] = "ip",           [MTLS_SAN_RID] = "rid",
    [MTLS_SAN_UPN] = "upn",
};
_Static_assert(sizeof san_words / sizeof san_words[0] == MTLS_SAN_TYPES, "a word for each type");

const char *mtls_san_type_word(mtls_san_type_t type)
{
    return san_words[type];
}

const char *mtls_pem_write(mtls_bytes_t der, apr_pool_t *pool)
{
    static const char head[] = "-----BEGIN CERTIFICATE-----\n";
    static const char tail[] = "-----END CERTIFICATE-----\n";
    enum { LINE_OCTETS = 48, LINE_CHARS = 64 };
    apr_size_t lines = (der.len + LINE_OCTETS - 1) / LINE_OCTETS;
    char *pem = apr_palloc(pool, sizeof head + lines * (LINE_CHARS + 1) + sizeof tail);
    char *at = pem + sizeof head - 1;
    apr_size_t done, len;

    memcpy(pem, head, sizeof head - 1);
    for (done = 0; done < der.len; done += LINE_OCTETS) {
        apr_size_t part = der.len - done < LINE_OCTETS ? der.len - done : LINE_OCTETS;

        apr_encode_base64_binary(at, der.data + done, (apr_ssize_t)part, APR_ENCODE_NONE, &len);
        at += len;
        *at++ = '\n';
    }
    memcpy(at, tail, sizeof tail);
    return pem;
}
