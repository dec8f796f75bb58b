/*
 * mtls/policy/rows.h - a principal from the rows that a query gave.
 *
 * Columns are known by their names, ASCII case aside
 *   user     who it is
 *   groups   names with commas between them; those of all rows add up
 *   deny     text for the person; not NULL and not empty: the answer is no
 *   others   attributes of that name in lower case
 * None of them must be there.  NULL and the empty text are the same: nothing.
 *
 * Guarantees
 *   one person    rows that do not agree about the user or an attribute are USER_AMBIGUOUS: none of
 *                 them is picked
 *   deny is final one row that denies outweighs whatever the others say, and text that cannot be
 *                 shown still denies
 *   clean         what is no UTF-8, or holds NUL, a control character or a mark that changes the
 *                 direction of text (mtls/policy/codepoint.h), is USER_UNUSABLE
 *
 * May include: APR, mtls/cert plain headers, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_ROWS_H
#define MTLS_POLICY_ROWS_H

#include <apr_pools.h>

#include "mtls/cert/bytes.h"
#include "mtls/policy/principal.h"

/** Most rows of one answer. */
#define MTLS_ROWS_MAX       1000
/** Most octets of one value, and of a user. */
#define MTLS_ROWS_MAX_VALUE 65536
#define MTLS_ROWS_MAX_USER  1024

/** A growing answer; opaque, one thread's. */
typedef struct mtls_rows_t mtls_rows_t;

/**
 * @param names  of the columns; copied
 * @param fault  set when NULL is returned: which name no attribute can have, or which stands twice
 */
mtls_rows_t *mtls_rows_make(int count, const char *const *names, const char **fault,
                            apr_pool_t *pool);

/**
 * @param values  one for each column, len 0 for NULL; what is kept is copied
 * @return NULL, or what is wrong: there are too many rows
 */
const char *mtls_rows_add(mtls_rows_t *rows, const mtls_bytes_t *values);

/** Set everything of @a out but source and rule; text is from the pool of @a rows.  reason is GOOD,
 * NO_RULE (nothing but NULL in all rows' user and groups, or no row), DENIED_BY_RULE or USER_*. */
void mtls_rows_finish(mtls_principal_t *out, const mtls_rows_t *rows);

#endif /* MTLS_POLICY_ROWS_H */
