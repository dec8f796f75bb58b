/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/condition.h"
#include "mtls/policy/directives.h"
#include "mtls/policy/value.h"
#include "require_line.h"

#define MIN_AGE apr_time_from_sec(1)
#define MAX_AGE (apr_time_from_sec(86400) * 3650)

/* One word of the line.  Only a bare one can be a keyword. */
typedef struct {
    const char *text;
    bool quoted;
} word_t;

/* The words that are not yet used. */
typedef struct {
    const word_t *words;
    int count;
    mtls_require_t *require;
    apr_pool_t *pool;
} line_t;

static const char space[] = " \t\r\n\v\f";

/* Cut the next word off @a cursor, which is at one.  @return false when a quote does not end. */
static bool take_word(word_t *word, const char **cursor, apr_pool_t *pool)
{
    const char *start = *cursor, *end;

    word->quoted = *start == '"';
    if (!word->quoted) {
        end = start + strcspn(start, space);
        *cursor = end;
    } else {
        start++;
        end = strchr(start, '"');
        if (!end || (end[1] && !strchr(space, end[1]))) {
            return false;
        }
        *cursor = end + 1;
    }
    word->text = apr_pstrmemdup(pool, start, (apr_size_t)(end - start));
    return true;
}

static const char *take_words(line_t *line, const char *args)
{
    apr_array_header_t *words = apr_array_make(line->pool, 4, sizeof(word_t));
    const char *cursor = args + strspn(args, space);

    while (*cursor) {
        word_t word;

        if (!take_word(&word, &cursor, line->pool)) {
            return apr_psprintf(line->pool,
                                "%s has a quote that does not end a word; use words, or "
                                "\"words in double quotes\"",
                                mtls_value_quote(cursor, line->pool));
        }
        APR_ARRAY_PUSH(words, word_t) = word;
        cursor += strspn(cursor, space);
    }
    line->words = (const word_t *)(const void *)words->elts;
    line->count = words->nelts;
    return NULL;
}

/* @return the next word's text; the line must have one. */
static const char *next(line_t *line)
{
    line->count--;
    return line->words++->text;
}

static const char *parse_nothing(line_t *line)
{
    return line->count == 0 ? NULL
                            : apr_psprintf(line->pool, "takes no arguments, found %s",
                                           mtls_value_quote(line->words->text, line->pool));
}

static const char *parse_profiles(line_t *line)
{
    while (line->count > 0) {
        const char *name = next(line), *fault = mtls_profile_name_check(name, line->pool);

        if (fault) {
            return fault;
        }
        APR_ARRAY_PUSH(line->require->profiles, const char *) = name;
    }
    return NULL;
}

static const char *parse_method(line_t *line, const char *word)
{
    mtls_word_t words[MTLS_PROOF_METHODS] = {{NULL, 0}};
    const char *fault;
    int method;

    for (method = MTLS_PROOF_NONE + 1; method < MTLS_PROOF_METHODS; method++) {
        words[method - 1] =
            (mtls_word_t){mtls_proof_method_word((mtls_proof_method_t)method), method};
    }
    fault = mtls_value_parse_word(&method, word, words, "method", line->pool);
    if (!fault) {
        line->require->methods |= 1u << method;
    }
    return fault ? apr_pstrcat(line->pool, fault, ", and max-age= with a duration", NULL) : NULL;
}

static const char *parse_age(line_t *line, const char *text)
{
    if (line->require->max_age != 0) {
        return "says max-age twice; say it once";
    }
    return mtls_value_parse_duration(&line->require->max_age, text, MIN_AGE, MAX_AGE, line->pool);
}

static const char *parse_proof(line_t *line)
{
    const char *fault = NULL;

    while (!fault && line->count > 0) {
        const char *word = next(line), *age = mtls_value_after_key(word, "max-age");

        fault = age ? parse_age(line, age) : parse_method(line, word);
    }
    return fault;
}

static const char *parse_pins(line_t *line)
{
    while (line->count > 0) {
        mtls_pin_t pin;
        const char *fault = mtls_value_parse_pin(&pin, next(line), line->pool);

        if (fault) {
            return fault;
        }
        APR_ARRAY_PUSH(line->require->pins, mtls_pin_t) = pin;
    }
    return NULL;
}

static const char *parse_groups(line_t *line)
{
    while (line->count > 0) {
        const char *name = next(line), *fault = mtls_group_name_check(name, line->pool);

        if (fault) {
            return fault;
        }
        APR_ARRAY_PUSH(line->require->names, const char *) = name;
    }
    return NULL;
}

static const char *parse_attribute(line_t *line)
{
    const char *name = next(line), *fault = mtls_attribute_name_check(name, line->pool);

    if (fault) {
        return fault;
    }
    if (line->count == 0) {
        return apr_psprintf(line->pool, "names no value of %s; use one or more values",
                            mtls_value_quote(name, line->pool));
    }
    line->require->attribute = name;
    while (line->count > 0) {
        APR_ARRAY_PUSH(line->require->names, const char *) = next(line);
    }
    return NULL;
}

/* How values compare: what a line says before them. */
typedef struct {
    bool said;
    bool any_case;
    mtls_compare_t compare;
} verb_t;

/* Faults of patterns say where in the pattern, but not in which. */
static const char *name_operand(const char *fault, const char *operand, apr_pool_t *pool)
{
    const char *quoted = mtls_value_quote(operand, pool);

    return strncmp(fault, quoted, strlen(quoted)) == 0
               ? fault
               : apr_pstrcat(pool, quoted, ": ", fault, NULL);
}

/* Add the condition that @a field compares with one of @a operands. */
static const char *add_condition(line_t *line, const char *field, const verb_t *verb,
                                 const apr_array_header_t *operands)
{
    const mtls_condition_spec_t spec = {
        .field = field, .compare = verb->compare, .nocase = verb->any_case, .operands = operands};
    const mtls_condition_t *condition;
    int operand;
    const char *fault = mtls_condition_compile(&condition, &spec, &operand, line->pool);

    if (fault) {
        return operand < 0 ? fault
                           : name_operand(fault, APR_ARRAY_IDX(operands, operand, const char *),
                                          line->pool);
    }
    APR_ARRAY_PUSH(line->require->conditions, const mtls_condition_t *) = condition;
    return NULL;
}

/* All words that are left. */
static const apr_array_header_t *take_operands(line_t *line)
{
    apr_array_header_t *operands = apr_array_make(line->pool, line->count, sizeof(const char *));

    while (line->count > 0) {
        APR_ARRAY_PUSH(operands, const char *) = next(line);
    }
    return operands;
}

static const mtls_word_t verbs[] = {{"is", MTLS_COMPARE_IS},
                                    {"like", MTLS_COMPARE_LIKE},
                                    {"matches", MTLS_COMPARE_MATCHES},
                                    {"under", MTLS_COMPARE_UNDER},
                                    {NULL, 0}};

static bool is_keyword(const line_t *line, const char *keyword)
{
    return line->count > 0 && !line->words->quoted && strcmp(line->words->text, keyword) == 0;
}

static verb_t take_verb(line_t *line)
{
    verb_t verb = {.compare = MTLS_COMPARE_IS};
    const mtls_word_t *row = verbs;

    if (is_keyword(line, "any-case")) {
        next(line);
        verb.any_case = true;
    }
    while (row->word && !is_keyword(line, row->word)) {
        row++;
    }
    if (row->word) {
        next(line);
        verb.said = true;
        verb.compare = (mtls_compare_t)row->value;
    }
    return verb;
}

static const char *parse_names(line_t *line, const char *field)
{
    const verb_t verb = take_verb(line);

    if (line->count == 0) {
        return "names nothing to compare with; use one or more names such as "
               "\"CN=Staff CA,O=Example\"";
    }
    return add_condition(line, field, &verb, take_operands(line));
}

static const char *parse_issuer(line_t *line)
{
    return parse_names(line, "issuer");
}

static const char *parse_subject(line_t *line)
{
    return parse_names(line, "subject");
}

static const verb_t plain_is = {.compare = MTLS_COMPARE_IS};

static const char *parse_eku(line_t *line)
{
    return add_condition(line, "eku", &plain_is, take_operands(line));
}

static const char *parse_policy(line_t *line)
{
    return add_condition(line, "policy", &plain_is, take_operands(line));
}

/* Types of alternative name, and the fields that hold them. */
static const mtls_word_t san_types[] = {
    {"email", MTLS_SAN_EMAIL}, {"upn", MTLS_SAN_UPN},         {"dns", MTLS_SAN_DNS},
    {"uri", MTLS_SAN_URI},     {"ip", MTLS_SAN_IP},           {"rid", MTLS_SAN_RID},
    {"other", MTLS_SAN_OTHER}, {"dirname", MTLS_SAN_DIRNAME}, {NULL, 0}};
static const char *const san_fields[MTLS_SAN_TYPES] = {
    [MTLS_SAN_EMAIL] = "email",     [MTLS_SAN_UPN] = "upn",
    [MTLS_SAN_DNS] = "san-dns",     [MTLS_SAN_URI] = "san-uri",
    [MTLS_SAN_IP] = "san-ip",       [MTLS_SAN_RID] = "san-rid",
    [MTLS_SAN_OTHER] = "san-other", [MTLS_SAN_DIRNAME] = "san-dirname"};

/* Without a word that says how, each pattern says so itself. */
static const char *parse_patterns(line_t *line, const char *field, bool any_case)
{
    const verb_t is = {true, any_case, MTLS_COMPARE_IS}, like = {true, any_case, MTLS_COMPARE_LIKE};
    apr_array_header_t *plain = apr_array_make(line->pool, line->count, sizeof(const char *));
    apr_array_header_t *globs = apr_array_make(line->pool, line->count, sizeof(const char *));
    const char *fault;
    mtls_field_t parsed;

    fault = mtls_field_parse(&parsed, field, line->pool);
    while (!fault && line->count > 0) {
        const char *word = next(line);
        bool glob = mtls_field_is_text(&parsed) && strpbrk(word, "*?") != NULL;

        APR_ARRAY_PUSH(glob ? globs : plain, const char *) = word;
    }
    if (!fault && plain->nelts > 0) {
        fault = add_condition(line, field, &is, plain);
    }
    if (!fault && globs->nelts > 0) {
        fault = add_condition(line, field, &like, globs);
    }
    return fault;
}

static const char *parse_san(line_t *line)
{
    const char *word = next(line), *fault;
    verb_t verb;
    int type;

    fault = mtls_value_parse_word(&type, word, san_types, "type", line->pool);
    if (fault) {
        return fault;
    }
    verb = take_verb(line);
    if (line->count == 0) {
        return apr_psprintf(line->pool,
                            "names no pattern for %s; use one or more patterns, after is, like, "
                            "matches or under where one likes",
                            word);
    }
    return verb.said ? add_condition(line, san_fields[type], &verb, take_operands(line))
                     : parse_patterns(line, san_fields[type], verb.any_case);
}

/* How each kind is parsed, and what is wrong with a line without words; NULL: nothing. */
static const struct {
    const char *(*parse)(line_t *line);
    const char *missing;
} grammars[] = {
    [MTLS_REQUIRE_VALID] = {parse_nothing, NULL},
    [MTLS_REQUIRE_TRUST] = {parse_profiles,
                            "names no profile; use one or more names of <MTLSTrust> profiles"},
    [MTLS_REQUIRE_PROOF] =
        {parse_proof, "names no method and no age; use one or more of handshake, "
                      "post-handshake, renegotiation, resumption and ticket, or max-age= with a "
                      "duration, or both"},
    [MTLS_REQUIRE_FINGERPRINT] = {parse_pins, "names no fingerprint; use one or more of sha256:HEX "
                                              "and spki-sha256:HEX-or-BASE64"},
    [MTLS_REQUIRE_GROUP] = {parse_groups, "names no group; use one or more names of groups"},
    [MTLS_REQUIRE_ISSUER] = {parse_issuer,
                             "names no issuer; use one or more names such as \"CN=Staff "
                             "CA,O=Example\", or under and such names"},
    [MTLS_REQUIRE_SUBJECT] = {parse_subject, "names no subject; use one or more names such as "
                                             "\"CN=Alice,O=Example\", or under and such names"},
    [MTLS_REQUIRE_SAN] = {parse_san, "names no type; use email, upn, dns, uri, ip, rid, other or "
                                     "dirname, and one or more patterns"},
    [MTLS_REQUIRE_EKU] = {parse_eku,
                          "names no usage; use one or more of clientAuth, serverAuth, "
                          "emailProtection, smartcardLogon and dotted object identifiers"},
    [MTLS_REQUIRE_POLICY] = {parse_policy,
                             "names no policy; use one or more dotted object identifiers"},
    [MTLS_REQUIRE_ATTR] = {parse_attribute,
                           "names no attribute; use its name, and one or more values"},
};

_Static_assert(sizeof(grammars) / sizeof(grammars[0]) == MTLS_REQUIRE_KINDS,
               "each provider has a grammar");

static mtls_require_t *make(mtls_require_kind_t kind, apr_pool_t *pool)
{
    mtls_require_t *require = apr_pcalloc(pool, sizeof(*require));

    require->kind = kind;
    require->profiles = apr_array_make(pool, 1, sizeof(const char *));
    require->pins = apr_array_make(pool, 1, sizeof(mtls_pin_t));
    require->conditions = apr_array_make(pool, 2, sizeof(const mtls_condition_t *));
    require->names = apr_array_make(pool, 1, sizeof(const char *));
    return require;
}

const char *mtls_require_parse(const mtls_require_t **out, mtls_require_kind_t kind,
                               const char *args, apr_pool_t *pool)
{
    line_t line = {.require = make(kind, pool), .pool = pool};
    const char *fault = take_words(&line, args);

    if (!fault && line.count == 0) {
        fault = grammars[kind].missing;
    }
    if (!fault) {
        fault = grammars[kind].parse(&line);
    }
    *out = fault ? NULL : line.require;
    return fault ? apr_pstrcat(pool, "Require ", mtls_require_word(kind), ": ", fault, NULL) : NULL;
}
