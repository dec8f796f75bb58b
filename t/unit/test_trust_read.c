/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "mtls/tool/trust_read.h"
#include "mtls/trust/profile_spec.h"
#include "policy_run.h"

static apr_array_header_t *specs; /* mtls_profile_spec_t * */
static mtls_faults_t *faults;

static void read_octets(const char *text, apr_size_t len)
{
    /* exactly as long as the text, so that a checker sees a step too far */
    unsigned char *copy = malloc(len ? len : 1);

    memcpy(copy, text, len);
    specs = apr_array_make(pool, 1, sizeof(mtls_profile_spec_t *));
    faults = mtls_faults_make(pool);
    mtls_trust_read(specs, (mtls_bytes_t){copy, len}, "t.conf", "/etc/httpd", faults, pool);
    free(copy);
}

static void read_text(const char *text)
{
    read_octets(text, strlen(text));
}

static const mtls_profile_spec_t *spec(int i)
{
    ck_assert_int_lt(i, specs->nelts);
    return APR_ARRAY_IDX(specs, i, const mtls_profile_spec_t *);
}

static const char *ca(int i)
{
    const apr_array_header_t *files = spec(0)->ca_files;

    ck_assert_int_lt(i, files->nelts);
    return APR_ARRAY_IDX(files, i, mtls_sourced_t).value;
}

/* All faults as "line:column text" lines. */
static const char *told(void)
{
    const char *text = "";
    int i;

    for (i = 0; i < mtls_faults_count(faults); i++) {
        const mtls_fault_t *fault = mtls_faults_get(faults, i);

        ck_assert_str_eq(fault->at.file, "t.conf");
        text =
            apr_psprintf(pool, "%s%d:%d %s\n", text, fault->at.line, fault->at.column, fault->text);
    }
    return text;
}

START_TEST(sections_are_read_and_everything_else_is_skipped)
{
    read_text("ServerRoot /x\n"
              "garbage \"that ends nowhere\n"
              "MTLSVerifyDepth 99\n"
              "<VirtualHost *:443>\n"
              "  <MTLSTrust staff>\n"
              "    # MTLSPin nonsense\n"
              "\n"
              "    MTLSCACertificateFile ca/a.pem /ca/b.pem\n"
              "    mtlsverifydepth 3\n"
              "  </MTLSTrust>\n"
              "  SSLEngine on\n"
              "</VirtualHost>\n"
              "<mtlstrust \"partner\" >\n"
              "MTLSPartialChain off\n"
              "</mtlstrust>");
    ck_assert_str_eq(told(), "");
    ck_assert_int_eq(specs->nelts, 2);
    ck_assert_str_eq(spec(0)->name, "staff");
    ck_assert_int_eq(spec(0)->at.line, 5);
    ck_assert_int_eq(spec(0)->at.column, 3);
    ck_assert_str_eq(spec(0)->at.file, "t.conf");
    ck_assert_str_eq(ca(0), "/etc/httpd/ca/a.pem");
    ck_assert_str_eq(ca(1), "/ca/b.pem");
    ck_assert_int_eq(APR_ARRAY_IDX(spec(0)->ca_files, 0, mtls_sourced_t).at.line, 8);
    ck_assert_int_eq(APR_ARRAY_IDX(spec(0)->ca_files, 0, mtls_sourced_t).at.column, 5);
    ck_assert_int_eq(spec(0)->depth, 4);
    ck_assert_str_eq(spec(1)->name, "partner");
    ck_assert_int_eq(spec(1)->partial_chain, MTLS_OFF);
}
END_TEST

START_TEST(directives_of_revocation_are_read)
{
    const mtls_revocation_spec_t *r;

    read_text("MTLSStateDirectory /var/lib/x\n"
              "<MTLSTrust a>\n"
              "MTLSCRLFile staff.crl\n"
              "  MTLSCRLCheck leaf missing-ok grace=1d\n"
              "MTLSCRLFetch \"http://ca.example.org/staff.crl\"\n"
              "MTLSOCSP leaf soft\n"
              "MTLSOCSPTime skew=1m max-age=2h\n"
              "MTLSOCSPNonce maybe\n"
              "MTLSCache off\n"
              "</MTLSTrust>\n");
    ck_assert_str_eq(told(),
                     "8:1 MTLSOCSPNonce: unknown choice 'maybe'; use off, optional or require\n"
                     "9:1 MTLSCache does not belong inside <MTLSTrust>\n");
    r = &spec(0)->revocation;
    ck_assert_str_eq(APR_ARRAY_IDX(r->crl.files, 0, mtls_sourced_t).value, "/etc/httpd/staff.crl");
    ck_assert_int_eq(r->crl.reach, MTLS_REACH_LEAF);
    ck_assert_int_eq(r->crl.at.line, 4);
    ck_assert_int_eq(r->crl.at.column, 3);
    ck_assert_str_eq(APR_ARRAY_IDX(r->crl.fetch_urls, 0, mtls_sourced_t).value,
                     "http://ca.example.org/staff.crl");
    ck_assert_int_eq(r->ocsp.lack, MTLS_LACK_SOFT);
    ck_assert_int_eq(r->ocsp.max_age, apr_time_from_sec(7200));
}
END_TEST

/* What httpd's ap_getword_conf() makes of the same arguments. */
static const struct {
    const char *args;
    const char *words[4];
} word_rows[] = {
    {"/a /b", {"/a", "/b"}},
    {"\"/a b\"  '/c \"d'", {"/a b", "/c \"d"}},
    {"\"/a\\\"b\\\\c\\d\"", {"/a\"b\\c\\d"}},
    {"'/a\\'b\"'", {"/a'b\""}},
    {"/a\\\\b\\c", {"/a\\b\\c"}},
    {"/a\"b c\"", {"/a\"b", "/etc/httpd/c\""}},
    {"\"/a\"/b", {"/a", "/b"}},
    {"\"/open", {"/open"}},
    {"\"/open\\\"", {"/open\""}},
    {"/a #b", {"/a", "/etc/httpd/#b"}},
    {"/a \"\"", {"/a"}},
    {"/a\v/b\f", {"/a", "/b"}},
};

START_TEST(words_are_read_as_httpd_reads_them)
{
    int row, i;

    for (row = 0; row < COUNT_OF(word_rows); row++) {
        read_text(apr_pstrcat(pool, "<MTLSTrust a>\nMTLSCACertificateFile ", word_rows[row].args,
                              "\n</MTLSTrust>\n", NULL));
        ck_assert_str_eq(told(), "");
        for (i = 0; word_rows[row].words[i]; i++) {
            ck_assert_str_eq(ca(i), word_rows[row].words[i]);
        }
        ck_assert_int_eq(spec(0)->ca_files->nelts, i);
    }
}
END_TEST

START_TEST(lines_are_continued_and_CRLF_is_a_line_end)
{
    read_text("<MTLSTrust \\\r\n  a>\r\n"
              "  \\\n"
              "   MTLSCACertificateFile \\\r\n /a/\\\n"
              "b \\\n"
              "# /c\r\n"
              "# comment \\\n"
              "MTLSPin nonsense\n"
              " MTLSPin bad\r\n"
              "</MTLSTrust>\r\n");
    ck_assert_int_eq(specs->nelts, 1);
    ck_assert_str_eq(spec(0)->name, "a");
    ck_assert_str_eq(ca(0), "/a/b");
    ck_assert_str_eq(ca(1), "/etc/httpd/#");
    ck_assert_str_eq(ca(2), "/c");
    ck_assert_int_eq(APR_ARRAY_IDX(spec(0)->ca_files, 0, mtls_sourced_t).at.line, 4);
    ck_assert_int_eq(APR_ARRAY_IDX(spec(0)->ca_files, 0, mtls_sourced_t).at.column, 4);
    ck_assert_str_eq(told(), "10:2 MTLSPin: 'bad' is not a pin; use sha256: with 64 hex digits, or "
                             "spki-sha256: with 64 hex digits or 44 characters of base64\n");
}
END_TEST

static const struct {
    const char *text;
    const char *faults;
} fault_rows[] = {
    {"<MTLSTrust a>\n</MTLSTrust>\n</MTLSTrust>",
     "3:1 </MTLSTrust> without its <MTLSTrust name>\n"},
    {"<MTLSTrust a>\n", "1:1 <MTLSTrust a> lacks its </MTLSTrust>\n"},
    {" <MTLSTrust a>\n<MTLSTrust b>\n</MTLSTrust>", "1:2 <MTLSTrust a> lacks its </MTLSTrust>\n"},
    {"<VirtualHost *>\n<MTLSTrust a>\n</VirtualHost>\nMTLSPin x",
     "2:1 <MTLSTrust a> lacks its </MTLSTrust>\n"},
    {"<MTLSTrust a\n</MTLSTrust>", "1:1 <MTLSTrust name> lacks its closing '>'\n"},
    {"<MTLSTrust a>\n</MTLSTrust", "2:1 </MTLSTrust lacks its closing '>'\n"},
    {"<MTLSTrust>\n</MTLSTrust>",
     "1:1 '' cannot name a profile; use 1 to 64 letters, digits, dots, dashes and underscores\n"},
    {"<MTLSTrust a/b>\n</MTLSTrust>",
     "1:1 'a/b' cannot name a profile; use 1 to 64 letters, digits, dots, dashes and "
     "underscores\n"},
    {"<MTLSTrust a>\n<Location />\n</MTLSTrust>",
     "2:1 section '<Location' does not belong inside <MTLSTrust a>\n"},
    {"<MTLSTrust a>\n<IfModule x>\nMTLSVerifyDepth 1\n</IfModule>\n</MTLSTrust>", ""},
    {"<MTLSTrust a>\n  Frobnicate on\n</MTLSTrust>",
     "2:3 unknown directive 'Frobnicate' inside <MTLSTrust a>\n"},
    {"<MTLSTrust a>\nMTLSVerifyClient require\n</MTLSTrust>",
     "2:1 MTLSVerifyClient does not belong inside <MTLSTrust>\n"},
    {"<MTLSTrust a>\nInclude x.conf\n</MTLSTrust>",
     "2:1 Include inside <MTLSTrust a> is not followed here\n"},
    {"<MTLSTrust a>\nMTLSCACertificateFile ${ca}/x\n</MTLSTrust>",
     "2:1 MTLSCACertificateFile: only httpd knows the value of '${ca}/x'; write the value to check "
     "it here\n"},
    {"<MTLSTrust a>\nMTLSVerifyDepth 1 2\nMTLSVerifyDepth x\nMTLSVerifyDepth 2\n"
     "MTLSVerifyDepth 3\n</MTLSTrust>",
     "2:1 MTLSVerifyDepth: takes 1 argument, found 2\n"
     "3:1 MTLSVerifyDepth: 'x' is not a number; use 0 to 20\n"
     "5:1 MTLSVerifyDepth: was already set in this profile; keep one of them\n"},
};

START_TEST(F_42_every_fault_has_its_line_and_column)
{
    int row;

    for (row = 0; row < COUNT_OF(fault_rows); row++) {
        read_text(fault_rows[row].text);
        ck_assert_str_eq(told(), fault_rows[row].faults);
    }
}
END_TEST

START_TEST(a_NUL_is_told_with_its_place_and_nothing_is_read)
{
    static const char text[] = "<MTLSTrust a>\nMTLSPin\0 x\n</MTLSTrust>\n";

    read_octets(text, sizeof(text) - 1);
    ck_assert_int_eq(specs->nelts, 0);
    ck_assert_str_eq(told(), "2:8 holds a NUL octet; a configuration file is text\n");
}
END_TEST

START_TEST(more_arguments_than_httpd_takes_are_a_fault)
{
    const char *text = "<MTLSTrust a>\nMTLSCACertificateFile";
    int i;

    for (i = 0; i < 64; i++) {
        text = apr_pstrcat(pool, text, " /x", NULL);
    }
    read_text(apr_pstrcat(pool, text, "\n</MTLSTrust>", NULL));
    ck_assert_str_eq(told(), "");
    ck_assert_int_eq(spec(0)->ca_files->nelts, 64);
    read_text(apr_pstrcat(pool, text, " /y\n</MTLSTrust>", NULL));
    ck_assert_str_eq(told(), "2:1 MTLSCACertificateFile: has more than 64 arguments, of which "
                             "httpd reads no more; use several lines\n");
    ck_assert_int_eq(spec(0)->ca_files->nelts, 0);
}
END_TEST

static bool fits(const char *text)
{
    return mtls_trust_read_fits((mtls_bytes_t){(const unsigned char *)text, strlen(text)});
}

START_TEST(configuration_is_recognised_by_a_line)
{
    ck_assert(fits("<MTLSTrust a>"));
    ck_assert(fits("x\n \t<mtlstrust"));
    ck_assert(!fits(""));
    ck_assert(!fits("\n\n  "));
    ck_assert(!fits("<MTLSTrus"));
    ck_assert(!fits("# <MTLSTrust a>\nuser x"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {sections_are_read_and_everything_else_is_skipped,
                                  directives_of_revocation_are_read,
                                  words_are_read_as_httpd_reads_them,
                                  lines_are_continued_and_CRLF_is_a_line_end,
                                  F_42_every_fault_has_its_line_and_column,
                                  a_NUL_is_told_with_its_place_and_nothing_is_read,
                                  more_arguments_than_httpd_takes_are_a_fault,
                                  configuration_is_recognised_by_a_line,
                                  NULL};

    return run_tests("trust_read", tests);
}
