/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/tool/options.h"

#include <apr_getopt.h>
#include <apr_strings.h>
#include <string.h>

#include "mtls/tool/time_read.h"

/* Above every character: none of them has a short form. */
enum {
    OPTION_CERT = 256,
    OPTION_CHAIN,
    OPTION_TRUST,
    OPTION_PROFILE,
    OPTION_MAP,
    OPTION_USER,
    OPTION_AT,
    OPTION_ROOT,
    OPTION_JSON
};

static const apr_getopt_option_t explain_options[] = {
    {"cert", OPTION_CERT, 1, "FILE   the certificate, PEM or DER"},
    {"chain", OPTION_CHAIN, 1, "FILE   certificates that were sent with it"},
    {"trust", OPTION_TRUST, 1, "FILE   httpd configuration with <MTLSTrust>, or CAs in PEM"},
    {"profile", OPTION_PROFILE, 1, "NAME   a trust profile to try; all, when none is named"},
    {"map", OPTION_MAP, 1, "FILE   a rules file, see mtls-map(5)"},
    {"user", OPTION_USER, 1, "WORDS  a field and its transforms, as MTLSUser takes them"},
    {"at", OPTION_AT, 1, "TIME   judge as of then: 2026-11-21T10:00:00Z"},
    {"root", OPTION_ROOT, 1, "DIR    what relative paths in trust files are relative to"},
    {"json", OPTION_JSON, 0, "       write JSON"},
    {NULL, 0, 0, NULL}};

static const apr_getopt_option_t check_options[] = {
    {"trust", OPTION_TRUST, 1, "FILE   httpd configuration with <MTLSTrust>, or CAs in PEM"},
    {"map", OPTION_MAP, 1, "FILE   a rules file, see mtls-map(5)"},
    {"root", OPTION_ROOT, 1, "DIR    what relative paths in trust files are relative to"},
    {NULL, 0, 0, NULL}};

static const apr_getopt_option_t texts_options[] = {{NULL, 0, 0, NULL}};

/* While a command line is read. */
typedef struct {
    mtls_options_t *options;
    const char *fault;
    apr_pool_t *pool;
} parsing_t;

static void add_source(const parsing_t *parsing, mtls_source_kind_t kind, const char *text)
{
    APR_ARRAY_PUSH(parsing->options->sources, mtls_source_option_t) =
        (mtls_source_option_t){kind, text};
}

/* For what can be said once only. */
static void set_once(parsing_t *parsing, const char **to, const char *value, const char *name)
{
    if (*to) {
        parsing->fault = apr_psprintf(parsing->pool, "--%s is given twice", name);
    }
    *to = value;
}

static void take_option(parsing_t *parsing, int option, const char *value)
{
    mtls_options_t *options = parsing->options;

    switch (option) {
    case OPTION_CERT:
        set_once(parsing, &options->cert, value, "cert");
        break;
    case OPTION_CHAIN:
        set_once(parsing, &options->chain, value, "chain");
        break;
    case OPTION_TRUST:
        APR_ARRAY_PUSH(options->trust, const char *) = value;
        break;
    case OPTION_PROFILE:
        APR_ARRAY_PUSH(options->profiles, const char *) = value;
        break;
    case OPTION_MAP:
        add_source(parsing, MTLS_SOURCE_MAP, value);
        break;
    case OPTION_USER:
        add_source(parsing, MTLS_SOURCE_USER, value);
        break;
    case OPTION_AT:
        parsing->fault = mtls_time_read(&options->at, value, parsing->pool);
        break;
    case OPTION_ROOT:
        set_once(parsing, &options->root, value, "root");
        break;
    case OPTION_JSON:
        options->json = true;
        break;
    }
}

/* apr_getopt_long() says what is wrong as a line for stderr, after the program's name. */
static void note_fault(void *data, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void note_fault(void *data, const char *format, ...)
{
    parsing_t *parsing = data;
    va_list args;
    char *text;

    va_start(args, format);
    text = apr_pvsprintf(parsing->pool, format, args);
    va_end(args);
    text[strcspn(text, "\n")] = '\0';
    parsing->fault = text;
}

static const char *parse_options(mtls_options_t *out, const apr_getopt_option_t *table, int argc,
                                 const char *const *argv, apr_pool_t *pool)
{
    parsing_t parsing = {out, NULL, pool};
    apr_status_t status = APR_SUCCESS;
    const char *value;
    apr_getopt_t *getopt;
    int option;

    apr_getopt_init(&getopt, pool, argc, argv);
    getopt->interleave = 1;
    getopt->errfn = note_fault;
    getopt->errarg = &parsing;
    while (!parsing.fault &&
           (status = apr_getopt_long(getopt, table, &option, &value)) == APR_SUCCESS) {
        take_option(&parsing, option, value);
    }
    if (!parsing.fault && status != APR_EOF) {
        parsing.fault = "the command line cannot be read";
    }
    for (; getopt->ind < argc; getopt->ind++) {
        APR_ARRAY_PUSH(out->files, const char *) = getopt->argv[getopt->ind];
    }
    return parsing.fault;
}

static const char *parse_explain(mtls_options_t *out, int argc, const char *const *argv,
                                 apr_pool_t *pool)
{
    const char *fault = parse_options(out, explain_options, argc, argv, pool);

    if (fault) {
        return fault;
    }
    if (!out->cert || out->trust->nelts == 0) {
        return "explain: needs --cert FILE and --trust FILE";
    }
    if (out->files->nelts > 0) {
        return apr_psprintf(pool,
                            "explain: '%s' is no option; name files with --cert, --trust "
                            "and --map",
                            APR_ARRAY_IDX(out->files, 0, const char *));
    }
    return NULL;
}

static const char *parse_check(mtls_options_t *out, int argc, const char *const *argv,
                               apr_pool_t *pool)
{
    const char *fault = parse_options(out, check_options, argc, argv, pool);

    if (!fault && out->trust->nelts + out->sources->nelts + out->files->nelts == 0) {
        return "check: needs a file";
    }
    return fault;
}

static const char *parse_texts(mtls_options_t *out, int argc, const char *const *argv,
                               apr_pool_t *pool)
{
    const char *fault = parse_options(out, texts_options, argc, argv, pool);

    return !fault && out->files->nelts > 1 ? "texts: takes one language" : fault;
}

static const struct {
    const char *word;
    mtls_command_t command;
    const char *(*parse)(mtls_options_t *out, int argc, const char *const *argv, apr_pool_t *pool);
} commands[] = {{"explain", MTLS_COMMAND_EXPLAIN, parse_explain},
                {"check", MTLS_COMMAND_CHECK, parse_check},
                {"texts", MTLS_COMMAND_TEXTS, parse_texts},
                {"--help", MTLS_COMMAND_HELP, NULL},
                {"-h", MTLS_COMMAND_HELP, NULL},
                {"--version", MTLS_COMMAND_VERSION, NULL},
                {"-V", MTLS_COMMAND_VERSION, NULL}};

const char *mtls_options_parse(mtls_options_t *out, int argc, const char *const *argv,
                               apr_pool_t *pool)
{
    size_t i;

    *out = (mtls_options_t){.trust = apr_array_make(pool, 1, sizeof(const char *)),
                            .profiles = apr_array_make(pool, 1, sizeof(const char *)),
                            .sources = apr_array_make(pool, 1, sizeof(mtls_source_option_t)),
                            .files = apr_array_make(pool, 1, sizeof(const char *)),
                            .at = apr_time_now()};
    if (argc < 2) {
        return "what to do is missing; use explain, check or texts";
    }
    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(argv[1], commands[i].word) == 0) {
            out->command = commands[i].command;
            return commands[i].parse ? commands[i].parse(out, argc - 1, argv + 1, pool) : NULL;
        }
    }
    return apr_psprintf(pool, "unknown command '%s'; use explain, check or texts", argv[1]);
}

static const char *help_of(const apr_getopt_option_t *table, apr_pool_t *pool)
{
    const char *text = "";

    for (; table->name; table++) {
        text = apr_pstrcat(pool, text, apr_psprintf(pool, "  --%-8s ", table->name),
                           table->description, "\n", NULL);
    }
    return text;
}

const char *mtls_options_help(apr_pool_t *pool)
{
    return apr_pstrcat(
        pool,
        "mtlsctl explain --cert FILE --trust FILE [OPTION...]\n"
        "    tell whether a certificate would be admitted, as whom, and why\n",
        help_of(explain_options, pool),
        "  exit status: 0 admitted with a user, 1 not, 2 the question or a file is broken\n\n"
        "mtlsctl check [OPTION...] [FILE...]\n"
        "    load trust files and maps as the server does and report every fault\n",
        help_of(check_options, pool),
        "  exit status: 0 no fault, 1 faults, 2 the command line is wrong\n\n"
        "mtlsctl texts [LANGUAGE]\n"
        "    print the words of the module's pages, as MTLSTextFile reads them\n"
        "  exit status: 0, 2 there is no such language, or the command line is wrong\n\n"
        "mtlsctl --version | --help\n\nSee mtlsctl(1).\n",
        NULL);
}
