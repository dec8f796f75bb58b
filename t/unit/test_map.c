/*
 * What rules say of certificates: F-41 (index and trying all agree), T-N01, T-N04, T-N10, and
 * CVE-2025-1097 (a map is data, nothing in it is expanded).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "map_fixture.h"

#include "mtls/policy/condition.h"
#include "mtls/policy/reason.h"

static const person_t alice = {
    .cn = {"Alice"}, .ou = {"ops", "staff"}, .email = {"alice@example.org"}, .serial = 0x1f};

/* The answer in one line: "good alice [ops staff] dept=R&D 3", "denied-by-rule (text) 1". */
static const char *answer_of(const mtls_map_t *map, const person_t *person, mtls_trace_t *trace)
{
    mtls_principal_t who;
    const char *line;
    int i;

    memset(&who, 0xff, sizeof(who));
    mtls_map_ask(&who, map, make_holder(person), trace, pool);
    line = mtls_reason_info(who.reason)->word;
    if (who.user != NULL)
        line = apr_pstrcat(pool, line, " ", who.user, NULL);
    for (i = 0; i < who.group_count; i++)
        line = apr_pstrcat(pool, line, i == 0 ? " [" : " ", who.groups[i],
                           i == who.group_count - 1 ? "]" : "", NULL);
    for (i = 0; i < who.attribute_count; i++)
        line = apr_pstrcat(pool, line, " ", who.attributes[i].name, "=", who.attributes[i].value,
                           NULL);
    if (who.message != NULL)
        line = apr_pstrcat(pool, line, " (", who.message, ")", NULL);
    ck_assert_int_eq(who.rule.line != 0, who.source != NULL);
    ck_assert_int_eq(who.reason == MTLS_REASON_NO_RULE, who.source == NULL);
    return who.source == NULL ? line : apr_psprintf(pool, "%s %d", line, who.rule.line);
}

static const struct {
    const char *map, *answer;
} of_alice[] = {
    {"no rules", "no-rule"},
    {"when cn is Bob then user bob", "no-rule"},
    {"when cn is Alice then user alice", "good alice 1"},
    {"when cn is Bob or Alice then user alice", "good alice 1"},
    {"always then user \"{cn}\"", "good Alice 1"},
    {"when cn is Alice then groups a, b, a set dept \"R&D\"", "good [a b] dept=R&D 1"},
    {"when cn is Alice then user a groups \"{each ou}\", x, staff set mail \"{email}\"",
     "good a [ops staff x] mail=alice@example.org 1"},
    {"when cn is Alice then set one 1 set two 2", "good one=1 two=2 1"},
    {"when cn is Alice then deny", "denied-by-rule 1"},
    {"when cn is Alice then deny \"It was \"\"lost\"\".\"", "denied-by-rule (It was \"lost\".) 1"},
    /* conditions are joined by "and" */
    {"when cn is Alice and ou is dev then user a\nwhen ou is ops and cn is Alice then user b",
     "good b 2"},
    {"when serial is 31 and issuer is \"CN=CA\" then user a", "good a 1"},
    {"when serial is 0x1F and issuer is \"CN=Other\" then user a", "no-rule"},
    {"when profile is staff then user a", "good a 1"},
    {"when profile is partner then user a", "no-rule"},
    {"when cn is alice any-case then user a", "good a 1"},
    {"when only ou is ops then user a\nwhen every ou is ops or staff then user b", "good b 2"},
    {"when not cn is Bob then user a", "good a 1"},
    {"when email like \"*@example.org\" then user \"{$1}\"", "good alice 1"},
    {"when email matches \"(?<who>[a-z]+)@example\\.org\" then user \"x-{$who}\"",
     "good x-alice 1"},
    {"when uid present then user a\nwhen cn present then user b", "good b 2"},
    /* order: by priority, then as written; a deny comes first wherever it stands */
    {"when cn is Alice then user a\nwhen ou is ops then user b", "good a 1"},
    {"always then user a\nwhen cn is Alice then user b", "good a 1"},
    {"when cn is Alice then user a\npriority 49 when ou is ops then user b", "good b 2"},
    {"when cn is Alice then user a\npriority 49 when cn is Alice then user b", "good b 2"},
    {"when cn is Alice then user a\nwhen ou is staff then deny", "denied-by-rule 2"},
    {"when cn is Alice then user a\nwhen cn is Alice then deny", "denied-by-rule 2"},
    {"priority 9 when cn is Alice then user a\nwhen ou is staff then deny", "good a 1"},
    {"when cn is Alice then user a\npriority 51 when ou is staff then deny", "good a 1"},
    {"always then user a\nwhen ou like sta* then deny", "denied-by-rule 2"},
    /* a rule that applies decides, even when what it gives cannot be made */
    {"when cn is Alice then user \"{ou}\"\nalways then user b", "user-ambiguous 1"},
    {"when cn is Alice then user \"{uid}\"\nalways then user b", "user-absent 1"},
    {"when cn is Alice then user a groups \"{uid}\"\nalways then user b", "user-absent 1"},
    {"when cn is Alice then user a groups \"{each uid}\"", "good a 1"},
    {"when cn is Alice then user a set x \"{ou}\"\nalways then user b", "user-ambiguous 1"},
    /* data is data */
    {"when cn is Alice then user \"%{ENV:PATH}$(id)`id`\\1${x%}\"", NULL},
    {"always then user \"$1\\1%u include \"\"/etc/passwd\"\" # x\"",
     "good $1\\1%u include \"/etc/passwd\" # x 1"},
    {"always then deny \"{cn} {$1} %s\"", "denied-by-rule ({cn} {$1} %s) 1"},
    {"when cn is \"{cn}\" or \".*\" or \"*\" then user a", "no-rule"},
    {"when cn like \".*\" or \"[A-Z]lice\" then user a", "no-rule"},
    {"always then user \"{{cn}}\"", "good {cn} 1"},
};

START_TEST(gives_what_the_rules_say)
{
    const char *expected = of_alice[_i].answer;

    if (expected == NULL) {
        map_file_t files[] = {{"/m", of_alice[_i].map, 0}, {NULL, NULL, 0}};

        ck_assert_ptr_null(load_files(files, mtls_faults_make(pool)));
        return;
    }
    ck_assert_str_eq(answer_of(load_good(of_alice[_i].map), &alice, NULL), expected);
}
END_TEST

START_TEST(makes_groups_that_are_groups)
{
    const mtls_map_t *map = load_good("always then user a groups x, \"{each ou}\"\n");
    person_t person = {.ou = {"a", "x", "a"}};

    ck_assert_str_eq(answer_of(map, &person, NULL), "good a [x a] 1");
    person.ou[1] = "b,c";
    ck_assert_str_eq(answer_of(map, &person, NULL), "user-unusable 1");
}
END_TEST

/* T-N10: what is kept once for many rules is not mixed up. */
START_TEST(keeps_results_apart)
{
    const mtls_map_t *map = load_good("when cn is 1 then groups a, bc\n"
                                      "when cn is 2 then groups ab, c\n"
                                      "when cn is 3 then groups a set bc d\n"
                                      "when cn is 4 then set a bcd\n"
                                      "when cn is 5 then groups a, bc set d e\n"
                                      "when cn is 6 then user \"{cn}\" groups a, bc\n"
                                      "when cn like \"7*\" then user \"{$1}\" groups \"{$1}\"\n"
                                      "when cn like \"*8\" then user \"{$1}\" groups \"{$1}\"\n");
    static const char *const answers[] = {"good [a bc] 1", "good [ab c] 2",     "good [a] bc=d 3",
                                          "good a=bcd 4",  "good [a bc] d=e 5", "good 6 [a bc] 6"};
    person_t person = {0};
    int i;

    for (i = 0; i < COUNT_OF(answers); i++) {
        person.cn[0] = apr_psprintf(pool, "%d", i + 1);
        ck_assert_str_eq(answer_of(map, &person, NULL), answers[i]);
    }
    person.cn[0] = "7a";
    ck_assert_str_eq(answer_of(map, &person, NULL), "good a [a] 7");
    person.cn[0] = "b8";
    ck_assert_str_eq(answer_of(map, &person, NULL), "good b [b] 8");
}
END_TEST

/* T-N04: names in order; T-N10: values are not run together. */
START_TEST(compares_names_as_they_are)
{
    const mtls_map_t *map = load_good("when subject is \"CN=c,OU=b,OU=a\" then user right\n"
                                      "when ou is ab and cn is c then user wrong\n"
                                      "when subject is \"OU=a+OU=b,CN=c\" then user wrong\n");
    person_t person = {.cn = {"c"}, .ou = {"a", "b"}};

    ck_assert_str_eq(answer_of(map, &person, NULL), "good right 1");
    person.ou[0] = "b";
    person.ou[1] = "a";
    ck_assert_str_eq(answer_of(map, &person, NULL), "no-rule");
    person.ou[0] = "a";
    person.ou[1] = "bc";
    person.cn[0] = NULL;
    ck_assert_str_eq(answer_of(map, &person, NULL), "no-rule");
}
END_TEST

/* T-N01: a value that cannot be read grants nothing and excuses nothing. */
START_TEST(doubts_against_the_holder)
{
    static const person_t broken = {.cn = {"Alice"}, .bad_cn = true, .bad_sans = true};
    static const struct {
        const char *map, *answer;
    } cases[] = {
        {"when email is a@b.example then user a", "no-rule"},
        {"when not email is a@b.example then user a", "no-rule"},
        {"when email is a@b.example then deny\nalways then user a", "denied-by-rule 1"},
        {"when email like \"*@b.example\" then deny\nalways then user a", "denied-by-rule 1"},
        {"when not email is a@b.example then deny\nalways then user a", "denied-by-rule 1"},
        {"when cn is Alice then user a", "good a 1"},
        {"when only cn is Alice then user a", "no-rule"},
        {"when cn is Bob then user a", "no-rule"},
        {"when cn is Bob then deny\nalways then user a", "denied-by-rule 1"},
        /* another condition says no, in either place */
        {"when email is a@b.example and ou is x then deny\nalways then user a", "good a 2"},
        {"when ou is x and email is a@b.example then deny\nalways then user a", "good a 2"},
        {"when email is a@b.example and profile is staff then deny", "denied-by-rule 1"},
        {"when email is a@b.example and cn is Bob then deny", "denied-by-rule 1"},
        /* the first that says the same otherwise, and those that do not */
        {"when email is a@b.example and ou is x then deny 1\n"
         "when email is b@b.example and ou is x then deny 2\n"
         "when email is c@b.example and profile is staff then deny 3\n"
         "when email is d@b.example and profile is staff then deny 4\n"
         "priority 9 when email is e@b.example and profile is staff then deny 5\n",
         "denied-by-rule (5) 5"},
        {"when email is a@b.example and ou is x then deny 1\n"
         "when email is c@b.example and profile is staff then deny 3\n"
         "when email is d@b.example and profile is staff then deny 4\n"
         "when cn is Alice then deny 5\n",
         "denied-by-rule (3) 2"},
        {"when cn is Alice then user a groups \"{each email}\"", "user-unusable 1"},
    };
    int i;

    for (i = 0; i < COUNT_OF(cases); i++)
        ck_assert_str_eq(answer_of(load_good(cases[i].map), &broken, NULL), cases[i].answer);
}
END_TEST

/* ---- the index and trying all agree: F-41 ---- */

enum { MAPS = 400, HOLDERS = 25, MAX_RULES = 40, MAX_CONDITIONS = 3 };

/* Not of libc: the same on every machine. */
static unsigned dice(unsigned sides)
{
    static uint64_t state = 41;

    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % sides;
}

typedef struct {
    const mtls_condition_t *conditions[MAX_CONDITIONS];
    int count;
    int priority;
    bool deny;
} naive_t;

static const char *roll_value(const char *field)
{
    static const char *const serials[] = {"1", "2", "0x3"};
    static const char *const issuers[] = {"CN=CA", "CN=CB"};
    static const char *const emails[] = {"a@x.example", "b@x.example", "c@Y.example"};
    static const char *const words[] = {"a", "b", "c", "d"};

    if (strcmp(field, "serial") == 0)
        return serials[dice(3)];
    if (strcmp(field, "issuer") == 0)
        return issuers[dice(2)];
    if (strcmp(field, "email") == 0)
        return emails[dice(3)];
    return words[dice(4)];
}

/* One condition as text and compiled. */
static const char *roll_condition(naive_t *rule, const char *field)
{
    apr_array_header_t *operands = apr_array_make(pool, 2, sizeof(const char *));
    mtls_condition_spec_t spec = {.field = field, .operands = operands};
    bool plain = strcmp(field, "serial") == 0 || strcmp(field, "issuer") == 0;
    const char *text;
    int operand;

    if (!plain && dice(4) == 0) {
        spec.negate = dice(2) == 0;
        spec.quantify = (mtls_quantify_t)dice(3);
        spec.compare = dice(3) == 0 ? MTLS_COMPARE_PRESENT : MTLS_COMPARE_IS;
    }
    while (spec.compare != MTLS_COMPARE_PRESENT && (operands->nelts == 0 || dice(4) == 0))
        APR_ARRAY_PUSH(operands, const char *) = roll_value(field);
    text = mtls_condition_compile(&rule->conditions[rule->count], &spec, &operand, pool);
    ck_assert_msg(text == NULL, "%s", text);
    return mtls_condition_write(rule->conditions[rule->count++], pool);
}

static const char *roll_rule(naive_t *rule, int number)
{
    static const char *const fields[] = {"cn", "ou", "email", "serial", "profile", "cn"};
    int wanted = (int)dice(MAX_CONDITIONS + 1), i;
    const char *text = "";

    for (i = 0; i < wanted && rule->count < MAX_CONDITIONS; i++) {
        const char *field = fields[dice(COUNT_OF(fields))];
        bool serial = strcmp(field, "serial") == 0;
        const char *before = rule->count == 0 ? "when " : " and ";

        if (serial && rule->count + 2 > MAX_CONDITIONS)
            break;
        text = apr_pstrcat(pool, text, before, roll_condition(rule, field), NULL);
        if (serial)
            text = apr_pstrcat(pool, text, " and ", roll_condition(rule, "issuer"), NULL);
    }
    rule->deny = dice(3) == 0;
    rule->priority = dice(4) == 0 ? 1 + (int)dice(60) : 0;
    return apr_psprintf(
        pool, "%s%s then %s%d\n",
        rule->priority != 0 ? apr_psprintf(pool, "priority %d ", rule->priority) : "",
        rule->count == 0 ? "always" : text, rule->deny ? "deny " : "user u", number);
}

/* A map without the rules that say the same as one before them: those are faults. */
static const mtls_map_t *roll_map(naive_t *rules, int *count)
{
    int wanted = 1 + (int)dice(MAX_RULES);
    const char *text = "";
    const mtls_map_t *map = NULL;

    *count = 0;
    while (*count < wanted) {
        naive_t rule = {.count = 0};
        const char *more = apr_pstrcat(pool, text, roll_rule(&rule, *count + 1), NULL);
        map_file_t files[] = {{"/m", more, 0}, {NULL, NULL, 0}};
        mtls_faults_t *faults = mtls_faults_make(pool);
        const mtls_map_t *longer = load_files(files, faults);

        if (longer == NULL) {
            const char *said = faults_of(faults);

            ck_assert_msg(strstr(said, "the same conditions") || strstr(said, "stands twice"),
                          "%s\n%s", more, said);
            wanted--;
            continue;
        }
        if (rule.priority == 0)
            rule.priority = rule.deny ? MTLS_MAP_PRIORITY_DENY : MTLS_MAP_PRIORITY;
        map = longer;
        text = more;
        rules[(*count)++] = rule;
    }
    return map;
}

static bool holds(const naive_t *rule, const mtls_holder_t *holder)
{
    int i;

    for (i = 0; i < rule->count; i++) {
        mtls_match_t match = mtls_condition_match(rule->conditions[i], holder, NULL, pool);

        if (match == MTLS_MATCH_NO || (match == MTLS_MATCH_UNKNOWN && !rule->deny))
            return false;
    }
    return true;
}

/* @return line of the deciding rule, 0 when there is none: all are tried. */
static int ask_naively(const naive_t *rules, int count, const mtls_holder_t *holder)
{
    int best = -1, i;

    for (i = 0; i < count; i++) {
        if ((best < 0 || rules[i].priority < rules[best].priority) && holds(&rules[i], holder))
            best = i;
    }
    return best + 1;
}

static const mtls_holder_t *roll_holder(void)
{
    static const char *const values[] = {"a", "b", "c", "d", "e"};
    static const char *const emails[] = {"a@x.example", "b@X.example", "c@y.example", "no mailbox"};
    person_t person = {.issuer = dice(2) == 0 ? "CA" : "CB",
                       .serial = (unsigned char)(1 + dice(4)),
                       .bad_cn = dice(4) == 0,
                       .bad_sans = dice(4) == 0,
                       .profile = values[dice(5)]};
    unsigned i;

    for (i = dice(3); i > 0; i--)
        person.cn[i - 1] = values[dice(5)];
    for (i = dice(4); i > 0; i--)
        person.ou[i - 1] = values[dice(5)];
    for (i = dice(3); i > 0; i--)
        person.email[i - 1] = emails[dice(4)];
    return make_holder(&person);
}

START_TEST(finds_what_trying_all_finds)
{
    int decided = 0, denied = 0, i, j;

    for (i = 0; i < MAPS; i++) {
        naive_t rules[MAX_RULES];
        int count;
        const mtls_map_t *map = roll_map(rules, &count);

        for (j = 0; j < HOLDERS && map != NULL; j++) {
            const mtls_holder_t *holder = roll_holder();
            int line = ask_naively(rules, count, holder);
            mtls_principal_t who;

            mtls_map_ask(&who, map, holder, NULL, pool);
            ck_assert_int_eq(who.rule.line, line);
            decided += line != 0;
            denied += line != 0 && who.reason == MTLS_REASON_DENIED_BY_RULE;
        }
        pool_down();
        pool_up();
    }
    /* The dice reach all of it. */
    ck_assert_int_gt(decided, MAPS * HOLDERS / 4);
    ck_assert_int_lt(decided, MAPS * HOLDERS);
    ck_assert_int_gt(denied, MAPS * HOLDERS / 10);
}
END_TEST

/* ---- what else a map tells ---- */

START_TEST(what_was_loaded)
{
    const mtls_map_t *map = load_good("when cn is a then user a\n"
                                      "when profile is b or c and cn like a* then user b\n"
                                      "when profile is b then user b\n"
                                      "when not profile is d then deny\n"
                                      "always then user c\n");
    const mtls_map_counts_t *counts = mtls_map_counts(map);

    ck_assert_int_eq(counts->exact, 2);
    ck_assert_int_eq(counts->scanned, 3);
    ck_assert_int_eq(counts->files, 1);
    ck_assert_uint_gt(counts->bytes, 100);
}
END_TEST

static const char *trace_of(const char *text, const person_t *person)
{
    mtls_trace_t *trace = mtls_trace_make(pool);
    const char *all = "";
    int i;

    answer_of(load_good(text), person, trace);
    for (i = 0; i < trace->steps->nelts; i++) {
        const mtls_trace_step_t *step = &APR_ARRAY_IDX(trace->steps, i, mtls_trace_step_t);

        ck_assert_str_eq(step->at.file, "/etc/a.map");
        all = apr_psprintf(pool, "%s%d%s %s\n", all, step->at.line,
                           step->end == MTLS_TRACE_PASSED    ? " passed"
                           : step->end == MTLS_TRACE_UNKNOWN ? " unknown"
                                                             : " decided",
                           step->text);
    }
    return all;
}

START_TEST(tells_what_was_tried)
{
    person_t person = alice;
    static const char rules[] = "when email like \"*@example.com\" then user x\n"
                                "when cn is Bob or Carol then user x\n"
                                "when cn is Dave then user x\n"
                                "when cn is Alice and email is al@example.org then user x\n"
                                "when uid present and ou is x then user y\n"
                                "when ou is staff then user \"{cn}\" groups a, \"b\"\"c\" set d e\n"
                                "when cn is Alice then deny \"Gone.\"\n";

    ck_assert_str_eq(trace_of(rules, &person),
                     "0 passed 4 rules found by key had none of the certificate's values\n"
                     "7 decided denies: \"Gone.\"\n");
    person.cn[0] = "Eve";
    ck_assert_str_eq(trace_of(rules, &person),
                     "0 passed 5 rules found by key had none of the certificate's values\n"
                     "1 passed email like \"*@example.com\": the certificate has "
                     "\"alice@example.org\"\n"
                     "6 decided gives user \"Eve\" groups \"a\", \"b\"\"c\" set d \"e\"\n");
    person.cn[0] = "Bob\xe2\x80\xae\"";
    person.email[1] = "b@example.net";
    ck_assert_str_eq(trace_of("when uid present then user x\nwhen cn like a then user x\n"
                              "when email like a then user x\nalways then user \"{uid}\"",
                              &person),
                     "1 passed uid present: the certificate has no such value\n"
                     "2 passed cn like \"a\": the certificate has \"Bob\xef\xbf\xbd\"\"\"\n"
                     "3 passed email like \"a\": the certificate has \"alice@example.org\", "
                     "\"b@example.net\"\n"
                     "4 decided applies, but what it gives cannot be made: user-absent\n");
}
END_TEST

START_TEST(tells_what_was_unknown)
{
    static const person_t broken = {.cn = {"Alice"}, .bad_cn = true, .bad_sans = true};

    ck_assert_str_eq(trace_of("when email like \"a@*\" then user x\n"
                              "priority 60 when email is b@x and cn is Bob then deny\n",
                              &broken),
                     "1 unknown email like \"a@*\": the certificate has a value that cannot be "
                     "read\n"
                     "2 decided denies; cannot be decided, which is enough for a deny: cn is "
                     "\"Bob\": the certificate has \"Alice\" and a value that cannot be read\n");
    ck_assert_str_eq(trace_of("when email is b@x then deny \"No.\"\n", &broken),
                     "1 decided denies: \"No.\"; cannot be decided, which is enough for a deny: "
                     "email has a value that cannot be read\n");
}
END_TEST

static const struct {
    const char *text, *user, *groups, *message, *fault;
} results[] = {
    {"user alice groups ops, staff set dept \"R&D\"", "alice", "ops staff dept=R&D", NULL, NULL},
    {"groups \"a b\"", NULL, "a b", NULL, NULL},
    {"user \"{cn}\" groups {$1}", "{cn}", "{$1}", NULL, NULL},
    {"deny", NULL, "", NULL, NULL},
    {"deny \"The card was lost.\"", NULL, "", "The card was lost.", NULL},
    {"", NULL, NULL, NULL, "nothing in it"},
    {"  ", NULL, NULL, NULL, "nothing in it"},
    {"alice", NULL, NULL, NULL, "at 1: expected user, groups, set or deny, found 'alice'"},
    {"user alice\n groups a", NULL, NULL, NULL, "more than one line"},
    {"user #x", NULL, NULL, NULL, "at 6: '#' at the begin of a word; put the word in quotes"},
    {"user \"", NULL, NULL, NULL,
     "at 6: a quote that is not closed in its line; write \"\" for a quote inside"},
    {"user a deny", NULL, NULL, NULL, "at 8: deny stands alone: it excludes user, groups and set"},
    {"user \x7f", NULL, NULL, NULL, "at 6: a control character (0x7f)"},
    {"user \"\"", NULL, NULL, NULL, "at 6: an empty text"},
    {"when cn is x then user a", NULL, NULL, NULL,
     "at 1: expected user, groups, set or deny, found 'when'; a value that is a word of this "
     "language needs quotes"},
};

START_TEST(reads_stored_results)
{
    mtls_principal_t who = {.reason = MTLS_REASON_COUNT};
    const char *text = results[_i].text;
    /* Not NUL-terminated, as values of a DBM are. */
    mtls_bytes_t octets = {apr_pmemdup(pool, text, strlen(text) + (*text == '\0')), strlen(text)};
    const char *fault = mtls_map_parse_result(&who, octets, pool);
    const char *all = "";
    int i;

    if (results[_i].fault != NULL) {
        ck_assert_ptr_nonnull(fault);
        ck_assert_str_eq(fault, results[_i].fault);
        ck_assert_int_eq(who.reason, MTLS_REASON_COUNT);
        return;
    }
    ck_assert_msg(fault == NULL, "%s", fault);
    ck_assert_int_eq(who.reason,
                     strncmp(text, "deny", 4) == 0 ? MTLS_REASON_DENIED_BY_RULE : MTLS_REASON_GOOD);
    ck_assert_pstr_eq(who.user, results[_i].user);
    ck_assert_pstr_eq(who.message, results[_i].message);
    for (i = 0; i < who.group_count; i++)
        all = apr_pstrcat(pool, all, *all != '\0' ? " " : "", who.groups[i], NULL);
    for (i = 0; i < who.attribute_count; i++)
        all =
            apr_pstrcat(pool, all, " ", who.attributes[i].name, "=", who.attributes[i].value, NULL);
    ck_assert_str_eq(all, results[_i].groups);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("map");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, gives_what_the_rules_say, 0, COUNT_OF(of_alice));
    tcase_add_test(tcase, makes_groups_that_are_groups);
    tcase_add_test(tcase, keeps_results_apart);
    tcase_add_test(tcase, compares_names_as_they_are);
    tcase_add_test(tcase, doubts_against_the_holder);
    tcase_add_test(tcase, finds_what_trying_all_finds);
    tcase_add_test(tcase, what_was_loaded);
    tcase_add_test(tcase, tells_what_was_tried);
    tcase_add_test(tcase, tells_what_was_unknown);
    tcase_add_loop_test(tcase, reads_stored_results, 0, COUNT_OF(results));
    return run_case("map", tcase);
}
