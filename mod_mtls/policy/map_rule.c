/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/map_rule.h"

#include <apr_strings.h>
#include <stdlib.h>

#include "mtls/policy/map.h"
#include "mtls/policy/value.h"

enum {
    MAX_CONDITIONS = 64,
    RANK_OTHER = 11,
    RANK_WEAK = 20,       /* and above: fields that many certificates share */
    CONDITION_BYTES = 512 /* what a compiled condition takes, about */
};

/* A condition that is kept because rules share it. */
typedef struct {
    const mtls_condition_t *compiled;
    const void *identity; /* the same pointer for the same exact conditions; NULL when not exact */
} kept_t;

/* A condition of the statement at hand. */
typedef struct {
    const mtls_map_when_t *when;
    const mtls_condition_t *compiled;
    kept_t *kept;          /* NULL: compiled in scratch */
    mtls_bytes_t written;  /* under which it is kept */
    mtls_bytes_t identity; /* of an exact condition: its field and its keys, sorted */
    mtls_map_keys_t keys;  /* field NULL: not exact */
    int rank;
} draft_t;

typedef struct {
    mtls_map_shared_t *shared;
    mtls_map_complaint_t *why;
    apr_pool_t *scratch;
    draft_t drafts[MAX_CONDITIONS];
    int count;
    int primary; /* the draft that the index finds; -1: none */
    bool exact;
} making_t;

/* The fewer certificates have the same value, the lower. */
static const struct {
    const char *word;
    int rank;
} ranks[] = {{"fingerprint", 0}, {"spki", 1},          {"serial-issuer", 2}, {"serial", 3},
             {"email", 4},       {"upn", 5},           {"san-other", 6},     {"san-uri", 6},
             {"san-dns", 6},     {"san-ip", 6},        {"san-rid", 6},       {"san-dirname", 6},
             {"san-x400", 6},    {"san-ediparty", 6},  {"subject", 7},       {"uid", 8},
             {"cn", 9},          {"email.local", 10},  {"upn.local", 10},    {"ou", 12},
             {"o", 12},          {"email.domain", 13}, {"upn.realm", 13},    {"issuer", RANK_WEAK},
             {"policy", 21},     {"qc-type", 21},      {"qc-statement", 21}, {"eku", 22},
             {"profile", 23}};

static int rank_of(const mtls_field_t *field)
{
    size_t i;

    for (i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++) {
        if (strcmp(ranks[i].word, field->word) == 0)
            return ranks[i].rank;
    }
    return strncmp(field->word, "issuer.", strlen("issuer.")) == 0 ? RANK_WEAK : RANK_OTHER;
}

void mtls_map_shared_init(mtls_map_shared_t *shared, apr_pool_t *pool, apr_pool_t *scratch)
{
    *shared = (mtls_map_shared_t){.pool = pool,
                                  .conditions = apr_hash_make(scratch),
                                  .sets = apr_hash_make(scratch),
                                  .identities = apr_hash_make(scratch),
                                  .rests = apr_hash_make(scratch),
                                  .gives = apr_hash_make(scratch),
                                  .templates = apr_hash_make(scratch)};
}

static void *keep(mtls_map_shared_t *shared, apr_size_t size)
{
    shared->bytes += APR_ALIGN_DEFAULT(size);
    return apr_palloc(shared->pool, size);
}

static mtls_bytes_t keep_bytes(mtls_map_shared_t *shared, mtls_bytes_t bytes)
{
    unsigned char *copy = keep(shared, bytes.len + 1);

    memcpy(copy, bytes.data, bytes.len);
    copy[bytes.len] = 0;
    return (mtls_bytes_t){copy, bytes.len};
}

/* Writes parts behind each other, each with its length in front. */
typedef struct {
    unsigned char *data;
    apr_size_t len;
} parts_t;

static void add_part(parts_t *parts, const void *data, apr_size_t len)
{
    memcpy(parts->data + parts->len, &len, sizeof(len));
    memcpy(parts->data + parts->len + sizeof(len), data, len);
    parts->len += sizeof(len) + len;
}

static mtls_bytes_t written_form(const mtls_condition_spec_t *spec, apr_pool_t *pool)
{
    unsigned char how[] = {(unsigned char)spec->quantify, spec->negate,
                           (unsigned char)spec->compare, spec->nocase};
    apr_size_t room = 2 * sizeof(apr_size_t) + strlen(spec->field) + sizeof(how);
    parts_t parts = {0};
    int i;

    for (i = 0; i < spec->operands->nelts; i++)
        room += sizeof(apr_size_t) + strlen(APR_ARRAY_IDX(spec->operands, i, const char *));
    parts.data = apr_palloc(pool, room);
    add_part(&parts, spec->field, strlen(spec->field));
    add_part(&parts, how, sizeof(how));
    for (i = 0; i < spec->operands->nelts; i++) {
        const char *operand = APR_ARRAY_IDX(spec->operands, i, const char *);

        add_part(&parts, operand, strlen(operand));
    }
    return (mtls_bytes_t){parts.data, parts.len};
}

static int by_octets(const void *a, const void *b)
{
    const mtls_bytes_t *x = a, *y = b;
    apr_size_t len = x->len < y->len ? x->len : y->len;
    int order = len != 0 ? memcmp(x->data, y->data, len) : 0;

    if (order != 0 || x->len == y->len)
        return order;
    return x->len < y->len ? -1 : 1;
}

static mtls_bytes_t identity_of(const mtls_map_keys_t *keys, apr_pool_t *pool)
{
    apr_size_t room = sizeof(apr_size_t) + strlen(keys->field->word);
    mtls_bytes_t *sorted = apr_pmemdup(pool, keys->keys, (apr_size_t)keys->count * sizeof(*sorted));
    parts_t parts = {0};
    int i;

    qsort(sorted, (size_t)keys->count, sizeof(*sorted), by_octets);
    for (i = 0; i < keys->count; i++)
        room += sizeof(apr_size_t) + sorted[i].len;
    parts.data = apr_palloc(pool, room);
    add_part(&parts, keys->field->word, strlen(keys->field->word));
    for (i = 0; i < keys->count; i++) {
        if (i == 0 || by_octets(&sorted[i], &sorted[i - 1]) != 0)
            add_part(&parts, sorted[i].data, sorted[i].len);
    }
    return (mtls_bytes_t){parts.data, parts.len};
}

static bool complain(const making_t *making, const mtls_map_token_t *token, const char *text)
{
    *making->why = (mtls_map_complaint_t){token->line, token->column, text};
    return false;
}

static bool compile(const making_t *making, const mtls_condition_t **out,
                    const mtls_map_when_t *when)
{
    int operand = -1;
    const char *fault = mtls_condition_compile(out, &when->spec, &operand, making->scratch);

    if (fault == NULL)
        return true;
    return complain(making, operand >= 0 ? when->operand + 2 * operand : when->field, fault);
}

static bool draft_condition(making_t *making, draft_t *draft, const mtls_map_when_t *when)
{
    const mtls_condition_spec_t *spec = &when->spec;

    *draft = (draft_t){.when = when, .written = written_form(spec, making->scratch)};
    draft->kept = apr_hash_get(making->shared->conditions, draft->written.data,
                               (apr_ssize_t)draft->written.len);
    if (draft->kept != NULL)
        draft->compiled = draft->kept->compiled;
    else if (!compile(making, &draft->compiled, when))
        return false;
    draft->keys.count = mtls_condition_keys(draft->compiled, &draft->keys.keys);
    if (draft->keys.count == 0)
        return true;
    draft->keys.field = mtls_condition_field(draft->compiled);
    draft->rank = rank_of(draft->keys.field);
    return true;
}

static bool draft_conditions(making_t *making, const apr_array_header_t *whens)
{
    int i;

    if (whens->nelts > MAX_CONDITIONS)
        return complain(
            making, APR_ARRAY_IDX(whens, MAX_CONDITIONS, mtls_map_when_t).field,
            apr_psprintf(making->scratch, "a rule has at most %d conditions", MAX_CONDITIONS));
    making->count = whens->nelts;
    making->exact = true;
    for (i = 0; i < whens->nelts; i++) {
        draft_t *draft = &making->drafts[i];

        if (!draft_condition(making, draft, &APR_ARRAY_IDX(whens, i, const mtls_map_when_t)))
            return false;
        making->exact = making->exact && draft->keys.field != NULL;
        if (whens->nelts > 1 && draft->keys.field != NULL)
            draft->identity = identity_of(&draft->keys, making->scratch);
    }
    return true;
}

/* A condition said twice would make two rules differ that say the same. */
static bool refuse_doubles(const making_t *making)
{
    int i, j;

    for (i = 1; i < making->count; i++) {
        for (j = 0; j < i; j++) {
            if (mtls_bytes_equal(making->drafts[i].identity, making->drafts[j].identity))
                return complain(making, making->drafts[i].when->field,
                                "this condition stands twice in the rule");
        }
    }
    return true;
}

static bool names_issuer(const draft_t *draft)
{
    const mtls_condition_spec_t *spec = &draft->when->spec;

    return spec->compare == MTLS_COMPARE_IS && !spec->negate &&
           strcmp(mtls_condition_field(draft->compiled)->word, "issuer") == 0;
}

/* Serial numbers are each issuer's own: RFC 5280 section 4.1.2.2. */
static bool check_serials(const making_t *making)
{
    const draft_t *serial = NULL;
    bool issuer = false;
    int i;

    for (i = 0; i < making->count; i++) {
        const draft_t *draft = &making->drafts[i];

        if (strcmp(mtls_condition_field(draft->compiled)->word, "serial") == 0 && serial == NULL)
            serial = draft;
        issuer = issuer || names_issuer(draft);
    }
    return serial == NULL || issuer ||
           complain(making, serial->when->field,
                    "serial numbers of different issuers can be equal; add \"and issuer is ...\"");
}

static bool finds_better(const draft_t *a, const draft_t *b)
{
    if (a->rank != b->rank)
        return a->rank < b->rank;
    if (a->keys.count != b->keys.count)
        return a->keys.count < b->keys.count;
    return by_octets(&a->identity, &b->identity) < 0;
}

/* Rules that say the same in another order get the same one.  A field that many share is of no
 * help beside a pattern: every rule would be found, and tried. */
static void choose_primary(making_t *making)
{
    int i;

    making->primary = -1;
    for (i = 0; i < making->count; i++) {
        const draft_t *draft = &making->drafts[i];

        if (draft->keys.field == NULL || (draft->rank >= RANK_WEAK && !making->exact))
            continue;
        if (making->primary < 0 || finds_better(draft, &making->drafts[making->primary]))
            making->primary = i;
    }
}

static mtls_condition_spec_t keep_spec(mtls_map_shared_t *shared, const mtls_condition_spec_t *spec)
{
    mtls_condition_spec_t copy = *spec;
    apr_array_header_t *operands = apr_array_copy(shared->pool, spec->operands);
    int i;

    for (i = 0; i < operands->nelts; i++)
        APR_ARRAY_IDX(operands, i, const char *) =
            apr_pstrdup(shared->pool, APR_ARRAY_IDX(operands, i, const char *));
    copy.operands = operands;
    copy.field = apr_pstrdup(shared->pool, spec->field);
    return copy;
}

static const void *shared_identity(mtls_map_shared_t *shared, mtls_bytes_t identity)
{
    mtls_bytes_t copy;

    if (identity.len != 0) {
        const void *known =
            apr_hash_get(shared->identities, identity.data, (apr_ssize_t)identity.len);

        if (known != NULL)
            return known;
        copy = keep_bytes(shared, identity);
        apr_hash_set(shared->identities, copy.data, (apr_ssize_t)copy.len, copy.data);
        return copy.data;
    }
    return NULL;
}

/* What compiled in scratch compiles for good, too. */
static bool keep_condition(const making_t *making, draft_t *draft)
{
    mtls_map_shared_t *shared = making->shared;
    mtls_condition_spec_t spec;
    mtls_bytes_t written;
    kept_t *kept;
    int operand;

    if (draft->kept != NULL)
        return true;
    spec = keep_spec(shared, &draft->when->spec);
    kept = keep(shared, sizeof(*kept));
    if (mtls_condition_compile(&kept->compiled, &spec, &operand, shared->pool) != NULL)
        return complain(making, draft->when->field, "cannot be compiled twice");
    kept->identity = shared_identity(shared, draft->identity);
    written = keep_bytes(shared, draft->written);
    apr_hash_set(shared->conditions, written.data, (apr_ssize_t)written.len, kept);
    shared->bytes += CONDITION_BYTES;
    draft->kept = kept;
    draft->compiled = kept->compiled;
    return true;
}

static int by_address(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;

    return x < y ? -1 : x > y;
}

/* The same pointer for the same conditions in any order; NULL when one is not exact. */
static const void *set_of(const making_t *making)
{
    const void *members[MAX_CONDITIONS] = {0};
    mtls_bytes_t all = {(const unsigned char *)members, 0};
    int i, count = 0;
    const void *set;

    if (!making->exact)
        return NULL;
    for (i = 0; i < making->count; i++) {
        if (i != making->primary)
            members[count++] = making->drafts[i].kept->identity;
    }
    qsort(members, (size_t)count, sizeof(members[0]), by_address);
    all.len = (apr_size_t)count * sizeof(members[0]);
    set = apr_hash_get(making->shared->sets, all.data, (apr_ssize_t)all.len);
    if (set == NULL) {
        set = keep_bytes(making->shared, all).data;
        apr_hash_set(making->shared->sets, set, (apr_ssize_t)all.len, set);
    }
    return set;
}

static const mtls_map_rest_t *rest_of(const making_t *making)
{
    mtls_map_shared_t *shared = making->shared;
    const mtls_condition_t *conditions[MAX_CONDITIONS] = {0};
    mtls_map_rest_t *rest;
    apr_size_t size;
    int i, count = 0;

    for (i = 0; i < making->count; i++) {
        if (i != making->primary)
            conditions[count++] = making->drafts[i].compiled;
    }
    size = (apr_size_t)count * sizeof(const mtls_condition_t *);
    rest = apr_hash_get(shared->rests, conditions, (apr_ssize_t)size);
    if (rest != NULL)
        return rest;
    rest = keep(shared, sizeof(*rest) + size);
    rest->set = set_of(making);
    rest->count = count;
    memcpy(rest->conditions, conditions, size);
    apr_hash_set(shared->rests, rest->conditions, (apr_ssize_t)size, rest);
    return rest;
}

/* Notes which draft captures each name, or @a making when several do. */
static void note_captures(const making_t *making, const draft_t *draft, apr_hash_t *owners)
{
    const apr_array_header_t *names = mtls_condition_captures(draft->compiled);
    int i;

    for (i = 0; names != NULL && i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        const void *owner = apr_hash_get(owners, name, APR_HASH_KEY_STRING);

        if (owner != draft)
            apr_hash_set(owners, name, APR_HASH_KEY_STRING,
                         owner == NULL ? (const void *)draft : (const void *)making);
    }
}

/* Names that one condition captures, and only one: of others nobody can say which is meant.
 * NULL: the rule captures nothing at all. */
static const apr_array_header_t *captures_of(const making_t *making, const char **doubled)
{
    apr_hash_t *owners = NULL;
    apr_array_header_t *names;
    apr_hash_index_t *each;
    int i;

    for (i = 0; i < making->count; i++) {
        const apr_array_header_t *own = mtls_condition_captures(making->drafts[i].compiled);

        if (own == NULL || own->nelts == 0)
            continue;
        if (owners == NULL)
            owners = apr_hash_make(making->scratch);
        note_captures(making, &making->drafts[i], owners);
    }
    if (owners == NULL)
        return NULL;
    names = apr_array_make(making->shared->pool, 2, sizeof(const char *));
    for (each = apr_hash_first(making->scratch, owners); each != NULL; each = apr_hash_next(each)) {
        if (apr_hash_this_val(each) == making)
            *doubled = apr_hash_this_key(each);
        else
            APR_ARRAY_PUSH(names, const char *) = apr_hash_this_key(each);
    }
    return names;
}

/* The text of one word and of what kind it is, for a key under which results are shared. */
static apr_size_t room_of(const mtls_map_token_t *token)
{
    return token != NULL ? 1 + sizeof(apr_size_t) + token->len : 0;
}

static void add_token(parts_t *parts, char kind, const mtls_map_token_t *token)
{
    if (token == NULL)
        return;
    parts->data[parts->len++] = (unsigned char)kind;
    add_part(parts, token->text, token->len);
}

static mtls_bytes_t gives_key(const mtls_map_then_t *then, apr_pool_t *pool)
{
    apr_size_t room = 1 + room_of(then->deny_text);
    parts_t parts = {0};
    int i;

    for (i = 0; then->groups != NULL && i < then->groups->nelts; i++)
        room += room_of(APR_ARRAY_IDX(then->groups, i, const mtls_map_token_t *));
    for (i = 0; i < then->sets->nelts; i++) {
        const mtls_map_set_t *set = &APR_ARRAY_IDX(then->sets, i, const mtls_map_set_t);

        room += room_of(set->name) + room_of(set->value);
    }
    parts.data = apr_palloc(pool, room);
    parts.data[parts.len++] = then->deny;
    add_token(&parts, 'd', then->deny_text);
    for (i = 0; then->groups != NULL && i < then->groups->nelts; i++)
        add_token(&parts, 'g', APR_ARRAY_IDX(then->groups, i, const mtls_map_token_t *));
    for (i = 0; i < then->sets->nelts; i++) {
        const mtls_map_set_t *set = &APR_ARRAY_IDX(then->sets, i, const mtls_map_set_t);

        add_token(&parts, 'n', set->name);
        add_token(&parts, 'v', set->value);
    }
    return (mtls_bytes_t){parts.data, parts.len};
}

static const mtls_map_gives_t *gives_of(const making_t *making, const mtls_map_then_t *then,
                                        const mtls_map_texts_t *texts)
{
    mtls_map_shared_t *shared = making->shared;
    mtls_bytes_t key = gives_key(then, making->scratch);
    mtls_map_gives_t *gives = NULL;

    if (texts->captures == NULL)
        gives = apr_hash_get(shared->gives, key.data, (apr_ssize_t)key.len);
    if (gives != NULL)
        return gives;
    gives = keep(shared, sizeof(*gives));
    if (!mtls_map_gives_compile(gives, then, texts, making->why, shared->pool))
        return NULL;
    shared->bytes += key.len + (apr_size_t)gives->group_count * sizeof(mtls_map_text_t);
    if (texts->captures == NULL) {
        key = keep_bytes(shared, key);
        apr_hash_set(shared->gives, key.data, (apr_ssize_t)key.len, gives);
    }
    return gives;
}

/* Templates are shared as conditions are; literal users are mostly each rule's own. */
static bool add_user(const making_t *making, mtls_map_rule_t *rule, const mtls_map_token_t *token,
                     const mtls_map_texts_t *texts)
{
    mtls_map_shared_t *shared = making->shared;
    mtls_map_text_t user;

    if (token == NULL)
        return true;
    if (texts->captures == NULL) {
        rule->user = apr_hash_get(shared->templates, token->text, (apr_ssize_t)token->len);
        rule->user_is_template = rule->user != NULL;
    }
    if (rule->user != NULL)
        return true;
    if (!mtls_map_user_compile(&user, token, texts, making->why, shared->pool))
        return false;
    shared->bytes += APR_ALIGN_DEFAULT(token->len + 1);
    rule->user_is_template = user.tmpl != NULL;
    rule->user = rule->user_is_template ? (const void *)user.tmpl : (const void *)user.literal;
    if (rule->user_is_template && texts->captures == NULL)
        apr_hash_set(shared->templates, mtls_template_text(user.tmpl), (apr_ssize_t)token->len,
                     user.tmpl);
    return true;
}

static bool add_result(const making_t *making, mtls_map_rule_t *rule, const mtls_map_then_t *then)
{
    const char *doubled = NULL;
    mtls_map_texts_t texts = {true, captures_of(making, &doubled), making->scratch};

    if (add_user(making, rule, then->user, &texts))
        rule->gives = gives_of(making, then, &texts);
    if (rule->gives != NULL)
        return true;
    if (doubled != NULL)
        making->why->text = apr_psprintf(
            making->scratch, "%s (more than one condition of this rule captures %s, so none does)",
            making->why->text, mtls_value_quote(doubled, making->scratch));
    return false;
}

static void name_profiles(const making_t *making, mtls_map_profile_fn *name_fn, void *baton)
{
    int i, j;

    for (i = 0; i < making->count; i++) {
        const draft_t *draft = &making->drafts[i];
        const apr_array_header_t *names = mtls_condition_profiles(draft->compiled);

        for (j = 0; names != NULL && j < names->nelts; j++)
            name_fn(baton, APR_ARRAY_IDX(names, j, const char *), draft->when->operand + 2 * j);
    }
}

static bool keep_conditions(making_t *making)
{
    int i;

    for (i = 0; i < making->count; i++) {
        if (i != making->primary && !keep_condition(making, &making->drafts[i]))
            return false;
    }
    return true;
}

mtls_map_rule_t *mtls_map_rule_make(const mtls_map_statement_t *statement,
                                    mtls_map_shared_t *shared, mtls_map_keys_t *keys,
                                    mtls_map_profile_fn *name_fn, void *baton,
                                    mtls_map_complaint_t *why, apr_pool_t *scratch)
{
    making_t making = {.shared = shared, .why = why, .scratch = scratch};
    mtls_map_rule_t *rule;

    if (!draft_conditions(&making, statement->whens) || !refuse_doubles(&making) ||
        !check_serials(&making))
        return NULL;
    choose_primary(&making);
    if (!keep_conditions(&making))
        return NULL;
    name_profiles(&making, name_fn, baton);
    rule = keep(shared, sizeof(*rule));
    *rule = (mtls_map_rule_t){.rest = rest_of(&making),
                              .exact = making.exact,
                              .indexed = making.primary >= 0,
                              .priority = (uint8_t)statement->priority};
    if (statement->priority == 0)
        rule->priority = statement->then.deny ? MTLS_MAP_PRIORITY_DENY : MTLS_MAP_PRIORITY;
    *keys = (mtls_map_keys_t){0};
    if (rule->indexed)
        *keys = making.drafts[making.primary].keys;
    return add_result(&making, rule, &statement->then) ? rule : NULL;
}
