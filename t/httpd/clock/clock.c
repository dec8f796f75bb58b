/*
 * clock.c - a wall clock that tests can set, preloaded into a server.
 *
 * The file that TEST_CLOCK names begins with a 64-bit number of seconds in the machine's byte
 * order; it is mapped, so that whoever writes there moves the clocks of all processes at once.  The
 * monotonic clock, and everything that waits, is the system's.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *offset;
static int (*system_clock)(clockid_t, struct timespec *);

int clock_gettime(clockid_t id, struct timespec *at);
int gettimeofday(struct timeval *at, void *zone);
time_t time(time_t *at);

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("TEST_CLOCK");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *map = MAP_FAILED;

    *(void **)&system_clock = dlsym(RTLD_NEXT, "clock_gettime");
    if (fd >= 0)
        map = mmap(NULL, sizeof(*offset), PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED || !system_clock)
        abort();
    close(fd);
    offset = map;
}

/* A sanitizer, loaded before us, asks for the time before our constructor has run. */
static int ask_system(clockid_t id, struct timespec *at)
{
    return system_clock ? system_clock(id, at) : (int)syscall(SYS_clock_gettime, id, at);
}

int clock_gettime(clockid_t id, struct timespec *at)
{
    int status = ask_system(id, at);

    if (status == 0 && id == CLOCK_REALTIME && offset)
        at->tv_sec += (time_t)*offset;
    return status;
}

int gettimeofday(struct timeval *at, void *zone)
{
    struct timespec now;

    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at)
{
    struct timespec now;

    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return (time_t)-1;
    if (at)
        *at = now.tv_sec;
    return now.tv_sec;
}
