/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>

#include "mtls/policy/map_data.h"
#include "mtls/policy/map_explain.h"

typedef struct {
    const mtls_map_t *map;
    const mtls_holder_t *holder;
    mtls_trace_t *trace;
    apr_pool_t *pool;
    apr_pool_t *trial; /* of the rule that is tried; NULL until one has conditions to ask */
} asking_t;

/* However many rules are tried, the memory of two is enough: mostly the first decides, and needs no
 * pool of its own. */
static void begin_trial(asking_t *asking)
{
    if (asking->trial == NULL)
        asking->trial = asking->pool;
    else if (asking->trial == asking->pool)
        apr_pool_create(&asking->trial, asking->pool);
    else
        apr_pool_clear(asking->trial);
}

static mtls_origin_t place_of(const asking_t *asking, const mtls_map_rule_t *rule)
{
    return (mtls_origin_t){APR_ARRAY_IDX(asking->map->files, (int)rule->file, const char *),
                           (int)rule->line, 1};
}

static void trace_condition(const asking_t *asking, const mtls_map_rule_t *rule,
                            const mtls_condition_t *condition, mtls_match_t match)
{
    if (asking->trace == NULL)
        return;
    mtls_trace_add(asking->trace, place_of(asking, rule),
                   match == MTLS_MATCH_NO ? MTLS_TRACE_PASSED : MTLS_TRACE_UNKNOWN,
                   mtls_map_explain_condition(condition, asking->holder, asking->trial));
}

/* @return the condition for which a deny holds though nobody can tell, in @a unknown. */
static bool applies(asking_t *asking, const mtls_map_rule_t *rule, apr_array_header_t *captures,
                    const mtls_condition_t **unknown)
{
    int i;

    if (rule->rest->count != 0)
        begin_trial(asking);
    for (i = 0; i < rule->rest->count; i++) {
        const mtls_condition_t *condition = rule->rest->conditions[i];
        mtls_match_t match =
            mtls_condition_match(condition, asking->holder, captures, asking->trial);

        if (match == MTLS_MATCH_UNKNOWN && rule->gives->deny) {
            *unknown = condition;
            continue;
        }
        if (match != MTLS_MATCH_YES) {
            trace_condition(asking, rule, condition, match);
            return false;
        }
    }
    return true;
}

static mtls_map_text_t user_of(const mtls_map_rule_t *rule)
{
    mtls_map_text_t user = {0};

    if (rule->user_is_template)
        user.tmpl = rule->user;
    else
        user.literal = rule->user;
    return user;
}

static const char *doubt_of(const asking_t *asking, const mtls_field_t *doubtful,
                            const mtls_condition_t *unknown)
{
    if (unknown != NULL)
        return apr_pstrcat(asking->pool, "; cannot be decided, which is enough for a deny: ",
                           mtls_map_explain_condition(unknown, asking->holder, asking->pool), NULL);
    if (doubtful != NULL)
        return apr_pstrcat(asking->pool,
                           "; cannot be decided, which is enough for a deny: ", doubtful->word,
                           " has a value that cannot be read", NULL);
    return "";
}

/* Rules that the hash did not lead to; those in doubt stand for others like them. */
static void trace_untried(const asking_t *asking, const mtls_map_walk_t *walk)
{
    mtls_map_walk_t copy;
    const mtls_map_rule_t *rule;
    const mtls_field_t *doubtful;
    int untried = asking->map->counts.exact;

    if (asking->trace == NULL)
        return;
    copy = mtls_map_walk_copy(walk, asking->pool);
    while ((rule = mtls_map_walk_next(&copy, &doubtful)) != NULL)
        untried -= rule->indexed;
    if (untried != 0)
        mtls_trace_add(asking->trace,
                       (mtls_origin_t){APR_ARRAY_IDX(asking->map->files, 0, const char *), 0, 0},
                       MTLS_TRACE_PASSED,
                       apr_psprintf(asking->pool,
                                    "%s %s found by key had none of the certificate's values",
                                    mtls_map_explain_count(untried, asking->pool),
                                    untried == 1 ? "rule" : "rules"));
}

void mtls_map_ask(mtls_principal_t *out, const mtls_map_t *map, const mtls_holder_t *holder,
                  mtls_trace_t *trace, apr_pool_t *pool)
{
    asking_t asking = {map, holder, trace, pool, NULL};
    apr_array_header_t *captures = apr_array_make(pool, 2, sizeof(mtls_capture_t));
    const mtls_map_rule_t *rule;
    const mtls_field_t *doubtful;
    mtls_map_walk_t walk;

    *out = (mtls_principal_t){.reason = MTLS_REASON_NO_RULE};
    mtls_map_walk_init(&walk, map->index, holder, pool);
    trace_untried(&asking, &walk);
    while ((rule = mtls_map_walk_next(&walk, &doubtful)) != NULL) {
        const mtls_condition_t *unknown = NULL;

        apr_array_clear(captures);
        if (!applies(&asking, rule, captures, &unknown))
            continue;
        mtls_map_result_fill(out, user_of(rule), rule->gives, holder, captures, pool);
        out->source = "map";
        out->rule = place_of(&asking, rule);
        if (trace != NULL)
            mtls_trace_add(trace, out->rule, MTLS_TRACE_DECIDED,
                           apr_pstrcat(pool, mtls_map_explain_result(out, pool),
                                       doubt_of(&asking, doubtful, unknown), NULL));
        return;
    }
}
