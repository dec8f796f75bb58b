/*
 * t/fuzz/fuzz_name_spec.c - two lines of text as names: what can be parsed compares and is written.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>

#include "target.h"
#include "mtls/cert/name_spec.h"
#include "mtls/cert/text.h"

/* No accepted input of INPUT_MAX octets is longer when written: every octet as three. */
enum { INPUT_MAX = 65536, WRITTEN_MAX = 4 * INPUT_MAX };

/* Equality, the key and "under" tell the same story. */
static void check_pair(const mtls_name_t *a, const mtls_name_t *b, apr_pool_t *pool)
{
    bool equal = mtls_name_equal(a, b);

    must(equal == mtls_name_equal(b, a));
    must(equal == mtls_bytes_equal(mtls_name_key(a, pool), mtls_name_key(b, pool)));
    must(equal == (mtls_name_is_under(a, b) && mtls_name_is_under(b, a)));
}

static bool parse(mtls_name_t *out, const char *text, apr_pool_t *pool)
{
    const char *fault = mtls_name_parse(out, text, pool);

    must(fault == NULL || strncmp(fault, "at ", 3) == 0);
    must(out->complete == (fault == NULL));
    must((out->count != 0) == (fault == NULL));
    must(mtls_name_equal(out, out) == (fault == NULL));
    must(mtls_name_write_oneline(out, INPUT_MAX, pool) == NULL);
    return fault == NULL;
}

static void check_line(mtls_name_t *name, const char *text, apr_pool_t *pool)
{
    mtls_name_t again;

    if (parse(name, text, pool)) {
        must(parse(&again, mtls_name_write(name, WRITTEN_MAX, pool), pool));
        must(mtls_name_equal(name, &again));
        check_pair(name, &again, pool);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mtls_name_t first, second;
    apr_pool_t *pool;
    char *text, *end;

    if (size > INPUT_MAX) {
        return 0;
    }
    pool = make_pool();
    text = apr_pstrmemdup(pool, (const char *)data, size);
    end = strchr(text, '\n');
    if (end != NULL) {
        *end = '\0';
    }
    check_line(&first, text, pool);
    check_line(&second, end != NULL ? end + 1 : text, pool);
    check_pair(&first, &second, pool);
    (void)mtls_attr_type_oid(text);
    apr_pool_destroy(pool);
    return 0;
}
