/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/ocsp.h"

#include "mtls/trust/monotonic.h"
#include "ocsp_ask.h"
#include "ocsp_flight.h"
#include "ocsp_memory.h"
#include "ocsp_question.h"
#include "ocsp_shared.h"
#include "ocsp_told.h"

/* How often one looks whether another process has the answer. */
#define LOOK_INTERVAL apr_time_from_msec(20)
/* So much longer than a question may take is it nobody else's. */
#define LEASE_MORE    apr_time_from_sec(1)
#define CLOSE_TIME    apr_time_from_sec(2)

/* Lives in the pool of its flights. */
struct mtls_ocsp_t {
    mtls_ocsp_means_t means;
    mtls_ocsp_flights_t *flights;
    mtls_ocsp_memory_t *memory;
    mtls_ocsp_shared_t shared;
    mtls_ocsp_told_t *told;
    int waiting; /* callers; atomic */
};

/* Whose turn it is to ask the responder. */
typedef enum {
    TURN_NOBODYS, /* it was found meanwhile, or the time is over */
    TURN_OURS,
    TURN_EVERYBODYS /* nothing can be shared */
} turn_t;

static bool holds(const mtls_ocsp_answer_t *answer, apr_time_t now)
{
    return answer->word != MTLS_STATUS_UNASKED && now < answer->ends;
}

static apr_time_t wall_clock(const mtls_ocsp_flight_t *flight)
{
    return flight->now + (mtls_monotonic_now() - flight->begun);
}

/* The turn to ask, in a thread of the flights; @a known receives what was found instead. */
static turn_t wait_for_turn(mtls_ocsp_t *client, const mtls_ocsp_flight_t *flight,
                            mtls_ocsp_known_t *known)
{
    apr_interval_time_t timeout = flight->question->rules->timeout;
    apr_time_t deadline = mtls_monotonic_now() + timeout;

    while (!mtls_ocsp_flights_closed(client->flights)) {
        bool taken = mtls_board_take(client->means.board, flight->id, timeout + LEASE_MORE);
        mtls_ocsp_look_t look =
            mtls_ocsp_shared_look(&client->shared, flight->id, flight->question->rules->timeout,
                                  flight->renews, wall_clock(flight), known);

        if (taken && look != MTLS_OCSP_LOOK_FOUND)
            return TURN_OURS;
        if (taken)
            mtls_board_give_back(client->means.board, flight->id);
        if (look == MTLS_OCSP_LOOK_DOWN)
            return TURN_EVERYBODYS;
        if (look == MTLS_OCSP_LOOK_FOUND || mtls_monotonic_now() >= deadline)
            break;
        apr_sleep(LOOK_INTERVAL);
    }
    return TURN_NOBODYS;
}

static void report(mtls_ocsp_t *client, const mtls_ocsp_asked_t *asked,
                   const mtls_ocsp_outcome_t *outcome)
{
    const mtls_ocsp_means_t *means = &client->means;

    if (outcome->server != MTLS_OCSP_SERVER_UNHEARD)
        mtls_board_tell(means->board, asked->server, outcome->server == MTLS_OCSP_SERVER_ANSWERS);
    if (outcome->text == NULL)
        return;
    mtls_board_count(means->board, MTLS_COUNTER_OCSP_FAILURES);
    means->tell_fn(means->baton, outcome->text,
                   mtls_ocsp_told_before(client->told, asked->server, outcome->text));
}

/* @return what is known after it. */
static mtls_ocsp_known_t settle(mtls_ocsp_t *client, const mtls_ocsp_flight_t *flight,
                                const mtls_ocsp_answer_t *answer)
{
    apr_time_t now = wall_clock(flight);
    mtls_status_word_t failure = answer->word;
    mtls_ocsp_known_t known;

    if (answer->word == MTLS_STATUS_GOOD || answer->word == MTLS_STATUS_REVOKED ||
        answer->word == MTLS_STATUS_UNKNOWN) {
        mtls_ocsp_shared_put(&client->shared, flight->id, answer, flight->question->rules, now);
        if (mtls_ocsp_memory_put(client->memory, flight->id, answer,
                                 flight->question->rules->timeout, now, &known))
            return known;
        failure = MTLS_STATUS_UNUSABLE;
    }
    return mtls_ocsp_memory_fail(client->memory, flight->id, failure, now);
}

static mtls_ocsp_known_t fail(mtls_ocsp_t *client, const mtls_ocsp_flight_t *flight,
                              mtls_status_word_t word)
{
    return mtls_ocsp_memory_fail(client->memory, flight->id, word, wall_clock(flight));
}

/* After the exchange the owner may have gone: then nothing of it is touched. */
static mtls_ocsp_known_t ask(mtls_ocsp_t *client, const mtls_ocsp_flight_t *flight,
                             const mtls_ocsp_asked_t *asked)
{
    mtls_ocsp_outcome_t outcome;

    if (!mtls_board_may_try(client->means.board, asked->server)) {
        mtls_board_count(client->means.board, MTLS_COUNTER_OCSP_AVOIDED);
        return fail(client, flight, MTLS_STATUS_SILENT);
    }
    mtls_board_count(client->means.board, MTLS_COUNTER_OCSP_ASKED);
    outcome = mtls_ocsp_ask(client->means.means, asked, flight->question, wall_clock(flight),
                            flight->pool);
    if (mtls_ocsp_flights_closed(client->flights))
        return fail(client, flight, MTLS_STATUS_SILENT);
    report(client, asked, &outcome);
    return settle(client, flight, &outcome.answer);
}

static mtls_ocsp_known_t fly(void *baton, const mtls_ocsp_flight_t *flight)
{
    mtls_ocsp_t *client = baton;
    mtls_ocsp_asked_t asked = mtls_ocsp_find_responder(flight->question, flight->pool);
    mtls_ocsp_known_t known = {0};

    if (asked.url == NULL)
        return fail(client, flight, MTLS_STATUS_MISSING);
    switch (wait_for_turn(client, flight, &known)) {
    case TURN_NOBODYS:
        break;
    case TURN_OURS:
        known = ask(client, flight, &asked);
        if (!mtls_ocsp_flights_closed(client->flights))
            mtls_board_give_back(client->means.board, flight->id);
        return known;
    case TURN_EVERYBODYS:
        return ask(client, flight, &asked);
    }
    return holds(&known.answer, wall_clock(flight)) ? known
                                                    : fail(client, flight, MTLS_STATUS_SILENT);
}

static apr_status_t close_flights(void *flights)
{
    mtls_ocsp_flights_close(flights, CLOSE_TIME);
    return APR_SUCCESS;
}

apr_status_t mtls_ocsp_make(mtls_ocsp_t **out, const mtls_ocsp_means_t *means, apr_pool_t *pool)
{
    mtls_ocsp_flights_t *flights;
    mtls_ocsp_t *client;
    apr_pool_t *own;
    apr_status_t status = mtls_ocsp_flights_make(&flights, fly);

    *out = NULL;
    if (status != APR_SUCCESS)
        return status;
    own = mtls_ocsp_flights_pool(flights);
    client = apr_pcalloc(own, sizeof(*client));
    client->means = *means;
    client->flights = flights;
    mtls_ocsp_flights_set_baton(flights, client);
    apr_pool_cleanup_register(pool, flights, close_flights, apr_pool_cleanup_null);
    status = mtls_ocsp_memory_make(&client->memory, MTLS_OCSP_REMEMBER, own);
    client->shared = (mtls_ocsp_shared_t){means->cache, means->board, client->memory};
    if (status == APR_SUCCESS)
        status = mtls_ocsp_told_make(&client->told, own);
    if (status == APR_SUCCESS)
        *out = client;
    else
        apr_pool_cleanup_run(pool, flights, close_flights);
    return status;
}

void mtls_ocsp_stop(mtls_ocsp_t *client)
{
    mtls_ocsp_flights_stop(client->flights, CLOSE_TIME);
}

void mtls_ocsp_note_lenient(mtls_ocsp_t *client)
{
    mtls_board_count(client->means.board, MTLS_COUNTER_OCSP_LENIENT);
}

/* What follows from what is known.  A REVOKED past its end is not forgotten before something newer
 * is known: else who is revoked need only keep the responder from answering.
 * @return false when somebody must be asked */
static bool conclude(mtls_status_t *status, mtls_ocsp_t *client, const mtls_ocsp_rules_t *rules,
                     const mtls_ocsp_known_t *known, apr_time_t now)
{
    const mtls_ocsp_answer_t *answer = &known->answer;
    apr_time_t limit = now + MTLS_OCSP_RETRY;

    if (holds(answer, now)) {
        apr_time_t renewal = mtls_ocsp_renewal(answer, rules->timeout);
        apr_time_t end = renewal > now ? renewal : answer->ends; /* somebody must come to renew */

        limit = now + MTLS_OCSP_RECHECK;
        *status = (mtls_status_t){.word = answer->word, .until = end < limit ? end : limit};
        return true;
    }
    if (known->failure == MTLS_STATUS_UNASKED)
        return false;
    status->until = known->failed_until < limit ? known->failed_until : limit;
    if (answer->word == MTLS_STATUS_REVOKED || holds(answer, now - rules->grace)) {
        mtls_board_count(client->means.board, MTLS_COUNTER_OCSP_STALE);
        status->word = answer->word;
        if (answer->word != MTLS_STATUS_REVOKED && answer->ends + rules->grace < status->until)
            status->until = answer->ends + rules->grace;
    } else {
        status->word = known->failure;
    }
    return true;
}

/* Look everywhere that does not block for long, then have a thread ask.  What landed between the
 * caller's look at the memory and now is there already. */
static void lead(mtls_ocsp_t *client, mtls_ocsp_flight_t *flight,
                 const mtls_ocsp_question_t *question, apr_time_t now)
{
    mtls_ocsp_known_t known = mtls_ocsp_memory_look(client->memory, flight->id, now);

    flight->now = now;
    flight->begun = mtls_monotonic_now();
    if (holds(&known.answer, now) || known.failure != MTLS_STATUS_UNASKED ||
        mtls_ocsp_shared_look(&client->shared, flight->id, question->rules->timeout, false, now,
                              &known) == MTLS_OCSP_LOOK_FOUND) {
        mtls_ocsp_flight_land(client->flights, flight, &known);
        return;
    }
    flight->question = mtls_ocsp_question_copy(question, flight->pool);
    if (flight->question == NULL) {
        known = fail(client, flight, MTLS_STATUS_SILENT);
        mtls_ocsp_flight_land(client->flights, flight, &known);
        return;
    }
    mtls_ocsp_flight_start(client->flights, flight, true);
}

/* @return whether the caller is one too many; to be followed by leave_crowd(), whichever it is */
static bool join_crowd(mtls_ocsp_t *client)
{
    int waiting = __atomic_add_fetch(&client->waiting, 1, __ATOMIC_RELAXED);

    return client->means.patient != 0 && waiting > client->means.patient;
}

static void leave_crowd(mtls_ocsp_t *client)
{
    __atomic_sub_fetch(&client->waiting, 1, __ATOMIC_RELAXED);
}

/* What is known without having waited; nobody is forgotten who is revoked. */
static mtls_ocsp_known_t known_to_crowd(mtls_ocsp_t *client, const unsigned char *id,
                                        apr_time_t now)
{
    mtls_ocsp_known_t known = mtls_ocsp_memory_look(client->memory, id, now);

    known.failure = MTLS_STATUS_SILENT;
    known.failed_until = now + MTLS_OCSP_CROWDED_HOLD;
    return known;
}

/* Wait until the flight has landed, or the time is over. */
static mtls_ocsp_known_t wait_for(mtls_ocsp_t *client, mtls_ocsp_flight_t *flight,
                                  apr_interval_time_t timeout, apr_time_t now)
{
    bool crowded = join_crowd(client) && timeout > MTLS_OCSP_CROWDED;
    apr_time_t deadline = mtls_monotonic_now() + (crowded ? MTLS_OCSP_CROWDED : timeout);
    mtls_ocsp_known_t known;
    bool landed = mtls_ocsp_flight_wait(client->flights, flight, deadline, &known);

    leave_crowd(client);
    if (!landed && crowded)
        return known_to_crowd(client, flight->id, now);
    if (!landed || (!holds(&known.answer, now) && known.failure == MTLS_STATUS_UNASKED))
        return mtls_ocsp_memory_fail(client->memory, flight->id, MTLS_STATUS_SILENT, now);
    return known;
}

/* @return what is known when the flight has landed, or the time is over. */
static mtls_ocsp_known_t find_out(mtls_ocsp_t *client, const mtls_ocsp_question_t *question,
                                  const unsigned char *id, apr_time_t now)
{
    mtls_ocsp_known_t known;
    bool leads;
    mtls_ocsp_flight_t *flight = mtls_ocsp_flight_join(client->flights, id, &leads);

    if (flight == NULL)
        return mtls_ocsp_memory_fail(client->memory, id, MTLS_STATUS_SILENT, now);
    if (leads)
        lead(client, flight, question, now);
    known = wait_for(client, flight, question->rules->timeout, now);
    mtls_ocsp_flight_leave(client->flights, flight);
    return known;
}

/* Nobody waits for it. */
static void renew(mtls_ocsp_t *client, const mtls_ocsp_question_t *question,
                  const unsigned char *id, apr_time_t now)
{
    bool leads;
    mtls_ocsp_flight_t *flight = mtls_ocsp_flight_join(client->flights, id, &leads);

    if (flight == NULL)
        return;
    if (leads) {
        mtls_ocsp_known_t nothing = {0};

        flight->renews = true;
        flight->now = now;
        flight->begun = mtls_monotonic_now();
        flight->question = mtls_ocsp_question_copy(question, flight->pool);
        if (flight->question != NULL)
            mtls_ocsp_flight_start(client->flights, flight, false);
        else
            mtls_ocsp_flight_land(client->flights, flight, &nothing);
    }
    mtls_ocsp_flight_leave(client->flights, flight);
}

mtls_status_t mtls_ocsp_status(mtls_ocsp_t *client, const mtls_ocsp_question_t *question,
                               apr_time_t now)
{
    mtls_status_t status = {.word = MTLS_STATUS_SILENT, .until = now + MTLS_OCSP_RETRY};
    unsigned char id[MTLS_SHA256_LEN];
    mtls_ocsp_known_t known;

    if (!mtls_ocsp_id(id, question))
        return status;
    known = mtls_ocsp_memory_look(client->memory, id, now);
    if (known.due) {
        mtls_ocsp_shared_look(&client->shared, id, question->rules->timeout, true, now, &known);
        if (now >= mtls_ocsp_renewal(&known.answer, question->rules->timeout))
            renew(client, question, id, now);
    }
    if (conclude(&status, client, question->rules, &known, now))
        return status;
    known = find_out(client, question, id, now);
    conclude(&status, client, question->rules, &known, now);
    return status;
}
