/*
 * t/unit/test_proof.c - the words for the methods of proof.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>
#include <check.h>
#include <stdlib.h>

#include "mtls/cert/proof.h"

START_TEST(every_method_has_a_word_of_its_own)
{
    int i;

    for (i = MTLS_PROOF_NONE; i < MTLS_PROOF_METHODS; i++) {
        ck_assert_int_eq(mtls_proof_method_parse(mtls_proof_method_word((mtls_proof_method_t)i)),
                         i);
    }
    ck_assert_str_eq(mtls_proof_method_word(MTLS_PROOF_POST_HANDSHAKE), "post-handshake");
    ck_assert_str_eq(mtls_proof_method_word(MTLS_PROOF_METHODS), "none");
}
END_TEST

START_TEST(unknown_words_are_no_proof)
{
    ck_assert_int_eq(mtls_proof_method_parse(""), MTLS_PROOF_NONE);
    ck_assert_int_eq(mtls_proof_method_parse("Handshake"), MTLS_PROOF_NONE);
    ck_assert_int_eq(mtls_proof_method_parse("handshake "), MTLS_PROOF_NONE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("proof");
    TCase *tcase = tcase_create("proof");
    SRunner *runner;
    int failed;

    apr_initialize();
    tcase_add_test(tcase, every_method_has_a_word_of_its_own);
    tcase_add_test(tcase, unknown_words_are_no_proof);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    apr_terminate();
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
