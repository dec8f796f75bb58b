/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/crl_fetch.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "mtls/trust/crl_state.h"
#include "mtls/trust/fetch_url.h"
#include "mtls/trust/profile_parts.h"

/* Nobody takes an hour to write a file. */
#define UNFINISHED_AGE apr_time_from_sec(3600)
#define MAX_FAILURES   1000

/* A URL, and who named it. */
typedef struct {
    const char *url;
    bool configured; /* by the administrator, and so is its host */
} target_t;

/* A list and its octets. */
typedef struct {
    mtls_crl_t *crl; /* NULL: none */
    mtls_bytes_t der;
} list_t;

/* What a round knows. */
typedef struct {
    const mtls_profile_t *profile;
    const char *dir;
    const mtls_crl_fetch_means_t *means;
    apr_time_t now;
    mtls_crl_fetched_t fetched;
} round_t;

/* One URL of a round; the pool ends with it. */
typedef struct {
    round_t *round;
    const target_t *target;
    mtls_crl_state_t state;
    const char *file; /* name of the list's */
    list_t stored;
    apr_pool_t *pool;
} task_t;

static const mtls_crl_spec_t *spec_of(const round_t *round)
{
    return &round->profile->spec->revocation.crl;
}

static apr_size_t max_size(const round_t *round)
{
    apr_size_t size = spec_of(round)->fetch_size;

    return size != 0 ? size : MTLS_FETCH_DEFAULT_SIZE;
}

static void add_target(apr_array_header_t *targets, apr_hash_t *seen, const char *url,
                       bool configured)
{
    if (apr_hash_get(seen, url, APR_HASH_KEY_STRING) != NULL)
        return;
    apr_hash_set(seen, url, APR_HASH_KEY_STRING, url);
    APR_ARRAY_PUSH(targets, target_t) = (target_t){url, configured};
}

static void add_points_of(apr_array_header_t *targets, apr_hash_t *seen, const round_t *round,
                          const STACK_OF(X509) * certs, apr_pool_t *pool)
{
    for (int i = 0; i < sk_X509_num(certs); i++) {
        const apr_array_header_t *urls =
            mtls_crl_fetch_points(round->profile, sk_X509_value(certs, i), pool);

        for (int j = 0; j < urls->nelts; j++)
            add_target(targets, seen, APR_ARRAY_IDX(urls, j, const char *), false);
    }
}

/* Notes may be older than the configuration. */
static void add_noted(apr_array_header_t *targets, apr_hash_t *seen, const round_t *round,
                      apr_pool_t *pool)
{
    const apr_array_header_t *hosts = round->profile->spec->revocation.fetch_hosts;
    const apr_array_header_t *noted =
        mtls_crl_state_list(round->dir, 2 * MTLS_CRL_FETCH_MAX_URLS, pool);

    for (int i = 0; i < noted->nelts; i++) {
        const char *url = APR_ARRAY_IDX(noted, i, const char *);
        const char *host;

        if (mtls_fetch_check_url(url, &host, pool) == NULL &&
            (hosts->nelts == 0 || mtls_fetch_url_is_listed(host, hosts)))
            add_target(targets, seen, url, false);
    }
}

/* Those that the administrator named come first, so that they are never left out for others. */
static apr_array_header_t *find_targets(const round_t *round, apr_pool_t *pool)
{
    apr_array_header_t *targets = apr_array_make(pool, 8, sizeof(target_t));
    const apr_array_header_t *configured = spec_of(round)->fetch_urls;
    apr_hash_t *seen = apr_hash_make(pool);

    for (int i = 0; i < configured->nelts; i++)
        add_target(targets, seen, APR_ARRAY_IDX(configured, i, mtls_sourced_t).value, true);
    if (spec_of(round)->fetch_from_certs != MTLS_ON)
        return targets;
    add_points_of(targets, seen, round, round->profile->anchors, pool);
    add_points_of(targets, seen, round, round->profile->intermediates, pool);
    add_noted(targets, seen, round, pool);
    return targets;
}

static void tell(const round_t *round, bool failed, const char *text)
{
    round->means->tell_fn(round->means->baton, failed, text);
}

static void count(const round_t *round, mtls_counter_t counter)
{
    mtls_board_count(round->means->board, counter);
}

static const char *first_fault(const mtls_faults_t *faults)
{
    return mtls_faults_count(faults) != 0 ? mtls_faults_get(faults, 0)->text
                                          : "it cannot be read as a CRL";
}

static bool may_sign(X509 *cert, const X509_CRL *list)
{
    return X509_NAME_cmp(X509_get_subject_name(cert), X509_CRL_get_issuer(list)) == 0 &&
           (X509_get_key_usage(cert) & KU_CRL_SIGN) != 0;
}

static bool is_signed_by_any(list_t *list, const STACK_OF(X509) * certs, apr_pool_t *pool)
{
    for (int i = 0; i < sk_X509_num(certs); i++) {
        X509 *cert = sk_X509_value(certs, i);

        if (may_sign(cert, mtls_crl_skeleton(list->crl)) &&
            mtls_crl_verify(list->crl, list->der, cert, pool))
            return true;
    }
    return false;
}

static bool is_signed(list_t *list, const mtls_profile_t *profile, apr_pool_t *pool)
{
    return is_signed_by_any(list, profile->anchors, pool) ||
           is_signed_by_any(list, profile->intermediates, pool) ||
           (profile->crls != NULL &&
            is_signed_by_any(list, mtls_crl_set_signers(profile->crls), pool));
}

/* @return NULL, or what is wrong with the list. */
static const char *read_list(list_t *list, mtls_bytes_t der, const task_t *task)
{
    mtls_faults_t *faults = mtls_faults_make(task->pool);
    mtls_material_use_t use = {.directive = "MTLSCRLFetch", .at = spec_of(task->round)->at};

    *list = (list_t){NULL, der};
    if (mtls_crl_read(&list->crl, der, task->state.url, use, faults, task->pool, task->pool) !=
        APR_SUCCESS)
        return first_fault(faults);
    if (is_signed(list, task->round->profile, task->pool))
        return NULL;
    list->crl = NULL;
    return "it is not signed by a certificate of the profile";
}

/* Exactly one block. @return NULL, or what is wrong with it */
static const char *decode_pem(mtls_bytes_t *octets, apr_pool_t *pool)
{
    BIO *in = BIO_new_mem_buf(octets->data, (int)octets->len);
    const char *problem = "it is neither DER nor PEM of a CRL";
    char *label = NULL;
    char *header = NULL;
    unsigned char *data = NULL;
    long len = 0;

    if (in != NULL && PEM_read_bio(in, &label, &header, &data, &len) == 1) {
        if (strcmp(label, PEM_STRING_X509_CRL) == 0 && *header == '\0' && len > 0) {
            *octets = (mtls_bytes_t){apr_pmemdup(pool, data, (apr_size_t)len), (apr_size_t)len};
            problem = NULL;
        }
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_free(data);
    }
    if (problem == NULL && PEM_read_bio(in, &label, &header, &data, &len) == 1) {
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_free(data);
        problem = "it has several PEM blocks";
    }
    BIO_free(in);
    ERR_clear_error();
    return problem;
}

static const char *decode(mtls_bytes_t *octets, apr_pool_t *pool)
{
    if (octets->len == 0)
        return "it is empty";
    if (octets->data[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED))
        return NULL;
    return octets->len <= INT_MAX ? decode_pem(octets, pool) : "it is not DER";
}

/* A file that is not what this unit would have written is as if it were not there. */
static void load_stored(task_t *task)
{
    mtls_bytes_t der;

    if (mtls_crl_state_read(&der, task->round->dir, task->file, MTLS_CRL_MAX_FILE, task->pool) !=
            APR_SUCCESS ||
        decode(&der, task->pool) != NULL || read_list(&task->stored, der, task) != NULL)
        task->stored = (list_t){0};
}

static mtls_fetched_t ask(const task_t *task)
{
    const mtls_revocation_spec_t *spec = &task->round->profile->spec->revocation;
    apr_array_header_t *own = apr_array_make(task->pool, 1, sizeof(mtls_sourced_t));
    mtls_fetch_t what = {.url = task->state.url,
                         .max_size = max_size(task->round),
                         .time = spec->crl.fetch_time != 0 ? spec->crl.fetch_time
                                                           : MTLS_FETCH_DEFAULT_TIME,
                         .hosts = spec->fetch_hosts,
                         .only_hosts = spec->fetch_hosts->nelts != 0};
    const char *host;

    if (task->target->configured &&
        mtls_fetch_check_url(task->state.url, &host, task->pool) == NULL) {
        APR_ARRAY_PUSH(own, mtls_sourced_t) = (mtls_sourced_t){.value = host};
        what.hosts = own;
    }
    if (task->stored.crl != NULL) {
        what.etag = task->state.etag;
        what.last_modified = task->state.last_modified;
    }
    return mtls_fetch(task->round->means->means, &what, task->pool);
}

static void save(task_t *task)
{
    apr_status_t status = mtls_crl_state_store(&task->state, task->round->dir, task->pool);
    char words[120];

    if (status == APR_SUCCESS)
        return;
    task->round->fetched.unwritten = true;
    tell(task->round, true,
         apr_psprintf(task->pool, "cannot write the record of %s in %s: %s", task->state.url,
                      task->round->dir, apr_strerror(status, words, sizeof(words))));
}

static void retry_later(task_t *task)
{
    if (task->state.failures < MAX_FAILURES)
        task->state.failures++;
    task->state.next = mtls_crl_schedule_retry(task->state.failures, task->round->now);
}

static void fail(task_t *task, const char *text)
{
    task->round->fetched.failed++;
    count(task->round, MTLS_COUNTER_CRL_FETCH_FAILURES);
    tell(task->round, true, text);
    retry_later(task);
}

static void fail_list(task_t *task, const char *problem)
{
    fail(task,
         apr_pstrcat(task->pool, "the CRL of ", task->state.url, " is not used: ", problem, NULL));
}

/* The list in use is good; whether it is for long decides when to ask again. */
static void schedule(task_t *task, const mtls_crl_t *crl)
{
    apr_time_t until = mtls_crl_next_update(crl);

    if (until > task->round->now) {
        task->state.failures = 0;
        task->state.next =
            mtls_crl_schedule_next(mtls_crl_this_update(crl), until, task->round->now);
        return;
    }
    tell(task->round, true,
         apr_pstrcat(task->pool, "the CRL of ", task->state.url,
                     " has expired, and there is no newer one: ",
                     mtls_crl_describe(crl, task->pool), NULL));
    retry_later(task);
}

static void keep_fields(task_t *task, const mtls_fetched_t *answer)
{
    task->state.etag = answer->etag;
    task->state.last_modified = answer->last_modified;
}

static void leave_unchanged(task_t *task)
{
    task->round->fetched.unchanged++;
    count(task->round, MTLS_COUNTER_CRL_UNCHANGED);
    schedule(task, task->stored.crl);
}

static void store(task_t *task, const list_t *list, const mtls_fetched_t *answer)
{
    apr_status_t status =
        mtls_crl_state_replace(task->round->dir, task->file, list->der, task->pool);
    char words[120];

    if (status != APR_SUCCESS) {
        fail(task, apr_psprintf(task->pool, "cannot write the CRL of %s in %s: %s", task->state.url,
                                task->round->dir, apr_strerror(status, words, sizeof(words))));
        return;
    }
    keep_fields(task, answer);
    task->round->fetched.stored++;
    count(task->round, MTLS_COUNTER_CRL_FETCHES);
    tell(task->round, false,
         apr_pstrcat(task->pool, "fetched the CRL of ", task->state.url, ": ",
                     mtls_crl_describe(list->crl, task->pool), NULL));
    schedule(task, list->crl);
}

/* Another list in the place of the stored one would make that one disappear: whoever can answer for
 * the server could so hide what it says, with any list that the profile's certificates have signed.
 */
static const char *compare_to_stored(const task_t *task, const list_t *list)
{
    if (!mtls_crl_is_same_list(list->crl, task->stored.crl))
        return apr_psprintf(
            task->pool,
            "it is another list than the one before (issuer, key or scope); if that "
            "is meant, remove %s/%s",
            task->round->dir, task->file);
    if (mtls_crl_compare_age(list->crl, task->stored.crl) < 0)
        return "it is older than the one before";
    return NULL;
}

static void take_answer(task_t *task, const mtls_fetched_t *answer)
{
    mtls_bytes_t der = answer->body;
    const char *problem = decode(&der, task->pool);
    list_t list = {0};

    if (problem == NULL && task->stored.crl != NULL && mtls_bytes_equal(der, task->stored.der)) {
        keep_fields(task, answer);
        leave_unchanged(task);
        return;
    }
    if (problem == NULL)
        problem = read_list(&list, der, task);
    if (problem == NULL && task->stored.crl != NULL)
        problem = compare_to_stored(task, &list);
    if (problem == NULL)
        store(task, &list, answer);
    else
        fail_list(task, problem);
}

/* @return false: the server stops, and nothing was learnt. */
static bool take_end(task_t *task, const mtls_fetched_t *answer)
{
    switch (answer->end) {
    case MTLS_FETCH_DONE:
        take_answer(task, answer);
        return true;
    case MTLS_FETCH_UNCHANGED:
        leave_unchanged(task);
        return true;
    case MTLS_FETCH_FAILED:
    case MTLS_FETCH_FORBIDDEN:
    case MTLS_FETCH_TIMEOUT:
    case MTLS_FETCH_TOO_LARGE:
        fail(task, apr_pstrcat(task->pool, "cannot fetch the CRL of ", task->state.url, ": ",
                               answer->text, NULL));
        return true;
    case MTLS_FETCH_STOPPED:
        return false;
    }
    return false;
}

static bool is_due(const task_t *task)
{
    const mtls_crl_state_t *state = &task->state;

    return (task->round->means->anew && state->failures > 0) ||
           mtls_crl_schedule_is_due(state->asked, state->next, task->round->now);
}

/* @return false: the server stops. */
static bool run_task(task_t *task)
{
    const char *hash = mtls_crl_state_hash(task->target->url, task->pool);
    mtls_fetched_t answer;

    mtls_crl_state_load(&task->state, task->round->dir, task->target->url, task->pool);
    if (!is_due(task))
        return true;
    task->file = apr_pstrcat(task->pool, hash != NULL ? hash : "", ".crl", NULL);
    load_stored(task);
    answer = ask(task);
    if (!take_end(task, &answer))
        return false;
    task->state.asked = task->round->now;
    save(task);
    return true;
}

static bool run_target(round_t *round, const target_t *target, apr_pool_t *scratch)
{
    task_t task = {.round = round, .target = target};
    bool more;

    apr_pool_create(&task.pool, scratch);
    more = run_task(&task);
    if (round->fetched.next == 0 || task.state.next < round->fetched.next)
        round->fetched.next = task.state.next;
    apr_pool_destroy(task.pool);
    return more;
}

static int limit(const round_t *round, const apr_array_header_t *targets, apr_pool_t *pool)
{
    if (targets->nelts <= MTLS_CRL_FETCH_MAX_URLS)
        return targets->nelts;
    tell(round, true,
         apr_psprintf(pool, "trust profile %s has %d URLs of CRLs; the first %d are fetched",
                      round->profile->name, targets->nelts, MTLS_CRL_FETCH_MAX_URLS));
    return MTLS_CRL_FETCH_MAX_URLS;
}

mtls_crl_fetched_t mtls_crl_fetch_round(const mtls_profile_t *profile, const char *dir,
                                        const mtls_crl_fetch_means_t *means, apr_time_t now,
                                        apr_pool_t *scratch)
{
    round_t round = {profile, dir, means, now, {0}};
    const apr_array_header_t *targets = find_targets(&round, scratch);
    int most = limit(&round, targets, scratch);
    char words[120];
    apr_status_t status;

    if (most == 0)
        return round.fetched;
    status = mtls_crl_state_make_dir(dir, scratch);
    if (status != APR_SUCCESS) {
        tell(&round, true,
             apr_psprintf(scratch, "cannot make the directory %s: %s", dir,
                          apr_strerror(status, words, sizeof(words))));
        round.fetched.failed = most;
        round.fetched.next = now + MTLS_CRL_FETCH_RETRY;
        round.fetched.unwritten = true;
        return round.fetched;
    }
    mtls_crl_state_tidy(dir, now - UNFINISHED_AGE, scratch);
    for (int i = 0; i < most; i++) {
        if (!run_target(&round, &APR_ARRAY_IDX(targets, i, target_t), scratch) ||
            round.fetched.unwritten)
            break;
    }
    return round.fetched;
}

apr_status_t mtls_crl_fetch_note(const char *dir, const char *url, apr_pool_t *scratch)
{
    const char *record = mtls_crl_state_record(url, scratch);
    mtls_crl_state_t state;
    mtls_bytes_t text;
    apr_status_t status;

    if (record == NULL || mtls_fetch_check_url(url, NULL, scratch) != NULL)
        return APR_EINVAL;
    if (mtls_crl_state_read(&text, dir, record, MTLS_CRL_STATE_MAX_RECORD, scratch) == APR_SUCCESS)
        return APR_SUCCESS;
    status = mtls_crl_state_make_dir(dir, scratch);
    if (status != APR_SUCCESS)
        return status;
    if (mtls_crl_state_list(dir, MTLS_CRL_FETCH_MAX_URLS, scratch)->nelts ==
        MTLS_CRL_FETCH_MAX_URLS)
        return APR_ENOSPC;
    state = (mtls_crl_state_t){.url = url};
    return mtls_crl_state_store(&state, dir, scratch);
}
