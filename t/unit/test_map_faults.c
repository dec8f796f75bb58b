/*
 * Rules files that do not load, and why: F-42, F-43.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "map_fixture.h"

static const char *fault_of_files(const map_file_t *files)
{
    mtls_faults_t *faults = mtls_faults_make(pool);

    load_files(files, faults);
    return faults_of(faults);
}

static const char *fault_of(const char *text)
{
    map_file_t files[] = {{"m", text, 0}, {NULL, NULL, 0}};

    return fault_of_files(files);
}

static const struct {
    const char *text, *fault;
} broken[] = {
    /* statements */
    {"hello", "m:1:1: expected when, always, priority, include or \"no rules\", found 'hello'"},
    {"when cn is a\nthen user b",
     "m:1:13: expected and, or, any-case or then, found the end of the "
     "statement\nm:2:1: expected when, always, priority, include or "
     "\"no rules\", found 'then'; indent the line when it goes on with "
     "the statement before"},
    {"deny when cn is a", "m:1:1: expected when, always, priority, include or \"no rules\", found "
                          "'deny'; indent the line when it goes on with the statement before"},
    {"priority 3 then deny", "m:1:12: expected when, always, priority, include or \"no rules\", "
                             "found 'then'; a value that is a word of this language needs quotes"},
    {"when", "m:1:5: expected a field, found the end of the statement"},
    {"when cn", "m:1:8: expected is, like, matches, under or present, found the end of the "
                "statement"},
    {"when cn = x then deny", "m:1:9: expected is, like, matches, under or present, found '='"},
    {"when \"cn\" is x then deny", "m:1:6: a field is named without quotes"},
    {"when cn is\n  then deny", "m:2:3: expected a value, found 'then'; a value that is a word of "
                                "this language needs quotes"},
    {"when cn is not x then deny", "m:1:12: expected a value, found 'not'; a value that is a word "
                                   "of this language needs quotes"},
    {"when subject is CN=a,O=b then deny", "m:1:21: expected and, or, any-case or then, found ','; "
                                           "a value with a comma needs quotes"},
    {"when cn is a b then deny", "m:1:14: expected and, or, any-case or then, found 'b'"},
    {"when cn is a", "m:1:13: expected and, or, any-case or then, found the end of the statement"},
    {"when cn is a \"then\" deny", "m:1:14: expected and, or, any-case or then, found 'then'"},
    {"always and cn is a then deny", "m:1:8: expected then, found 'and'; a value that is a word of "
                                     "this language needs quotes"},
    {"priority x always then deny", "m:1:10: 'x' is not a number; use 1 to 99"},
    {"priority 0 always then deny", "m:1:10: '0' is out of range; use 1 to 99"},
    {"priority 100 always then deny", "m:1:10: '100' is out of range; use 1 to 99"},
    {"priority", "m:1:9: expected a number, found the end of the statement"},
    {"include", "m:1:8: expected the path of a rules file, found the end of the statement"},
    {"include \"\"", "m:1:9: an empty path"},
    {"include a b", "m:1:11: expected the end of the statement, found 'b'"},
    {"no user", "m:1:4: expected \"rules\" after \"no\", found 'user'; a value that is a word of "
                "this language needs quotes"},
    {"no rules at all", "m:1:10: expected the end of the statement, found 'at'"},
    /* results */
    {"always then", "m:1:12: expected user, groups, set or deny, found the end of the statement"},
    {"always then x", "m:1:13: expected user, groups, set or deny, found 'x'"},
    {"always then user", "m:1:17: expected a user, found the end of the statement"},
    {"always then user groups x", "m:1:18: expected a user, found 'groups'; a value that is a word "
                                  "of this language needs quotes"},
    {"always then user \"\"", "m:1:18: an empty text"},
    {"always then user a user b", "m:1:20: user twice"},
    {"always then groups a groups b", "m:1:22: groups twice; separate groups by commas"},
    {"always then groups a b", "m:1:22: expected user, groups, set or the end of the statement, "
                               "found 'b'"},
    {"always then groups a,", "m:1:22: expected a group, found the end of the statement"},
    {"always then set a 1 set a 2", "m:1:25: set 'a' twice"},
    {"always then set", "m:1:16: expected the name of an attribute, found the end of the "
                        "statement"},
    {"always then set a", "m:1:18: expected the attribute's value, found the end of the statement"},
    {"always then deny a b", "m:1:20: expected the end of the statement after deny and its text in "
                             "quotes, found 'b'"},
    {"always then deny \"\"", "m:1:18: the text of a deny has 0 octets; write 1 to 500, or none at "
                              "all"},
    {"always then user a deny", "m:1:20: deny stands alone: it excludes user, groups and set"},
    {"always then deny user a", "m:1:18: expected the text of the deny, found 'user'; a value that "
                                "is a word of this language needs quotes"},
    /* what conditions say of themselves, at the word that is wrong */
    {"when cn present or x then deny",
     "m:1:17: expected and or then, found 'or'; a value that is a word "
     "of this language needs quotes"},
    {"when serial is 1 then deny", "m:1:6: serial numbers of different issuers can be equal; add "
                                   "\"and issuer is ...\""},
    {"when not serial is 1 and not issuer is \"CN=a\" then deny",
     "m:1:10: serial numbers of different issuers can be equal; add \"and issuer is ...\""},
    {"when cn is a and cn is a then deny", "m:1:18: this condition stands twice in the rule"},
    {"when cn is a or b and CN is b or a or b then deny",
     "m:1:23: this condition stands twice in the rule"},
    /* files */
    {"# only this\n", "m:0:0: the file holds no rule; write \"no rules\" if that is meant"},
    {"\n", "m:0:0: the file holds no rule; write \"no rules\" if that is meant"},
    {"always then deny\nno rules", "m:2:1: \"no rules\" in a file with rules; take it away"},
    {"\xef\xbb\xbf"
     "always then deny",
     "m:1:1: the file begins with a byte order mark; save it as UTF-8 without one"},
    {"always then user \"\xff\"\r\nalways then user b", "m:1:19: invalid UTF-8"},
};

START_TEST(says_what_and_where)
{
    ck_assert_str_eq(fault_of(broken[_i].text), broken[_i].fault);
}
END_TEST

/* Texts that come from fields, patterns and templates: the place is ours, the words are theirs. */
static const struct {
    const char *text, *place, *word;
} pointing[] = {
    {"when emial is x then deny", "m:1:6: ", "email"},
    {"when fingerprint is abc then deny", "m:1:21: ", ""},
    {"when san-ip is 10.0.0.1 or\n 10.0.0.1 or 10.0.0 then deny", "m:2:14: ", ""},
    {"when serial like \"1*\" then deny", "m:1:6: ", ""},
    {"when cn matches \"a(\" then deny", "m:1:17: ", ""},
    {"always then user \"x{nosuch}\"", "m:1:21: ", "nosuch"},
    {"always then user {cn", "m:1:18: ", ""},
    {"always then user {$who}", "m:1:19: ", "who"},
    {"when cn like \"a*\" then user \"b$1\"", "m:1:31: ", "stands in braces: {$1}"},
    {"when cn matches \"(?<u>a)\" then groups g, \\u", "m:1:42: ", "stands in braces: {$u}"},
    {"when cn like \"a*\" and email like \"*@b\" then user {$1}", "m:1:5",
     "(more than one condition of this rule captures '1', so none does)"},
    {"always then user \"{each cn}\"", "m:1:20: ", "each"},
    {"always then groups \"a,b\"", "m:1:20: ", ""},
    {"always then set 1a b", "m:1:17: ", ""},
};

START_TEST(points_at_the_word)
{
    const char *fault = fault_of(pointing[_i].text);

    ck_assert_msg(strncmp(fault, pointing[_i].place, strlen(pointing[_i].place)) == 0, "%s", fault);
    ck_assert_msg(strstr(fault, pointing[_i].word) != NULL, "%s", fault);
    ck_assert_msg(strchr(fault, '\n') == NULL, "more than one: %s", fault);
}
END_TEST

START_TEST(bounds_results)
{
    char *text = apr_palloc(pool, 4096);
    const char *fault;

    memset(text, 'x', 4095);
    text[4095] = '\0';
    fault = fault_of(apr_psprintf(pool, "always then deny %.500s", text));
    ck_assert_str_eq(fault, "");
    fault = fault_of(apr_psprintf(pool, "always then deny %.501s", text));
    ck_assert_str_eq(fault,
                     "m:1:18: the text of a deny has 501 octets; write 1 to 500, or none at all");
    ck_assert_str_eq(fault_of(apr_psprintf(pool, "always then user %.1024s", text)), "");
    ck_assert_str_eq(fault_of(apr_psprintf(pool, "always then user %.1025s", text)),
                     "m:1:18: a text of 1025 octets; at most 1024");
}
END_TEST

START_TEST(bounds_conditions)
{
    const char *text = "when cn is a0";
    int i;

    for (i = 1; i < 64; i++)
        text = apr_psprintf(pool, "%s\n and cn is a%d", text, i);
    ck_assert_str_eq(fault_of(apr_pstrcat(pool, text, " then deny", NULL)), "");
    text = apr_psprintf(pool, "%s\n and cn is a%d", text, i);
    ck_assert_str_eq(fault_of(apr_pstrcat(pool, text, " then deny", NULL)),
                     "m:65:6: a rule has at most 64 conditions");
}
END_TEST

static int lines_of(const char *text)
{
    int lines = 1;

    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

/* All that is wrong is said at once, but not without end. */
START_TEST(says_at_most_fifty)
{
    const char *text = "";
    const char *all;
    int i;

    for (i = 0; i < 50; i++)
        text = apr_pstrcat(pool, text, "oops\n", NULL);
    ck_assert_msg(strstr(fault_of(text), "more") == NULL, "50 are all told");
    all = fault_of(apr_pstrcat(pool, text, text, "oops\n", NULL));
    ck_assert_int_eq(lines_of(all), 51);
    ck_assert_msg(strstr(all, "\nm:50:1: ") != NULL && strstr(all, "\nm:51:1: ") == NULL, "%s",
                  all);
    ck_assert_msg(strstr(all, "\nm:0:0: and 51 more") != NULL, "%s", all);
    for (text = "", i = 0; i < 60; i++)
        text = apr_psprintf(pool, "%sinclude nowhere%d\n", text, i);
    all = fault_of(text);
    ck_assert_int_eq(lines_of(all), 51);
    ck_assert_msg(strstr(all, "\nm:0:0: and 10 more") != NULL, "%s", all);
}
END_TEST

#define SAME   "the same conditions as the rule at "
#define ADVICE "; take one of them away, or give one another priority"

static const struct {
    const char *text, *fault;
} equals[] = {
    {"when cn is a then user x\nwhen cn is a then user y", "m:2:1: " SAME "m:1" ADVICE},
    {"when cn is a then user x\nwhen cn is b then user y\n\nwhen CN is \"a\" then user x",
     "m:4:1: " SAME "m:1" ADVICE},
    {"always then user x\nalways then deny\nalways then user y", "m:3:1: " SAME "m:1" ADVICE},
    {"when cn is a then deny\npriority 10 when cn is a then user y", "m:2:1: " SAME "m:1" ADVICE},
    /* in another order, or spelling */
    {"when cn is a and ou is b then user x\nwhen ou is b and cn is a then user y",
     "m:2:1: " SAME "m:1" ADVICE},
    {"when ou is a and ou is b then user x\nwhen ou is b and ou is a then user y",
     "m:2:1: " SAME "m:1" ADVICE},
    {"when cn is a or b and ou is c or d then user x\nwhen ou is d or c or c and cn is b or a then "
     "user y",
     "m:2:1: " SAME "m:1" ADVICE},
    {"when serial is 0x1F and issuer is \"CN=a,O=b\" then user x\n"
     "when issuer is \"/O=b/CN=a\" and serial is 31 then user y",
     "m:2:1: " SAME "m:1" ADVICE},
    /* one is part of the other */
    {"when cn is a or b then user x\nwhen cn is b then user y", "m:2:1: " SAME "m:1" ADVICE},
    {"when cn is b then user y\nwhen cn is a or b or c then user x", "m:2:1: " SAME "m:1" ADVICE},
    {"when cn is a or b and ou is c then user x\nwhen cn is b and ou is c then user y",
     "m:2:1: " SAME "m:1" ADVICE},
    /* far apart in one list */
    {"when cn is a then user x\nwhen cn is a and ou is b then user y\npriority 7 when cn is a then "
     "user z\nwhen cn is a and ou is c then user z\nwhen ou is b and cn is a then user y",
     "m:5:1: " SAME "m:2" ADVICE},
};

START_TEST(refuses_rules_that_say_the_same)
{
    ck_assert_str_eq(fault_of(equals[_i].text), equals[_i].fault);
}
END_TEST

static const char *const differing[] = {
    "when cn is a then user x\nwhen cn is b then user y",
    "when cn is a then user x\npriority 49 when cn is a then user y",
    "when cn is a then user x\nwhen cn is a then deny",
    "when cn is a then user x\nwhen cn is A then user y",
    "when cn is a then user x\nwhen ou is a then user y",
    "when cn is a then user x\nwhen issuer.cn is a then user y",
    "when cn is a and ou is bc then user x\nwhen cn is ab and ou is c then user y",
    "when cn is a then user x\nwhen cn is a and ou is b then user y",
    "when cn is a then user x\nwhen only cn is a then user y",
    "when cn is a then user x\nwhen cn is a any-case then user y",
    "when cn like a then user x\nwhen cn like a then user y",
    "when serial is 1 and issuer is \"CN=a\" then user x\n"
    "when serial is 1 and issuer is \"CN=b\" then user x",
    "when cn is a or a then user x",
};

START_TEST(takes_rules_that_differ)
{
    ck_assert_str_eq(fault_of(differing[_i]), "");
}
END_TEST

START_TEST(reads_included_files)
{
    map_file_t files[] = {{"/etc/mtls/a.map", "include sub/b.map\nwhen cn is a then user a\n", 0},
                          {"/etc/mtls/sub/b.map", "include ../c.map\ninclude \"/d e.map\"", 0},
                          {"/etc/mtls/c.map", "when cn is c then user c", 0},
                          {"/d e.map", "no rules", 0},
                          {NULL, NULL, 0}};
    mtls_faults_t *faults = mtls_faults_make(pool);
    const mtls_map_t *map = load_files(files, faults);

    ck_assert_str_eq(faults_of(faults), "");
    ck_assert_int_eq(mtls_map_counts(map)->files, 4);
    ck_assert_int_eq(mtls_map_counts(map)->exact, 2);
}
END_TEST

START_TEST(names_the_included_file)
{
    map_file_t files[] = {
        {"/m/a", "when cn is a then user a\ninclude b\n  \ninclude nowhere\noops", 0},
        {"/m/b", "when cn is b then user b\nwhen cn is a then user c\ninclude c", 0},
        {"/m/c", "\n", 0},
        {NULL, NULL, 0}};

    ck_assert_str_eq(fault_of_files(files),
                     "/m/b:2:1: " SAME "/m/a:1" ADVICE
                     "\n/m/c:0:0: the file holds no rule; write \"no rules\" if that is meant"
                     "\n/m/a:4:9: cannot read /m/nowhere"
                     "\n/m/a:5:1: expected when, always, priority, include or \"no rules\", found "
                     "'oops'");
}
END_TEST

START_TEST(refuses_circles)
{
    map_file_t itself[] = {{"/m/a", "include ../m/./a", 0}, {NULL, NULL, 0}};
    map_file_t circle[] = {
        {"/m/a", "always then deny\ninclude b", 0}, {"/m/b", "include a", 0}, {NULL, NULL, 0}};
    map_file_t twice[] = {
        {"/m/a", "include b\ninclude b", 0}, {"/m/b", "always then deny", 0}, {NULL, NULL, 0}};

    ck_assert_str_eq(fault_of_files(itself), "/m/a:1:9: /m/a includes itself");
    ck_assert_str_eq(fault_of_files(circle), "/m/b:1:9: /m/a includes itself");
    ck_assert_str_eq(fault_of_files(twice), "/m/a:2:9: /m/b is included at /m/a:1 already");
}
END_TEST

/* A chain of @a count files behind the first. */
static const char *fault_of_chain(int count)
{
    map_file_t *files = apr_pcalloc(pool, (apr_size_t)(count + 2) * sizeof(*files));
    int i;

    for (i = 0; i <= count; i++) {
        files[i].path = apr_psprintf(pool, "/m/%d", i);
        files[i].text = i < count ? apr_psprintf(pool, "include %d", i + 1) : "always then deny";
    }
    return fault_of_files(files);
}

START_TEST(bounds_depth)
{
    ck_assert_str_eq(fault_of_chain(MTLS_MAP_MAX_INCLUDES), "");
    ck_assert_str_eq(fault_of_chain(MTLS_MAP_MAX_INCLUDES + 1),
                     "/m/8:1:9: files include each other over 8 levels");
}
END_TEST

START_TEST(takes_an_empty_file_that_says_so)
{
    ck_assert_str_eq(fault_of("# nobody yet\nno rules\n"), "");
    ck_assert_str_eq(fault_of("no\n rules"), "");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("map_faults");

    tcase_add_loop_test(tcase, says_what_and_where, 0, COUNT_OF(broken));
    tcase_add_loop_test(tcase, points_at_the_word, 0, COUNT_OF(pointing));
    tcase_add_test(tcase, bounds_results);
    tcase_add_test(tcase, bounds_conditions);
    tcase_add_test(tcase, says_at_most_fifty);
    tcase_add_loop_test(tcase, refuses_rules_that_say_the_same, 0, COUNT_OF(equals));
    tcase_add_loop_test(tcase, takes_rules_that_differ, 0, COUNT_OF(differing));
    tcase_add_test(tcase, reads_included_files);
    tcase_add_test(tcase, names_the_included_file);
    tcase_add_test(tcase, refuses_circles);
    tcase_add_test(tcase, bounds_depth);
    tcase_add_test(tcase, takes_an_empty_file_that_says_so);
    return run_case("map_faults", tcase);
}
