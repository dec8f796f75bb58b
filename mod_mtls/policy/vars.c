/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/vars.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "mtls/cert/mark.h"
#include "mtls/cert/text.h"
#include "mtls/policy/reason.h"

/* More digits than any index has. */
#define MAX_INDEX_DIGITS 4

/* The digests and names that one function computes by argument. */
enum { OF_CERTIFICATE = 0, OF_KEY };
enum { OF_SUBJECT = 0, OF_ISSUER };
enum { NOT_BEFORE = 0, NOT_AFTER };

/* What really holds: GOOD needs more than the word. */
static mtls_reason_t reason_of(const mtls_told_t *told)
{
    if (told->reason == MTLS_REASON_GOOD && !mtls_told_is_good(told)) {
        return MTLS_REASON_INTERNAL;
    }
    return told->reason;
}

/* Whether a refusal is about a certificate, and not about the lack of one. */
static bool is_about_certificate(mtls_reason_t reason)
{
    return mtls_reason_info(reason)->about >= MTLS_ABOUT_CERTIFICATE;
}

static const char *verify_value(const mtls_told_t *told, int arg, apr_size_t index,
                                apr_pool_t *pool)
{
    mtls_reason_t reason = reason_of(told);

    (void)arg, (void)index;
    if (reason == MTLS_REASON_GOOD) {
        return "SUCCESS";
    }
    if (!is_about_certificate(reason)) {
        return "NONE";
    }
    return apr_pstrcat(pool, "FAILED:", mtls_reason_info(reason)->word, NULL);
}

static const char *reason_value(const mtls_told_t *told, int arg, apr_size_t index,
                                apr_pool_t *pool)
{
    mtls_reason_t reason = reason_of(told);

    (void)arg, (void)index, (void)pool;
    if (reason == MTLS_REASON_GOOD || reason == MTLS_REASON_UNDECIDED) {
        return NULL;
    }
    return mtls_reason_info(reason)->word;
}

static const char *generation_value(const mtls_told_t *told, int arg, apr_size_t index,
                                    apr_pool_t *pool)
{
    (void)arg, (void)index;
    return told->generation ? apr_psprintf(pool, "%u", told->generation) : NULL;
}

static const char *profile_value(const mtls_told_t *told, int arg, apr_size_t index,
                                 apr_pool_t *pool)
{
    (void)arg, (void)index, (void)pool;
    return told->profile;
}

static const char *proof_value(const mtls_told_t *told, int arg, apr_size_t index, apr_pool_t *pool)
{
    (void)arg, (void)index, (void)pool;
    return mtls_proof_method_word(told->proof->method);
}

static const char *ticket_value(const mtls_told_t *told, int arg, apr_size_t index,
                                apr_pool_t *pool)
{
    (void)arg, (void)index;
    return told->proof->ticket ? mtls_mark_write(told->proof->ticket, pool) : NULL;
}

static const char *proof_time_value(const mtls_told_t *told, int arg, apr_size_t index,
                                    apr_pool_t *pool)
{
    (void)arg, (void)index;
    return mtls_time_write(told->proof->proven_at, pool);
}

static const char *depth_value(const mtls_told_t *told, int arg, apr_size_t index, apr_pool_t *pool)
{
    (void)arg, (void)index;
    return apr_itoa(pool, told->verdict.depth);
}

static const char *name_value(const mtls_told_t *told, int arg, apr_size_t index, apr_pool_t *pool)
{
    const mtls_identity_t *identity = told->proof->identity;

    (void)index;
    return mtls_name_write(arg == OF_SUBJECT ? &identity->subject : &identity->issuer,
                           MTLS_VARS_MAX_TEXT, pool);
}

static const char *serial_value(const mtls_told_t *told, int arg, apr_size_t index,
                                apr_pool_t *pool)
{
    (void)arg, (void)index;
    return mtls_serial_write(told->proof->identity, pool);
}

static const char *digest_value(const mtls_told_t *told, int arg, apr_size_t index,
                                apr_pool_t *pool)
{
    const mtls_identity_t *identity = told->proof->identity;
    mtls_bytes_t digest = {arg == OF_CERTIFICATE ? identity->sha256 : identity->spki_sha256,
                           MTLS_SHA256_LEN};
    char *text = apr_pstrdup(pool, mtls_hex_write(digest, pool)), *c;

    (void)index;
    for (c = text; *c; c++) {
        *c = (char)apr_tolower(*c);
    }
    return text;
}

static const char *time_value(const mtls_told_t *told, int arg, apr_size_t index, apr_pool_t *pool)
{
    const mtls_identity_t *identity = told->proof->identity;

    (void)index;
    return mtls_time_write(arg == NOT_BEFORE ? identity->not_before : identity->not_after, pool);
}

/* @a arg is the type; the index counts within it. */
static const char *san_value(const mtls_told_t *told, int arg, apr_size_t index, apr_pool_t *pool)
{
    const mtls_identity_t *identity = told->proof->identity;
    apr_size_t i;

    for (i = 0; i < identity->san_count; i++) {
        if ((int)identity->sans[i].type == arg && index-- == 0) {
            return mtls_san_write(&identity->sans[i], pool);
        }
    }
    return NULL;
}

/* @a arg is the position of the first; the leaf is 0. */
static const char *pem_value(const mtls_told_t *told, int arg, apr_size_t index, apr_pool_t *pool)
{
    const mtls_chain_t *chain = told->proof->chain;

    if (index >= (apr_size_t)(mtls_chain_count(chain) - arg)) {
        return NULL;
    }
    return mtls_pem_write(mtls_chain_der(chain, arg + (int)index), pool);
}

/* What the sources said, when they said something. */
static const mtls_principal_t *granted(const mtls_told_t *told)
{
    const mtls_principal_t *principal = told->principal;

    return principal && principal->reason == MTLS_REASON_GOOD ? principal : NULL;
}

/* Whoever fills a principal promises clean text; a line is broken by nobody who does not. */
static const char *clean(const char *text)
{
    const char *c;

    for (c = text; c && *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f) {
            return NULL;
        }
    }
    return text;
}

static const char *user_value(const mtls_told_t *told, int arg, apr_size_t index, apr_pool_t *pool)
{
    const mtls_principal_t *principal = granted(told);

    (void)arg, (void)index, (void)pool;
    return principal ? clean(principal->user) : NULL;
}

static const char *groups_value(const mtls_told_t *told, int arg, apr_size_t index,
                                apr_pool_t *pool)
{
    const mtls_principal_t *principal = granted(told);
    apr_array_header_t *names;
    int i;

    (void)arg, (void)index;
    if (!principal || principal->group_count == 0) {
        return NULL;
    }
    names = apr_array_make(pool, principal->group_count, sizeof(const char *));
    for (i = 0; i < principal->group_count; i++) {
        APR_ARRAY_PUSH(names, const char *) = principal->groups[i];
    }
    return clean(apr_array_pstrcat(pool, names, ','));
}

/* A rule that gives groups and no user leaves the holder without one, as no rule would. */
static const char *user_reason_value(const mtls_told_t *told, int arg, apr_size_t index,
                                     apr_pool_t *pool)
{
    const mtls_principal_t *principal = told->principal;

    (void)arg, (void)index, (void)pool;
    if (!principal || principal->reason == MTLS_REASON_UNDECIDED) {
        return NULL;
    }
    if (principal->reason != MTLS_REASON_GOOD) {
        return mtls_reason_info(principal->reason)->word;
    }
    return principal->user ? NULL : mtls_reason_info(MTLS_REASON_NO_RULE)->word;
}

static const char *user_source_value(const mtls_told_t *told, int arg, apr_size_t index,
                                     apr_pool_t *pool)
{
    (void)arg, (void)index, (void)pool;
    return told->principal ? told->principal->source : NULL;
}

static const char *user_rule_value(const mtls_told_t *told, int arg, apr_size_t index,
                                   apr_pool_t *pool)
{
    const mtls_origin_t *rule = told->principal ? &told->principal->rule : NULL;

    (void)arg, (void)index;
    if (!rule || !clean(rule->file)) {
        return NULL;
    }
    return rule->line > 0 ? apr_psprintf(pool, "%s:%d", rule->file, rule->line) : rule->file;
}

static const char *attribute_value(const mtls_told_t *told, int arg, apr_size_t index,
                                   apr_pool_t *pool)
{
    const mtls_principal_t *principal = granted(told);

    (void)arg, (void)pool;
    if (!principal || index >= (apr_size_t)principal->attribute_count) {
        return NULL;
    }
    return clean(principal->attributes[index].value);
}

#define SAN(word, type, help)                                                                      \
    {                                                                                              \
        "MTLS_SAN_" word "_", MTLS_VAR_INDEXED, MTLS_VAR_IDENTITY, san_value, type, help           \
    }

const mtls_var_t mtls_vars[] = {
    {"MTLS_VERIFY", MTLS_VAR_PLAIN, MTLS_VAR_DECISION, verify_value, 0,
     "SUCCESS, NONE, or FAILED: and the reason"},
    {"MTLS_REASON", MTLS_VAR_PLAIN, MTLS_VAR_DECISION, reason_value, 0,
     "why there is no accepted certificate; absent when there is one"},
    {"MTLS_GENERATION", MTLS_VAR_PLAIN, MTLS_VAR_DECISION, generation_value, 0,
     "number of the set of trust material the decision was made with"},
    {"MTLS_PROFILE", MTLS_VAR_PLAIN, MTLS_VAR_IDENTITY, profile_value, 0,
     "trust profile that accepted the certificate"},
    {"MTLS_PROOF", MTLS_VAR_PLAIN, MTLS_VAR_IDENTITY, proof_value, 0,
     "how possession of the key was proven: handshake, post-handshake, renegotiation, resumption, "
     "ticket"},
    {"MTLS_TICKET", MTLS_VAR_PLAIN, MTLS_VAR_IDENTITY, ticket_value, 0,
     "the ticket that proves it, by the mark under which the log names it (it is not the ticket); "
     "absent when it was proven otherwise"},
    {"MTLS_PROOF_TIME", MTLS_VAR_PLAIN, MTLS_VAR_IDENTITY, proof_time_value, 0,
     "when possession of the key was proven, RFC 3339 in UTC"},
    {"MTLS_DEPTH", MTLS_VAR_PLAIN, MTLS_VAR_IDENTITY, depth_value, 0,
     "steps from the certificate to the CA or pin that is trusted"},
    {"MTLS_SUBJECT", MTLS_VAR_PLAIN, MTLS_VAR_IDENTITY, name_value, OF_SUBJECT,
     "subject as in RFC 4514"},
    {"MTLS_ISSUER", MTLS_VAR_PLAIN, MTLS_VAR_IDENTITY, name_value, OF_ISSUER,
     "issuer as in RFC 4514"},
    {"MTLS_SERIAL", MTLS_VAR_PLAIN, MTLS_VAR_IDENTITY, serial_value, 0, "serial number in hex"},
    {"MTLS_SHA256", MTLS_VAR_PLAIN, MTLS_VAR_IDENTITY, digest_value, OF_CERTIFICATE,
     "SHA-256 of the certificate in lower-case hex"},
    {"MTLS_SPKI_SHA256", MTLS_VAR_PLAIN, MTLS_VAR_IDENTITY, digest_value, OF_KEY,
     "SHA-256 of the public key (SubjectPublicKeyInfo) in lower-case hex"},
    {"MTLS_NOT_BEFORE", MTLS_VAR_PLAIN, MTLS_VAR_IDENTITY, time_value, NOT_BEFORE,
     "begin of validity, RFC 3339 in UTC"},
    {"MTLS_NOT_AFTER", MTLS_VAR_PLAIN, MTLS_VAR_IDENTITY, time_value, NOT_AFTER,
     "end of validity, RFC 3339 in UTC"},
    SAN("OTHER", MTLS_SAN_OTHER,
        "alternative names of other types, as in 1.2.3=#0C0178: type, and value in hex"),
    SAN("EMAIL", MTLS_SAN_EMAIL, "mail addresses among the alternative names"),
    SAN("DNS", MTLS_SAN_DNS, "host names among the alternative names"),
    SAN("X400", MTLS_SAN_X400, "X.400 addresses, # and hex"),
    SAN("DIRNAME", MTLS_SAN_DIRNAME, "directory names as in RFC 4514"),
    SAN("EDIPARTY", MTLS_SAN_EDIPARTY, "EDI party names, # and hex"),
    SAN("URI", MTLS_SAN_URI, "URIs among the alternative names"),
    SAN("IP", MTLS_SAN_IP, "IP addresses among the alternative names"),
    SAN("RID", MTLS_SAN_RID, "registered object identifiers, dotted"),
    SAN("UPN", MTLS_SAN_UPN, "user principal names (otherName 1.3.6.1.4.1.311.20.2.3)"),
    {"MTLS_USER", MTLS_VAR_PLAIN, MTLS_VAR_IDENTITY, user_value, 0,
     "user that the certificate belongs to; absent when there is none"},
    {"MTLS_GROUPS", MTLS_VAR_PLAIN, MTLS_VAR_IDENTITY, groups_value, 0,
     "groups of the certificate's holder, a comma between two; absent when there are none"},
    {"MTLS_USER_REASON", MTLS_VAR_PLAIN, MTLS_VAR_IDENTITY, user_reason_value, 0,
     "why the certificate belongs to no user; absent when it does, or when no users are looked up"},
    {"MTLS_USER_SOURCE", MTLS_VAR_PLAIN, MTLS_VAR_IDENTITY, user_source_value, 0,
     "what decided about the user: map, dbm, sql, user; absent when nothing did"},
    {"MTLS_USER_RULE", MTLS_VAR_PLAIN, MTLS_VAR_IDENTITY, user_rule_value, 0,
     "file and line of the rule or directive that decided about the user, as in "
     "conf/staff.map:12"},
    {"MTLS_ATTR_", MTLS_VAR_NAMED, MTLS_VAR_IDENTITY, attribute_value, 0,
     "attribute of the certificate's holder, its name in upper case"},
    {"MTLS_CERT", MTLS_VAR_PLAIN, MTLS_VAR_PEM, pem_value, 0, "the certificate as PEM"},
    {"MTLS_CHAIN_", MTLS_VAR_INDEXED, MTLS_VAR_PEM_CHAIN, pem_value, 1,
     "the certificates the client sent after its own, as PEM"},
};

const int mtls_var_count = (int)(sizeof(mtls_vars) / sizeof(mtls_vars[0]));

/* The number that is all of @a text, without sign or leading zero. */
static bool parse_index(apr_size_t *index, const char *text)
{
    size_t len = strspn(text, "0123456789");

    if (len == 0 || len > MAX_INDEX_DIGITS || text[len] || (len > 1 && text[0] == '0')) {
        return false;
    }
    *index = (apr_size_t)apr_atoi64(text);
    return true;
}

/* What can be an attribute's name in upper case: [A-Z][A-Z0-9_]*. */
static bool is_upper_name(const char *text)
{
    return *text >= 'A' && *text <= 'Z' &&
           text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

static bool is_of_form(mtls_var_form_t form, const char *suffix, apr_size_t *index)
{
    switch (form) {
    case MTLS_VAR_PLAIN:
        return *suffix == '\0';
    case MTLS_VAR_INDEXED:
        return parse_index(index, suffix);
    case MTLS_VAR_NAMED:
        return is_upper_name(suffix);
    }
    return false;
}

/* @param suffix  what follows the row's name; @param index  of an indexed row, otherwise 0 */
static const mtls_var_t *find(const char *name, const char **suffix, apr_size_t *index)
{
    int i;

    *index = 0;
    for (i = 0; i < mtls_var_count; i++) {
        const mtls_var_t *var = &mtls_vars[i];
        size_t len = strlen(var->name);

        if (strncmp(name, var->name, len) == 0 && is_of_form(var->form, name + len, index)) {
            *suffix = name + len;
            return var;
        }
    }
    return NULL;
}

bool mtls_vars_is_known(const char *name)
{
    const char *suffix;
    apr_size_t index;

    return find(name, &suffix, &index) != NULL;
}

static char *upper(const char *name, apr_pool_t *pool)
{
    char *text = apr_pstrdup(pool, name), *c;

    for (c = text; *c; c++) {
        *c = (char)apr_toupper(*c);
    }
    return text;
}

/* Which attribute is called @a name in upper case; past the last when none is. */
static apr_size_t attribute_index(const mtls_told_t *told, const char *name, apr_pool_t *pool)
{
    const mtls_principal_t *principal = granted(told);
    int i;

    for (i = 0; principal && i < principal->attribute_count; i++) {
        if (strcmp(upper(principal->attributes[i].name, pool), name) == 0) {
            break;
        }
    }
    return (apr_size_t)i;
}

const char *mtls_vars_value(const char *name, const mtls_told_t *told, apr_pool_t *pool)
{
    const char *suffix;
    apr_size_t index;
    const mtls_var_t *var = find(name, &suffix, &index);

    if (!var || (var->klass != MTLS_VAR_DECISION && !mtls_told_is_good(told))) {
        return NULL;
    }
    if (var->form == MTLS_VAR_NAMED) {
        index = attribute_index(told, suffix, pool);
    }
    return var->value(told, var->arg, index, pool);
}

static bool is_exported(mtls_var_class_t klass, mtls_export_t level, bool good)
{
    switch (klass) {
    case MTLS_VAR_DECISION:
        return level >= MTLS_EXPORT_STANDARD;
    case MTLS_VAR_IDENTITY:
        return good && level >= MTLS_EXPORT_STANDARD;
    case MTLS_VAR_PEM:
        return good && level >= MTLS_EXPORT_CERT;
    case MTLS_VAR_PEM_CHAIN:
        return good && level >= MTLS_EXPORT_CHAIN;
    }
    return false;
}

/* All names are written in one pass over the certificate, each counted within its type. */
static void add_sans(apr_table_t *table, const mtls_told_t *told, apr_pool_t *pool)
{
    const mtls_identity_t *identity = told->proof->identity;
    const char *stems[MTLS_SAN_TYPES] = {NULL};
    unsigned counts[MTLS_SAN_TYPES] = {0};
    apr_size_t s;
    int i;

    for (i = 0; i < mtls_var_count; i++) {
        if (mtls_vars[i].value == san_value) {
            stems[mtls_vars[i].arg] = mtls_vars[i].name;
        }
    }
    for (s = 0; s < identity->san_count; s++) {
        const mtls_san_t *san = &identity->sans[s];

        apr_table_addn(table, apr_psprintf(pool, "%s%u", stems[san->type], counts[san->type]++),
                       mtls_san_write(san, pool));
    }
}

static void add_indexed(apr_table_t *table, const mtls_var_t *var, const mtls_told_t *told,
                        apr_pool_t *pool)
{
    const char *value;
    apr_size_t index;

    for (index = 0; (value = var->value(told, var->arg, index, pool)) != NULL; index++) {
        apr_table_addn(table, apr_psprintf(pool, "%s%" APR_SIZE_T_FMT, var->name, index), value);
    }
}

static void add_attributes(apr_table_t *table, const mtls_var_t *var, const mtls_told_t *told,
                           apr_pool_t *pool)
{
    const mtls_principal_t *principal = granted(told);
    int i;

    for (i = 0; principal && i < principal->attribute_count; i++) {
        const char *value = var->value(told, var->arg, (apr_size_t)i, pool);

        if (value) {
            apr_table_addn(
                table,
                apr_pstrcat(pool, var->name, upper(principal->attributes[i].name, pool), NULL),
                value);
        }
    }
}

static void add_row(apr_table_t *table, const mtls_var_t *var, const mtls_told_t *told,
                    apr_pool_t *pool)
{
    const char *value;

    switch (var->form) {
    case MTLS_VAR_PLAIN:
        value = var->value(told, var->arg, 0, pool);
        if (value) {
            apr_table_addn(table, var->name, value);
        }
        break;
    case MTLS_VAR_INDEXED:
        add_indexed(table, var, told, pool);
        break;
    case MTLS_VAR_NAMED:
        add_attributes(table, var, told, pool);
        break;
    }
}

apr_table_t *mtls_vars_all(const mtls_told_t *told, mtls_export_t level, apr_pool_t *pool)
{
    bool good = mtls_told_is_good(told);
    apr_table_t *table = apr_table_make(pool, mtls_var_count);
    int i;

    for (i = 0; i < mtls_var_count; i++) {
        const mtls_var_t *var = &mtls_vars[i];

        if (is_exported(var->klass, level, good) && var->value != san_value) {
            add_row(table, var, told, pool);
        }
    }
    if (is_exported(MTLS_VAR_IDENTITY, level, good)) {
        add_sans(table, told, pool);
    }
    return table;
}
