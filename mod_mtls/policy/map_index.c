/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/map_index.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <stdint.h>
#include <stdlib.h>

enum { HASH_ENTRY_BYTES = 40 + 16 /* apr_hash: an entry, and its share of the growing array */ };

/* All rules that are found by one field. */
typedef struct {
    mtls_field_t field;
    apr_hash_t *by_key;        /* of mtls_map_node_t, the last of the list */
    mtls_map_node_t *doubtful; /* denies, the first of each priority and list of other conditions */
} slot_t;

struct mtls_map_index_t {
    apr_pool_t *pool;
    apr_array_header_t *slots; /* slot_t * */
    mtls_map_node_t *scanned;
    apr_size_t bytes;
    /* While it grows: */
    apr_pool_t *scratch;
    apr_hash_t *slot_of;                /* slot_t * by the field's word */
    apr_hash_t *equals;                 /* exact rules by equal_t */
    apr_hash_t *groups;                 /* group_t of slots' doubtful rules */
    apr_hash_t *unsorted;               /* heads of lists in which priorities descend */
    const mtls_map_rule_t *always[256]; /* exact rules without conditions, by priority */
};

/* Exact rules with equal ones say the same.  Zeroed before it is filled: it is a key. */
typedef struct {
    const mtls_map_node_t *head; /* of the list of their key */
    const void *set;
    uintptr_t priority;
} equal_t;

typedef struct {
    const slot_t *slot;
    const mtls_map_rest_t *rest;
    uintptr_t priority;
} group_t;

/* FNV-1a.  APR's own function, times 33, has 25,000 values for the 16 million keys of three octets,
 * which serial numbers often are: they would stand in lists by the dozen. */
static unsigned int spread(const char *key, apr_ssize_t *len)
{
    const unsigned char *octets = (const unsigned char *)key;
    uint32_t sum = 2166136261U;
    apr_ssize_t i;

    for (i = 0; i < *len; i++)
        sum = (sum ^ octets[i]) * 16777619U;
    return sum;
}

mtls_map_index_t *mtls_map_index_make(apr_pool_t *pool, apr_pool_t *scratch)
{
    mtls_map_index_t *index = apr_pcalloc(pool, sizeof(*index));

    index->pool = pool;
    index->slots = apr_array_make(pool, 4, sizeof(slot_t *));
    index->scratch = scratch;
    index->slot_of = apr_hash_make(scratch);
    index->equals = apr_hash_make(scratch);
    index->groups = apr_hash_make(scratch);
    index->unsorted = apr_hash_make(scratch);
    return index;
}

static void append(mtls_map_index_t *index, mtls_map_node_t **list, const mtls_map_rule_t *rule)
{
    mtls_map_node_t *node = apr_palloc(index->pool, sizeof(*node));
    mtls_map_node_t *last = *list;

    index->bytes += sizeof(*node);
    node->rule = rule;
    node->next = node;
    *list = node;
    if (last == NULL)
        return;
    node->next = last->next;
    last->next = node;
    if (mtls_map_rule_order(last->rule, rule) > 0) {
        mtls_map_node_t **head =
            apr_pmemdup(index->scratch, &node->next, sizeof(mtls_map_node_t *));

        apr_hash_set(index->unsorted, head, sizeof(mtls_map_node_t *), *head);
    }
}

static slot_t *slot_for(mtls_map_index_t *index, const mtls_field_t *field)
{
    slot_t *slot = apr_hash_get(index->slot_of, field->word, APR_HASH_KEY_STRING);

    if (slot != NULL)
        return slot;
    slot = apr_pcalloc(index->pool, sizeof(*slot));
    /* Parsed again, so that nothing in it is borrowed; a field's own word is one. */
    if (mtls_field_parse(&slot->field, field->word, index->pool) != NULL)
        slot->field = *field;
    slot->by_key = apr_hash_make_custom(index->pool, spread);
    APR_ARRAY_PUSH(index->slots, slot_t *) = slot;
    apr_hash_set(index->slot_of, slot->field.word, APR_HASH_KEY_STRING, slot);
    return slot;
}

static void note_equal(mtls_map_index_t *index, const mtls_map_node_t *head,
                       const mtls_map_rule_t *rule)
{
    equal_t key = {head, rule->rest->set, rule->priority};

    if (rule->exact)
        apr_hash_set(index->equals, apr_pmemdup(index->scratch, &key, sizeof(key)), sizeof(key),
                     rule);
}

/* Lists of one, which most are, cost no memory: their rule is noted when a second comes. */
static const mtls_map_rule_t *find_equal(mtls_map_index_t *index, const mtls_map_node_t *last,
                                         const mtls_map_rule_t *rule)
{
    equal_t key = {last->next, rule->rest->set, rule->priority};

    if (last->next == last)
        note_equal(index, last, last->rule);
    return rule->exact ? apr_hash_get(index->equals, &key, sizeof(key)) : NULL;
}

static const mtls_map_rule_t *enter(mtls_map_index_t *index, slot_t *slot, mtls_bytes_t key,
                                    const mtls_map_rule_t *rule)
{
    mtls_map_node_t *list = apr_hash_get(slot->by_key, key.data, (apr_ssize_t)key.len);
    const mtls_map_rule_t *equal;
    const void *kept = key.data;

    if (list != NULL) {
        if (list->rule == rule)
            return NULL;
        equal = find_equal(index, list, rule);
        if (equal != NULL)
            return equal;
        note_equal(index, list->next, rule);
    } else {
        kept = apr_pmemdup(index->pool, key.data, key.len);
        index->bytes += APR_ALIGN_DEFAULT(key.len) + HASH_ENTRY_BYTES;
    }
    append(index, &list, rule);
    apr_hash_set(slot->by_key, kept, (apr_ssize_t)key.len, list);
    return NULL;
}

static void add_doubtful(mtls_map_index_t *index, slot_t *slot, const mtls_map_rule_t *rule)
{
    group_t key = {slot, rule->rest, rule->priority};

    if (!rule->gives->deny || apr_hash_get(index->groups, &key, sizeof(key)) != NULL)
        return;
    apr_hash_set(index->groups, apr_pmemdup(index->scratch, &key, sizeof(key)), sizeof(key), rule);
    append(index, &slot->doubtful, rule);
}

static const mtls_map_rule_t *add_scanned(mtls_map_index_t *index, const mtls_map_rule_t *rule)
{
    if (rule->exact && index->always[rule->priority] != NULL)
        return index->always[rule->priority];
    if (rule->exact)
        index->always[rule->priority] = rule;
    append(index, &index->scanned, rule);
    return NULL;
}

const mtls_map_rule_t *mtls_map_index_add(mtls_map_index_t *index, const mtls_map_rule_t *rule,
                                          const mtls_map_keys_t *keys)
{
    slot_t *slot;
    int i;

    if (keys->field == NULL)
        return add_scanned(index, rule);
    slot = slot_for(index, keys->field);
    for (i = 0; i < keys->count; i++) {
        const mtls_map_rule_t *equal = enter(index, slot, keys->keys[i], rule);

        if (equal != NULL)
            return equal;
    }
    add_doubtful(index, slot, rule);
    return NULL;
}

static int by_order(const void *a, const void *b)
{
    return mtls_map_rule_order(*(const mtls_map_rule_t *const *)a,
                               *(const mtls_map_rule_t *const *)b);
}

/* The nodes stay where they are, the rules move: whoever knows the last node still does. */
static void sort_list(mtls_map_node_t *head, apr_pool_t *scratch)
{
    apr_array_header_t *rules = apr_array_make(scratch, 16, sizeof(const mtls_map_rule_t *));
    mtls_map_node_t *node = head;
    int i;

    do {
        APR_ARRAY_PUSH(rules, const mtls_map_rule_t *) = node->rule;
        node = node->next;
    } while (node != head);
    qsort(rules->elts, (size_t)rules->nelts, sizeof(const mtls_map_rule_t *), by_order);
    for (i = 0; i < rules->nelts; i++) {
        node->rule = APR_ARRAY_IDX(rules, i, const mtls_map_rule_t *);
        node = node->next;
    }
}

void mtls_map_index_finish(mtls_map_index_t *index, apr_pool_t *scratch)
{
    apr_hash_index_t *each;
    apr_pool_t *sorting;

    apr_pool_create(&sorting, scratch);
    for (each = apr_hash_first(scratch, index->unsorted); each != NULL;
         each = apr_hash_next(each)) {
        sort_list(apr_hash_this_val(each), sorting);
        apr_pool_clear(sorting);
    }
    apr_pool_destroy(sorting);
    index->scratch = NULL;
    index->slot_of = index->equals = index->groups = index->unsorted = NULL;
}

apr_size_t mtls_map_index_bytes(const mtls_map_index_t *index)
{
    return index->bytes;
}

/* A place in one list. */
typedef struct {
    const mtls_map_node_t *at, *last;
    const mtls_field_t *doubtful;
} cursor_t;

static void push_cursor(mtls_map_walk_t *walk, const mtls_map_node_t *last,
                        const mtls_field_t *doubtful)
{
    if (last != NULL)
        APR_ARRAY_PUSH(walk->cursors, cursor_t) = (cursor_t){last->next, last, doubtful};
}

static void find(mtls_map_walk_t *walk, const slot_t *slot, const mtls_holder_t *holder,
                 apr_pool_t *pool)
{
    mtls_field_values_t found = {0};
    apr_size_t i;

    mtls_field_read_keys(&found, &slot->field, holder, pool);
    for (i = 0; i < found.count; i++) {
        mtls_bytes_t key = found.values[i].key;

        if (key.len != 0)
            push_cursor(walk, apr_hash_get(slot->by_key, key.data, (apr_ssize_t)key.len), NULL);
    }
    if (!found.complete)
        push_cursor(walk, slot->doubtful, &slot->field);
}

void mtls_map_walk_init(mtls_map_walk_t *walk, const mtls_map_index_t *index,
                        const mtls_holder_t *holder, apr_pool_t *pool)
{
    int i;

    walk->cursors = apr_array_make(pool, 8, sizeof(cursor_t));
    push_cursor(walk, index->scanned, NULL);
    for (i = 0; i < index->slots->nelts; i++)
        find(walk, APR_ARRAY_IDX(index->slots, i, const slot_t *), holder, pool);
}

/* A rule can be in several lists: it leaves all of them.  One that was found by a key that could
 * be read is not in doubt. */
const mtls_map_rule_t *mtls_map_walk_next(mtls_map_walk_t *walk, const mtls_field_t **doubtful)
{
    const mtls_map_rule_t *first = NULL;
    bool sure = false;
    int i;

    *doubtful = NULL;
    for (i = 0; i < walk->cursors->nelts; i++) {
        const cursor_t *cursor = &APR_ARRAY_IDX(walk->cursors, i, const cursor_t);

        if (cursor->at != NULL &&
            (first == NULL || mtls_map_rule_order(cursor->at->rule, first) < 0))
            first = cursor->at->rule;
    }
    for (i = 0; i < walk->cursors->nelts && first != NULL; i++) {
        cursor_t *cursor = &APR_ARRAY_IDX(walk->cursors, i, cursor_t);

        if (cursor->at == NULL || cursor->at->rule != first)
            continue;
        sure = sure || cursor->doubtful == NULL;
        *doubtful = sure ? NULL : cursor->doubtful;
        cursor->at = cursor->at == cursor->last ? NULL : cursor->at->next;
    }
    return first;
}

mtls_map_walk_t mtls_map_walk_copy(const mtls_map_walk_t *walk, apr_pool_t *pool)
{
    return (mtls_map_walk_t){apr_array_copy(pool, walk->cursors)};
}
