/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>

#include "mtls/cert/text.h"
#include "mtls/policy/explain.h"
#include "mtls/policy/reason.h"
#include "mtls/policy/shown.h"

/* A document that grows; what could not be added fails the whole of it. */
typedef struct {
    apr_pool_t *pool;
    bool failed;
} writer_t;

/* Takes over the value; NULL is a value that could not be made. */
static void set(writer_t *writer, json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0) {
        writer->failed = true;
    }
}

static void append(writer_t *writer, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0) {
        writer->failed = true;
    }
}

/* Shown text is always UTF-8, which Jansson insists on. */
static json_t *text_value(const writer_t *writer, const char *text)
{
    return text ? json_string(mtls_shown_text(text, MTLS_SHOWN_MAX, writer->pool)) : json_null();
}

static void set_text(writer_t *writer, json_t *object, const char *name, const char *text)
{
    set(writer, object, name, text_value(writer, text));
}

static void set_time(writer_t *writer, json_t *object, const char *name, apr_time_t when)
{
    set_text(writer, object, name, mtls_time_write(when, writer->pool));
}

static void set_reason(writer_t *writer, json_t *object, mtls_reason_t reason)
{
    const mtls_reason_info_t *info = mtls_reason_info(reason);

    set_text(writer, object, "reason", info->word);
    set_text(writer, object, "title", info->title);
}

static json_t *place_value(writer_t *writer, mtls_origin_t at)
{
    json_t *place;

    if (!at.file) {
        return json_null();
    }
    place = json_object();
    set_text(writer, place, "file", at.file);
    set(writer, place, "line", json_integer(at.line));
    set(writer, place, "column", json_integer(at.column));
    return place;
}

static json_t *texts_value(writer_t *writer, const char *const *texts, apr_size_t count)
{
    json_t *array = json_array();
    apr_size_t i;

    for (i = 0; i < count; i++) {
        append(writer, array, text_value(writer, texts[i]));
    }
    return array;
}

static json_t *sans_value(writer_t *writer, const mtls_identity_t *identity)
{
    json_t *array = json_array();
    apr_size_t i;

    for (i = 0; i < identity->san_count; i++) {
        const mtls_san_t *san = &identity->sans[i];
        json_t *one = json_object();

        set_text(writer, one, "type", mtls_san_type_word(san->type));
        set_text(writer, one, "value", mtls_san_write(san, writer->pool));
        append(writer, array, one);
    }
    return array;
}

static json_t *digest_value(const unsigned char *octets)
{
    char hex[2 * MTLS_SHA256_LEN + 1];
    int i;

    for (i = 0; i < MTLS_SHA256_LEN; i++) {
        apr_snprintf(hex + 2 * i, 3, "%02x", octets[i]);
    }
    return json_string(hex);
}

static void set_lists(writer_t *writer, json_t *object, const mtls_identity_t *identity)
{
    set(writer, object, "san", sans_value(writer, identity));
    set(writer, object, "san_complete", json_boolean(identity->sans_complete));
    set(writer, object, "eku", texts_value(writer, identity->ekus, identity->eku_count));
    set(writer, object, "eku_complete",
        json_boolean(!identity->has_eku || identity->eku_count > 0));
    set(writer, object, "policy", texts_value(writer, identity->policies, identity->policy_count));
    set(writer, object, "policy_complete", json_boolean(identity->policies_complete));
    set(writer, object, "qc_statement",
        texts_value(writer, identity->qc_statements, identity->qc_statement_count));
    set(writer, object, "qc_type",
        texts_value(writer, identity->qc_types, identity->qc_type_count));
    set(writer, object, "qc_complete", json_boolean(identity->qc_complete));
}

static json_t *identity_value(writer_t *writer, const mtls_identity_t *identity)
{
    json_t *object;

    if (!identity) {
        return json_null();
    }
    object = json_object();
    set_text(writer, object, "subject",
             mtls_name_write(&identity->subject, MTLS_SHOWN_MAX, writer->pool));
    set_text(writer, object, "issuer",
             mtls_name_write(&identity->issuer, MTLS_SHOWN_MAX, writer->pool));
    set_text(writer, object, "serial", mtls_serial_write(identity, writer->pool));
    set_time(writer, object, "not_before", identity->not_before);
    set_time(writer, object, "not_after", identity->not_after);
    set_lists(writer, object, identity);
    set_text(writer, object, "key_type", identity->key_type);
    set(writer, object, "key_bits", json_integer(identity->key_bits));
    set(writer, object, "ca", json_boolean(identity->is_ca));
    set(writer, object, "fingerprint", digest_value(identity->sha256));
    set(writer, object, "spki", digest_value(identity->spki_sha256));
    return object;
}

static json_t *profile_value(writer_t *writer, const mtls_explanation_t *e,
                             const mtls_explained_profile_t *profile)
{
    const mtls_verdict_t *verdict = &profile->verdict;
    json_t *object = json_object();

    set_text(writer, object, "name", profile->name);
    set(writer, object, "accepts", json_boolean(mtls_explanation_admits(e, verdict)));
    set_reason(writer, object, mtls_explanation_verdict_reason(e, verdict));
    set(writer, object, "depth", json_integer(verdict->depth));
    set(writer, object, "error_depth", json_integer(verdict->error_depth));
    set(writer, object, "x509_error", json_integer(verdict->x509_error));
    set_text(writer, object, "x509_text", profile->detail);
    set_time(writer, object, "valid_until", verdict->valid_until);
    set(writer, object, "lenient", json_boolean(verdict->lenient));
    set(writer, object, "unasked", json_boolean(verdict->unasked));
    return object;
}

static json_t *profiles_value(writer_t *writer, const mtls_explanation_t *e)
{
    json_t *array = json_array();
    int i;

    for (i = 0; e->profiles && i < e->profiles->nelts; i++) {
        append(writer, array,
               profile_value(writer, e,
                             &APR_ARRAY_IDX(e->profiles, i, const mtls_explained_profile_t)));
    }
    return array;
}

static json_t *step_value(writer_t *writer, const mtls_trace_step_t *step)
{
    json_t *object = json_object();

    set(writer, object, "at", place_value(writer, step->at));
    set_text(writer, object, "end", mtls_explanation_end_word(step->end));
    set_text(writer, object, "text", step->text);
    return object;
}

static json_t *source_value(writer_t *writer, const mtls_explained_source_t *source)
{
    json_t *object = json_object(), *steps = json_array();
    int told, omitted, i;

    mtls_explanation_step(source->trace, 0, &told, &omitted);
    for (i = 0; i < told; i++) {
        const mtls_trace_step_t *step = mtls_explanation_step(source->trace, i, &told, &omitted);

        if (step) {
            append(writer, steps, step_value(writer, step));
        }
    }
    set_text(writer, object, "kind", source->word);
    set_text(writer, object, "what", source->what);
    set(writer, object, "at", place_value(writer, source->at));
    set(writer, object, "steps", steps);
    set(writer, object, "steps_omitted", json_integer(omitted));
    return object;
}

static json_t *sources_value(writer_t *writer, const mtls_explanation_t *e)
{
    json_t *array = json_array();
    int i;

    for (i = 0; e->sources && i < e->sources->nelts; i++) {
        append(writer, array,
               source_value(writer, &APR_ARRAY_IDX(e->sources, i, const mtls_explained_source_t)));
    }
    return array;
}

static json_t *attributes_value(writer_t *writer, const mtls_principal_t *principal)
{
    json_t *object = json_object();
    int i;

    for (i = 0; i < principal->attribute_count; i++) {
        const mtls_attribute_t *attribute = &principal->attributes[i];

        set_text(writer, object, mtls_shown_text(attribute->name, MTLS_SHOWN_MAX, writer->pool),
                 attribute->value);
    }
    return object;
}

static json_t *principal_value(writer_t *writer, const mtls_principal_t *principal)
{
    json_t *object;

    if (!principal) {
        return json_null();
    }
    object = json_object();
    set_reason(writer, object, principal->reason);
    set_text(writer, object, "user", principal->user);
    set(writer, object, "groups",
        texts_value(writer, principal->groups, (apr_size_t)principal->group_count));
    set(writer, object, "attributes", attributes_value(writer, principal));
    set_text(writer, object, "source", principal->source);
    set(writer, object, "rule", place_value(writer, principal->rule));
    set_text(writer, object, "message", principal->message);
    return object;
}

static json_t *require_value(writer_t *writer, const mtls_explanation_t *e)
{
    json_t *object;

    if (!e->require) {
        return json_null();
    }
    object = json_object();
    set_text(writer, object, "text", e->require);
    set(writer, object, "at", place_value(writer, e->require_at));
    return object;
}

static void fill(writer_t *writer, json_t *document, const mtls_explanation_t *e)
{
    const char *accepted =
        e->accepted > 0
            ? APR_ARRAY_IDX(e->profiles, e->accepted - 1, const mtls_explained_profile_t).name
            : NULL;

    set_text(writer, document, "certificate", e->certificate);
    set_text(writer, document, "url", e->url);
    set_time(writer, document, "time", e->time);
    set(writer, document, "identity", identity_value(writer, e->identity));
    set(writer, document, "profiles", profiles_value(writer, e));
    set_text(writer, document, "accepted_by", accepted);
    set(writer, document, "sources", sources_value(writer, e));
    set(writer, document, "principal", principal_value(writer, e->principal));
    set_reason(writer, document, e->reason);
    set(writer, document, "status", e->status ? json_integer(e->status) : json_null());
    set(writer, document, "require", require_value(writer, e));
}

const char *mtls_explanation_write_json(const mtls_explanation_t *e, apr_pool_t *pool)
{
    writer_t writer = {.pool = pool};
    json_t *document = json_object();
    const char *out = NULL;
    char *text;

    fill(&writer, document, e);
    if (!writer.failed) {
        text = json_dumps(document, JSON_INDENT(2) | JSON_ENSURE_ASCII);
        out = text ? apr_pstrcat(pool, text, "\n", NULL) : NULL;
        free(text);
    }
    json_decref(document);
    return out;
}
