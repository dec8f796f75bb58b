/*
 * mod_mtls/cert/proof.c - the words for the methods of proof.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/cert/proof.h"

#include <string.h>

static const char *const words[] = {
    [MTLS_PROOF_NONE] = "none",
    [MTLS_PROOF_HANDSHAKE] = "handshake",
    [MTLS_PROOF_POST_HANDSHAKE] = "post-handshake",
    [MTLS_PROOF_RENEGOTIATION] = "renegotiation",
    [MTLS_PROOF_RESUMPTION] = "resumption",
    [MTLS_PROOF_TICKET] = "ticket",
};
_Static_assert(sizeof words / sizeof words[0] == MTLS_PROOF_METHODS, "a word for each method");

const char *mtls_proof_method_word(mtls_proof_method_t method)
{
    return (unsigned)method < MTLS_PROOF_METHODS ? words[method] : words[MTLS_PROOF_NONE];
}

mtls_proof_method_t mtls_proof_method_parse(const char *word)
{
    unsigned i;

    for (i = 0; i < MTLS_PROOF_METHODS; i++) {
        if (strcmp(word, words[i]) == 0) {
            return (mtls_proof_method_t)i;
        }
    }
    return MTLS_PROOF_NONE;
}
