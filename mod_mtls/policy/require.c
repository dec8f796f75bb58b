/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/require.h"

#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/directives.h"
#include "mtls/policy/value.h"

struct mtls_require_t {
    mtls_require_kind_t kind;
    apr_array_header_t *profiles; /* const char * */
    unsigned methods;             /* bit 1 << mtls_proof_method_t */
    apr_array_header_t *pins;     /* mtls_pin_t */
};

static const char *const kind_words[] = {
    [MTLS_REQUIRE_VALID] = "mtls-valid",
    [MTLS_REQUIRE_TRUST] = "mtls-trust",
    [MTLS_REQUIRE_PROOF] = "mtls-proof",
    [MTLS_REQUIRE_FINGERPRINT] = "mtls-fingerprint",
};

_Static_assert(sizeof(kind_words) / sizeof(kind_words[0]) == MTLS_REQUIRE_KINDS,
               "each provider has a word");

const char *mtls_require_word(mtls_require_kind_t kind)
{
    // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.UndefReturn): the assertion above says why
    return kind_words[kind];
}

static const char space[] = " \t\r\n\v\f";

/* Cut the next word off @a cursor, which is at one.  @return NULL when a quote does not end. */
static const char *take_word(const char **cursor, apr_pool_t *pool)
{
    const char *start = *cursor, *end;

    if (*start != '"') {
        end = start + strcspn(start, space);
        *cursor = end;
        return apr_pstrmemdup(pool, start, (apr_size_t)(end - start));
    }
    start++;
    end = strchr(start, '"');
    if (!end || (end[1] && !strchr(space, end[1]))) {
        return NULL;
    }
    *cursor = end + 1;
    return apr_pstrmemdup(pool, start, (apr_size_t)(end - start));
}

static const char *add_profile(mtls_require_t *require, const char *word, apr_pool_t *pool)
{
    const char *fault = mtls_profile_name_check(word, pool);

    if (!fault) {
        APR_ARRAY_PUSH(require->profiles, const char *) = word;
    }
    return fault;
}

static const char *add_method(mtls_require_t *require, const char *word, apr_pool_t *pool)
{
    mtls_word_t words[MTLS_PROOF_METHODS] = {{NULL, 0}};
    const char *fault;
    int method;

    for (method = MTLS_PROOF_NONE + 1; method < MTLS_PROOF_METHODS; method++) {
        words[method - 1] =
            (mtls_word_t){mtls_proof_method_word((mtls_proof_method_t)method), method};
    }
    fault = mtls_value_parse_word(&method, word, words, "method", pool);
    if (!fault) {
        require->methods |= 1u << method;
    }
    return fault;
}

static const char *add_pin(mtls_require_t *require, const char *word, apr_pool_t *pool)
{
    mtls_pin_t pin;
    const char *fault = mtls_value_parse_pin(&pin, word, pool);

    if (!fault) {
        APR_ARRAY_PUSH(require->pins, mtls_pin_t) = pin;
    }
    return fault;
}

static const char *add_word(mtls_require_t *require, const char *word, apr_pool_t *pool)
{
    switch (require->kind) {
    case MTLS_REQUIRE_TRUST:
        return add_profile(require, word, pool);
    case MTLS_REQUIRE_PROOF:
        return add_method(require, word, pool);
    case MTLS_REQUIRE_FINGERPRINT:
        return add_pin(require, word, pool);
    case MTLS_REQUIRE_VALID:
    case MTLS_REQUIRE_KINDS:
        break;
    }
    return apr_psprintf(pool, "takes no arguments, found %s", mtls_value_quote(word, pool));
}

static const char *missing_words(mtls_require_kind_t kind)
{
    switch (kind) {
    case MTLS_REQUIRE_TRUST:
        return "names no profile; use one or more names of <MTLSTrust> profiles";
    case MTLS_REQUIRE_PROOF:
        return "names no method; use one or more of handshake, post-handshake, renegotiation and "
               "resumption";
    case MTLS_REQUIRE_FINGERPRINT:
        return "names no fingerprint; use one or more of sha256:HEX and spki-sha256:HEX-or-BASE64";
    case MTLS_REQUIRE_VALID:
    case MTLS_REQUIRE_KINDS:
        break;
    }
    return NULL;
}

static const char *parse_words(mtls_require_t *require, const char *args, apr_pool_t *pool)
{
    const char *cursor = args + strspn(args, space);
    const char *fault = *cursor ? NULL : missing_words(require->kind);

    while (!fault && *cursor) {
        const char *word = take_word(&cursor, pool);

        if (!word) {
            return apr_psprintf(pool,
                                "%s has a quote that does not end a word; use words, or "
                                "\"words in double quotes\"",
                                mtls_value_quote(cursor, pool));
        }
        fault = add_word(require, word, pool);
        cursor += strspn(cursor, space);
    }
    return fault;
}

const char *mtls_require_parse(const mtls_require_t **out, mtls_require_kind_t kind,
                               const char *args, apr_pool_t *pool)
{
    mtls_require_t *require = apr_pcalloc(pool, sizeof(*require));
    const char *fault;

    require->kind = kind;
    require->profiles = apr_array_make(pool, 1, sizeof(const char *));
    require->pins = apr_array_make(pool, 1, sizeof(mtls_pin_t));
    fault = parse_words(require, args, pool);
    *out = fault ? NULL : require;
    return fault ? apr_pstrcat(pool, "Require ", mtls_require_word(kind), ": ", fault, NULL) : NULL;
}

const apr_array_header_t *mtls_require_profiles(const mtls_require_t *require)
{
    return require->profiles;
}

static bool has_profile(const mtls_require_t *require, const char *profile)
{
    int i;

    for (i = 0; i < require->profiles->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(require->profiles, i, const char *), profile) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_fingerprint(const mtls_require_t *require, const mtls_identity_t *identity)
{
    int i;

    for (i = 0; i < require->pins->nelts; i++) {
        const mtls_pin_t *pin = &APR_ARRAY_IDX(require->pins, i, mtls_pin_t);

        if (memcmp(pin->digest, pin->spki ? identity->spki_sha256 : identity->sha256,
                   MTLS_SHA256_LEN) == 0) {
            return true;
        }
    }
    return false;
}

bool mtls_require_check(const mtls_require_t *require, const mtls_told_t *told)
{
    if (!mtls_told_is_good(told)) {
        return false;
    }
    switch (require->kind) {
    case MTLS_REQUIRE_VALID:
        return true;
    case MTLS_REQUIRE_TRUST:
        return has_profile(require, told->profile);
    case MTLS_REQUIRE_PROOF:
        return told->proof->method != MTLS_PROOF_NONE &&
               (require->methods & 1u << told->proof->method) != 0;
    case MTLS_REQUIRE_FINGERPRINT:
        return has_fingerprint(require, told->proof->identity);
    case MTLS_REQUIRE_KINDS:
        break;
    }
    return false;
}
