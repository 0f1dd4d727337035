/* Makes the disk report errors: loaded before the C library (LD_PRELOAD), it fails what the file named by HINDCAST_IO_ERRORS lists, such as
 * "write sync", on the files of the database. While there is no such file, everything works. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

typedef ssize_t (*reads)(int, void *, size_t);
typedef ssize_t (*reads_at)(int, void *, size_t, off_t);
typedef ssize_t (*writes)(int, const void *, size_t);
typedef ssize_t (*writes_at)(int, const void *, size_t, off_t);
typedef int (*syncs)(int);

static ssize_t real_read(int file, void *to, size_t bytes) {
    static reads next;
    if (!next) next = (reads)dlsym(RTLD_NEXT, "read");
    return next(file, to, bytes);
}

static int fails(int file, const char *what) {
    const char *list = getenv("HINDCAST_IO_ERRORS");
    if (!list) return 0;
    int kept = errno;
    int opened = open(list, O_RDONLY | O_CLOEXEC);
    if (opened < 0) {
        errno = kept;
        return 0;
    }
    char text[64] = {0}, link[64], path[4096] = {0};
    real_read(opened, text, sizeof text - 1);
    close(opened);
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = kept;
    if (length <= 0 || !strstr(path, "/hindcast.db") || !strstr(text, what)) return 0;
    errno = EIO;
    return 1;
}

ssize_t read(int file, void *to, size_t bytes) {
    return fails(file, "read") ? -1 : real_read(file, to, bytes);
}

ssize_t write(int file, const void *from, size_t bytes) {
    static writes next;
    if (!next) next = (writes)dlsym(RTLD_NEXT, "write");
    return fails(file, "write") ? -1 : next(file, from, bytes);
}

#define READ_AT(name)                                                   \
    ssize_t name(int file, void *to, size_t bytes, off_t at) {          \
        static reads_at next;                                           \
        if (!next) next = (reads_at)dlsym(RTLD_NEXT, #name);            \
        return fails(file, "read") ? -1 : next(file, to, bytes, at);    \
    }

#define WRITE_AT(name)                                                  \
    ssize_t name(int file, const void *from, size_t bytes, off_t at) {  \
        static writes_at next;                                          \
        if (!next) next = (writes_at)dlsym(RTLD_NEXT, #name);           \
        return fails(file, "write") ? -1 : next(file, from, bytes, at); \
    }

#define SYNC(name)                                                      \
    int name(int file) {                                                \
        static syncs next;                                              \
        if (!next) next = (syncs)dlsym(RTLD_NEXT, #name);               \
        return fails(file, "sync") ? -1 : next(file);                   \
    }

READ_AT(pread)
READ_AT(pread64)
WRITE_AT(pwrite)
WRITE_AT(pwrite64)
SYNC(fsync)
SYNC(fdatasync)
