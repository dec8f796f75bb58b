/*
 * mtls/policy/map_lex.h - the words of a rules file, statement by statement.
 *
 * A statement begins at a line whose first octet is no white space, and goes on over the indented
 * lines after it; blank lines and comments may stand between.  Words are bare or in double quotes,
 * where every octet is itself and two quotes are one.
 *
 * Guarantees
 *   text     a word is UTF-8 without control characters, so that it may be a C string
 *   bounded  a statement over MTLS_MAP_MAX_STATEMENT is a fault, not a long list of words
 *   goes on  after a fault comes the next statement
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_MAP_LEX_H
#define MTLS_POLICY_MAP_LEX_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"

/** What a word was written as: only bare ones can be keywords. */
typedef enum { MTLS_MAP_BARE = 0, MTLS_MAP_QUOTED, MTLS_MAP_COMMA } mtls_map_token_kind_t;

/** One word and where it begins. */
typedef struct {
    mtls_map_token_kind_t kind;
    const char *text; /**< without its quotes, NUL-terminated */
    apr_size_t len;   /**< octets of text */
    int line;         /**< 1-based */
    int column;       /**< 1-based, octets */
    int end;          /**< column after its last octet */
} mtls_map_token_t;

/** What is wrong, and where. */
typedef struct {
    int line;
    int column;
    const char *text; /**< from the pool of the call that failed */
} mtls_map_complaint_t;

/** A place in the octets; the caller's memory. */
typedef struct {
    const unsigned char *at;  /**< begin of the next line */
    const unsigned char *end;
    int line;                 /**< number of the next line */
    bool comments;            /**< whether "#" begins a comment */
} mtls_map_lex_t;

/** What came. */
typedef enum { MTLS_MAP_LEX_END = 0, MTLS_MAP_LEX_STATEMENT, MTLS_MAP_LEX_FAULT } mtls_map_lexed_t;

/** @param octets  borrowed while the lexer is used */
void mtls_map_lex_init(mtls_map_lex_t *lex, mtls_bytes_t octets, bool comments);

/**
 * Read the next statement.
 *
 * @param tokens  mtls_map_token_t; emptied first, at least one after STATEMENT; texts from @a pool
 * @param why     filled after FAULT; the rest of the statement was left out
 */
mtls_map_lexed_t mtls_map_lex_next(mtls_map_lex_t *lex, apr_array_header_t *tokens,
                                   mtls_map_complaint_t *why, apr_pool_t *pool);

#endif /* MTLS_POLICY_MAP_LEX_H */
