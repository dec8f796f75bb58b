/*
 * t/fuzz/fuzz_ocsp_response.c - any octets as the answer to one question.  What is believed has its
 * times; what is not says why; nothing stays in OpenSSL's error queue.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/err.h>
#include <string.h>

#include "ocsp_parties.h"
#include "target.h"

static void check_words(const char *text)
{
    must(text != NULL && strlen(text) < 300);
    for (; *text != '\0'; text++)
        must(*text >= ' ' && *text < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ocsp_parties_t parties;
    apr_pool_t *pool = make_pool();
    mtls_ocsp_answer_t answer;
    const char *text;

    if (parties.leaf.cert == NULL)
        ocsp_parties_make(&parties);
    answer = mtls_ocsp_response_read((mtls_bytes_t){data, size}, &parties.question,
                                     &parties.request, OCSP_PARTIES_NOW, &text, pool);
    must(ERR_peek_error() == 0);
    if (answer.word == MTLS_STATUS_SILENT || answer.word == MTLS_STATUS_UNUSABLE) {
        check_words(text);
        must(answer.this_update == 0 && answer.next_update == 0 && answer.ends == 0);
    } else {
        must(answer.word == MTLS_STATUS_GOOD || answer.word == MTLS_STATUS_REVOKED ||
             answer.word == MTLS_STATUS_UNKNOWN);
        must(text == NULL && answer.ends >= OCSP_PARTIES_NOW);
        must(answer.this_update <= OCSP_PARTIES_NOW + parties.rules.skew);
    }
    apr_pool_destroy(pool);
    return 0;
}
