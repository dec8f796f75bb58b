/*
 * mod_mtls/policy/field.c - the table of fields, and the words that lead into it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/field.h"

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "field_row.h"
#include "mtls/cert/name_spec.h"
#include "mtls/policy/value.h"

/* Longest word that is compared with known ones to guess what was meant. */
enum { MAX_GUESSED = 24, MAX_DISTANCE = 2, SHORTEST_PART = 3 };

#define ATTRIBUTE(word, oid, help)                                                                 \
    {                                                                                              \
        {word, "text", help}, MTLS_FIELD_TEXT, MTLS_SOURCE_ATTR, MTLS_WHOSE_SUBJECT, oid           \
    }

static const char issuer_prefix[] = "issuer.";

static const mtls_field_row_t rows[] = {
    {{"subject", "name", "the whole subject"},
     MTLS_FIELD_NAME,
     MTLS_SOURCE_NAME,
     MTLS_WHOSE_SUBJECT,
     NULL},
    {{"issuer", "name", "the whole issuer"},
     MTLS_FIELD_NAME,
     MTLS_SOURCE_NAME,
     MTLS_WHOSE_ISSUER,
     NULL},
    ATTRIBUTE("cn", "2.5.4.3", "commonName in the subject"),
    ATTRIBUTE("ou", "2.5.4.11", "organizationalUnitName in the subject"),
    ATTRIBUTE("o", "2.5.4.10", "organizationName in the subject"),
    ATTRIBUTE("uid", "0.9.2342.19200300.100.1.1", "userId in the subject"),
    ATTRIBUTE("dc", "0.9.2342.19200300.100.1.25", "domainComponent in the subject"),
    ATTRIBUTE("c", "2.5.4.6", "countryName in the subject"),
    ATTRIBUTE("st", "2.5.4.8", "stateOrProvinceName in the subject"),
    ATTRIBUTE("l", "2.5.4.7", "localityName in the subject"),
    ATTRIBUTE("street", "2.5.4.9", "streetAddress in the subject"),
    ATTRIBUTE("sn", "2.5.4.4", "surname in the subject"),
    ATTRIBUTE("givenname", "2.5.4.42", "givenName in the subject"),
    ATTRIBUTE("title", "2.5.4.12", "title in the subject"),
    ATTRIBUTE("serialnumber", "2.5.4.5",
              "serialNumber in the subject: of the person or device, not of the certificate"),
    ATTRIBUTE("emailaddress", "1.2.840.113549.1.9.1",
              "emailAddress in the subject; email never looks there"),
    ATTRIBUTE("TYPE", NULL,
              "any other attribute of the subject: its name in RFC 4514 or OpenSSL, or its OID"),
    {{"issuer.TYPE", "text", "an attribute of the issuer: issuer.cn, issuer.2.5.4.5"},
     MTLS_FIELD_TEXT,
     MTLS_SOURCE_ATTR,
     MTLS_WHOSE_ISSUER,
     NULL},
    {{"email", "mailbox", "rfc822Name among the alternative names"},
     MTLS_FIELD_MAILBOX,
     MTLS_SOURCE_MAILBOX,
     MTLS_SAN_EMAIL,
     NULL},
    {{"email.local", "text", "what is before the @ of email"},
     MTLS_FIELD_TEXT,
     MTLS_SOURCE_LOCAL,
     MTLS_SAN_EMAIL,
     NULL},
    {{"email.domain", "host", "what is after the @ of email"},
     MTLS_FIELD_HOST,
     MTLS_SOURCE_DOMAIN,
     MTLS_SAN_EMAIL,
     NULL},
    {{"upn", "mailbox", "Microsoft's user principal name among the alternative names"},
     MTLS_FIELD_MAILBOX,
     MTLS_SOURCE_MAILBOX,
     MTLS_SAN_UPN,
     NULL},
    {{"upn.local", "text", "what is before the @ of upn"},
     MTLS_FIELD_TEXT,
     MTLS_SOURCE_LOCAL,
     MTLS_SAN_UPN,
     NULL},
    {{"upn.realm", "host", "what is after the @ of upn"},
     MTLS_FIELD_HOST,
     MTLS_SOURCE_DOMAIN,
     MTLS_SAN_UPN,
     NULL},
    {{"san-dns", "host", "dNSName among the alternative names"},
     MTLS_FIELD_HOST,
     MTLS_SOURCE_SAN,
     MTLS_SAN_DNS,
     NULL},
    {{"san-uri", "text", "uniformResourceIdentifier among the alternative names"},
     MTLS_FIELD_TEXT,
     MTLS_SOURCE_SAN,
     MTLS_SAN_URI,
     NULL},
    {{"san-ip", "address", "iPAddress among the alternative names"},
     MTLS_FIELD_ADDRESS,
     MTLS_SOURCE_SAN,
     MTLS_SAN_IP,
     NULL},
    {{"san-rid", "oid", "registeredID among the alternative names"},
     MTLS_FIELD_OID,
     MTLS_SOURCE_SAN,
     MTLS_SAN_RID,
     NULL},
    {{"san-dirname", "name", "directoryName among the alternative names"},
     MTLS_FIELD_NAME,
     MTLS_SOURCE_SAN,
     MTLS_SAN_DIRNAME,
     NULL},
    {{"san-other", "der", "otherName among the alternative names, but for upn"},
     MTLS_FIELD_DER,
     MTLS_SOURCE_SAN,
     MTLS_SAN_OTHER,
     NULL},
    {{"san-x400", "der", "x400Address among the alternative names"},
     MTLS_FIELD_DER,
     MTLS_SOURCE_SAN,
     MTLS_SAN_X400,
     NULL},
    {{"san-ediparty", "der", "ediPartyName among the alternative names"},
     MTLS_FIELD_DER,
     MTLS_SOURCE_SAN,
     MTLS_SAN_EDIPARTY,
     NULL},
    {{"serial", "number", "serial number, which means something beside an issuer only"},
     MTLS_FIELD_NUMBER,
     MTLS_SOURCE_SERIAL,
     0,
     NULL},
    {{"serial-issuer", "serial-issuer", "serial number, $ and issuer"},
     MTLS_FIELD_SERIAL_ISSUER,
     MTLS_SOURCE_SERIAL_ISSUER,
     0,
     NULL},
    {{"fingerprint", "digest", "SHA-256 of the certificate"},
     MTLS_FIELD_DIGEST,
     MTLS_SOURCE_CERT_DIGEST,
     0,
     NULL},
    {{"spki", "digest", "SHA-256 of the SubjectPublicKeyInfo"},
     MTLS_FIELD_DIGEST,
     MTLS_SOURCE_KEY_DIGEST,
     0,
     NULL},
    {{"eku", "oid", "extended key usages"}, MTLS_FIELD_OID, MTLS_SOURCE_EKU, 0, NULL},
    {{"policy", "oid", "certificate policies"}, MTLS_FIELD_OID, MTLS_SOURCE_POLICY, 0, NULL},
    {{"qc-type", "oid", "types of a qualified certificate (ETSI EN 319 412-5)"},
     MTLS_FIELD_OID,
     MTLS_SOURCE_QC_TYPE,
     0,
     NULL},
    {{"qc-statement", "oid", "statements of a qualified certificate (RFC 3739)"},
     MTLS_FIELD_OID,
     MTLS_SOURCE_QC_STATEMENT,
     0,
     NULL},
    {{"profile", "text", "the trust profile that accepted the certificate"},
     MTLS_FIELD_TEXT,
     MTLS_SOURCE_PROFILE,
     0,
     NULL},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static const char *word_of(int row)
{
    return rows[row].columns[0];
}

/* A row that stands for many words has none itself. */
static bool is_form(int row)
{
    return rows[row].source == MTLS_SOURCE_ATTR && rows[row].oid == NULL;
}

static int find_word(const char *word)
{
    int row;

    for (row = 0; row < ROW_COUNT; row++) {
        if (!is_form(row) && apr_cstr_casecmp(word, word_of(row)) == 0) {
            return row;
        }
    }
    return -1;
}

/* The row for an attribute type without one of its own. */
static int find_form(mtls_field_whose_t whose)
{
    int row;

    for (row = 0; !is_form(row) || rows[row].arg != (int)whose; row++) {
    }
    return row;
}

static int find_attr(const char *oid)
{
    int row;

    for (row = 0; row < ROW_COUNT; row++) {
        if (rows[row].oid != NULL && strcmp(oid, rows[row].oid) == 0) {
            return row;
        }
    }
    return -1;
}

const char *mtls_field_attr_word(const char *oid)
{
    int row = find_attr(oid);

    return row >= 0 ? word_of(row) : oid;
}

/* OID of an attribute type in any of its notations; NULL: it is none. */
static const char *attr_oid(const char *type, apr_pool_t *pool)
{
    const char *oid = NULL;
    int row = find_word(type);

    if (row >= 0) {
        return rows[row].oid; /* what has another meaning as a field is no attribute's name */
    }
    if (apr_isdigit(type[0])) {
        return mtls_value_parse_oid(&oid, type, pool) == NULL ? oid : NULL;
    }
    return mtls_attr_type_oid(type);
}

static void set_row(mtls_field_t *out, int row)
{
    out->row = row;
    out->kind = rows[row].kind;
    out->word = word_of(row);
    out->oid = rows[row].oid;
}

static void set_attr(mtls_field_t *out, mtls_field_whose_t whose, const char *oid, apr_pool_t *pool)
{
    int row = whose == MTLS_WHOSE_SUBJECT ? find_attr(oid) : -1;

    set_row(out, row >= 0 ? row : find_form(whose));
    out->oid = oid;
    out->word = mtls_field_attr_word(oid);
    if (whose == MTLS_WHOSE_ISSUER) {
        out->word = apr_pstrcat(pool, issuer_prefix, out->word, NULL);
    }
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* Single letters to add, drop or change; both words have at most MAX_GUESSED letters. */
static int edit_distance(const char *a, const char *b)
{
    int costs[MAX_GUESSED + 1];
    int i, j;

    for (j = 0; j <= MAX_GUESSED; j++) {
        costs[j] = j;
    }
    for (i = 1; a[i - 1] != '\0'; i++) {
        int diagonal = costs[0];

        costs[0] = i;
        for (j = 1; b[j - 1] != '\0'; j++) {
            int change = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = costs[j];
            costs[j] = smaller(change, 1 + smaller(costs[j], costs[j - 1]));
        }
    }
    return costs[strlen(b)];
}

/* How far a known word is from the one that was written; a part of it is as good as near. */
static int distance_to(const char *known, const char *word)
{
    bool part = strlen(known) >= SHORTEST_PART && strlen(word) >= SHORTEST_PART &&
                (strstr(known, word) != NULL || strstr(word, known) != NULL);

    return part ? smaller(MAX_DISTANCE, edit_distance(word, known)) : edit_distance(word, known);
}

/* The known word that was probably meant, or NULL. */
static const char *guess(const char *word, apr_pool_t *pool)
{
    size_t len = strlen(word);
    const char *best = NULL;
    int best_distance = MAX_DISTANCE + 1;
    char *lower, *c;
    int row;

    if (len < SHORTEST_PART || len > MAX_GUESSED) {
        return NULL;
    }
    lower = apr_pstrdup(pool, word);
    for (c = lower; *c; c++) {
        *c = (char)apr_tolower(*c);
    }
    for (row = 0; row < ROW_COUNT; row++) {
        int distance = is_form(row) ? best_distance : distance_to(word_of(row), lower);

        if (distance < best_distance) {
            best = word_of(row);
            best_distance = distance;
        }
    }
    return best;
}

const char *mtls_field_parse(mtls_field_t *out, const char *word, apr_pool_t *pool)
{
    size_t prefix_len = sizeof issuer_prefix - 1;
    mtls_field_whose_t whose = apr_cstr_casecmpn(word, issuer_prefix, prefix_len) == 0
                                   ? MTLS_WHOSE_ISSUER
                                   : MTLS_WHOSE_SUBJECT;
    int row = find_word(word);
    const char *oid, *meant;

    if (row >= 0) {
        set_row(out, row);
        return NULL;
    }
    oid = attr_oid(whose == MTLS_WHOSE_ISSUER ? word + prefix_len : word, pool);
    if (oid != NULL) {
        set_attr(out, whose, oid, pool);
        return NULL;
    }
    meant = guess(word, pool);
    return apr_psprintf(pool,
                        "unknown field %s%s%s%s subject, issuer, an attribute of them (cn, "
                        "issuer.o, 2.5.4.5), email, upn, san-TYPE, serial, serial-issuer, "
                        "fingerprint, spki, eku, policy, qc-type, qc-statement or profile",
                        mtls_value_quote(word, pool), meant ? "; did you mean " : "",
                        meant ? meant : "", meant ? "? Fields are" : "; use");
}

const mtls_field_row_t *mtls_field_row(const mtls_field_t *field)
{
    return &rows[field->row];
}

bool mtls_field_is_text(const mtls_field_t *field)
{
    return field->kind == MTLS_FIELD_TEXT || field->kind == MTLS_FIELD_HOST ||
           field->kind == MTLS_FIELD_MAILBOX;
}

const char *const *mtls_field_help(int row)
{
    return row >= 0 && row < ROW_COUNT ? rows[row].columns : NULL;
}
