/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/tool/texts_command.h"

#include <apr_strings.h>

#include "mtls/policy/texts.h"
#include "mtls/tool/say.h"

int mtls_texts_command(const mtls_options_t *options, apr_pool_t *pool)
{
    const char *tag =
        options->files->nelts > 0 ? APR_ARRAY_IDX(options->files, 0, const char *) : "en";
    const mtls_language_t *language = mtls_languages_get(mtls_languages_make(pool), tag);
    const char *text;

    if (!language) {
        mtls_say_trouble(apr_pstrcat(pool, "texts: '", tag,
                                     "' is not built in; use en or de, and translate it", NULL),
                         pool);
        return MTLS_EXIT_UNUSABLE;
    }
    text = mtls_language_write(language, pool);
    return text && mtls_say(text, pool) ? MTLS_EXIT_YES : MTLS_EXIT_UNUSABLE;
}
