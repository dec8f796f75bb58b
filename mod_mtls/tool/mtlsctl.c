/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>
#include <openssl/crypto.h>
#include <apr_strings.h>

#include "mod_mtls.h"
#include "mtls/tool/check_command.h"
#include "mtls/tool/explain_command.h"
#include "mtls/tool/options.h"
#include "mtls/tool/say.h"
#include "mtls/tool/texts_command.h"

static int run(int argc, const char *const *argv, apr_pool_t *pool)
{
    mtls_options_t options;
    const char *fault = mtls_options_parse(&options, argc, argv, pool);
    const char *text = mtls_options_help(pool);

    if (fault) {
        mtls_say_trouble(fault, pool);
        mtls_say_trouble("try mtlsctl --help", pool);
        return MTLS_EXIT_UNUSABLE;
    }
    switch (options.command) {
    case MTLS_COMMAND_EXPLAIN:
        return mtls_explain_command(&options, pool);
    case MTLS_COMMAND_CHECK:
        return mtls_check_command(&options, pool);
    case MTLS_COMMAND_TEXTS:
        return mtls_texts_command(&options, pool);
    case MTLS_COMMAND_VERSION:
        text = apr_pstrcat(pool, "mtlsctl " MOD_MTLS_VERSION ", ", OpenSSL_version(OPENSSL_VERSION),
                           "\n", NULL);
        break;
    case MTLS_COMMAND_NONE:
    case MTLS_COMMAND_HELP:
        break;
    }
    return mtls_say(text, pool) ? MTLS_EXIT_YES : MTLS_EXIT_UNUSABLE;
}

int main(int argc, const char *const *argv)
{
    apr_pool_t *pool;
    int status;

    if (apr_initialize() != APR_SUCCESS || apr_pool_create(&pool, NULL) != APR_SUCCESS) {
        return MTLS_EXIT_UNUSABLE;
    }
    status = run(argc, argv, pool);
    apr_pool_destroy(pool);
    apr_terminate();
    return status;
}
