/* httpd/body.c - see mtls/httpd/body.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/body.h"

#include <apr_buckets.h>
#include <apr_strings.h>
#include <http_log.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "mtls/httpd/message.h"

APLOG_USE_MODULE(mtls);

/* Octets asked for at a time. */
#define READ_SIZE 8192

/* A body on its way through. */
typedef struct {
    request_rec *r;
    apr_bucket_brigade *kept; /* the part in memory, then the part in the file */
    apr_file_t *file;         /* NULL until memory is full */
    apr_off_t file_len;
    apr_size_t memory_left;
    apr_size_t disk_left;
    bool complete; /* EOS was seen */
} keeping_t;

static ap_filter_rec_t *replay_filter;

bool mtls_body_is_declared_above(const request_rec *r, apr_uint64_t limit)
{
    const char *text = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t declared;
    char *end;

    if (!text || apr_strtoff(&declared, text, &end, 10) != APR_SUCCESS || *end || declared < 0)
        return false;
    return (apr_uint64_t)declared > limit;
}

static apr_status_t remove_file(void *path)
{
    return apr_file_remove(path, NULL) == APR_SUCCESS ? APR_SUCCESS : APR_EGENERAL;
}

/* An open file without a name: gone with its last descriptor, also when the process dies. */
static apr_status_t open_file(keeping_t *keeping)
{
    apr_pool_t *pool = keeping->r->pool;
    const char *folder;
    char *path;
    apr_status_t rv = apr_temp_dir_get(&folder, pool);

    if (rv != APR_SUCCESS)
        return rv;
    path = apr_pstrcat(pool, folder, "/mtls-body-XXXXXX", NULL);
    rv = apr_file_mktemp(&keeping->file, path,
                         APR_FOPEN_CREATE | APR_FOPEN_READ | APR_FOPEN_WRITE | APR_FOPEN_EXCL |
                             APR_FOPEN_BINARY,
                         pool);
    return rv == APR_SUCCESS ? remove_file(path) : rv;
}

static apr_status_t write_to_file(keeping_t *keeping, const char *data, apr_size_t len)
{
    apr_status_t rv = keeping->file ? APR_SUCCESS : open_file(keeping);

    if (rv == APR_SUCCESS)
        rv = apr_file_write_full(keeping->file, data, len, NULL);
    if (rv == APR_SUCCESS)
        keeping->file_len += (apr_off_t)len;
    return rv;
}

static int keep_data(keeping_t *keeping, const char *data, apr_size_t len)
{
    apr_size_t in_memory = keeping->file ? 0 : len;
    apr_status_t rv;

    if (in_memory > keeping->memory_left)
        in_memory = keeping->memory_left;
    if (len - in_memory > keeping->disk_left)
        return HTTP_REQUEST_ENTITY_TOO_LARGE;
    keeping->memory_left -= in_memory;
    keeping->disk_left -= len - in_memory;
    rv = apr_brigade_write(keeping->kept, NULL, NULL, data, in_memory);
    if (rv == APR_SUCCESS && len > in_memory)
        rv = write_to_file(keeping, data + in_memory, len - in_memory);
    if (rv == APR_SUCCESS)
        return OK;
    ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, keeping->r,
                  MTLS_MSG_BODY "cannot keep the request body during the step-up");
    return HTTP_INTERNAL_SERVER_ERROR;
}

static int keep_bucket(keeping_t *keeping, apr_bucket *bucket)
{
    const char *data;
    apr_size_t len;
    apr_status_t rv;

    if (APR_BUCKET_IS_EOS(bucket)) {
        keeping->complete = true;
        return OK;
    }
    if (APR_BUCKET_IS_METADATA(bucket))
        return OK;
    rv = apr_bucket_read(bucket, &data, &len, APR_BLOCK_READ);
    if (rv != APR_SUCCESS)
        return ap_map_http_request_error(rv, HTTP_BAD_REQUEST);
    return keep_data(keeping, data, len);
}

/* One round; the filters below HTTP_IN undo chunking and collect trailers. */
static int keep_some(keeping_t *keeping, apr_bucket_brigade *round)
{
    apr_status_t rv = ap_get_brigade(keeping->r->proto_input_filters, round, AP_MODE_READBYTES,
                                     APR_BLOCK_READ, READ_SIZE);
    apr_bucket *bucket;
    int status = OK;

    if (rv != APR_SUCCESS)
        return ap_map_http_request_error(rv, HTTP_BAD_REQUEST);
    for (bucket = APR_BRIGADE_FIRST(round);
         status == OK && bucket != APR_BRIGADE_SENTINEL(round) && !keeping->complete;
         bucket = APR_BUCKET_NEXT(bucket))
        status = keep_bucket(keeping, bucket);
    apr_brigade_cleanup(round);
    return status;
}

/* The protocol filters have seen the end of the body: replace them by ours. */
static void install_replay(keeping_t *keeping)
{
    request_rec *r = keeping->r;
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;

    if (keeping->file)
        apr_brigade_insert_file(keeping->kept, keeping->file, 0, keeping->file_len, r->pool);
    APR_BRIGADE_INSERT_TAIL(keeping->kept, apr_bucket_eos_create(alloc));
    while (r->proto_input_filters->frec->ftype < AP_FTYPE_CONNECTION)
        ap_remove_input_filter(r->proto_input_filters);
    ap_add_input_filter_handle(replay_filter, keeping->kept, r, r->connection);
}

int mtls_body_keep(request_rec *r, apr_size_t memory, apr_size_t disk)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *round = apr_brigade_create(r->pool, alloc);
    keeping_t keeping = {.r = r,
                         .kept = apr_brigade_create(r->pool, alloc),
                         .memory_left = memory,
                         .disk_left = disk};
    int status = OK;

    while (status == OK && !keeping.complete)
        status = keep_some(&keeping, round);
    apr_brigade_destroy(round);
    if (status == OK)
        install_replay(&keeping);
    return status;
}

static apr_status_t take_bytes(apr_bucket_brigade *out, apr_bucket_brigade *kept, apr_off_t count)
{
    apr_bucket *end;
    apr_status_t rv = apr_brigade_partition(kept, count, &end);

    if (rv != APR_SUCCESS && rv != APR_INCOMPLETE)
        return rv;
    while (APR_BRIGADE_FIRST(kept) != end) {
        apr_bucket *bucket = APR_BRIGADE_FIRST(kept);

        APR_BUCKET_REMOVE(bucket);
        APR_BRIGADE_INSERT_TAIL(out, bucket);
    }
    return APR_SUCCESS;
}

static apr_status_t copy_bytes(apr_bucket_brigade *out, apr_bucket_brigade *kept, apr_off_t count)
{
    apr_bucket *end, *bucket;
    apr_status_t rv = apr_brigade_partition(kept, count, &end);

    if (rv != APR_SUCCESS && rv != APR_INCOMPLETE)
        return rv;
    for (bucket = APR_BRIGADE_FIRST(kept); bucket != end; bucket = APR_BUCKET_NEXT(bucket)) {
        apr_bucket *copy;

        rv = apr_bucket_copy(bucket, &copy);
        if (rv != APR_SUCCESS)
            return rv;
        APR_BRIGADE_INSERT_TAIL(out, copy);
    }
    return APR_SUCCESS;
}

/* Everything that was kept, in whatever mode the reader asks. */
static apr_status_t replay(ap_filter_t *f, apr_bucket_brigade *out, ap_input_mode_t mode,
                           apr_read_type_e block, apr_off_t count)
{
    apr_bucket_brigade *kept = f->ctx;

    (void)block;
    if (APR_BRIGADE_EMPTY(kept))
        APR_BRIGADE_INSERT_TAIL(kept, apr_bucket_eos_create(f->c->bucket_alloc));
    switch (mode) {
    case AP_MODE_READBYTES:
        return take_bytes(out, kept, count);
    case AP_MODE_SPECULATIVE:
        return copy_bytes(out, kept, count);
    case AP_MODE_GETLINE:
        return apr_brigade_split_line(out, kept, APR_NONBLOCK_READ, HUGE_STRING_LEN);
    case AP_MODE_EXHAUSTIVE:
        APR_BRIGADE_CONCAT(out, kept);
        return APR_SUCCESS;
    case AP_MODE_EATCRLF:
    case AP_MODE_INIT:
        return APR_SUCCESS;
    }
    return APR_ENOTIMPL;
}

void mtls_body_register(void)
{
    replay_filter = ap_register_input_filter("MTLS_BODY", replay, NULL, AP_FTYPE_PROTOCOL);
}
