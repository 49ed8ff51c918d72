/*
 * A disk that fails when it is told to.
 *
 * Loaded into the server before the C library, it stands before the calls that change files, and
 * fails those under one directory as a file of orders says, which the test writes. Nothing is
 * failed, and next to nothing costs time, while there are no orders.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NOTHING = 0, FAIL_ONE = 1, FULL = 2, FAIL_SYNCS = 3 };

/* As tests/disk/disk.rs writes it. */
struct orders {
    uint32_t kind;
    /* Only files whose path contains this count; everything in the directory if it is empty. */
    char only[32];
    /* FAIL_ONE: which of the calls from now on fails, with which error, and whether half of what was
       to be written is, before that. */
    int32_t countdown;
    int32_t error;
    uint32_t is_short;
    /* FULL: how many bytes can still be written. */
    int64_t room;
    /* How many calls have failed, and which was the last. */
    uint32_t fired;
    char call[20];
};

static struct orders nobody_ordered;
static volatile struct orders *orders = &nobody_ordered;
static const char *directory = "";

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAILING_DISK_ORDERS");
    directory = getenv("FAILING_DISK_DIRECTORY");
    int file = path && directory ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) {
        abort();
    }
    void *mapped = mmap(NULL, sizeof(struct orders), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) {
        abort();
    }
    orders = mapped;
}

static int concerns_path(const char *path) {
    char only[sizeof(orders->only)];
    memcpy(only, (const char *)orders->only, sizeof only);
    return strncmp(path, directory, strlen(directory)) == 0 && strstr(path, only) != NULL;
}

static int concerns(int file) {
    char link[32], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) {
        return 0;
    }
    path[length] = 0;
    return concerns_path(path);
}

static int fail(const char *call, int error) {
    strncpy((char *)orders->call, call, sizeof(orders->call) - 1);
    __atomic_add_fetch(&orders->fired, 1, __ATOMIC_SEQ_CST);
    errno = error;
    return 1;
}

/* Whether it is the turn of this call, which is known to concern the directory. */
static int is_its_turn(void) {
    return orders->kind == FAIL_ONE && __atomic_sub_fetch(&orders->countdown, 1, __ATOMIC_SEQ_CST) == 0;
}

static int fails(const char *call) { return is_its_turn() && fail(call, orders->error); }

/* How much of a write of so many bytes is carried out; -1 for an error. */
static ssize_t writable(const char *call, int file, size_t count) {
    if (orders->kind == NOTHING || orders->kind == FAIL_SYNCS || !concerns(file)) {
        return count;
    }
    if (orders->kind == FULL) {
        int64_t left = __atomic_sub_fetch(&orders->room, (int64_t)count, __ATOMIC_SEQ_CST);
        if (left >= 0) {
            return count;
        }
        int64_t fits = left + (int64_t)count;
        return fits > 0 ? fits : (fail(call, ENOSPC), -1);
    }
    if (!is_its_turn()) {
        return count;
    }
    if (orders->is_short && count > 1) {
        /* Half of it, and the next call fails. */
        orders->is_short = 0;
        orders->countdown = 1;
        return count / 2;
    }
    return fail(call, orders->error), -1;
}

#define REAL(name, ...) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))(__VA_ARGS__)

#define POSITIONED(name, offset_type)                                                              \
    ssize_t name(int file, const void *bytes, size_t count, offset_type at) {                      \
        ssize_t part = writable(#name, file, count);                                               \
        return part < 0 ? -1 : REAL(name, file, bytes, part, at);                                  \
    }

#define SYNC(name)                                                                                 \
    int name(int file) {                                                                           \
        if (orders->kind != NOTHING && concerns(file) &&                                           \
            (orders->kind == FAIL_SYNCS ? fail(#name, EIO) : fails(#name))) {                      \
            return -1;                                                                             \
        }                                                                                          \
        return REAL(name, file);                                                                   \
    }

#define TRUNCATE(name, offset_type)                                                                \
    int name(int file, offset_type length) {                                                       \
        if (orders->kind != NOTHING && concerns(file) && fails(#name)) {                           \
            return -1;                                                                             \
        }                                                                                          \
        return REAL(name, file, length);                                                           \
    }

#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...) {                                                   \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;                                  \
        va_end(rest);                                                                              \
        if (orders->kind != NOTHING && (flags & O_CREAT) && concerns_path(path) && fails(#name)) { \
            return -1;                                                                             \
        }                                                                                          \
        return REAL(name, path, flags, mode);                                                      \
    }

POSITIONED(pwrite, off_t)
POSITIONED(pwrite64, off64_t)
SYNC(fsync)
SYNC(fdatasync)
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)
OPEN(open)
OPEN(open64)

ssize_t write(int file, const void *bytes, size_t count) {
    ssize_t part = writable("write", file, count);
    return part < 0 ? -1 : REAL(write, file, bytes, part);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    if (orders->kind != NOTHING && concerns(file) && fails("writev")) {
        return -1;
    }
    return REAL(writev, file, parts, count);
}

int rename(const char *from, const char *to) {
    if (orders->kind != NOTHING && concerns_path(to) && fails("rename")) {
        return -1;
    }
    return REAL(rename, from, to);
}
