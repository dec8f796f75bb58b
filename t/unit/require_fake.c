/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions and principals as far as Require lines show that they ask them rightly; what they mean
 * is tested with their own units.
 */
#include <apr_fnmatch.h>
#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "mtls/policy/condition.h"
#include "mtls/policy/principal.h"
#include "mtls/policy/value.h"

struct mtls_condition_t {
    mtls_condition_spec_t spec;
};

static const struct {
    const char *word;
    mtls_field_kind_t kind;
    mtls_san_type_t san;
} fields[] = {
    {"email", MTLS_FIELD_MAILBOX, MTLS_SAN_EMAIL},
    {"upn", MTLS_FIELD_MAILBOX, MTLS_SAN_UPN},
    {"san-dns", MTLS_FIELD_HOST, MTLS_SAN_DNS},
    {"san-uri", MTLS_FIELD_TEXT, MTLS_SAN_URI},
    {"san-ip", MTLS_FIELD_ADDRESS, MTLS_SAN_IP},
    {"san-rid", MTLS_FIELD_OID, MTLS_SAN_RID},
    {"san-other", MTLS_FIELD_DER, MTLS_SAN_OTHER},
    {"san-dirname", MTLS_FIELD_NAME, MTLS_SAN_DIRNAME},
    {"subject", MTLS_FIELD_NAME, MTLS_SAN_TYPES},
    {"issuer", MTLS_FIELD_NAME, MTLS_SAN_TYPES},
    {"eku", MTLS_FIELD_OID, MTLS_SAN_TYPES},
    {"policy", MTLS_FIELD_OID, MTLS_SAN_TYPES},
};

const char *mtls_field_parse(mtls_field_t *out, const char *word, apr_pool_t *pool)
{
    int row;

    for (row = 0; row < (int)(sizeof(fields) / sizeof(fields[0])); row++) {
        if (strcmp(fields[row].word, word) == 0) {
            *out = (mtls_field_t){row, fields[row].kind, fields[row].word, NULL};
            return NULL;
        }
    }
    return apr_pstrcat(pool, "unknown field ", word, NULL);
}

bool mtls_field_is_text(const mtls_field_t *field)
{
    return field->kind == MTLS_FIELD_TEXT || field->kind == MTLS_FIELD_HOST ||
           field->kind == MTLS_FIELD_MAILBOX;
}

static const char *check_operand(const mtls_field_t *field, const char *text, apr_pool_t *pool)
{
    const char *oid;

    if (field->kind == MTLS_FIELD_NAME && !strchr(text, '=')) {
        return apr_pstrcat(pool, mtls_value_quote(text, pool), " is no name", NULL);
    }
    return field->kind == MTLS_FIELD_OID ? mtls_value_parse_oid(&oid, text, pool) : NULL;
}

const char *mtls_condition_compile(const mtls_condition_t **out, const mtls_condition_spec_t *spec,
                                   int *operand, apr_pool_t *pool)
{
    mtls_condition_t *condition = apr_pmemdup(pool, spec, sizeof(*spec));
    const char *fault;
    mtls_field_t field;
    int i;

    *operand = -1;
    fault = mtls_field_parse(&field, spec->field, pool);
    if (!fault && !mtls_field_is_text(&field) &&
        (spec->compare == MTLS_COMPARE_LIKE || spec->compare == MTLS_COMPARE_MATCHES)) {
        fault = "no text; use is";
    }
    for (i = 0; !fault && i < spec->operands->nelts; i++) {
        *operand = i;
        fault = check_operand(&field, APR_ARRAY_IDX(spec->operands, i, const char *), pool);
    }
    *out = fault ? NULL : condition;
    return fault;
}

static bool compares(const mtls_condition_t *condition, const char *text, apr_pool_t *pool)
{
    const apr_array_header_t *operands = condition->spec.operands;
    int i;

    for (i = 0; i < operands->nelts; i++) {
        const char *operand = APR_ARRAY_IDX(operands, i, const char *), *oid = operand;

        (void)mtls_value_parse_oid(&oid, operand, pool);
        if (condition->spec.compare == MTLS_COMPARE_LIKE
                ? apr_fnmatch(operand, text, condition->spec.nocase ? APR_FNM_CASE_BLIND : 0) ==
                      APR_SUCCESS
                : (condition->spec.nocase ? strcasecmp : strcmp)(oid, text) == 0) {
            return true;
        }
    }
    return false;
}

static mtls_match_t match_sans(const mtls_condition_t *condition, mtls_san_type_t type,
                               const mtls_identity_t *identity, apr_pool_t *pool)
{
    mtls_match_t answer = identity->sans_complete ? MTLS_MATCH_NO : MTLS_MATCH_UNKNOWN;
    apr_size_t i;

    for (i = 0; i < identity->san_count; i++) {
        const mtls_san_t *san = &identity->sans[i];

        if (san->type != type) {
            continue;
        }
        if (san->text.len == 0) {
            answer = MTLS_MATCH_UNKNOWN;
        } else if (compares(condition, (const char *)san->text.data, pool)) {
            return MTLS_MATCH_YES;
        }
    }
    return answer;
}

static mtls_match_t match_oids(const mtls_condition_t *condition, const char *const *oids,
                               apr_size_t count, apr_pool_t *pool)
{
    apr_size_t i;

    for (i = 0; i < count; i++) {
        if (compares(condition, oids[i], pool)) {
            return MTLS_MATCH_YES;
        }
    }
    return MTLS_MATCH_NO;
}

/* Every name is CN= and the text of its first attribute. */
static mtls_match_t match_name(const mtls_condition_t *condition, const mtls_name_t *name,
                               apr_pool_t *pool)
{
    return compares(condition,
                    apr_pstrcat(pool, "CN=", (const char *)name->rdns->attrs->text.data, NULL),
                    pool)
               ? MTLS_MATCH_YES
               : MTLS_MATCH_NO;
}

mtls_match_t mtls_condition_match(const mtls_condition_t *condition, const mtls_holder_t *holder,
                                  apr_array_header_t *captures, apr_pool_t *pool)
{
    const mtls_identity_t *identity = holder->identity;
    mtls_field_t field;

    (void)captures;
    (void)mtls_field_parse(&field, condition->spec.field, pool);
    if (fields[field.row].san != MTLS_SAN_TYPES) {
        return match_sans(condition, fields[field.row].san, identity, pool);
    }
    if (strcmp(field.word, "eku") == 0) {
        return match_oids(condition, identity->ekus, identity->eku_count, pool);
    }
    if (strcmp(field.word, "policy") == 0) {
        return match_oids(condition, identity->policies, identity->policy_count, pool);
    }
    return match_name(condition,
                      strcmp(field.word, "issuer") == 0 ? &identity->issuer : &identity->subject,
                      pool);
}

const char *mtls_attribute_name_check(const char *name, apr_pool_t *pool)
{
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")]
               ? apr_pstrcat(pool, mtls_value_quote(name, pool), " cannot name an attribute", NULL)
               : NULL;
}

const char *mtls_group_name_check(const char *name, apr_pool_t *pool)
{
    return strchr(name, ',')
               ? apr_pstrcat(pool, mtls_value_quote(name, pool), " cannot name a group", NULL)
               : NULL;
}

bool mtls_principal_has_group(const mtls_principal_t *principal, const char *group)
{
    int i;

    for (i = 0; i < principal->group_count; i++) {
        if (strcmp(principal->groups[i], group) == 0) {
            return true;
        }
    }
    return false;
}

const char *mtls_principal_attribute(const mtls_principal_t *principal, const char *name)
{
    int i;

    for (i = 0; i < principal->attribute_count; i++) {
        if (strcmp(principal->attributes[i].name, name) == 0) {
            return principal->attributes[i].value;
        }
    }
    return NULL;
}
