/* Memory for secrets: what the system says of it, before and after, here and in a child.  S-26. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/secret_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

#define NOBODY 65534

/* The system as the unit sees it: link-time wrapping.  What has gone back is looked at before. */
static int mmap_error;
static int madvise_error;
static int given_back;
static int octets_left;

void *__real_mmap(void *at, size_t len, int rights, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t len, int rights, int flags, int fd, off_t offset);
int __real_madvise(void *at, size_t len, int advice);
int __wrap_madvise(void *at, size_t len, int advice);
int __real_munmap(void *at, size_t len);
int __wrap_munmap(void *at, size_t len);

void *__wrap_mmap(void *at, size_t len, int rights, int flags, int fd, off_t offset)
{
    if (mmap_error == 0)
        return __real_mmap(at, len, rights, flags, fd, offset);
    errno = mmap_error;
    return MAP_FAILED;
}

int __wrap_madvise(void *at, size_t len, int advice)
{
    if (madvise_error == 0)
        return __real_madvise(at, len, advice);
    errno = madvise_error;
    return -1;
}

int __wrap_munmap(void *at, size_t len)
{
    const unsigned char *octets = at;
    size_t i;

    given_back++;
    for (i = 0; i < len; i++)
        octets_left += octets[i] != 0;
    return __real_munmap(at, len);
}

static size_t page;
static apr_pool_t *own;

static void set_up(void)
{
    page = (size_t)sysconf(_SC_PAGESIZE);
    mmap_error = madvise_error = given_back = octets_left = 0;
    ck_assert_int_eq(apr_pool_create(&own, pool), APR_SUCCESS);
}

/* @return whether the mapping that holds @a octet has this flag: see proc(5), VmFlags */
static bool has_flag(const void *octet, const char *flag)
{
    FILE *smaps = fopen("/proc/self/smaps", "r");
    char line[4096];
    bool here = false;
    bool found = false;
    bool told = false;
    uintptr_t low, high;

    ck_assert_ptr_nonnull(smaps);
    while (fgets(line, sizeof(line), smaps)) {
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &low, &high) == 2)
            here = low <= (uintptr_t)octet && (uintptr_t)octet < high;
        else if (here && strncmp(line, "VmFlags:", strlen("VmFlags:")) == 0) {
            told = true;
            found = strstr(line, flag) != NULL;
        }
    }
    fclose(smaps);
    ck_assert(told);
    return found;
}

static bool is_mapped(const void *at)
{
    unsigned char resident;

    return mincore((void *)at, 1, &resident) == 0;
}

/* @return whether the system locks a page now; with some instruments mlock() does nothing */
static bool locks(void)
{
    void *probe =
        __real_mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool locked;

    ck_assert_ptr_ne(probe, MAP_FAILED);
    locked = mlock(probe, page) == 0 && has_flag(probe, " lo");
    ck_assert_int_eq(__real_munmap(probe, page), 0);
    return locked;
}

static const struct {
    size_t pages;
    size_t more;
    size_t takes; /* pages */
} sizes[] = {{0, 1, 1}, {1, 0, 1}, {1, 1, 2}, {5, 0, 5}};

START_TEST(S_26_pages_of_their_own)
{
    size_t len = sizes[_i].pages * page + sizes[_i].more;
    size_t all = sizes[_i].takes * page;
    unsigned char *secret = mtls_secret_alloc(len, own);
    unsigned char *other = mtls_secret_alloc(len, own);
    bool may_lock = locks();
    size_t i;

    ck_assert(secret && other);
    ck_assert_uint_eq((uintptr_t)secret % page, 0);
    ck_assert(secret + all <= other || other + all <= secret);
    for (i = 0; i < all; i++)
        ck_assert_int_eq(secret[i], 0);
    memset(secret, 0x5e, len);
    ck_assert(has_flag(secret, " dd") && has_flag(secret + all - 1, " dd"));
    ck_assert_int_eq(has_flag(secret, " lo"), may_lock);
    ck_assert_int_eq(has_flag(secret + all - 1, " lo"), may_lock);
    apr_pool_destroy(own);
    ck_assert(!is_mapped(secret) && !is_mapped(secret + all - page));
}
END_TEST

START_TEST(S_26_wiped_before_they_are_given_back)
{
    unsigned char *secret = mtls_secret_alloc(page + 1, own);

    ck_assert_ptr_nonnull(secret);
    memset(secret, 0x5e, 2 * page);
    ck_assert_int_eq(given_back, 0);
    apr_pool_clear(own);
    ck_assert_int_eq(given_back, 1);
    ck_assert_int_eq(octets_left, 0);
}
END_TEST

/* Root may lock whatever the limit is, so somebody else does it. */
START_TEST(S_26_without_the_right_to_lock)
{
    const struct rlimit none = {0, 0};
    bool is_root = geteuid() == 0;
    unsigned char *secret;

    ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &none), 0);
    ck_assert(!is_root || seteuid(NOBODY) == 0);
    secret = mtls_secret_alloc(1, own);
    ck_assert(!is_root || seteuid(0) == 0);
    ck_assert_ptr_nonnull(secret);
    ck_assert(has_flag(secret, " dd") && !has_flag(secret, " lo"));
    secret[0] = 0x5e;
    apr_pool_destroy(own);
    ck_assert(!is_mapped(secret));
}
END_TEST

/* A child has the octets too: not dumped, not locked, wiped with its copy of the pool. */
START_TEST(S_26_a_child_inherits)
{
    unsigned char *secret = mtls_secret_alloc(page, own);
    pid_t child;
    int status;

    ck_assert_ptr_nonnull(secret);
    secret[0] = 0x5e;
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        bool kept = secret[0] == 0x5e && has_flag(secret, " dd") && !has_flag(secret, " lo");

        apr_pool_destroy(own);
        _exit(kept && given_back == 1 && octets_left == 0 && !is_mapped(secret) ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(secret[0], 0x5e);
}
END_TEST

START_TEST(no_memory)
{
    errno = 0;
    ck_assert_ptr_null(mtls_secret_alloc(SIZE_MAX, own));
    ck_assert_int_eq(errno, ENOMEM);
    ck_assert_ptr_null(mtls_secret_alloc(SIZE_MAX - page, own));
    mmap_error = ENOMEM;
    ck_assert_ptr_null(mtls_secret_alloc(1, own));
    ck_assert_int_eq(errno, ENOMEM);
    apr_pool_destroy(own);
    ck_assert_int_eq(given_back, 0);
}
END_TEST

START_TEST(S_26_none_rather_than_one_that_is_dumped)
{
    madvise_error = EINVAL;
    ck_assert_ptr_null(mtls_secret_alloc(1, own));
    ck_assert_int_eq(errno, EINVAL);
    ck_assert_int_eq(given_back, 1);
    apr_pool_destroy(own);
    ck_assert_int_eq(given_back, 1);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("secret_memory");

    tcase_add_loop_test(tcase, S_26_pages_of_their_own, 0, COUNT_OF(sizes));
    tcase_add_test(tcase, S_26_wiped_before_they_are_given_back);
    tcase_add_test(tcase, S_26_without_the_right_to_lock);
    tcase_add_test(tcase, S_26_a_child_inherits);
    tcase_add_test(tcase, no_memory);
    tcase_add_test(tcase, S_26_none_rather_than_one_that_is_dumped);
    return run_case_with("secret_memory", tcase, set_up);
}
