/*
 * t/fuzz/fuzz_map.c - any octets as a rules file: load it, and ask it about one certificate.
 *
 * Every path that an include names is the same input again, so that includes find something.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "target.h"
#include "mtls/policy/map.h"

enum { FAULTS_TOLD = 51, INPUT_OCTETS = 256 * 1024, READS = 64 };

typedef struct {
    mtls_bytes_t octets;
    int reads;
} input_t;

/* The same file under many names includes itself under many more: that ends here. */
static apr_status_t serve(void *baton, mtls_bytes_t *out, const char *path, mtls_origin_t at,
                          mtls_faults_t *faults, apr_pool_t *pool)
{
    input_t *input = baton;

    (void)pool;
    must(strlen(path) != 0 && at.file != NULL);
    if (input->reads++ >= READS) {
        mtls_faults_add(faults, at, "enough");
        return APR_EGENERAL;
    }
    *out = input->octets;
    return APR_SUCCESS;
}

static mtls_bytes_t text_of(const char *text)
{
    return (mtls_bytes_t){(const unsigned char *)text, strlen(text)};
}

static void must_be_clean(const char *text)
{
    must(text != NULL && *text != '\0');
    for (; *text != '\0'; text++)
        must((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void check_principal(const mtls_principal_t *who)
{
    int i;

    must(who->reason != MTLS_REASON_UNDECIDED);
    must((who->reason == MTLS_REASON_GOOD) ||
         (who->user == NULL && who->group_count == 0 && who->attribute_count == 0));
    if (who->user != NULL)
        must_be_clean(who->user);
    if (who->message != NULL)
        must_be_clean(who->message);
    for (i = 0; i < who->group_count; i++)
        must_be_clean(who->groups[i]);
    for (i = 0; i < who->attribute_count; i++)
        must_be_clean(who->attributes[i].value);
}

/* Alice, with two units and a mail address; or with alternative names nobody can read. */
static void ask(const mtls_map_t *map, bool readable, apr_pool_t *pool)
{
    mtls_attr_t attrs[] = {{"2.5.4.11", "OU", 12, text_of("ops"), text_of("\x0c\x03ops")},
                           {"2.5.4.11", "OU", 12, text_of("staff"), text_of("\x0c\x05staff")},
                           {"2.5.4.3", "CN", 12, text_of("Alice"),
                            text_of("\x0c\x05"
                                    "Alice")}};
    mtls_rdn_t subject[] = {{&attrs[0], 2}, {&attrs[2], 1}};
    mtls_rdn_t issuer[] = {{&attrs[2], 1}};
    mtls_san_t san = {.type = MTLS_SAN_EMAIL,
                      .text = text_of("alice@example.org"),
                      .raw = text_of("alice@example.org")};
    mtls_identity_t identity = {.subject = {subject, 2, text_of("0"), true},
                                .issuer = {issuer, 1, text_of("0"), true},
                                .serial = text_of("\x1f"),
                                .sans = &san,
                                .san_count = readable ? 1 : 0,
                                .sans_complete = readable,
                                .policies_complete = true,
                                .qc_complete = true};
    mtls_holder_t holder = {&identity, "staff"};
    mtls_principal_t who, traced;
    mtls_trace_t *trace = mtls_trace_make(pool);
    int i;

    mtls_map_ask(&who, map, &holder, NULL, pool);
    must((who.reason == MTLS_REASON_NO_RULE) == (who.source == NULL));
    check_principal(&who);
    mtls_map_ask(&traced, map, &holder, trace, pool);
    must(traced.reason == who.reason && traced.rule.line == who.rule.line);
    for (i = 0; i < trace->steps->nelts; i++)
        must_be_clean(APR_ARRAY_IDX(trace->steps, i, mtls_trace_step_t).text);
}

static void load_and_ask(input_t *input, apr_pool_t *pool)
{
    mtls_map_reader_t reader = {.read_fn = serve, .baton = input};
    mtls_faults_t *faults = mtls_faults_make(pool);
    const mtls_map_t *map;
    apr_pool_t *scratch;
    apr_status_t status;

    apr_pool_create(&scratch, pool);
    status = mtls_map_load(&map, "/m/a.map", (mtls_origin_t){"fuzz", 1, 1}, &reader, faults, pool,
                           scratch);
    apr_pool_destroy(scratch);
    must((status == APR_SUCCESS) == (map != NULL));
    must((status == APR_SUCCESS) == (mtls_faults_count(faults) == 0));
    must(mtls_faults_count(faults) <= FAULTS_TOLD);
    if (map == NULL)
        return;
    ask(map, true, pool);
    ask(map, false, pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input_t input = {{data, size}, 0};
    mtls_principal_t stored;
    apr_pool_t *pool;

    if (size > INPUT_OCTETS)
        return 0;
    pool = make_pool();
    load_and_ask(&input, pool);
    if (mtls_map_parse_result(&stored, input.octets, pool) == NULL)
        check_principal(&stored);
    apr_pool_destroy(pool);
    return 0;
}
