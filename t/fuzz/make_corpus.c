/*
 * t/fuzz/make_corpus.c - write the kept fuzz inputs of the cert room, and those of OCSP, anew.
 *
 *     make t/fuzz/make_corpus && t/fuzz/make_corpus $srcdir/t/fuzz/corpus
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/ocsp.h>
#include <stdio.h>
#include <stdlib.h>

#include "../unit/cert_fixture.h"
#include "mtls/cert/session_record.h"
#include "mtls/trust/ocsp_record.h"
#include "ocsp_parties.h"

static const char *root;
static apr_pool_t *pool;

static void keep(const char *target, const char *name, mtls_bytes_t octets)
{
    const char *path = apr_pstrcat(pool, root, "/", target, "/", name, NULL);
    FILE *file = fopen(path, "wb");

    if (file == NULL || fwrite(octets.data, 1, octets.len, file) != octets.len ||
        fclose(file) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
}

static void keep_certificate(const char *name, const cert_fixture_t *fixture)
{
    keep("identity", name, fixture_write(fixture, pool));
}

static void keep_subject(const char *name, mtls_bytes_t subject)
{
    cert_fixture_t fixture = fixture_make(pool);

    fixture.subject = subject;
    keep_certificate(name, &fixture);
}

static void keep_sans(const char *name, mtls_bytes_t sans)
{
    cert_fixture_t fixture = fixture_with_sans(pool, sans);

    keep_certificate(name, &fixture);
}

static void make_names(void)
{
    keep_subject("empty-subject.der", LIT("\x30\x00"));
    keep_subject("nul-in-cn.der", fixture_name(pool, 0x0c, LIT("admin\0.evil")));
    keep_subject("bmp.der", fixture_name(pool, 0x1e, LIT("\x00J\x00\xfc\x20\xac")));
    keep_subject("universal.der", fixture_name(pool, 0x1c, LIT("\x00\x00\x00J\x00\x01\xf6\x00")));
    keep_subject("t61.der", fixture_name(pool, 0x14, LIT("J\xfcrgen")));
    keep_subject("escapes.der", fixture_name(pool, 0x0c, LIT("# a,b+c\"d;e<f>\\ ")));
    keep_subject("ber-name.der", LIT("\x30\x80\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03"
                                     "bob\x00\x00"));
    keep_subject(
        "multi-value.der",
        fixture_tlv(pool, 0x30,
                    fixture_tlv(pool, 0x31,
                                fixture_join(pool, 2, fixture_attr(pool, OID_CN, 0x0c, LIT("A")),
                                             fixture_attr(pool, OID_EMAIL, 0x16, LIT("a@b"))))));
    keep_subject(
        "huge-oid.der",
        fixture_tlv(pool, 0x30,
                    fixture_rdn(pool,
                                fixture_join(pool, 2, fixture_fill(pool, 0xff, 300), LIT("\x7f")),
                                0x0c, LIT("x"))));
}

static void make_alternative_names(void)
{
    mtls_bytes_t one_of_each = fixture_join(
        pool, 9, fixture_other_name(pool, LIT("\x2a\x03"), LIT("\x0c\x01x")),
        fixture_tlv(pool, 0x81, LIT("a@b")), fixture_tlv(pool, 0x82, LIT("host.example")),
        LIT("\xa3\x02\x30\x00"), fixture_tlv(pool, 0xa4, fixture_name(pool, 0x0c, LIT("\xc0\x80"))),
        LIT("\xa5\x05\xa1\x03\x0c\x01p"), fixture_tlv(pool, 0x86, LIT("spiffe://example.org/a")),
        fixture_tlv(pool, 0x87, LIT("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01")),
        fixture_tlv(pool, 0x88, LIT("\x2a\x03\x04")));

    keep_sans("san-each-type.der", one_of_each);
    keep_sans("san-broken.der", LIT("\x82\x01g\x82\x05x"));
    keep_sans("san-nul.der", fixture_tlv(pool, 0x82, LIT("good\0evil")));
    keep_sans("san-bad-ip.der", fixture_tlv(pool, 0x87, LIT("\x01\x02\x03")));
    keep_sans("san-upn-ia5.der",
              fixture_other_name(pool, OID_UPN, fixture_tlv(pool, 0x16, LIT("a@b"))));
}

static void keep_statements(const char *name, mtls_bytes_t value)
{
    cert_fixture_t fixture = fixture_make(pool);

    fixture.extensions = fixture_attr(pool, OID_QC, 0x04, value);
    keep_certificate(name, &fixture);
}

static void make_statements(void)
{
    keep_statements("qc.der", LIT("\x30\x22\x30\x08\x06\x06\x04\x00\x8e\x46\x01\x01"
                                  "\x30\x16\x06\x06\x04\x00\x8e\x46\x01\x06"
                                  "\x30\x0c\x06\x07\x04\x00\x8e\x46\x01\x06\x01\x06\x01\x2b"));
    keep_statements("qc-type-broken.der",
                    LIT("\x30\x17\x30\x15\x06\x06\x04\x00\x8e\x46\x01\x06"
                        "\x30\x0b\x06\x07\x04\x00\x8e\x46\x01\x06\x01\x06\x00"));
    keep_statements("qc-info.der", LIT("\x30\x08\x30\x06\x06\x01\x2b\x02\x01\x07"));
    keep_statements("qc-broken.der", LIT("\x30\x08\x30\x06\x06\x01\x2b\x02\x02\x07"));
}

static void make_fields(void)
{
    cert_fixture_t fixture = fixture_make(pool);

    keep_certificate("usual.der", &fixture);
    fixture.serial = LIT("\xff\x00");
    fixture.not_after = LIT("\x18\x13"
                            "20260101000000.999Z");
    keep_certificate("negative-serial-fraction.der", &fixture);
    fixture.serial = fixture_fill(pool, 0x11, 21);
    fixture.not_after = LIT("\x18\x0f"
                            "99991231235959Z");
    keep_certificate("long-serial-no-end.der", &fixture);
    fixture.extensions = fixture_join(pool, 2, fixture.extensions, fixture.extensions);
    keep_certificate("doubled-extensions.der", &fixture);
    fixture.spki = LIT("\x30\x09\x30\x04\x06\x02\x2a\x03\x03\x01\x00");
    keep_certificate("unknown-key.der", &fixture);
    fixture = fixture_make(pool);
    fixture.v1 = true;
    fixture.extensions.len = 0;
    keep_certificate("version-1.der", &fixture);
}

static void make_records(void)
{
    mtls_session_record_t record = {.proven_at = apr_time_from_sec(1790000000)};
    mtls_bytes_t out;
    int i;

    mtls_session_record_write(&out, &record, pool);
    keep("session_record", "no-others", out);
    for (i = 0; i < MTLS_SESSION_RECORD_MAX_CERTS; i++) {
        record.others[i] = LIT("0123456789");
    }
    record.other_count = 2;
    mtls_session_record_write(&out, &record, pool);
    keep("session_record", "two-others", out);
    out.len--;
    keep("session_record", "cut", out);
    record.other_count = MTLS_SESSION_RECORD_MAX_CERTS;
    mtls_session_record_write(&out, &record, pool);
    keep("session_record", "most-others", out);
    out.len = 0;
    keep("session_record", "empty", out);
}

static void make_ocsp_records(void)
{
    mtls_ocsp_answer_t answer = {.word = MTLS_STATUS_GOOD,
                                 .this_update = OCSP_PARTIES_NOW - apr_time_from_sec(60),
                                 .next_update = OCSP_PARTIES_NOW + apr_time_from_sec(3600),
                                 .ends = OCSP_PARTIES_NOW + apr_time_from_sec(3660),
                                 .fetched = OCSP_PARTIES_NOW};
    unsigned char out[MTLS_OCSP_RECORD_LEN];

    mtls_ocsp_record_write(out, &answer);
    keep("ocsp_record", "good", (mtls_bytes_t){out, sizeof out});
    keep("ocsp_record", "cut", (mtls_bytes_t){out, sizeof out - 1});
    keep("ocsp_record", "empty", (mtls_bytes_t){out, 0});
    answer.word = MTLS_STATUS_REVOKED;
    answer.next_update = 0;
    mtls_ocsp_record_write(out, &answer);
    keep("ocsp_record", "revoked-no-next", (mtls_bytes_t){out, sizeof out});
    answer.word = MTLS_STATUS_UNKNOWN;
    answer.ends = APR_INT64_MAX;
    mtls_ocsp_record_write(out, &answer);
    keep("ocsp_record", "unknown-no-end", (mtls_bytes_t){out, sizeof out});
    answer.ends = -1;
    mtls_ocsp_record_write(out, &answer);
    keep("ocsp_record", "negative-end", (mtls_bytes_t){out, sizeof out});
}

static ASN1_GENERALIZEDTIME *after_now(int seconds)
{
    return ASN1_GENERALIZEDTIME_set(NULL, (time_t)apr_time_sec(OCSP_PARTIES_NOW) + seconds);
}

/* @param next  seconds after now, 0: none */
static void add_status(OCSP_BASICRESP *basic, const ocsp_parties_t *parties, int status, int from,
                       int next)
{
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), parties->leaf.cert, parties->issuer.cert);
    ASN1_GENERALIZEDTIME *this_update = after_now(from);
    ASN1_GENERALIZEDTIME *next_update = next != 0 ? after_now(next) : NULL;

    must(OCSP_basic_add1_status(basic, id, status, OCSP_REVOKED_STATUS_KEYCOMPROMISE,
                                status == V_OCSP_CERTSTATUS_REVOKED ? this_update : NULL,
                                this_update, next_update) != NULL);
    ASN1_GENERALIZEDTIME_free(this_update);
    ASN1_GENERALIZEDTIME_free(next_update);
    OCSP_CERTID_free(id);
}

static void keep_response(const char *name, int status, OCSP_BASICRESP *basic)
{
    OCSP_RESPONSE *response = OCSP_response_create(status, basic);
    unsigned char *der = NULL;
    int len = i2d_OCSP_RESPONSE(response, &der);

    must(len > 0);
    keep("ocsp_response", name, (mtls_bytes_t){der, (apr_size_t)len});
    OPENSSL_free(der);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
}

/* OCSP_NOTIME: producedAt would be another each time, and is not looked at. */
static void keep_signed(const char *name, OCSP_BASICRESP *basic, const ocsp_party_t *signer,
                        unsigned long flags)
{
    must(OCSP_basic_sign(basic, signer->cert, signer->key, NULL, NULL, flags | OCSP_NOTIME) == 1);
    keep_response(name, OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
}

static OCSP_BASICRESP *one_status(const ocsp_parties_t *parties, int status, int from, int next)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();

    must(basic != NULL);
    add_status(basic, parties, status, from, next);
    return basic;
}

static void make_ocsp_signed(ocsp_parties_t *parties)
{
    OCSP_BASICRESP *basic = one_status(parties, V_OCSP_CERTSTATUS_GOOD, -60, 3600);

    keep_signed("good.der", basic, &parties->issuer, OCSP_NOCERTS);
    basic = one_status(parties, V_OCSP_CERTSTATUS_REVOKED, -60, 3600);
    keep_signed("revoked-by-key.der", basic, &parties->delegate, OCSP_RESPID_KEY);
    basic = one_status(parties, V_OCSP_CERTSTATUS_UNKNOWN, -60, 0);
    must(OCSP_basic_add1_nonce(basic, (unsigned char *)(uintptr_t)parties->request.nonce.data,
                               (int)parties->request.nonce.len) == 1);
    keep_signed("unknown-nonce.der", basic, &parties->delegate, 0);
    basic = one_status(parties, V_OCSP_CERTSTATUS_GOOD, -60, 3600);
    add_status(basic, parties, V_OCSP_CERTSTATUS_REVOKED, -50, 3600);
    keep_signed("two.der", basic, &parties->issuer, OCSP_NOCERTS);
    basic = one_status(parties, V_OCSP_CERTSTATUS_GOOD, -7200, -3600);
    keep_signed("over.der", basic, &parties->issuer, OCSP_NOCERTS);
    basic = one_status(parties, V_OCSP_CERTSTATUS_GOOD, -60, 3600);
    keep_signed("by-itself.der", basic, &parties->leaf, 0);
}

static void make_ocsp_responses(void)
{
    ocsp_parties_t parties;

    ocsp_parties_make(&parties);
    make_ocsp_signed(&parties);
    ocsp_parties_free(&parties);
    keep_response("try-later.der", OCSP_RESPONSE_STATUS_TRYLATER, NULL);
    keep("ocsp_response", "no-bytes.der", LIT("\x30\x03\x0a\x01\x00"));
    keep("ocsp_response", "page.html", LIT("<html><body>It works!</body></html>"));
    keep("ocsp_response", "empty", LIT(""));
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_corpus DIRECTORY\n");
        return EXIT_FAILURE;
    }
    root = argv[1];
    apr_initialize();
    apr_pool_create(&pool, NULL);
    make_names();
    make_alternative_names();
    make_statements();
    make_fields();
    make_records();
    make_ocsp_records();
    make_ocsp_responses();
    apr_terminate();
    return EXIT_SUCCESS;
}
