/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/map_explain.h"

#include <apr_strings.h>

#include "mtls/policy/reason.h"
#include "mtls/policy/shown.h"

enum { MAX_VALUES = 5, MAX_OCTETS = 200 };

/* In quotes as a rule would have it, safe to show, and not endless. */
static const char *quote(const char *text, apr_pool_t *pool)
{
    const char *shown = mtls_shown_text(text, MAX_OCTETS, pool);
    char *quoted = apr_palloc(pool, 2 * strlen(shown) + sizeof("\"\""));
    char *end = quoted;

    *end++ = '"';
    for (; *shown != '\0'; shown++) {
        if (*shown == '"')
            *end++ = '"';
        *end++ = *shown;
    }
    *end++ = '"';
    *end = '\0';
    return quoted;
}

static const char *values_of(const mtls_field_values_t *found, apr_pool_t *pool)
{
    const char *list = "";
    apr_size_t i;

    for (i = 0; i < found->count && i < MAX_VALUES; i++)
        list = apr_pstrcat(pool, list, i != 0 ? ", " : "",
                           quote((const char *)found->values[i].text.data, pool), NULL);
    if (found->count > MAX_VALUES)
        list =
            apr_psprintf(pool, "%s and %" APR_SIZE_T_FMT " more", list, found->count - MAX_VALUES);
    if (!found->complete)
        list = apr_pstrcat(pool, list, found->count != 0 ? " and " : "",
                           "a value that cannot be read", NULL);
    return *list != '\0' ? list : "no such value";
}

const char *mtls_map_explain_condition(const mtls_condition_t *condition,
                                       const mtls_holder_t *holder, apr_pool_t *pool)
{
    mtls_field_values_t found = {0};

    mtls_field_read(&found, mtls_condition_field(condition), holder, pool);
    return apr_pstrcat(pool, mtls_condition_write(condition, pool), ": the certificate has ",
                       values_of(&found, pool), NULL);
}

static const char *groups_of(const mtls_principal_t *principal, apr_pool_t *pool)
{
    apr_array_header_t *parts = apr_array_make(pool, 2 * principal->group_count, sizeof(char *));
    int i;

    for (i = 0; i < principal->group_count; i++) {
        APR_ARRAY_PUSH(parts, const char *) = i != 0 ? ", " : " groups ";
        APR_ARRAY_PUSH(parts, const char *) = quote(principal->groups[i], pool);
    }
    return apr_array_pstrcat(pool, parts, 0);
}

static const char *attributes_of(const mtls_principal_t *principal, apr_pool_t *pool)
{
    apr_array_header_t *parts =
        apr_array_make(pool, 4 * principal->attribute_count, sizeof(char *));
    int i;

    for (i = 0; i < principal->attribute_count; i++) {
        APR_ARRAY_PUSH(parts, const char *) = " set ";
        APR_ARRAY_PUSH(parts, const char *) = principal->attributes[i].name;
        APR_ARRAY_PUSH(parts, const char *) = " ";
        APR_ARRAY_PUSH(parts, const char *) = quote(principal->attributes[i].value, pool);
    }
    return apr_array_pstrcat(pool, parts, 0);
}

const char *mtls_map_explain_result(const mtls_principal_t *principal, apr_pool_t *pool)
{
    if (principal->reason == MTLS_REASON_DENIED_BY_RULE)
        return principal->message == NULL
                   ? "denies"
                   : apr_pstrcat(pool, "denies: ", quote(principal->message, pool), NULL);
    if (principal->reason != MTLS_REASON_GOOD)
        return apr_pstrcat(pool, "applies, but what it gives cannot be made: ",
                           mtls_reason_info(principal->reason)->word, NULL);
    return apr_pstrcat(pool, "gives", principal->user != NULL ? " user " : "",
                       principal->user != NULL ? quote(principal->user, pool) : "",
                       groups_of(principal, pool), attributes_of(principal, pool), NULL);
}

const char *mtls_map_explain_count(int count, apr_pool_t *pool)
{
    const char *lower = "";

    for (; count >= 1000; count /= 1000)
        lower = apr_psprintf(pool, ",%03d%s", count % 1000, lower);
    return apr_psprintf(pool, "%d%s", count, lower);
}
