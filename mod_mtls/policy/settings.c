/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/settings.h"

#include <apr_strings.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mtls/policy/directives.h"
#include "mtls/trust/memo.h"

const mtls_word_t mtls_verify_mode_words[] = {{"none", MTLS_VERIFY_NONE},
                                              {"optional", MTLS_VERIFY_OPTIONAL},
                                              {"require", MTLS_VERIFY_REQUIRE},
                                              {NULL, 0}};

const mtls_word_t mtls_ask_words[] = {{"always", MTLS_ASK_ALWAYS},
                                      {"unless-pha", MTLS_ASK_UNLESS_PHA},
                                      {"never", MTLS_ASK_NEVER},
                                      {NULL, 0}};

const mtls_word_t mtls_export_words[] = {{"off", MTLS_EXPORT_OFF},
                                         {"standard", MTLS_EXPORT_STANDARD},
                                         {"cert", MTLS_EXPORT_CERT},
                                         {"chain", MTLS_EXPORT_CHAIN},
                                         {NULL, 0}};

const mtls_word_t mtls_switch_words[] = {{"off", MTLS_OFF}, {"on", MTLS_ON}, {NULL, 0}};

const mtls_word_t mtls_stepup_words[] = {{"post-handshake", MTLS_STEPUP_POST_HANDSHAKE},
                                         {"renegotiate", MTLS_STEPUP_RENEGOTIATE},
                                         {"redirect", MTLS_STEPUP_REDIRECT},
                                         {"redirect-post", MTLS_STEPUP_REDIRECT_POST},
                                         {"off", MTLS_STEPUP_NONE},
                                         {NULL, 0}};

const mtls_word_t mtls_ticket_bind_words[] = {{"none", MTLS_BIND_NONE},
                                              {"user-agent", MTLS_BIND_USER_AGENT},
                                              {"address", MTLS_BIND_ADDRESS},
                                              {"user-agent address", MTLS_BIND_BOTH},
                                              {NULL, 0}};

const mtls_word_t mtls_preflight_words[] = {{"answer", MTLS_PREFLIGHT_ANSWER},
                                            {"pass", MTLS_PREFLIGHT_PASS},
                                            {"refuse", MTLS_PREFLIGHT_REFUSE},
                                            {NULL, 0}};

/* What is stored at a field's offset. */
typedef enum {
    KIND_WORD = 0,       /* an enum whose zero is unset; the row has its words */
    KIND_INT,            /* int */
    KIND_COUNT,          /* apr_size_t, a plain number */
    KIND_SIZE,           /* apr_size_t, octets */
    KIND_SIZE_PLUS1,     /* apr_size_t, one more than what was said */
    KIND_DURATION,       /* apr_interval_time_t; below zero: "off" */
    KIND_DURATION_PLUS1, /* apr_interval_time_t, one more than what was said */
    KIND_TEXT,           /* const char *; "" is written as "none" */
    KIND_ORDER,          /* mtls_stepup_order_t */
    KIND_ACCEPT,         /* mtls_accept_t * */
    KIND_ADDRESS,        /* const mtls_stepup_address_t * */
    KIND_LIST,           /* apr_array_header_t * of const char * */
    KIND_TEXT_FILES,     /* apr_array_header_t * of mtls_text_file_t, a directive for each */
    KIND_SOURCES         /* mtls_sources_t *; several directives, each of which writes itself */
} kind_t;

/* One field; the arguments of a directive stand together, in their order. */
typedef struct {
    mtls_directive_id_t directive;
    kind_t kind;
    size_t offset;
    size_t at;                /* offset of the origin that goes with it, 0: none is kept */
    const char *key;          /* "waiters" when the argument is waiters=N */
    const mtls_word_t *words; /* KIND_WORD */
    apr_int64_t fallback;     /* as stored; 0: stays unset, or see resolve */
} field_t;

#define AT(member) offsetof(mtls_settings_t, member)

static const field_t fields[] = {
    {MTLS_DIRECTIVE_verify_client, KIND_WORD, AT(verify), AT(verify_at), NULL,
     mtls_verify_mode_words, MTLS_VERIFY_NONE},
    {MTLS_DIRECTIVE_accept, KIND_ACCEPT, AT(accept), AT(accept_at), NULL, NULL, 0},
    {MTLS_DIRECTIVE_ask_in_handshake, KIND_WORD, AT(ask), 0, NULL, mtls_ask_words, MTLS_ASK_NEVER},
    {MTLS_DIRECTIVE_step_up, KIND_ORDER, AT(order), AT(order_at), NULL, NULL, 0},
    {MTLS_DIRECTIVE_step_up_timeout, KIND_DURATION, AT(stepup_timeout), 0, NULL, NULL,
     MTLS_DEFAULT_STEPUP_TIMEOUT},
    {MTLS_DIRECTIVE_step_up_limit, KIND_INT, AT(stepup_waiters), 0, "waiters", NULL, 0},
    {MTLS_DIRECTIVE_step_up_limit, KIND_INT, AT(stepup_attempts), 0, "attempts", NULL,
     MTLS_DEFAULT_STEPUP_ATTEMPTS},
    {MTLS_DIRECTIVE_body_buffer, KIND_SIZE_PLUS1, AT(body_memory), 0, NULL, NULL,
     MTLS_DEFAULT_BODY_MEMORY + 1},
    {MTLS_DIRECTIVE_body_buffer, KIND_SIZE_PLUS1, AT(body_disk), 0, NULL, NULL,
     MTLS_DEFAULT_BODY_DISK + 1},
    {MTLS_DIRECTIVE_chain_limit, KIND_SIZE, AT(chain_bytes), 0, NULL, NULL,
     MTLS_DEFAULT_CHAIN_BYTES},
    {MTLS_DIRECTIVE_chain_limit, KIND_INT, AT(chain_certs), 0, NULL, NULL,
     MTLS_DEFAULT_CHAIN_CERTS},
    {MTLS_DIRECTIVE_step_up_url, KIND_ADDRESS, AT(stepup_address), 0, NULL, NULL, 0},
    {MTLS_DIRECTIVE_step_up_endpoint, KIND_WORD, AT(endpoint), AT(endpoint_at), NULL,
     mtls_switch_words, MTLS_OFF},
    {MTLS_DIRECTIVE_step_up_origin, KIND_LIST, AT(stepup_origins), 0, NULL, NULL, 0},
    {MTLS_DIRECTIVE_step_up_path, KIND_TEXT, AT(stepup_path), 0, NULL, NULL, 0},
    {MTLS_DIRECTIVE_ticket_key_file, KIND_TEXT, AT(ticket_key_file), 0, NULL, NULL, 0},
    {MTLS_DIRECTIVE_ticket_revoked_file, KIND_TEXT, AT(ticket_revoked_file), 0, NULL, NULL, 0},
    {MTLS_DIRECTIVE_ticket_time, KIND_DURATION, AT(ticket_idle), 0, "idle", NULL,
     MTLS_DEFAULT_TICKET_IDLE},
    {MTLS_DIRECTIVE_ticket_time, KIND_DURATION, AT(ticket_total), 0, "total", NULL,
     MTLS_DEFAULT_TICKET_TOTAL},
    {MTLS_DIRECTIVE_ticket_time, KIND_DURATION_PLUS1, AT(ticket_skew), 0, "skew", NULL,
     MTLS_DEFAULT_TICKET_SKEW + 1},
    {MTLS_DIRECTIVE_ticket_bind, KIND_WORD, AT(ticket_bind), 0, NULL, mtls_ticket_bind_words,
     MTLS_BIND_NONE},
    {MTLS_DIRECTIVE_same_origin, KIND_WORD, AT(same_origin), 0, NULL, mtls_switch_words, MTLS_ON},
    {MTLS_DIRECTIVE_preflight, KIND_WORD, AT(preflight), 0, NULL, mtls_preflight_words,
     MTLS_PREFLIGHT_ANSWER},
    {MTLS_DIRECTIVE_text_file, KIND_TEXT_FILES, AT(text_files), 0, NULL, NULL, 0},
    {MTLS_DIRECTIVE_user, KIND_SOURCES, AT(sources), 0, NULL, NULL, 0},
    {MTLS_DIRECTIVE_fake_basic_auth, KIND_WORD, AT(fake_basic), 0, NULL, mtls_switch_words,
     MTLS_OFF},
    {MTLS_DIRECTIVE_export_vars, KIND_WORD, AT(export_vars), 0, NULL, mtls_export_words,
     MTLS_EXPORT_STANDARD},
    {MTLS_DIRECTIVE_verdict_memo, KIND_COUNT, AT(memo_entries), 0, NULL, NULL,
     MTLS_MEMO_DEFAULT_ENTRIES},
    {MTLS_DIRECTIVE_reload_interval, KIND_DURATION, AT(reload_interval), 0, NULL, NULL,
     MTLS_DEFAULT_RELOAD_INTERVAL},
    {MTLS_DIRECTIVE_max_proof_age, KIND_DURATION, AT(max_proof_age), 0, NULL, NULL,
     MTLS_DEFAULT_MAX_PROOF_AGE},
    {MTLS_DIRECTIVE_cache, KIND_TEXT, AT(cache), 0, NULL, NULL, 0},
    {MTLS_DIRECTIVE_cache_timeout, KIND_DURATION, AT(cache_timeout), 0, NULL, NULL,
     MTLS_DEFAULT_CACHE_TIMEOUT},
    {MTLS_DIRECTIVE_cache_key_file, KIND_TEXT, AT(cache_key_file), 0, NULL, NULL, 0},
    {MTLS_DIRECTIVE_state_dir, KIND_TEXT, AT(state_dir), 0, NULL, NULL, 0},
    {MTLS_DIRECTIVE_fetch_proxy, KIND_TEXT, AT(fetch_proxy), 0, NULL, NULL, 0},
    {MTLS_DIRECTIVE_fetch_ca_file, KIND_TEXT, AT(fetch_ca_file), 0, NULL, NULL, 0},
};

static const mtls_stepup_order_t default_order = {
    .set = true,
    .methods = {MTLS_STEPUP_POST_HANDSHAKE, MTLS_STEPUP_RENEGOTIATE, MTLS_STEPUP_REDIRECT}};

#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

/* KIND_WORD reads and writes all of them as int. */
_Static_assert(sizeof(mtls_verify_mode_t) == sizeof(int) && sizeof(mtls_ask_t) == sizeof(int) &&
                   sizeof(mtls_export_t) == sizeof(int) && sizeof(mtls_switch_t) == sizeof(int) &&
                   sizeof(mtls_ticket_bind_t) == sizeof(int) &&
                   sizeof(mtls_preflight_t) == sizeof(int),
               "enums are as wide as int");

static size_t kind_size(kind_t kind)
{
    switch (kind) {
    case KIND_WORD:
    case KIND_INT:
        return sizeof(int);
    case KIND_COUNT:
    case KIND_SIZE:
    case KIND_SIZE_PLUS1:
        return sizeof(apr_size_t);
    case KIND_DURATION:
    case KIND_DURATION_PLUS1:
        return sizeof(apr_interval_time_t);
    case KIND_ORDER:
        return sizeof(mtls_stepup_order_t);
    case KIND_TEXT:
    case KIND_ACCEPT:
    case KIND_ADDRESS:
    case KIND_LIST:
    case KIND_TEXT_FILES:
    case KIND_SOURCES:
        break;
    }
    return sizeof(void *);
}

static const void *get(const mtls_settings_t *settings, size_t offset)
{
    return (const char *)settings + offset;
}

static void copy(mtls_settings_t *to, const mtls_settings_t *from, size_t offset, size_t size)
{
    memcpy((char *)to + offset, (const char *)from + offset, size);
}

static int get_int(const mtls_settings_t *settings, const field_t *field)
{
    int value;

    memcpy(&value, get(settings, field->offset), sizeof(value));
    return value;
}

static apr_size_t get_size(const mtls_settings_t *settings, const field_t *field)
{
    return *(const apr_size_t *)get(settings, field->offset);
}

static apr_interval_time_t get_duration(const mtls_settings_t *settings, const field_t *field)
{
    return *(const apr_interval_time_t *)get(settings, field->offset);
}

static const char *get_text(const mtls_settings_t *settings, const field_t *field)
{
    return *(const char *const *)get(settings, field->offset);
}

static bool is_set(const mtls_settings_t *settings, const field_t *field)
{
    switch (field->kind) {
    case KIND_WORD:
    case KIND_INT:
        return get_int(settings, field) != 0;
    case KIND_COUNT:
    case KIND_SIZE:
    case KIND_SIZE_PLUS1:
        return get_size(settings, field) != 0;
    case KIND_DURATION:
    case KIND_DURATION_PLUS1:
        return get_duration(settings, field) != 0;
    case KIND_ORDER:
        return settings->order.set;
    case KIND_TEXT:
        return get_text(settings, field) != NULL;
    case KIND_SOURCES:
        return settings->sources != NULL;
    case KIND_ADDRESS:
        return settings->stepup_address != NULL;
    case KIND_LIST:
        return settings->stepup_origins != NULL;
    case KIND_TEXT_FILES:
        return settings->text_files != NULL;
    case KIND_ACCEPT:
        break;
    }
    return settings->accept != NULL;
}

void mtls_settings_merge(mtls_settings_t *out, const mtls_settings_t *base,
                         const mtls_settings_t *over)
{
    size_t i;

    *out = *base;
    for (i = 0; i < FIELD_COUNT; i++) {
        const field_t *field = &fields[i];

        if (!is_set(over, field)) {
            continue;
        }
        copy(out, over, field->offset, kind_size(field->kind));
        if (field->at) {
            copy(out, over, field->at, sizeof(const mtls_origin_t *));
        }
    }
}

static void set_fallback(mtls_settings_t *out, const field_t *field)
{
    void *to = (char *)out + field->offset;

    switch (field->kind) {
    case KIND_WORD:
    case KIND_INT: {
        int value = (int)field->fallback;
        memcpy(to, &value, sizeof(value));
        break;
    }
    case KIND_COUNT:
    case KIND_SIZE:
    case KIND_SIZE_PLUS1:
        *(apr_size_t *)to = (apr_size_t)field->fallback;
        break;
    case KIND_DURATION:
    case KIND_DURATION_PLUS1:
        *(apr_interval_time_t *)to = field->fallback;
        break;
    case KIND_ORDER:
        out->order = default_order;
        break;
    case KIND_TEXT:
    case KIND_ACCEPT:
    case KIND_ADDRESS:
    case KIND_LIST:
    case KIND_TEXT_FILES:
    case KIND_SOURCES:
        break;
    }
}

void mtls_settings_resolve(mtls_settings_t *out, const mtls_settings_t *settings)
{
    size_t i;

    *out = *settings;
    for (i = 0; i < FIELD_COUNT; i++) {
        if (!is_set(out, &fields[i])) {
            set_fallback(out, &fields[i]);
        }
    }
    if (settings->ask == MTLS_ASK_UNSET && out->verify != MTLS_VERIFY_NONE) {
        out->ask = MTLS_ASK_ALWAYS;
    }
    out->stepup_path = mtls_settings_stepup_path(settings);
}

apr_size_t mtls_settings_body_memory(const mtls_settings_t *resolved)
{
    return resolved->body_memory - 1;
}

apr_size_t mtls_settings_body_disk(const mtls_settings_t *resolved)
{
    return resolved->body_disk - 1;
}

apr_interval_time_t mtls_settings_proof_age(const mtls_settings_t *settings)
{
    return settings->max_proof_age ? settings->max_proof_age : MTLS_DEFAULT_MAX_PROOF_AGE;
}

apr_interval_time_t mtls_settings_ticket_idle(const mtls_settings_t *settings)
{
    return settings->ticket_idle ? settings->ticket_idle : MTLS_DEFAULT_TICKET_IDLE;
}

apr_interval_time_t mtls_settings_ticket_total(const mtls_settings_t *settings)
{
    return settings->ticket_total ? settings->ticket_total : MTLS_DEFAULT_TICKET_TOTAL;
}

apr_interval_time_t mtls_settings_ticket_skew(const mtls_settings_t *settings)
{
    return settings->ticket_skew ? settings->ticket_skew - 1 : MTLS_DEFAULT_TICKET_SKEW;
}

const char *mtls_settings_stepup_path(const mtls_settings_t *settings)
{
    return settings->stepup_path ? settings->stepup_path : MTLS_DEFAULT_STEPUP_PATH;
}

bool mtls_settings_redirect(const mtls_settings_t *settings)
{
    return settings->stepup_address &&
           mtls_stepup_redirects(settings->order.set ? &settings->order : &default_order);
}

bool mtls_accept_has(const mtls_accept_t *accept, int slot)
{
    int i;

    for (i = 0; accept && i < accept->names->nelts; i++) {
        if (accept->slots[i] == slot) {
            return true;
        }
    }
    return false;
}

mtls_export_t mtls_settings_export(const mtls_settings_t *settings)
{
    return settings->export_vars == MTLS_EXPORT_UNSET ? MTLS_EXPORT_STANDARD
                                                      : settings->export_vars;
}

static const char *write_order(const mtls_stepup_order_t *order, apr_pool_t *pool)
{
    const char *text = NULL;
    int i;

    for (i = 0; i < MTLS_STEPUP_MAX_ORDER && order->methods[i] != MTLS_STEPUP_NONE; i++) {
        const char *word = mtls_value_word(mtls_stepup_words, (int)order->methods[i]);

        text = text ? apr_pstrcat(pool, text, " ", word, NULL) : word;
    }
    return text ? text : mtls_value_word(mtls_stepup_words, MTLS_STEPUP_NONE);
}

static const char *write_accept(const mtls_accept_t *accept, apr_pool_t *pool)
{
    apr_array_header_t *words = apr_array_make(pool, accept->names->nelts, sizeof(char *));
    int i;

    for (i = 0; i < accept->names->nelts; i++) {
        APR_ARRAY_PUSH(words, const char *) = APR_ARRAY_IDX(accept->names, i, mtls_sourced_t).value;
    }
    return apr_array_pstrcat(pool, words, ' ');
}

static const char *write_address(const mtls_stepup_address_t *address, apr_pool_t *pool)
{
    return address->external ? apr_pstrcat(pool, address->text, " external", NULL) : address->text;
}

static const char *write_duration(apr_interval_time_t duration, apr_pool_t *pool)
{
    return duration < 0 ? "off" : mtls_value_write_duration(duration, pool);
}

/* In quotes where httpd would see two arguments. */
static const char *write_text(const char *text, apr_pool_t *pool)
{
    if (!*text) {
        return "none";
    }
    return text[strcspn(text, " \t")] ? apr_pstrcat(pool, "\"", text, "\"", NULL) : text;
}

static const char *write_value(const mtls_settings_t *settings, const field_t *field,
                               apr_pool_t *pool)
{
    switch (field->kind) {
    case KIND_WORD:
        return mtls_value_word(field->words, get_int(settings, field));
    case KIND_INT:
        return apr_itoa(pool, get_int(settings, field));
    case KIND_COUNT:
        return apr_psprintf(pool, "%" APR_SIZE_T_FMT, get_size(settings, field));
    case KIND_SIZE:
        return mtls_value_write_size(get_size(settings, field), pool);
    case KIND_SIZE_PLUS1:
        return mtls_value_write_size(get_size(settings, field) - 1, pool);
    case KIND_DURATION:
        return write_duration(get_duration(settings, field), pool);
    case KIND_DURATION_PLUS1:
        return write_duration(get_duration(settings, field) - 1, pool);
    case KIND_ORDER:
        return write_order(&settings->order, pool);
    case KIND_TEXT:
        return write_text(get_text(settings, field), pool);
    case KIND_ADDRESS:
        return write_address(settings->stepup_address, pool);
    case KIND_LIST:
        return apr_array_pstrcat(pool, settings->stepup_origins, ' ');
    case KIND_TEXT_FILES:
    case KIND_ACCEPT:
    case KIND_SOURCES:
        break;
    }
    return write_accept(settings->accept, pool);
}

static void write_sources(apr_array_header_t *lines, const mtls_sources_t *sources,
                          apr_pool_t *pool)
{
    int i;

    for (i = 0; i < sources->sources->nelts; i++) {
        APR_ARRAY_PUSH(lines, const char *) =
            mtls_source_write(&APR_ARRAY_IDX(sources->sources, i, mtls_source_t), pool);
    }
}

static void write_text_files(apr_array_header_t *lines, const apr_array_header_t *files,
                             apr_pool_t *pool)
{
    int i;

    for (i = 0; i < files->nelts; i++) {
        const mtls_text_file_t *file = &APR_ARRAY_IDX(files, i, mtls_text_file_t);

        APR_ARRAY_PUSH(lines, const char *) =
            apr_pstrcat(pool, mtls_directives[MTLS_DIRECTIVE_text_file].name, " ", file->tag, " ",
                        write_text(file->path, pool), NULL);
    }
}

/* Write the fields that may be several directives.  @return whether @a field is one. */
static bool write_lines(apr_array_header_t *lines, const mtls_settings_t *settings,
                        const field_t *field, apr_pool_t *pool)
{
    if (field->kind == KIND_SOURCES) {
        write_sources(lines, settings->sources, pool);
        return true;
    }
    if (field->kind == KIND_TEXT_FILES) {
        write_text_files(lines, settings->text_files, pool);
        return true;
    }
    return false;
}

apr_array_header_t *mtls_settings_write(const mtls_settings_t *settings, apr_pool_t *pool)
{
    apr_array_header_t *lines = apr_array_make(pool, FIELD_COUNT, sizeof(const char *));
    int written = MTLS_DIRECTIVE_COUNT;
    size_t i;

    for (i = 0; i < FIELD_COUNT; i++) {
        const field_t *field = &fields[i];
        const char *value;

        if (!is_set(settings, field) || write_lines(lines, settings, field, pool)) {
            continue;
        }
        if (written != (int)field->directive) {
            APR_ARRAY_PUSH(lines, const char *) = mtls_directives[field->directive].name;
            written = (int)field->directive;
        }
        value = write_value(settings, field, pool);
        if (field->key) {
            value = apr_pstrcat(pool, field->key, "=", value, NULL);
        }
        APR_ARRAY_IDX(lines, lines->nelts - 1, const char *) = apr_pstrcat(
            pool, APR_ARRAY_IDX(lines, lines->nelts - 1, const char *), " ", value, NULL);
    }
    return lines;
}
