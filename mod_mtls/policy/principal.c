/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/principal.h"

#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/clean.h"
#include "mtls/policy/value.h"

#define MAX_ATTRIBUTE_NAME 64
#define MAX_GROUP_NAME     256

const char *mtls_attribute_name_check(const char *name, apr_pool_t *pool)
{
    size_t len = strlen(name);

    if (*name >= 'a' && *name <= 'z' && len <= MAX_ATTRIBUTE_NAME &&
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len) {
        return NULL;
    }
    return apr_psprintf(pool,
                        "%s cannot name an attribute; use lower-case letters, digits and "
                        "underscores, a letter first, at most %d",
                        mtls_value_quote(name, pool), MAX_ATTRIBUTE_NAME);
}

const char *mtls_group_name_check(const char *name, apr_pool_t *pool)
{
    size_t len = strlen(name);
    mtls_bytes_t octets = {(const unsigned char *)name, len};

    if (len == 0 || len > MAX_GROUP_NAME || name[0] == ' ' || name[len - 1] == ' ') {
        return apr_psprintf(pool,
                            "%s cannot name a group; use 1 to %d octets without blanks at the ends",
                            mtls_value_quote(name, pool), MAX_GROUP_NAME);
    }
    if (strchr(name, ',') || !mtls_clean_check(octets, NULL)) {
        return apr_psprintf(pool,
                            "%s cannot name a group; names are UTF-8 without comma and control "
                            "characters",
                            mtls_value_quote(name, pool));
    }
    return NULL;
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

static const char *copy_text(const char *text, apr_pool_t *pool)
{
    return text ? apr_pstrdup(pool, text) : NULL;
}

static const char *const *copy_groups(const mtls_principal_t *from, apr_pool_t *pool)
{
    const char **groups = apr_palloc(pool, sizeof(*groups) * (size_t)from->group_count);
    int i;

    for (i = 0; i < from->group_count; i++) {
        groups[i] = apr_pstrdup(pool, from->groups[i]);
    }
    return groups;
}

static const mtls_attribute_t *copy_attributes(const mtls_principal_t *from, apr_pool_t *pool)
{
    mtls_attribute_t *attributes =
        apr_palloc(pool, sizeof(*attributes) * (size_t)from->attribute_count);
    int i;

    for (i = 0; i < from->attribute_count; i++) {
        attributes[i].name = apr_pstrdup(pool, from->attributes[i].name);
        attributes[i].value = apr_pstrdup(pool, from->attributes[i].value);
    }
    return attributes;
}

mtls_principal_t *mtls_principal_copy(const mtls_principal_t *principal, apr_pool_t *pool)
{
    mtls_principal_t *copy = apr_pmemdup(pool, principal, sizeof(*copy));

    copy->user = copy_text(principal->user, pool);
    copy->message = copy_text(principal->message, pool);
    copy->rule.file = copy_text(principal->rule.file, pool);
    copy->groups = principal->group_count ? copy_groups(principal, pool) : NULL;
    copy->attributes = principal->attribute_count ? copy_attributes(principal, pool) : NULL;
    return copy;
}
