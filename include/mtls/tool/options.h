/*
 * mtls/tool/options.h - what mtlsctl was asked on its command line.
 *
 * May include: APR, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TOOL_OPTIONS_H
#define MTLS_TOOL_OPTIONS_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>
#include <stdbool.h>

#include "mtls/policy/source.h"

/** Exit statuses of mtlsctl. */
enum {
    MTLS_EXIT_YES = 0,    /**< explain: admitted, with a user; check: nothing is wrong */
    MTLS_EXIT_NO = 1,     /**< explain: no user; check: something is wrong */
    MTLS_EXIT_UNUSABLE = 2 /**< the question cannot be answered: usage, files */
};

/** The commands. */
typedef enum {
    MTLS_COMMAND_NONE = 0,
    MTLS_COMMAND_EXPLAIN,
    MTLS_COMMAND_CHECK,
    MTLS_COMMAND_TEXTS,
    MTLS_COMMAND_HELP,
    MTLS_COMMAND_VERSION
} mtls_command_t;

/** A source of users as it was written: MAP with its file, USER with field and transforms. */
typedef struct {
    mtls_source_kind_t kind;
    const char *text;
} mtls_source_option_t;

/** Arrays are never NULL and keep the order of the command line. */
typedef struct {
    mtls_command_t command;
    const char *cert;
    const char *chain;            /**< NULL: none */
    const char *root;             /**< NULL: the directory of each trust file */
    apr_array_header_t *trust;    /**< const char * */
    apr_array_header_t *profiles; /**< const char *; empty: all, in the order of the files */
    apr_array_header_t *sources;  /**< mtls_source_option_t; check has only maps */
    apr_array_header_t *files;    /**< const char *: plain arguments of check, texts */
    apr_time_t at;                /**< now, or what --at says */
    bool json;
} mtls_options_t;

/**
 * @param argv  as main() has it
 * @return NULL, or what is wrong with the command line, from @a pool
 */
const char *mtls_options_parse(mtls_options_t *out, int argc, const char *const *argv,
                               apr_pool_t *pool);

/** @return what --help prints, from @a pool. */
const char *mtls_options_help(apr_pool_t *pool);

#endif /* MTLS_TOOL_OPTIONS_H */
