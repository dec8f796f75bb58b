/*
 * t/fuzz/replay.c - run a fuzz target over kept inputs, without a fuzzer.
 *
 * Arguments are files and directories (not their sub-directories); without any, the corpus that
 * FUZZ_CORPUS names in $srcdir/t/fuzz/corpus.  Fails when there is nothing to replay: a test that
 * lost its inputs must not pass.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Noreturn void die(const char *what, const char *path)
{
    fprintf(stderr, "replay: %s: %s: %s\n", path, what, strerror(errno));
    exit(EXIT_FAILURE);
}

static uint8_t *read_all(FILE *file, size_t size, const char *path)
{
    /* Exactly as large as the input, so that a memory checker sees one octet too far. */
    uint8_t *data = malloc(size != 0 ? size : 1);

    if (data == NULL || fread(data, 1, size, file) != size) {
        die("cannot read", path);
    }
    return data;
}

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data;
    long size;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) {
        die("cannot open", path);
    }
    rewind(file);
    data = read_all(file, (size_t)size, path);
    fclose(file);
    LLVMFuzzerTestOneInput(data, (size_t)size);
    free(data);
    return 1;
}

static int replay_directory(DIR *directory, const char *path)
{
    const struct dirent *entry;
    int done = 0;

    while ((entry = readdir(directory)) != NULL) {
        size_t len = strlen(path) + strlen(entry->d_name) + 2;
        char *name;

        if (entry->d_name[0] == '.') {
            continue;
        }
        name = malloc(len);
        if (name == NULL) {
            die("no memory", path);
        }
        snprintf(name, len, "%s/%s", path, entry->d_name);
        done += replay_file(name);
        free(name);
    }
    closedir(directory);
    return done;
}

static int replay(const char *path)
{
    DIR *directory = opendir(path);
    int done;

    if (directory == NULL && errno == ENOTDIR) {
        return replay_file(path);
    }
    if (directory == NULL) {
        die("no such corpus", path);
    }
    done = replay_directory(directory, path);
    if (done == 0) {
        fprintf(stderr, "replay: %s: nothing in it\n", path);
        exit(EXIT_FAILURE);
    }
    return done;
}

static int replay_kept(void)
{
    const char *srcdir = getenv("srcdir");
    char path[4096];
    int len =
        snprintf(path, sizeof path, "%s/t/fuzz/corpus/" FUZZ_CORPUS, srcdir != NULL ? srcdir : ".");

    if (len < 0 || (size_t)len >= sizeof path) {
        errno = ENAMETOOLONG;
        die("cannot open", FUZZ_CORPUS);
    }
    return replay(path);
}

int main(int argc, char **argv)
{
    int done = 0;
    int i;

    if (argc < 2) {
        done = replay_kept();
    }
    for (i = 1; i < argc; i++) {
        done += replay(argv[i]);
    }
    printf("replayed %d inputs\n", done);
    return EXIT_SUCCESS;
}
