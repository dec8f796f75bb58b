/*
 * mod_mtls/trust/ocsp_response.c - read an OCSP answer and believe it, or not.
 *
 * What is cheap is looked at first, the signature last; all of it must hold, so the order decides
 * only which fault is told.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <string.h>

#include "mtls/cert/text.h"
#include "mtls/trust/ocsp_message.h"
#include "mtls/trust/validity.h"
#include "ocsp_signer.h"

/* Where a reading stands. */
typedef struct {
    const mtls_ocsp_question_t *question;
    const mtls_ocsp_request_t *request;
    apr_time_t now;
    OCSP_BASICRESP *basic;
    mtls_ocsp_answer_t answer; /* word: the failure, until all of it holds */
    mtls_status_word_t said;
    const char *text;
    apr_pool_t *pool;
} reading_t;

/* What one SingleResponse says. */
typedef struct {
    mtls_status_word_t word;
    apr_time_t this_update;
    apr_time_t next_update; /* 0: not there */
} single_t;

static bool fail(reading_t *reading, mtls_status_word_t word, const char *text)
{
    reading->answer.word = word;
    reading->text = text;
    return false;
}

/* RFC 6960 section 4.2.1. */
static const char *status_text(int status)
{
    switch (status) {
    case OCSP_RESPONSE_STATUS_MALFORMEDREQUEST:
        return "the responder says malformedRequest";
    case OCSP_RESPONSE_STATUS_INTERNALERROR:
        return "the responder says internalError";
    case OCSP_RESPONSE_STATUS_TRYLATER:
        return "the responder says tryLater";
    case OCSP_RESPONSE_STATUS_SIGREQUIRED:
        return "the responder says sigRequired";
    case OCSP_RESPONSE_STATUS_UNAUTHORIZED:
        return "the responder says unauthorized";
    default:
        return "the responder gives a status that is not known";
    }
}

static OCSP_RESPONSE *decode(mtls_bytes_t der)
{
    const unsigned char *at = der.data;
    OCSP_RESPONSE *response;

    if (der.len == 0 || der.len > INT_MAX)
        return NULL;
    response = d2i_OCSP_RESPONSE(NULL, &at, (long)der.len);
    if (response != NULL && at != der.data + der.len) {
        OCSP_RESPONSE_free(response);
        response = NULL;
    }
    return response;
}

static bool open_basic(reading_t *reading, mtls_bytes_t der)
{
    OCSP_RESPONSE *response = decode(der);
    int status;

    if (response == NULL)
        return fail(reading, MTLS_STATUS_SILENT, "what came is no OCSP response");
    status = OCSP_response_status(response);
    if (status == OCSP_RESPONSE_STATUS_SUCCESSFUL)
        reading->basic = OCSP_response_get1_basic(response);
    OCSP_RESPONSE_free(response);
    if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        return fail(reading, MTLS_STATUS_SILENT, status_text(status));
    if (reading->basic == NULL)
        return fail(reading, MTLS_STATUS_SILENT, "what came holds no basic OCSP response");
    return true;
}

static mtls_status_word_t word_of(int status)
{
    switch (status) {
    case V_OCSP_CERTSTATUS_GOOD:
        return MTLS_STATUS_GOOD;
    case V_OCSP_CERTSTATUS_REVOKED:
        return MTLS_STATUS_REVOKED;
    case V_OCSP_CERTSTATUS_UNKNOWN:
        return MTLS_STATUS_UNKNOWN;
    default:
        return MTLS_STATUS_UNUSABLE;
    }
}

/* None of them changes what a status means to us, so none that insists is understood. */
static bool has_critical(OCSP_SINGLERESP *single)
{
    return OCSP_SINGLERESP_get_ext_by_critical(single, 1, -1) >= 0;
}

/* @return NULL, or what is wrong with it */
static const char *read_single(single_t *out, OCSP_SINGLERESP *single)
{
    ASN1_GENERALIZEDTIME *this_update = NULL;
    ASN1_GENERALIZEDTIME *next_update = NULL;

    out->word = word_of(OCSP_single_get0_status(single, NULL, NULL, &this_update, &next_update));
    out->this_update = this_update != NULL ? mtls_validity_time(this_update) : 0;
    out->next_update = next_update != NULL ? mtls_validity_time(next_update) : 0;
    if (out->word == MTLS_STATUS_UNUSABLE)
        return "its status is not known";
    if (out->this_update <= 0)
        return "its thisUpdate cannot be read";
    if (next_update != NULL && out->next_update <= 0)
        return "its nextUpdate cannot be read";
    if (next_update != NULL && out->next_update < out->this_update)
        return "its nextUpdate is before its thisUpdate";
    if (has_critical(single))
        return "it has a critical extension that is not known";
    return NULL;
}

static apr_time_t sooner(apr_time_t a, apr_time_t b)
{
    if (a == 0 || b == 0)
        return a + b;
    return a < b ? a : b;
}

/* The newest counts; of two of the same time, both, and they must not disagree. */
static const char *take_single(single_t *kept, const single_t *other)
{
    if (kept->this_update < other->this_update) {
        *kept = *other;
    } else if (kept->this_update == other->this_update) {
        if (kept->word != other->word)
            return "it contradicts itself";
        kept->next_update = sooner(kept->next_update, other->next_update);
    }
    return NULL;
}

static bool find_single(reading_t *reading, OCSP_CERTID *id)
{
    single_t kept = {.this_update = 0};
    int at = -1;

    while ((at = OCSP_resp_find(reading->basic, id, at)) >= 0) {
        single_t single;
        const char *why = read_single(&single, OCSP_resp_get0(reading->basic, at));

        if (why == NULL)
            why = take_single(&kept, &single);
        if (why != NULL)
            return fail(reading, MTLS_STATUS_UNUSABLE, why);
    }
    if (kept.this_update == 0)
        return fail(reading, MTLS_STATUS_SILENT, "it is not about the certificate");
    reading->said = kept.word;
    reading->answer.this_update = kept.this_update;
    reading->answer.next_update = kept.next_update;
    return true;
}

/* The same hash as in mtls_ocsp_request_write(): RFC 6960 section 3.2 asks for the same identifier.
 */
static bool find_status(reading_t *reading)
{
    OCSP_CERTID *id =
        OCSP_cert_to_id(EVP_sha1(), reading->question->cert, reading->question->issuer);
    bool found = id != NULL && find_single(reading, id);

    OCSP_CERTID_free(id);
    if (id == NULL)
        fail(reading, MTLS_STATUS_UNUSABLE, "out of memory");
    return found;
}

/* Of those that insist, only the nonce is understood. */
static bool check_extensions(reading_t *reading)
{
    int at = -1;

    while ((at = OCSP_BASICRESP_get_ext_by_critical(reading->basic, 1, at)) >= 0) {
        X509_EXTENSION *extension = OCSP_BASICRESP_get_ext(reading->basic, at);

        if (OBJ_obj2nid(X509_EXTENSION_get_object(extension)) != NID_id_pkix_OCSP_Nonce)
            return fail(reading, MTLS_STATUS_UNUSABLE,
                        "it has a critical extension that is not known");
    }
    return true;
}

/* @return true when the extension's value is an OCTET STRING of these octets and nothing else */
static bool is_nonce(X509_EXTENSION *extension, mtls_bytes_t nonce)
{
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
    const unsigned char *at = ASN1_STRING_get0_data(value);
    const unsigned char *end = at + ASN1_STRING_length(value);
    ASN1_OCTET_STRING *inner = d2i_ASN1_OCTET_STRING(NULL, &at, ASN1_STRING_length(value));
    bool same = inner != NULL && at == end && (apr_size_t)ASN1_STRING_length(inner) == nonce.len &&
                CRYPTO_memcmp(ASN1_STRING_get0_data(inner), nonce.data, nonce.len) == 0;

    ASN1_OCTET_STRING_free(inner);
    return same;
}

/* RFC 9654; what nobody asked for is not looked at. */
static bool check_nonce(reading_t *reading)
{
    mtls_nonce_t rule = reading->question->rules->nonce;
    mtls_bytes_t nonce = reading->request->nonce;
    int at = OCSP_BASICRESP_get_ext_by_NID(reading->basic, NID_id_pkix_OCSP_Nonce, -1);

    if (rule == MTLS_NONCE_REQUIRE && (at < 0 || nonce.len == 0))
        return fail(reading, MTLS_STATUS_UNUSABLE, "it has no nonce");
    if (at < 0 || nonce.len == 0)
        return true;
    if (!is_nonce(OCSP_BASICRESP_get_ext(reading->basic, at), nonce) ||
        OCSP_BASICRESP_get_ext_by_NID(reading->basic, NID_id_pkix_OCSP_Nonce, at) >= 0)
        return fail(reading, MTLS_STATUS_UNUSABLE, "its nonce is another one");
    return true;
}

static bool fail_time(reading_t *reading, const char *what, apr_time_t when)
{
    return fail(reading, MTLS_STATUS_UNUSABLE,
                apr_pstrcat(reading->pool, what, mtls_time_write(when, reading->pool), NULL));
}

static bool check_times(reading_t *reading)
{
    const mtls_ocsp_rules_t *rules = reading->question->rules;
    mtls_ocsp_answer_t *answer = &reading->answer;

    if (answer->this_update > reading->now + rules->skew)
        return fail_time(reading, "its thisUpdate is in the future: ", answer->this_update);
    if (answer->next_update != 0 && answer->next_update + rules->skew < reading->now)
        return fail_time(reading, "its nextUpdate is over: ", answer->next_update);
    answer->ends = answer->this_update + rules->max_age + rules->skew;
    if (answer->ends < reading->now)
        return fail_time(reading, "its thisUpdate is too old: ", answer->this_update);
    if (answer->next_update != 0)
        answer->ends = sooner(answer->ends, answer->next_update + rules->skew);
    return true;
}

static bool check_signer(reading_t *reading)
{
    apr_time_t ends;
    const char *why = mtls_ocsp_signer_check(reading->basic, reading->question, reading->now, &ends,
                                             reading->pool);

    if (why != NULL)
        return fail(reading, MTLS_STATUS_UNUSABLE, why);
    reading->answer.ends = sooner(reading->answer.ends, ends);
    return true;
}

mtls_ocsp_answer_t mtls_ocsp_response_read(mtls_bytes_t der, const mtls_ocsp_question_t *question,
                                           const mtls_ocsp_request_t *request, apr_time_t now,
                                           const char **text, apr_pool_t *pool)
{
    reading_t reading = {.question = question, .request = request, .now = now, .pool = pool};
    mtls_ocsp_answer_t failed = {.fetched = now};
    bool good;

    ERR_clear_error();
    good = open_basic(&reading, der) && find_status(&reading) && check_extensions(&reading) &&
           check_nonce(&reading) && check_times(&reading) && check_signer(&reading);
    OCSP_BASICRESP_free(reading.basic);
    ERR_clear_error();
    *text = good ? NULL : reading.text;
    failed.word = reading.answer.word;
    if (!good)
        return failed;
    reading.answer.word = reading.said;
    reading.answer.fetched = now;
    return reading.answer;
}
