/*
 * t/fuzz/fuzz_cookies.c - any octets as a Cookie field: nothing of ours is left, and nothing of
 * others is lost, changed or moved.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>
#include <strings.h>

#include "mtls/policy/cookies.h"
#include "target.h"

/* @return the next text between ";" without blanks around; NULL after the last. */
static const char *next_text(const char **cursor, apr_pool_t *pool)
{
    const char *text = *cursor, *end;

    if (!text) {
        return NULL;
    }
    end = text + strcspn(text, ";");
    *cursor = *end ? end + 1 : NULL;
    text += strspn(text, " \t");
    while (end > text && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    return end > text ? apr_pstrmemdup(pool, text, (apr_size_t)(end - text)) : "";
}

static bool names_us(const char *text)
{
    for (; *text; text++) {
        if (strncasecmp(text, MTLS_COOKIE_TICKET, strlen(MTLS_COOKIE_TICKET)) == 0) {
            return true;
        }
    }
    return false;
}

/* Every text in which our name does not occur is in the rest, in the same order. */
static void others_are_kept(const char *header, const char *rest, apr_pool_t *pool)
{
    const char *text, *kept;

    while ((text = next_text(&header, pool)) != NULL) {
        if (!*text || names_us(text)) {
            continue;
        }
        do {
            kept = next_text(&rest, pool);
            must(kept != NULL);
        } while (strcmp(kept, text) != 0);
    }
}

static void values_are_values(const mtls_cookies_t *cookies)
{
    int i;

    must(!cookies->ticket || (!cookies->spoiled && *cookies->ticket &&
                              strlen(cookies->ticket) <= MTLS_COOKIE_MAX_VALUE &&
                              !strpbrk(cookies->ticket, " \t\",;\\")));
    must(cookies->attempt_count <= MTLS_COOKIE_MAX_ATTEMPTS);
    for (i = 0; i < cookies->attempt_count; i++) {
        must(strspn(cookies->attempts[i].key, "0123456789abcdef") == MTLS_COOKIE_KEY_LEN);
        must(*cookies->attempts[i].value);
        must(mtls_cookies_attempt(cookies, cookies->attempts[i].key) == cookies->attempts[i].value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool;
    const char *header;
    mtls_cookies_t cookies, again;

    if (size > 16384) {
        return 0;
    }
    pool = make_pool();
    header = apr_pstrmemdup(pool, (const char *)data, size);
    mtls_cookies_take(&cookies, header, pool);
    values_are_values(&cookies);
    others_are_kept(header, cookies.rest, pool);
    must(cookies.any || strcmp(cookies.rest, header) == 0);
    must(!cookies.rest || strlen(cookies.rest) <= strlen(header));
    mtls_cookies_take(&again, cookies.rest, pool);
    must(!again.any);
    apr_pool_destroy(pool);
    return 0;
}
