/*
 * mtls/httpd/tokens.h - tokens sealed and opened with this server's keys: those of MTLSTicketKeyFile as they
 * are now, or else one that its parent process made up when it started and keeps over restarts.
 *
 * May include: httpd, mtls/httpd/config.h, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_TOKENS_H
#define MTLS_HTTPD_TOKENS_H

#include "mtls/httpd/config.h"
#include "mtls/trust/token.h"

/** For post_config.  @return counts for all keys and all children, kept over restarts; NULL: no memory */
mtls_token_meter_t *mtls_tokens_meter(const server_rec *main);

/** For post_config, where no file is configured: the parent's own key.  @return false: no memory, or no
 * randomness */
bool mtls_tokens_start(mtls_shared_t *shared);

/** As mtls_token_seal() and mtls_token_open(), with the keys of @a shared.  That a key is spent is logged, once in
 * a while.  Thread: any. */
const char *mtls_tokens_seal(const mtls_shared_t *shared, mtls_token_purpose_t purpose,
                             mtls_bytes_t claims, apr_pool_t *pool);
mtls_token_end_t mtls_tokens_open(mtls_bytes_t *claims, const mtls_shared_t *shared,
                                  mtls_token_purpose_t purpose, const char *text,
                                  apr_pool_t *pool);

#endif /* MTLS_HTTPD_TOKENS_H */
