/*
 * print_tables.c - the program's tables as text: for docs/, and for the lint tests that compare.
 *
 *   print_tables reasons | variables     a Markdown document
 *   print_tables directives              name, context, default, description; tabs between
 *   print_tables require                 one provider a line
 *   print_tables counters                rows of the manual's table, in their order
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "mtls/policy/directives.h"
#include "mtls/policy/reason.h"
#include "mtls/policy/require.h"
#include "mtls/policy/vars.h"

#define GENERATED "<!-- Printed by t/lint/print_tables.c; `make docs` writes it anew. -->\n\n"

static void print_reasons(void)
{
    puts("# Reasons\n\n" GENERATED
         "Every decision of mod_mtls has one reason: the same word in `MTLS_REASON`, in the log,\n"
         "on the page a person sees and in the `reason` member of the problem document a program\n"
         "gets. Only `good` admits. The status is that of a refusal; a place with\n"
         "`MTLSVerifyClient optional` does not refuse. Reasons marked *operator* are for the\n"
         "server's administrator and logged above `info`.\n\n"
         "| reason | status | whose | what happened | what to do |\n"
         "|---|---|---|---|---|");
    for (int i = 0; i < MTLS_REASON_COUNT; i++) {
        const mtls_reason_info_t *info = mtls_reason_info((mtls_reason_t)i);
        printf("| `%s` | %d | %s | %s | %s |\n", info->word, info->status,
               info->operator_fault ? "operator" : "client", info->title, info->advice);
    }
}

static const char *presence(mtls_var_class_t klass)
{
    switch (klass) {
    case MTLS_VAR_DECISION:
        return "wherever a certificate is asked for";
    case MTLS_VAR_IDENTITY:
        return "with an accepted certificate";
    case MTLS_VAR_PEM:
        return "with an accepted certificate and `MTLSExport cert` or `chain`";
    case MTLS_VAR_PEM_CHAIN:
        return "with an accepted certificate and `MTLSExport chain`";
    }
    return "";
}

static const char *suffix(mtls_var_form_t form)
{
    switch (form) {
    case MTLS_VAR_PLAIN:
        break;
    case MTLS_VAR_INDEXED:
        return "*n*";
    case MTLS_VAR_NAMED:
        return "*NAME*";
    }
    return "";
}

static void print_variables(void)
{
    puts("# Variables\n\n" GENERATED
         "Environment of CGI and other handlers as `MTLSExport` says; in expressions and with\n"
         "`%{MTLS_...}` wherever httpd looks variables up. *n* counts from 0.\n\n"
         "| variable | present | value |\n"
         "|---|---|---|");
    for (int i = 0; i < mtls_var_count; i++) {
        const mtls_var_t *var = &mtls_vars[i];
        printf("| `%s`%s | %s | %s |\n", var->name, suffix(var->form), presence(var->klass),
               var->help);
    }
}

static const char *context(unsigned where)
{
    if (where == MTLS_WHERE_PROFILE) {
        return "MTLSTrust section";
    }
    if (where == MTLS_WHERE_GLOBAL) {
        return "server config";
    }
    if (where == MTLS_WHERE_SERVER) {
        return "server config, virtual host";
    }
    if (where == (MTLS_WHERE_SERVER | MTLS_WHERE_LOCATION)) {
        return "server config, virtual host, directory";
    }
    return "a context print_tables.c does not know";
}

static void print_directive(const char *name, unsigned where, const char *dflt, const char *help)
{
    printf("%s\t%s\t", name, context(where));
    /* A default of "none" is the directive's absence, except where "none" is an argument. */
    if (strcmp(dflt, "none") == 0 && strcmp(name, "MTLSVerifyClient") != 0) {
        printf("none");
    } else if (strchr(dflt, ',') != NULL) {
        printf("%s", dflt); /* a sentence, not arguments */
    } else {
        printf("%s %s", name, dflt);
    }
    printf("\t%s\n", help);
}

static void print_directives(void)
{
#define MTLS_DIRECTIVE(id, name, where, min, max, dflt, help)                                      \
    print_directive(name, where, dflt, help);
#include "mtls/policy/directives.def"
#undef MTLS_DIRECTIVE
}

static void print_require(void)
{
    for (int i = 0; i < MTLS_REQUIRE_KINDS; i++) {
        puts(mtls_require_word((mtls_require_kind_t)i));
    }
}

static void print_counters(void)
{
#define MTLS_COUNTER(id, name, help) printf("| `%s` | %s |\n", name, help);
#include "mtls/trust/counters.def"
#undef MTLS_COUNTER
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } tables[] = {{"reasons", print_reasons},
                  {"variables", print_variables},
                  {"directives", print_directives},
                  {"require", print_require},
                  {"counters", print_counters}};
    for (size_t i = 0; argc == 2 && i < sizeof tables / sizeof tables[0]; i++) {
        if (strcmp(argv[1], tables[i].name) == 0) {
            tables[i].print();
            return ferror(stdout) || fflush(stdout) ? 1 : 0;
        }
    }
    fputs("usage: print_tables reasons|variables|directives|require|counters\n", stderr);
    return 2;
}
