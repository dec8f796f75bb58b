/*
 * ends.c - how the threads of a process end, told by what is preloaded into a server.
 *
 * When a process ends, OpenSSL gives back what it keeps for each thread.  A thread that ends just
 * then gives the same back, and the process crashes.  So threads of ours have nothing of OpenSSL's
 * while they are idle.  Here the process waits, before anything else at its end, for its other
 * threads to end, and tells of each that had something.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TURNS 500
#define PAUSE 10000000 /* nanoseconds */

typedef int create_key_t(pthread_key_t *, void (*)(void *));
typedef int create_thread_t(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static void (*openssl_destructor)(void *);
static pid_t told_of;

static void say(const char *what)
{
    char line[128];
    int len = snprintf(line, sizeof(line), "TEST_ENDS: process %d: %s\n", (int)getpid(), what);

    if (write(STDERR_FILENO, line, (size_t)len) != len)
        abort();
}

static int count_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    int count = 0;

    while (tasks && readdir(tasks))
        count++;
    if (tasks)
        closedir(tasks);
    return count - 2; /* without . and .. */
}

static void wait_for_threads(void)
{
    const struct timespec pause = {.tv_nsec = PAUSE};
    int turn;

    if (told_of != getpid())
        return;
    for (turn = 0; turn < TURNS && count_threads() > 1; turn++)
        nanosleep(&pause, NULL);
    say(count_threads() > 1 ? "threads go on" : "threads have ended");
}

static void destroy(void *value)
{
    say("a thread ended with what OpenSSL keeps for it");
    openssl_destructor(value);
}

static int is_openssl(void (*destructor)(void *))
{
    Dl_info info;
    void *address;

    memcpy(&address, &destructor, sizeof(address));
    return dladdr(address, &info) && info.dli_fname && strstr(info.dli_fname, "libcrypto");
}

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    create_key_t *real;

    *(void **)&real = dlsym(RTLD_NEXT, "pthread_key_create");
    if (!destructor || !is_openssl(destructor))
        return real(key, destructor);
    openssl_destructor = destructor;
    return real(key, destroy);
}

/* What is registered last is done first. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                   void *data)
{
    create_thread_t *real;

    *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    if (told_of != getpid() && atexit(wait_for_threads) == 0)
        told_of = getpid();
    return real(thread, attr, start, data);
}
