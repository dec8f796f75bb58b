/*
 * t/unit/test_visit.c - what browsers and programs really send, and what they could.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "mtls/policy/visit.h"
#include "policy_run.h"

#define OWN         "https://www.example.org"
#define NEAR        "https://cert.example.org"
#define FAR         "https://elsewhere.example"
#define PAGE_ACCEPT "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
#define FETCH(mode, dest, site)                                                                    \
    .sec_fetch_mode = (mode), .sec_fetch_dest = (dest), .sec_fetch_site = (site)

static const struct {
    const char *what;
    mtls_visit_facts_t facts;
    mtls_visit_t kind;
} visits[] = {
    /* browsers, top level */
    {"address bar",
     {.method = "GET", FETCH("navigate", "document", "none"), .accept = PAGE_ACCEPT},
     MTLS_VISIT_PAGE},
    {"fetched before anybody asks for it",
     {.method = "GET",
      FETCH("navigate", "document", "same-origin"),
      .sec_purpose = "prefetch;prerender"},
     MTLS_VISIT_OTHER},
    {"link from elsewhere",
     {.method = "GET",
      FETCH("navigate", "document", "cross-site"),
      .accept = PAGE_ACCEPT,
      .referer = FAR "/"},
     MTLS_VISIT_PAGE},
    {"link from a neighbour",
     {.method = "GET", FETCH("navigate", "document", "same-site")},
     MTLS_VISIT_PAGE},
    {"link from ourselves",
     {.method = "GET", FETCH("navigate", "document", "same-origin")},
     MTLS_VISIT_PAGE},
    {"S-34 HEAD is as GET",
     {.method = "HEAD", FETCH("navigate", "document", "none")},
     MTLS_VISIT_PAGE},
    {"a navigation that likes JSON",
     {.method = "GET", FETCH("navigate", "document", "none"), .accept = "application/json"},
     MTLS_VISIT_PAGE},
    {"an app's web view",
     {.method = "GET",
      FETCH("navigate", "document", "none"),
      .accept = PAGE_ACCEPT,
      .requested_with = "org.example.app"},
     MTLS_VISIT_PAGE},
    {"a GET form with an origin",
     {.method = "GET", FETCH("navigate", "document", "same-origin"), .origin = OWN},
     MTLS_VISIT_PAGE},
    /* forms */
    {"form of ours",
     {.method = "POST", FETCH("navigate", "document", "same-origin"), .origin = OWN},
     MTLS_VISIT_FORM},
    {"form of a page without Referer",
     {.method = "POST", FETCH("navigate", "document", "same-origin"), .origin = "null"},
     MTLS_VISIT_FORM},
    {"form from elsewhere",
     {.method = "POST", FETCH("navigate", "document", "cross-site"), .origin = FAR},
     MTLS_VISIT_OTHER},
    {"form from a neighbour",
     {.method = "POST", FETCH("navigate", "document", "same-site"), .origin = NEAR},
     MTLS_VISIT_OTHER},
    {"form that contradicts itself",
     {.method = "POST", FETCH("navigate", "document", "same-origin"), .origin = FAR},
     MTLS_VISIT_OTHER},
    {"form into a frame",
     {.method = "POST", FETCH("navigate", "iframe", "same-origin"), .origin = OWN},
     MTLS_VISIT_OTHER},
    {"form of a browser of yesterday",
     {.method = "POST", .origin = OWN, .accept = PAGE_ACCEPT},
     MTLS_VISIT_OTHER},
    {"other method by navigation",
     {.method = "PUT", FETCH("navigate", "document", "same-origin")},
     MTLS_VISIT_OTHER},
    /* S-33 */
    {"iframe", {.method = "GET", FETCH("navigate", "iframe", "cross-site")}, MTLS_VISIT_OTHER},
    {"frame", {.method = "GET", FETCH("navigate", "frame", "same-origin")}, MTLS_VISIT_OTHER},
    {"embed", {.method = "GET", FETCH("navigate", "embed", "same-origin")}, MTLS_VISIT_OTHER},
    {"object", {.method = "GET", FETCH("navigate", "object", "same-origin")}, MTLS_VISIT_OTHER},
    {"fenced frame",
     {.method = "GET", FETCH("navigate", "fencedframe", "cross-site")},
     MTLS_VISIT_OTHER},
    {"where it shows is not said",
     {.method = "GET", FETCH("navigate", NULL, "none")},
     MTLS_VISIT_OTHER},
    {"iframe that likes JSON",
     {.method = "GET", FETCH("navigate", "iframe", "none"), .accept = "application/json"},
     MTLS_VISIT_OTHER},
    /* S-15: scripts */
    {"fetch, same origin",
     {.method = "GET", FETCH("cors", "empty", "same-origin"), .accept = "*/*"},
     MTLS_VISIT_SCRIPT},
    {"fetch with mode same-origin",
     {.method = "GET", FETCH("same-origin", "empty", "same-origin")},
     MTLS_VISIT_SCRIPT},
    {"fetch, cross-site",
     {.method = "GET", FETCH("cors", "empty", "cross-site"), .origin = FAR},
     MTLS_VISIT_SCRIPT},
    {"fetch POST",
     {.method = "POST", FETCH("cors", "empty", "same-origin"), .origin = OWN},
     MTLS_VISIT_SCRIPT},
    {"fetch DELETE",
     {.method = "DELETE", FETCH("cors", "empty", "same-origin"), .origin = OWN},
     MTLS_VISIT_SCRIPT},
    {"XMLHttpRequest",
     {.method = "GET",
      FETCH("cors", "empty", "same-origin"),
      .accept = "*/*",
      .requested_with = "XMLHttpRequest"},
     MTLS_VISIT_SCRIPT},
    {"EventSource",
     {.method = "GET", FETCH("cors", "empty", "same-origin"), .accept = "text/event-stream"},
     MTLS_VISIT_SCRIPT},
    {"fetch without cors, or a beacon",
     {.method = "POST", FETCH("no-cors", "empty", "same-origin"), .origin = OWN},
     MTLS_VISIT_OTHER},
    {"fetch without cors that likes JSON",
     {.method = "GET", FETCH("no-cors", "empty", "same-origin"), .accept = "application/json"},
     MTLS_VISIT_OTHER},
    /* parts of pages */
    {"image", {.method = "GET", FETCH("no-cors", "image", "same-origin")}, MTLS_VISIT_OTHER},
    {"image with crossorigin",
     {.method = "GET", FETCH("cors", "image", "cross-site"), .origin = FAR},
     MTLS_VISIT_OTHER},
    {"script", {.method = "GET", FETCH("no-cors", "script", "same-origin")}, MTLS_VISIT_OTHER},
    {"module", {.method = "GET", FETCH("cors", "script", "same-origin")}, MTLS_VISIT_OTHER},
    {"style", {.method = "GET", FETCH("no-cors", "style", "same-origin")}, MTLS_VISIT_OTHER},
    {"font", {.method = "GET", FETCH("cors", "font", "same-origin")}, MTLS_VISIT_OTHER},
    {"manifest", {.method = "GET", FETCH("cors", "manifest", "same-origin")}, MTLS_VISIT_OTHER},
    {"worker", {.method = "GET", FETCH("same-origin", "worker", "same-origin")}, MTLS_VISIT_OTHER},
    {"service worker's script",
     {.method = "GET", FETCH("same-origin", "serviceworker", "same-origin")},
     MTLS_VISIT_OTHER},
    {"what a service worker hands on",
     {.method = "GET", FETCH("navigate", "document", "cross-site")},
     MTLS_VISIT_PAGE},
    {"prefetch", {.method = "GET", FETCH("no-cors", "empty", "same-origin")}, MTLS_VISIT_OTHER},
    {"prerender", {.method = "GET", FETCH("navigate", "document", "same-origin")}, MTLS_VISIT_PAGE},
    /* upgrades */
    {"web socket",
     {.method = "GET",
      FETCH("websocket", "empty", "same-origin"),
      .origin = OWN,
      .upgrade = "websocket"},
     MTLS_VISIT_OTHER},
    {"web socket, Chromium",
     {.method = "GET", .origin = OWN, .upgrade = "websocket"},
     MTLS_VISIT_OTHER},
    {"web socket on HTTP/2",
     {.method = "CONNECT",
      FETCH("websocket", "empty", "same-origin"),
      .origin = OWN,
      .protocol = "websocket"},
     MTLS_VISIT_OTHER},
    {"web socket on HTTP/2, handed on as GET",
     {.method = "GET", .protocol = "websocket"},
     MTLS_VISIT_OTHER},
    {"a navigation that upgrades",
     {.method = "GET", FETCH("navigate", "document", "none"), .upgrade = "websocket"},
     MTLS_VISIT_OTHER},
    {"a program that upgrades",
     {.method = "GET", .accept = "application/json", .upgrade = "h2c"},
     MTLS_VISIT_OTHER},
    {"an empty field is no upgrade", {.method = "GET", .upgrade = ""}, MTLS_VISIT_PROGRAM},
    {"CONNECT", {.method = "CONNECT", .accept = "application/json"}, MTLS_VISIT_OTHER},
    /* preflights */
    {"preflight",
     {.method = "OPTIONS",
      FETCH("cors", "empty", "cross-site"),
      .origin = FAR,
      .accept = "*/*",
      .preflight_for = "PUT"},
     MTLS_VISIT_PREFLIGHT},
    {"preflight of a browser of yesterday",
     {.method = "OPTIONS", .origin = FAR, .preflight_for = "GET"},
     MTLS_VISIT_PREFLIGHT},
    {"OPTIONS by a program", {.method = "OPTIONS"}, MTLS_VISIT_OTHER},
    {"OPTIONS without Origin", {.method = "OPTIONS", .preflight_for = "PUT"}, MTLS_VISIT_OTHER},
    {"OPTIONS for nothing", {.method = "OPTIONS", .origin = FAR}, MTLS_VISIT_OTHER},
    {"OPTIONS for an empty method",
     {.method = "OPTIONS", .origin = FAR, .preflight_for = ""},
     MTLS_VISIT_OTHER},
    {"a preflight by navigation",
     {.method = "OPTIONS",
      FETCH("navigate", "document", "cross-site"),
      .origin = FAR,
      .preflight_for = "PUT"},
     MTLS_VISIT_OTHER},
    {"GET is no preflight",
     {.method = "GET", FETCH("cors", "empty", "cross-site"), .origin = FAR, .preflight_for = "PUT"},
     MTLS_VISIT_SCRIPT},
    /* programs */
    {"curl, wget, requests", {.method = "GET", .accept = "*/*"}, MTLS_VISIT_PROGRAM},
    {"Go, Java's HttpClient, Node's https", {.method = "GET"}, MTLS_VISIT_PROGRAM},
    {"Java's HttpsURLConnection",
     {.method = "GET", .accept = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"},
     MTLS_VISIT_PROGRAM},
    {"a browser of yesterday", {.method = "GET", .accept = PAGE_ACCEPT}, MTLS_VISIT_PROGRAM},
    {"curl -I", {.method = "HEAD", .accept = "*/*"}, MTLS_VISIT_PROGRAM},
    {"curl -d", {.method = "POST", .accept = "*/*"}, MTLS_VISIT_OTHER},
    {"curl -X DELETE", {.method = "DELETE", .accept = "*/*"}, MTLS_VISIT_OTHER},
    {"Node's fetch",
     {.method = "GET", .sec_fetch_mode = "cors", .accept = "*/*"},
     MTLS_VISIT_SCRIPT},
    {"a program that wants JSON",
     {.method = "GET", .accept = "application/json"},
     MTLS_VISIT_SCRIPT},
    {"a POST that wants JSON", {.method = "POST", .accept = "application/json"}, MTLS_VISIT_SCRIPT},
    {"a program that wants a problem",
     {.method = "GET", .accept = "application/problem+json"},
     MTLS_VISIT_SCRIPT},
    {"a library of yesterday",
     {.method = "GET", .accept = "*/*", .requested_with = "xmlhttprequest"},
     MTLS_VISIT_SCRIPT},
    {"an app of yesterday",
     {.method = "GET", .accept = PAGE_ACCEPT, .requested_with = "org.example"},
     MTLS_VISIT_PROGRAM},
    {"a read across origins, yesterday",
     {.method = "GET", .accept = "*/*", .origin = FAR},
     MTLS_VISIT_OTHER},
    /* methods are what they say, exactly (S-34) */
    {"small letters", {.method = "get"}, MTLS_VISIT_OTHER},
    {"small letters by navigation",
     {.method = "get", FETCH("navigate", "document", "none")},
     MTLS_VISIT_OTHER},
    /* malformed, unknown, repeated */
    {"repeated mode",
     {.method = "GET", FETCH("navigate, navigate", "document", "none")},
     MTLS_VISIT_OTHER},
    {"other letters", {.method = "GET", FETCH("Navigate", "document", "none")}, MTLS_VISIT_OTHER},
    {"parameter", {.method = "GET", FETCH("navigate;a", "document", "none")}, MTLS_VISIT_OTHER},
    {"empty mode", {.method = "GET", FETCH("", "document", "none")}, MTLS_VISIT_OTHER},
    {"unknown mode",
     {.method = "GET", FETCH("nested-navigate", "document", "none")},
     MTLS_VISIT_OTHER},
    {"no mode", {.method = "GET", FETCH(NULL, "document", "none")}, MTLS_VISIT_OTHER},
    {"only a site",
     {.method = "GET", FETCH(NULL, NULL, "none"), .accept = "application/json"},
     MTLS_VISIT_OTHER},
    {"repeated dest",
     {.method = "GET", FETCH("navigate", "document, document", "none")},
     MTLS_VISIT_OTHER},
    {"unknown dest of a script",
     {.method = "GET", FETCH("cors", "Empty", "none")},
     MTLS_VISIT_OTHER},
    {"unknown site",
     {.method = "GET", FETCH("navigate", "document", "somewhere")},
     MTLS_VISIT_OTHER},
    {"repeated site",
     {.method = "GET", FETCH("cors", "empty", "same-origin, same-origin")},
     MTLS_VISIT_OTHER},
};

START_TEST(S_15_S_33_S_34_every_visit_has_its_kind)
{
    ck_assert_msg(mtls_visit_kind(&visits[_i].facts, OWN) == visits[_i].kind, "%s: %d",
                  visits[_i].what, (int)mtls_visit_kind(&visits[_i].facts, OWN));
}
END_TEST

static const struct {
    const char *site, *origin, *referer;
    bool own;
} sources[] = {
    {NULL, NULL, NULL, false},
    {"same-origin", NULL, NULL, true},
    {"none", NULL, NULL, true},
    {"same-site", NULL, NULL, false},
    {"cross-site", NULL, NULL, false},
    {"", NULL, NULL, false},
    {"Same-Origin", NULL, NULL, false},
    {"same-origin, same-origin", NULL, NULL, false},
    {"same-origin", OWN, NULL, true},
    {"same-origin", FAR, NULL, false},
    {"same-origin", "null", NULL, true},
    {"same-origin", "", NULL, false},
    {"same-origin", OWN ", " OWN, NULL, false},
    {"none", FAR, NULL, false},
    {"none", OWN, NULL, true},
    {"same-site", OWN, OWN "/", false},
    {"cross-site", OWN, OWN "/", false},
    {"cross-site", "null", OWN "/", false},
    {"same-origin", NULL, FAR "/", true}, /* Referer is asked last */
    {NULL, OWN, NULL, true},
    {NULL, OWN, FAR "/", true},
    {NULL, FAR, OWN "/", false},
    {NULL, "null", OWN "/", false},
    {NULL, "", OWN "/", false},
    {NULL, OWN "/", NULL, false},
    {NULL, OWN ":443", NULL, false},
    {NULL, OWN ":8443", NULL, false},
    {NULL, "http://www.example.org", NULL, false},
    {NULL, "https://WWW.example.org", NULL, false},
    {NULL, "https://www.example.org.", NULL, false},
    {NULL, "https://www.example.or", NULL, false},
    {NULL, "www.example.org", NULL, false},
    {NULL, OWN " " OWN, NULL, false},
    {NULL, OWN ", " FAR, NULL, false},
    {NULL, NULL, OWN, true},
    {NULL, NULL, OWN "/", true},
    {NULL, NULL, OWN "/staff?x#y", true},
    {NULL, NULL, OWN "?x", true},
    {NULL, NULL, OWN "#x", true},
    {NULL, NULL, OWN ":8443/", false},
    {NULL, NULL, OWN ".evil/", false},
    {NULL, NULL, OWN "@evil/", false},
    {NULL, NULL, OWN "\\@evil/", false},
    {NULL, NULL, "http://www.example.org/", false},
    {NULL, NULL, FAR "/?" OWN "/", false},
    {NULL, NULL, "/staff", false},
    {NULL, NULL, "", false},
};

START_TEST(S_14_every_source_is_shown_or_not)
{
    const mtls_visit_facts_t facts = {.method = "POST",
                                      .sec_fetch_site = sources[_i].site,
                                      .origin = sources[_i].origin,
                                      .referer = sources[_i].referer};

    ck_assert_int_eq(mtls_visit_is_own(&facts, OWN), sources[_i].own);
}
END_TEST

START_TEST(S_14_nobody_is_of_no_origin)
{
    const mtls_visit_facts_t from_empty = {.method = "POST", .origin = "", .referer = "/x"};
    const mtls_visit_facts_t from_here = {.method = "POST", .sec_fetch_site = "same-origin"};

    ck_assert(!mtls_visit_is_own(&from_empty, ""));
    ck_assert(!mtls_visit_is_own(&from_here, ""));
    ck_assert(!mtls_visit_is_own(&from_here, NULL));
}
END_TEST

START_TEST(a_port_is_part_of_an_origin)
{
    const mtls_visit_facts_t with = {.method = "POST", .origin = OWN ":8443"};
    const mtls_visit_facts_t without = {.method = "POST", .origin = OWN};
    const mtls_visit_facts_t referred = {.method = "POST", .referer = OWN ":8443/x"};

    ck_assert(mtls_visit_is_own(&with, OWN ":8443"));
    ck_assert(mtls_visit_is_own(&referred, OWN ":8443"));
    ck_assert(!mtls_visit_is_own(&without, OWN ":8443"));
    ck_assert(!mtls_visit_is_own(&referred, OWN ":844"));
}
END_TEST

static const struct {
    const char *method, *upgrade, *protocol;
    bool safe;
} methods[] = {
    {"GET", NULL, NULL, true},         {"HEAD", NULL, NULL, true},
    {"OPTIONS", NULL, NULL, true},     {"TRACE", NULL, NULL, true},
    {"POST", NULL, NULL, false},       {"PUT", NULL, NULL, false},
    {"DELETE", NULL, NULL, false},     {"PATCH", NULL, NULL, false},
    {"PROPFIND", NULL, NULL, false},   {"CONNECT", NULL, NULL, false},
    {"", NULL, NULL, false},           {"get", NULL, NULL, false},
    {"GETX", NULL, NULL, false},       {"GET", "websocket", NULL, false},
    {"GET", NULL, "websocket", false}, {"GET", "", NULL, true},
    {"OPTIONS", "x", NULL, false},
};

START_TEST(S_14_S_34_safe_methods)
{
    const mtls_visit_facts_t facts = {.method = methods[_i].method,
                                      .upgrade = methods[_i].upgrade,
                                      .protocol = methods[_i].protocol};

    ck_assert_int_eq(mtls_visit_is_safe(&facts), methods[_i].safe);
}
END_TEST

START_TEST(S_33_frames_are_known)
{
    static const struct {
        const char *dest;
        bool unseen;
    } dests[] = {{NULL, false},         {"document", false}, {"empty", false}, {"iframe", true},
                 {"frame", true},       {"embed", true},     {"object", true}, {"image", false},
                 {"fencedframe", true}, {"Iframe2", false},  {"", false}};
    int i;

    for (i = 0; i < COUNT_OF(dests); i++) {
        const mtls_visit_facts_t facts = {.method = "GET", .sec_fetch_dest = dests[i].dest};

        ck_assert_int_eq(mtls_visit_is_unseen(&facts), dests[i].unseen);
    }
}
END_TEST

START_TEST(S_33_what_is_fetched_ahead_is_not_seen)
{
    static const mtls_visit_facts_t ahead = {.method = "GET",
                                             .sec_fetch_mode = "navigate",
                                             .sec_fetch_dest = "document",
                                             .sec_purpose = "prefetch;prerender"};

    ck_assert(mtls_visit_is_unseen(&ahead));
}
END_TEST

START_TEST(S_15_what_only_a_script_reads)
{
    static const struct {
        mtls_visit_facts_t facts;
        bool of_script;
    } asked[] = {{{.method = "GET"}, false},
                 {{.method = "POST", .sec_fetch_mode = "navigate"}, false},
                 {{.method = "GET", .sec_fetch_mode = "navigate", .upgrade = "websocket"}, false},
                 {{.method = "GET", .sec_fetch_mode = "cors"}, true},
                 {{.method = "GET", .sec_fetch_mode = "no-cors"}, true},
                 {{.method = "GET", .sec_fetch_mode = "websocket"}, true},
                 {{.method = "OPTIONS", .sec_fetch_mode = "cors"}, true},
                 {{.method = "GET", .requested_with = "XMLHttpRequest"}, true},
                 {{.method = "GET", .requested_with = "org.example"}, false},
                 {{.method = "GET", .upgrade = "websocket"}, true}};
    int i;

    for (i = 0; i < COUNT_OF(asked); i++) {
        ck_assert_int_eq(mtls_visit_is_of_script(&asked[i].facts), asked[i].of_script);
    }
}
END_TEST

START_TEST(S_33_what_pages_fetch_is_not_seen)
{
    static const struct {
        const char *mode;
        bool unseen;
    } modes[] = {{NULL, false}, {"navigate", false},   {"no-cors", true},   {"cors", true},
                 {"", true},    {"same-origin", true}, {"websocket", true}, {"Navigate", true}};
    int i;

    for (i = 0; i < COUNT_OF(modes); i++) {
        const mtls_visit_facts_t facts = {.method = "GET", .sec_fetch_mode = modes[i].mode};

        ck_assert_int_eq(mtls_visit_is_unseen(&facts), modes[i].unseen);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("visit");

    tcase_add_loop_test(tcase, S_15_S_33_S_34_every_visit_has_its_kind, 0, COUNT_OF(visits));
    tcase_add_loop_test(tcase, S_14_every_source_is_shown_or_not, 0, COUNT_OF(sources));
    tcase_add_test(tcase, S_14_nobody_is_of_no_origin);
    tcase_add_test(tcase, a_port_is_part_of_an_origin);
    tcase_add_loop_test(tcase, S_14_S_34_safe_methods, 0, COUNT_OF(methods));
    tcase_add_test(tcase, S_33_frames_are_known);
    tcase_add_test(tcase, S_33_what_pages_fetch_is_not_seen);
    tcase_add_test(tcase, S_33_what_is_fetched_ahead_is_not_seen);
    tcase_add_test(tcase, S_15_what_only_a_script_reads);
    return run_case("visit", tcase);
}
