/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/crl_state.h"

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mtls/cert/text.h"
#include "mtls/trust/fetch.h"
#include "mtls/trust/fetch_head.h"

#define FIRST_LINE  "mod_mtls crl 1"
#define ENDING      ".url"
#define RECORDS     "records"
/* Names of files that are being written begin so; they are in RECORDS. */
#define UNFINISHED  ".new-"
#define HASH_LEN    (2 * MTLS_SHA256_LEN)
/* Past any date that a certificate may name. */
#define MAX_SECONDS 253402300799

const char *mtls_crl_state_hash(const char *url, apr_pool_t *pool)
{
    unsigned char digest[MTLS_SHA256_LEN];
    char *hash;

    if (EVP_Digest(url, strlen(url), digest, NULL, EVP_sha256(), NULL) != 1)
        return NULL;
    hash = apr_pstrdup(pool, mtls_hex_write((mtls_bytes_t){digest, sizeof(digest)}, pool));
    for (char *c = hash; *c != '\0'; c++)
        *c = (char)apr_tolower(*c);
    return hash;
}

const char *mtls_crl_state_record(const char *url, apr_pool_t *pool)
{
    const char *hash = mtls_crl_state_hash(url, pool);

    return hash != NULL ? apr_pstrcat(pool, RECORDS "/", hash, ENDING, NULL) : NULL;
}

/* Take one line of printable text. */
static const char *take_line(mtls_bytes_t *rest, apr_pool_t *pool)
{
    const unsigned char *end = rest->len != 0 ? memchr(rest->data, '\n', rest->len) : NULL;
    apr_size_t len = end != NULL ? (apr_size_t)(end - rest->data) : 0;
    const char *line;

    if (end == NULL)
        return NULL;
    for (apr_size_t i = 0; i < len; i++) {
        if (rest->data[i] < 0x20 || rest->data[i] > 0x7e)
            return NULL;
    }
    line = apr_pstrmemdup(pool, (const char *)rest->data, len);
    rest->data += len + 1;
    rest->len -= len + 1;
    return line;
}

/* The value of "name value"; lines come in one order, so each is asked for where it must be. */
static const char *take_value(mtls_bytes_t *rest, const char *name, apr_pool_t *pool)
{
    const char *line = take_line(rest, pool);
    size_t len = strlen(name);

    return line != NULL && strncmp(line, name, len) == 0 && line[len] == ' ' ? line + len + 1
                                                                             : NULL;
}

static bool take_number(apr_int64_t *number, mtls_bytes_t *rest, const char *name, apr_int64_t max,
                        apr_pool_t *pool)
{
    const char *text = take_value(rest, name, pool);

    if (text == NULL || *text == '\0' || strlen(text) > 12)
        return false;
    *number = 0;
    for (; *text != '\0'; text++) {
        if (!apr_isdigit(*text))
            return false;
        *number = *number * 10 + (*text - '0');
    }
    return *number <= max;
}

/* "-" stands for none, which is no entity tag and no date. */
static bool take_field(const char **field, mtls_bytes_t *rest, const char *name, apr_pool_t *pool)
{
    const char *text = take_value(rest, name, pool);

    *field = text != NULL && strcmp(text, "-") != 0 ? text : NULL;
    return text != NULL && mtls_fetch_head_is_value(text);
}

bool mtls_crl_state_parse(mtls_crl_state_t *state, mtls_bytes_t text, apr_pool_t *pool)
{
    apr_int64_t asked, next, failures;
    mtls_crl_state_t read = {0};
    const char *first;

    *state = read;
    if (text.len > MTLS_CRL_STATE_MAX_RECORD)
        return false;
    first = take_line(&text, pool);
    if (first == NULL || strcmp(first, FIRST_LINE) != 0)
        return false;
    read.url = take_value(&text, "url", pool);
    if (read.url == NULL || mtls_fetch_check_url(read.url, NULL, pool) != NULL ||
        !take_field(&read.etag, &text, "etag", pool) ||
        !take_field(&read.last_modified, &text, "last-modified", pool) ||
        !take_number(&asked, &text, "asked", MAX_SECONDS, pool) ||
        !take_number(&next, &text, "next", MAX_SECONDS, pool) ||
        !take_number(&failures, &text, "failures", 1000000, pool) || text.len != 0)
        return false;
    read.asked = apr_time_from_sec(asked);
    read.next = apr_time_from_sec(next);
    read.failures = (int)failures;
    *state = read;
    return true;
}

const char *mtls_crl_state_write(const mtls_crl_state_t *state, apr_pool_t *pool)
{
    return apr_psprintf(pool,
                        FIRST_LINE "\nurl %s\netag %s\nlast-modified %s\nasked %" APR_TIME_T_FMT
                                   "\nnext %" APR_TIME_T_FMT "\nfailures %d\n",
                        state->url, state->etag != NULL ? state->etag : "-",
                        state->last_modified != NULL ? state->last_modified : "-",
                        apr_time_sec(state->asked), apr_time_sec(state->next), state->failures);
}

static apr_status_t make_dir(const char *dir, apr_pool_t *scratch)
{
    apr_status_t status =
        apr_dir_make(dir,
                     APR_FPROT_UREAD | APR_FPROT_UWRITE | APR_FPROT_UEXECUTE | APR_FPROT_GREAD |
                         APR_FPROT_GEXECUTE | APR_FPROT_WREAD | APR_FPROT_WEXECUTE,
                     scratch);

    return APR_STATUS_IS_EEXIST(status) ? APR_SUCCESS : status;
}

apr_status_t mtls_crl_state_make_dir(const char *dir, apr_pool_t *scratch)
{
    apr_status_t status = make_dir(dir, scratch);

    return status == APR_SUCCESS ? make_dir(apr_pstrcat(scratch, dir, "/" RECORDS, NULL), scratch)
                                 : status;
}

/* One octet more is asked for, so that a file that grows is noticed. */
static apr_status_t read_all(mtls_bytes_t *out, int fd, apr_size_t max, apr_pool_t *pool)
{
    struct stat info;
    unsigned char *data;
    apr_size_t len = 0;
    ssize_t got = 1;

    if (fstat(fd, &info) != 0)
        return errno;
    if (!S_ISREG(info.st_mode) || info.st_size < 0 || (apr_uint64_t)info.st_size > max)
        return APR_EGENERAL;
    data = apr_palloc(pool, (apr_size_t)info.st_size + 1);
    while (got > 0 && len <= (apr_size_t)info.st_size) {
        got = read(fd, data + len, (apr_size_t)info.st_size + 1 - len);
        if (got < 0)
            return errno;
        len += (apr_size_t)got;
    }
    *out = (mtls_bytes_t){data, len};
    return len == (apr_size_t)info.st_size ? APR_SUCCESS : APR_EGENERAL;
}

apr_status_t mtls_crl_state_read(mtls_bytes_t *out, const char *dir, const char *name,
                                 apr_size_t max, apr_pool_t *pool)
{
    int fd = open(apr_pstrcat(pool, dir, "/", name, NULL),
                  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    apr_status_t status;

    *out = (mtls_bytes_t){0};
    if (fd == -1)
        return errno == ELOOP ? APR_EGENERAL : errno;
    status = read_all(out, fd, max, pool);
    close(fd);
    if (status != APR_SUCCESS)
        *out = (mtls_bytes_t){0};
    return status;
}

static apr_status_t write_all(int fd, mtls_bytes_t octets)
{
    while (octets.len != 0) {
        ssize_t sent = write(fd, octets.data, octets.len);

        if (sent < 0)
            return errno;
        octets.data += sent;
        octets.len -= (apr_size_t)sent;
    }
    return fchmod(fd, 0644) == 0 && fsync(fd) == 0 ? APR_SUCCESS : errno;
}

apr_status_t mtls_crl_state_replace(const char *dir, const char *name, mtls_bytes_t octets,
                                    apr_pool_t *scratch)
{
    char *path = apr_pstrcat(scratch, dir, "/" RECORDS "/" UNFINISHED "XXXXXX", NULL);
    int fd = mkostemp(path, O_CLOEXEC);
    apr_status_t status;

    if (fd == -1)
        return errno;
    status = write_all(fd, octets);
    if (close(fd) != 0 && status == APR_SUCCESS)
        status = errno;
    if (status == APR_SUCCESS && rename(path, apr_pstrcat(scratch, dir, "/", name, NULL)) != 0)
        status = errno;
    if (status != APR_SUCCESS)
        (void)unlink(path);
    return status;
}

/* The record in a file, if it belongs to the file's name. */
static bool load_named(mtls_crl_state_t *state, const char *dir, const char *name, apr_pool_t *pool)
{
    mtls_bytes_t text;
    const char *own;

    if (mtls_crl_state_read(&text, dir, name, MTLS_CRL_STATE_MAX_RECORD, pool) != APR_SUCCESS ||
        !mtls_crl_state_parse(state, text, pool))
        return false;
    own = mtls_crl_state_record(state->url, pool);
    return own != NULL && strcmp(name, own) == 0;
}

void mtls_crl_state_load(mtls_crl_state_t *state, const char *dir, const char *url,
                         apr_pool_t *pool)
{
    const char *name = mtls_crl_state_record(url, pool);

    if (name == NULL || !load_named(state, dir, name, pool))
        *state = (mtls_crl_state_t){.url = url};
}

apr_status_t mtls_crl_state_store(const mtls_crl_state_t *state, const char *dir,
                                  apr_pool_t *scratch)
{
    const char *name = mtls_crl_state_record(state->url, scratch);
    const char *text = mtls_crl_state_write(state, scratch);

    if (name == NULL)
        return APR_ENOMEM;
    return mtls_crl_state_replace(
        dir, name, (mtls_bytes_t){(const unsigned char *)text, strlen(text)}, scratch);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_record_name(const char *name)
{
    return strlen(name) == HASH_LEN + strlen(ENDING) && strcmp(name + HASH_LEN, ENDING) == 0 &&
           strspn(name, "0123456789abcdef") == HASH_LEN;
}

const apr_array_header_t *mtls_crl_state_list(const char *dir, int most, apr_pool_t *pool)
{
    apr_array_header_t *urls = apr_array_make(pool, 8, sizeof(const char *));
    mtls_crl_state_t state;
    apr_finfo_t info;
    apr_dir_t *handle;

    if (apr_dir_open(&handle, apr_pstrcat(pool, dir, "/" RECORDS, NULL), pool) != APR_SUCCESS)
        return urls;
    while (urls->nelts < most) {
        apr_status_t status = apr_dir_read(&info, APR_FINFO_NAME, handle);

        if (status != APR_SUCCESS && status != APR_INCOMPLETE)
            break;
        if (is_record_name(info.name) &&
            load_named(&state, dir, apr_pstrcat(pool, RECORDS "/", info.name, NULL), pool))
            APR_ARRAY_PUSH(urls, const char *) = state.url;
    }
    apr_dir_close(handle);
    qsort(urls->elts, (size_t)urls->nelts, sizeof(const char *), by_text);
    return urls;
}

void mtls_crl_state_tidy(const char *dir, apr_time_t before, apr_pool_t *scratch)
{
    const char *records = apr_pstrcat(scratch, dir, "/" RECORDS, NULL);
    apr_status_t status;
    apr_finfo_t info;
    apr_dir_t *handle;

    if (apr_dir_open(&handle, records, scratch) != APR_SUCCESS)
        return;
    do {
        status = apr_dir_read(&info, APR_FINFO_NAME | APR_FINFO_MTIME, handle);
        if (status == APR_SUCCESS && strncmp(info.name, UNFINISHED, strlen(UNFINISHED)) == 0 &&
            info.mtime < before)
            (void)unlink(apr_pstrcat(scratch, records, "/", info.name, NULL));
    } while (status == APR_SUCCESS || status == APR_INCOMPLETE);
    apr_dir_close(handle);
}
