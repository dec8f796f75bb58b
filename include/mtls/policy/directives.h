/*
 * mtls/policy/directives.h - the one table of configuration directives, and their parsers.
 *
 * mtls/policy/directives.def lists every directive once.  The table below,
 * httpd's command table and the lint that compares the manual with it are all
 * made from that list.
 *
 * Parsers only turn words into values: no file is opened and OpenSSL is not
 * called, so they run in unit tests and in mtlsctl as they are.
 *
 * May include: APR, mtls/policy, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_DIRECTIVES_H
#define MTLS_POLICY_DIRECTIVES_H

#include <apr_pools.h>

#include "mtls/policy/settings.h"
#include "mtls/trust/profile_spec.h"

/** Where a directive may stand; bits. */
enum {
    MTLS_WHERE_GLOBAL = 1 << 0,   /**< main server only: outside every <VirtualHost> and section */
    MTLS_WHERE_SERVER = 1 << 1,   /**< main server or <VirtualHost>, outside sections */
    MTLS_WHERE_LOCATION = 1 << 2, /**< <Location>, <Directory>, <If>, ...; never .htaccess */
    MTLS_WHERE_PROFILE = 1 << 3   /**< inside <MTLSTrust> */
};

/** A directive that takes any number of arguments. */
#define MTLS_ARGS_MANY 1000

/** What a parser may use besides its arguments. */
typedef struct {
    mtls_origin_t at;
    apr_pool_t *pool; /**< lifetime of the configuration */
    /** Make a path absolute (httpd: relative to ServerRoot).  @return NULL when it cannot be. */
    const char *(*path_fn)(void *baton, const char *path);
    void *path_baton;
} mtls_parse_t;

/**
 * @param target  mtls_settings_t *, or mtls_profile_spec_t * for MTLS_WHERE_PROFILE
 * @param argc    within the row's limits
 * @return NULL, or what is wrong: "unknown method 'pka'; use post-handshake, renegotiate or off"
 *         (quotes the value, says what would be right; mtls_directive_apply() puts the directive's
 *         name in front).  @a target is unchanged on error.
 */
typedef const char *(*mtls_directive_parse_fn)(void *target, int argc, const char *const *argv,
                                               const mtls_parse_t *parse);

/** One row. */
typedef struct {
    const char *name;
    unsigned where;
    int min_args;
    int max_args;
    mtls_directive_parse_fn parse;
    const char *default_text; /**< as the manual shows it */
    const char *help;         /**< one line */
} mtls_directive_t;

/** Index of each row. */
typedef enum {
#define MTLS_DIRECTIVE(id, name, where, min, max, dflt, help) MTLS_DIRECTIVE_##id,
#include "mtls/policy/directives.def"
#undef MTLS_DIRECTIVE
    MTLS_DIRECTIVE_COUNT
} mtls_directive_id_t;

extern const mtls_directive_t mtls_directives[MTLS_DIRECTIVE_COUNT];

/**
 * Check the number of arguments, then parse.
 *
 * A directive with one value that was already given in the same place is refused; lists in
 * <MTLSTrust> grow.
 *
 * @return NULL, or "MTLSStepUp: unknown method 'pka'; use ..." from the pool of @a parse;
 *         @a target is then unchanged
 */
const char *mtls_directive_apply(const mtls_directive_t *directive, void *target, int argc,
                                 const char *const *argv, const mtls_parse_t *parse);

/** @return a spec with its arrays made, nothing set. */
mtls_profile_spec_t *mtls_profile_spec_make(const char *name, mtls_origin_t at, apr_pool_t *pool);

/** @return NULL, or why @a name cannot name a profile. */
const char *mtls_profile_name_check(const char *name, apr_pool_t *pool);

#endif /* MTLS_POLICY_DIRECTIVES_H */
