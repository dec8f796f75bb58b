/*
 * mod_mtls/policy/field_read.c - the values of a field in one certificate.
 *
 * This runs for each request: a value is borrowed from the identity wherever its octets are there
 * already, and a single value needs no array.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "field_row.h"
#include "field_value.h"
#include "mtls/cert/name_spec.h"
#include "mtls/cert/text.h"
#include "mtls/policy/mailbox.h"

/* otherName type of a user principal name; the identity has UPN for those in UTF8String only. */
static const char upn_type[] = "1.3.6.1.4.1.311.20.2.3";

enum { FIRST_ROOM = 4 };

/* A reading under way. */
typedef struct {
    mtls_field_values_t *out;
    mtls_field_value_t *array; /* NULL while out->one suffices */
    apr_size_t room;           /* of array */
    const mtls_field_t *field;
    const mtls_field_row_t *row;
    const mtls_holder_t *holder;
    bool with_text;
    apr_pool_t *pool;
} reading_t;

static void grow(reading_t *reading)
{
    apr_size_t room = reading->array != NULL ? 2 * reading->room : FIRST_ROOM;
    mtls_field_value_t *array = apr_palloc(reading->pool, room * sizeof *array);

    memcpy(array, reading->out->values, reading->out->count * sizeof *array);
    reading->array = array;
    reading->room = room;
    reading->out->values = array;
}

static mtls_field_value_t *append(reading_t *reading)
{
    mtls_field_values_t *out = reading->out;

    if (out->count != 0 && out->count >= reading->room) {
        grow(reading);
    }
    out->count++;
    return reading->array != NULL ? &reading->array[out->count - 1] : &out->one;
}

static void add(reading_t *reading, mtls_bytes_t text, mtls_bytes_t key, const mtls_name_t *name)
{
    mtls_field_value_t *value = append(reading);

    value->text = reading->with_text ? text : (mtls_bytes_t){NULL, 0};
    value->key = key;
    value->name = name;
}

/* A value whose text is made from its key, if anybody wants it. */
static void add_key(reading_t *reading, mtls_bytes_t key, const mtls_name_t *name)
{
    mtls_field_value_t value = {{NULL, 0}, key, name};

    add(reading,
        reading->with_text ? mtls_field_write(reading->field, &value, reading->pool) : value.text,
        key, name);
}

static void leave_out(reading_t *reading)
{
    reading->out->complete = false;
}

static bool is_clean(const mtls_name_t *name)
{
    apr_size_t i, j;

    for (i = 0; i < name->count; i++) {
        for (j = 0; j < name->rdns[i].count; j++) {
            if (name->rdns[i].attrs[j].text.len == 0) {
                return false;
            }
        }
    }
    return true;
}

/* A name without RDNs is no value; a name that could not be read may be any. */
static void read_name(reading_t *reading, const mtls_name_t *name)
{
    mtls_bytes_t text = {NULL, 0};

    if (!name->complete) {
        leave_out(reading);
    } else if (name->count != 0) {
        if (reading->with_text) {
            text = mtls_field_octets(mtls_name_write(name, APR_SIZE_MAX, reading->pool));
        }
        add(reading, text, mtls_name_key(name, reading->pool), name);
    }
}

/* The holder's own name.  With a value that is no text it can be told by its DER, but nobody can
 * tell that it is another than one that was written as text.  The issuer's was the CA's choice. */
static void read_own_name(reading_t *reading, const mtls_name_t *name)
{
    if (!is_clean(name)) {
        leave_out(reading);
    }
    read_name(reading, name);
}

static void read_attr(reading_t *reading, const mtls_attr_t *attr)
{
    if (strcmp(attr->oid, reading->field->oid) != 0) {
        return;
    }
    if (attr->text.len == 0) {
        leave_out(reading);
    } else {
        add(reading, attr->text, attr->text, NULL);
    }
}

static void read_attrs(reading_t *reading, const mtls_name_t *name)
{
    apr_size_t i, j;

    if (!name->complete) {
        leave_out(reading);
    }
    for (i = 0; i < name->count; i++) {
        for (j = 0; j < name->rdns[i].count; j++) {
            read_attr(reading, &name->rdns[i].attrs[j]);
        }
    }
}

static void read_mailbox(reading_t *reading, mtls_bytes_t text)
{
    mtls_bytes_t local, domain;

    if (!mtls_mailbox_split(text, &local, &domain)) {
        leave_out(reading);
        return;
    }
    if (reading->row->source == MTLS_SOURCE_LOCAL) {
        local.data = (const unsigned char *)apr_pstrmemdup(reading->pool, (const char *)local.data,
                                                           local.len);
        add(reading, local, local, NULL);
    } else if (reading->row->source == MTLS_SOURCE_DOMAIN) {
        add(reading, domain, mtls_field_lower(domain, reading->pool), NULL);
    } else {
        add(reading, text, mtls_field_mailbox_key(text, domain, reading->pool), NULL);
    }
}

/* The text of DER is "#" and hex, after the type-id and "=" of an otherName. */
static void read_der(reading_t *reading, const mtls_san_t *san)
{
    const char *type = san->type == MTLS_SAN_OTHER ? san->oid : NULL;
    apr_size_t text_len = (type != NULL ? strlen(type) + 1 : 0) + 1 + 2 * san->raw.len;

    if (san->raw.len == 0 || text_len > MTLS_IDENTITY_MAX_TEXT) {
        leave_out(reading);
    } else {
        add_key(reading, mtls_field_der_key(type, san->raw, reading->pool), NULL);
    }
}

static void read_san(reading_t *reading, const mtls_san_t *san)
{
    switch (san->type) {
    case MTLS_SAN_OTHER:
    case MTLS_SAN_X400:
    case MTLS_SAN_EDIPARTY:
        read_der(reading, san);
        return;
    case MTLS_SAN_DIRNAME:
        read_own_name(reading, san->name);
        return;
    case MTLS_SAN_EMAIL:
    case MTLS_SAN_UPN:
        read_mailbox(reading, san->text);
        return;
    case MTLS_SAN_DNS:
    case MTLS_SAN_URI:
    case MTLS_SAN_IP:
    case MTLS_SAN_RID:
    case MTLS_SAN_TYPES:
        break;
    }
    if (san->text.len == 0) {
        leave_out(reading);
    } else if (san->type == MTLS_SAN_DNS) {
        add(reading, san->text, mtls_field_lower(san->text, reading->pool), NULL);
    } else {
        add(reading, san->text, san->type == MTLS_SAN_IP ? san->raw : san->text, NULL);
    }
}

/* A user principal name in another string type is one that we cannot read. */
static bool is_odd_upn(const mtls_san_t *san)
{
    return san->type == MTLS_SAN_OTHER && san->oid != NULL && strcmp(san->oid, upn_type) == 0;
}

static void read_sans(reading_t *reading)
{
    const mtls_identity_t *identity = reading->holder->identity;
    apr_size_t i;

    if (!identity->sans_complete) {
        leave_out(reading);
    }
    for (i = 0; i < identity->san_count; i++) {
        const mtls_san_t *san = &identity->sans[i];

        if ((int)san->type == reading->row->arg) {
            read_san(reading, san);
        } else if (reading->row->arg == MTLS_SAN_UPN && is_odd_upn(san)) {
            leave_out(reading);
        }
    }
}

static void read_serial(reading_t *reading)
{
    const mtls_identity_t *identity = reading->holder->identity;

    if (identity->serial.len == 0) {
        leave_out(reading);
    } else {
        add_key(reading,
                mtls_field_serial_key(identity->serial, identity->serial_negative, reading->pool),
                NULL);
    }
}

static void read_serial_issuer(reading_t *reading)
{
    const mtls_identity_t *identity = reading->holder->identity;
    mtls_bytes_t text = {NULL, 0};
    mtls_bytes_t serial;

    if (identity->serial.len == 0 || !identity->issuer.complete || identity->issuer.count == 0) {
        leave_out(reading);
        return;
    }
    serial = mtls_field_serial_key(identity->serial, identity->serial_negative, reading->pool);
    if (reading->with_text) {
        text = mtls_field_octets(
            apr_pstrcat(reading->pool, mtls_field_write_serial(serial, reading->pool), "$",
                        mtls_name_write(&identity->issuer, APR_SIZE_MAX, reading->pool), NULL));
    }
    add(reading, text, mtls_field_serial_issuer_key(serial, &identity->issuer, reading->pool),
        &identity->issuer);
}

static void read_digest(reading_t *reading, const unsigned char *digest)
{
    add_key(reading, (mtls_bytes_t){digest, MTLS_SHA256_LEN}, NULL);
}

static void read_oids(reading_t *reading, const char *const *oids, apr_size_t count, bool complete)
{
    apr_size_t i;

    if (!complete) {
        leave_out(reading);
    }
    for (i = 0; i < count; i++) {
        mtls_bytes_t oid = mtls_field_octets(oids[i]);

        add(reading, oid, oid, NULL);
    }
}

static void read_profile(reading_t *reading)
{
    mtls_bytes_t name = mtls_field_octets(reading->holder->profile);

    add(reading, name, name, NULL);
}

static void read_source(reading_t *reading)
{
    const mtls_identity_t *identity = reading->holder->identity;
    const mtls_name_t *name =
        reading->row->arg == MTLS_WHOSE_ISSUER ? &identity->issuer : &identity->subject;

    switch (reading->row->source) {
    case MTLS_SOURCE_NAME:
        if (reading->row->arg == MTLS_WHOSE_ISSUER) {
            read_name(reading, name);
        } else {
            read_own_name(reading, name);
        }
        break;
    case MTLS_SOURCE_ATTR:
        read_attrs(reading, name);
        break;
    case MTLS_SOURCE_SAN:
    case MTLS_SOURCE_MAILBOX:
    case MTLS_SOURCE_LOCAL:
    case MTLS_SOURCE_DOMAIN:
        read_sans(reading);
        break;
    case MTLS_SOURCE_SERIAL:
        read_serial(reading);
        break;
    case MTLS_SOURCE_SERIAL_ISSUER:
        read_serial_issuer(reading);
        break;
    case MTLS_SOURCE_CERT_DIGEST:
        read_digest(reading, identity->sha256);
        break;
    case MTLS_SOURCE_KEY_DIGEST:
        read_digest(reading, identity->spki_sha256);
        break;
    case MTLS_SOURCE_EKU:
        read_oids(reading, identity->ekus, identity->eku_count,
                  !identity->has_eku || identity->eku_count != 0);
        break;
    case MTLS_SOURCE_POLICY:
        read_oids(reading, identity->policies, identity->policy_count, identity->policies_complete);
        break;
    case MTLS_SOURCE_QC_TYPE:
        read_oids(reading, identity->qc_types, identity->qc_type_count, identity->qc_complete);
        break;
    case MTLS_SOURCE_QC_STATEMENT:
        read_oids(reading, identity->qc_statements, identity->qc_statement_count,
                  identity->qc_complete);
        break;
    case MTLS_SOURCE_PROFILE:
        read_profile(reading);
        break;
    }
}

static void read_values(mtls_field_values_t *out, const mtls_field_t *field,
                        const mtls_holder_t *holder, bool with_text, apr_pool_t *pool)
{
    reading_t reading = {.out = out,
                         .room = 1,
                         .field = field,
                         .row = mtls_field_row(field),
                         .holder = holder,
                         .with_text = with_text,
                         .pool = pool};

    out->values = &out->one;
    out->count = 0;
    out->complete = true;
    read_source(&reading);
}

void mtls_field_read(mtls_field_values_t *out, const mtls_field_t *field,
                     const mtls_holder_t *holder, apr_pool_t *pool)
{
    read_values(out, field, holder, true, pool);
}

void mtls_field_read_keys(mtls_field_values_t *out, const mtls_field_t *field,
                          const mtls_holder_t *holder, apr_pool_t *pool)
{
    read_values(out, field, holder, false, pool);
}
