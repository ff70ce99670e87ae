/* Preloaded into a program, records in order what it does to the files below one folder and what
 * it writes to standard output, and may make one of these calls fail. The recording is all that is
 * needed to work out what a disk may hold if power is cut at any moment (src/disk.rs).
 *
 * C, because the functions to stand before take variable arguments. Every call goes to the kernel
 * directly, so nothing of the C library stands before these functions or is called by them.
 *
 * Environment:
 *   CRASH_ROOT   the folder, absolute, without a slash at its end; nothing is done without it
 *   CRASH_TAPE   the file that the recording is written to, outside the folder
 *   CRASH_SYNC   if set, syncs are not carried out and take that many microseconds instead
 *   CRASH_FAULT  class:n:action, or class:n+:action for every call from the n-th on; the class is
 *                write, sync (of a file), folder (a sync of one), create or name, the action EIO,
 *                ENOSPC or KILL
 *
 * A record of the tape: kind (1 byte), two numbers (8 bytes each), the lengths of two byte strings
 * (4 bytes each), the strings; integers in the machine's order. The kinds stand in `enum kind` and,
 * the same, in src/tape.rs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind {
    OPENED = 1, /* inode, flags: 1 created, 2 emptied; path */
    WRITTEN,    /* inode, offset; bytes */
    RESIZED,    /* inode, size */
    SYNC_BEGUN, /* inode (0: everything), number of the sync */
    SYNC_ENDED, /* number of the sync, 1 if it succeeded */
    RENAMED,    /* from, to */
    UNLINKED,   /* path */
    DIR_MADE,   /* path */
    DIR_REMOVED,
    LINKED,     /* from, to */
    SAID,       /* bytes */
    HINTED,     /* inode: a sync_file_range */
};

enum class { WRITE, SYNC, FOLDER, CREATE, NAME, CLASSES };
static const char *const class_names[CLASSES] = {"write", "sync", "folder", "create", "name"};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_length;
static int tape = -1;
static int replaces_syncs;
static useconds_t sync_micros;
static int fault_class = -1, fault_lasts, fault_errno;
static uint64_t fault_at, calls[CLASSES], syncs;

static void give_up(const char *what) {
    syscall(SYS_write, 2, what, strlen(what));
    syscall(SYS_exit_group, 97);
}

static void read_fault(const char *text) {
    char class_name[16], action[16];
    unsigned long at;
    int end = 0;
    if (sscanf(text, "%15[a-z]:%lu%n", class_name, &at, &end) < 2) give_up("shim: bad CRASH_FAULT\n");
    fault_lasts = text[end] == '+';
    if (sscanf(text + end + fault_lasts, ":%15s", action) != 1) give_up("shim: bad CRASH_FAULT\n");
    for (int i = 0; i < CLASSES; i++)
        if (!strcmp(class_names[i], class_name)) fault_class = i;
    fault_at = at;
    fault_errno = !strcmp(action, "EIO") ? EIO : !strcmp(action, "ENOSPC") ? ENOSPC : 0;
    if (fault_class < 0 || (!fault_errno && strcmp(action, "KILL"))) give_up("shim: bad CRASH_FAULT\n");
}

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("CRASH_ROOT"), *path = getenv("CRASH_TAPE");
    if (!folder || !path) return;
    root_length = strlen(folder);
    if (root_length >= sizeof root) give_up("shim: CRASH_ROOT is too long\n");
    memcpy(root, folder, root_length + 1);
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
    int fd = syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
    /* Out of the way of programs that expect the lowest number. */
    tape = fd < 0 ? fd : (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 700);
    if (tape < 0) give_up("shim: cannot write CRASH_TAPE\n");
    syscall(SYS_close, fd);
    const char *micros = getenv("CRASH_SYNC"), *fault = getenv("CRASH_FAULT");
    if (micros) {
        replaces_syncs = 1;
        sync_micros = (useconds_t)atoi(micros);
    }
    if (fault) read_fault(fault);
}

/* Writes a record; the lock is held. */
static void record(enum kind kind, uint64_t a, uint64_t b, const void *one, uint32_t one_length,
                   const void *two, uint32_t two_length) {
    char head[25];
    int saved = errno;
    head[0] = (char)kind;
    memcpy(head + 1, &a, 8);
    memcpy(head + 9, &b, 8);
    memcpy(head + 17, &one_length, 4);
    memcpy(head + 21, &two_length, 4);
    struct iovec parts[3] = {{head, sizeof head}, {(void *)one, one_length}, {(void *)two, two_length}};
    ssize_t whole = (ssize_t)(sizeof head + one_length + two_length);
    if (syscall(SYS_writev, tape, parts, 3) != whole) give_up("shim: the tape is full\n");
    errno = saved;
}

/* The path below the folder that a name stands for ("" is the folder), or NULL for another file. */
static const char *below(const char *path) {
    if (strncmp(path, root, root_length)) return NULL;
    if (!path[root_length]) return path + root_length;
    return path[root_length] == '/' ? path + root_length + 1 : NULL;
}

/* The same of a name relative to an open directory; `space` holds the result. */
static const char *below_at(int dir, const char *path, char space[2 * PATH_MAX]) {
    if (tape < 0) return NULL;
    if (path[0] == '/') return below(path);
    char link[32];
    if (dir == AT_FDCWD) strcpy(link, "/proc/self/cwd");
    else snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, space, PATH_MAX);
    if (length < 0) return NULL;
    snprintf(space + length, PATH_MAX, "/%s", path);
    return below(space);
}

/* The inode of an open file or directory below the folder, 0 for any other. */
static uint64_t inode_of(int fd) {
    if (tape < 0) return 0;
    char link[32], path[PATH_MAX];
    struct stat status;
    int saved = errno;
    uint64_t inode = 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    if (length > 0) {
        path[length] = 0;
        if (below(path) && !fstat(fd, &status)) inode = status.st_ino;
    }
    errno = saved;
    return inode;
}

/* Counts a call of a class; what errno it is to fail with, 0 for none. The lock is held. */
static int fault(enum class class) {
    uint64_t now = ++calls[class];
    if (fault_class != (int)class || (fault_lasts ? now < fault_at : now != fault_at)) return 0;
    if (!fault_errno) syscall(SYS_kill, (long)getpid(), SIGKILL);
    return fault_errno;
}

static ssize_t failed(int number) {
    errno = number;
    return -1;
}

#define LOCKED(statement)            \
    do {                             \
        pthread_mutex_lock(&lock);   \
        statement;                   \
        pthread_mutex_unlock(&lock); \
    } while (0)

static int open_below(int dir, const char *path, int flags, mode_t mode) {
    char space[2 * PATH_MAX];
    const char *name = below_at(dir, path, space);
    if (!name) return (int)syscall(SYS_openat, dir, path, flags, mode);
    int fd;
    pthread_mutex_lock(&lock);
    struct stat status;
    int created = (flags & O_CREAT) && syscall(SYS_newfstatat, dir, path, &status, 0) != 0;
    int number = created ? fault(CREATE) : 0;
    if (number) {
        fd = (int)failed(number);
    } else {
        fd = (int)syscall(SYS_openat, dir, path, flags, mode);
        if (fd >= 0 && !fstat(fd, &status)) {
            uint64_t what = (created ? 1 : 0) | (flags & O_TRUNC ? 2 : 0);
            record(OPENED, status.st_ino, what, name, (uint32_t)strlen(name), NULL, 0);
        }
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

#define OPEN(name)                                                   \
    int name(const char *path, int flags, ...) {                     \
        va_list rest;                                                \
        va_start(rest, flags);                                       \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                                \
        return open_below(AT_FDCWD, path, flags, mode);              \
    }
#define OPENAT(name)                                                 \
    int name(int dir, const char *path, int flags, ...) {            \
        va_list rest;                                                \
        va_start(rest, flags);                                       \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                                \
        return open_below(dir, path, flags, mode);                   \
    }
#define CREAT(name)                                                  \
    int name(const char *path, mode_t mode) {                        \
        return open_below(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); \
    }
OPEN(open) OPEN(open64) OPENAT(openat) OPENAT(openat64) CREAT(creat) CREAT(creat64)

/* Joins the first `length` bytes of the parts and records them as written at `offset`. */
static void record_written(uint64_t inode, uint64_t offset, const struct iovec *parts, int count,
                           ssize_t length) {
    for (int i = 0; i < count && length > 0; i++) {
        ssize_t step = length < (ssize_t)parts[i].iov_len ? length : (ssize_t)parts[i].iov_len;
        record(WRITTEN, inode, offset, parts[i].iov_base, (uint32_t)step, NULL, 0);
        offset += (uint64_t)step;
        length -= step;
    }
}

/* All writes end here; `offset` is -1 for the file's own. */
static ssize_t write_parts(int fd, const struct iovec *parts, int count, off_t offset) {
    if (fd == 1 && tape >= 0) {
        ssize_t length;
        pthread_mutex_lock(&lock);
        /* Recorded first: nobody hears it before it stands on the tape. */
        for (int i = 0; i < count; i++)
            record(SAID, 0, 0, parts[i].iov_base, (uint32_t)parts[i].iov_len, NULL, 0);
        length = syscall(SYS_writev, fd, parts, count);
        pthread_mutex_unlock(&lock);
        return length;
    }
    uint64_t inode = inode_of(fd);
    if (!inode) {
        return offset < 0 ? syscall(SYS_writev, fd, parts, count)
                          : syscall(SYS_pwritev, fd, parts, count, offset, 0);
    }
    ssize_t length;
    pthread_mutex_lock(&lock);
    int number = fault(WRITE);
    struct iovec half = {parts[0].iov_base, parts[0].iov_len / 2};
    if (number == ENOSPC && half.iov_len && calls[WRITE] == fault_at) {
        /* A full disk first takes a part. */
        parts = &half;
        count = 1;
        number = 0;
    }
    if (number) {
        length = failed(number);
    } else {
        length = offset < 0 ? syscall(SYS_writev, fd, parts, count)
                            : syscall(SYS_pwritev, fd, parts, count, offset, 0);
        if (length > 0) {
            uint64_t at = offset < 0 ? (uint64_t)(syscall(SYS_lseek, fd, 0, SEEK_CUR) - length) : (uint64_t)offset;
            record_written(inode, at, parts, count, length);
        }
    }
    pthread_mutex_unlock(&lock);
    return length;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    struct iovec part = {(void *)bytes, length};
    return write_parts(fd, &part, 1, -1);
}
ssize_t writev(int fd, const struct iovec *parts, int count) { return write_parts(fd, parts, count, -1); }
#define PWRITE(name)                                                             \
    ssize_t name(int fd, const void *bytes, size_t length, off_t offset) {       \
        struct iovec part = {(void *)bytes, length};                             \
        return write_parts(fd, &part, 1, offset);                                \
    }
#define PWRITEV(name)                                                            \
    ssize_t name(int fd, const struct iovec *parts, int count, off_t offset) {   \
        return write_parts(fd, parts, count, offset);                            \
    }
PWRITE(pwrite) PWRITE(pwrite64) PWRITEV(pwritev) PWRITEV(pwritev64)

static int resize(int fd, off_t size) {
    uint64_t inode = inode_of(fd);
    if (!inode) return (int)syscall(SYS_ftruncate, fd, size);
    int outcome;
    pthread_mutex_lock(&lock);
    int number = fault(WRITE);
    outcome = number ? (int)failed(number) : (int)syscall(SYS_ftruncate, fd, size);
    if (!outcome) record(RESIZED, inode, (uint64_t)size, NULL, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return outcome;
}
int ftruncate(int fd, off_t size) { return resize(fd, size); }
int ftruncate64(int fd, off_t size) { return resize(fd, size); }

static int reserve(int fd, int mode, off_t offset, off_t length) {
    uint64_t inode = inode_of(fd);
    int outcome = (int)syscall(SYS_fallocate, fd, mode, offset, length);
    struct stat status;
    /* Holes and shifts are not modelled: a program that makes them does not match its recording. */
    if (!outcome && inode && !fstat(fd, &status))
        LOCKED(record(RESIZED, inode, (uint64_t)status.st_size, NULL, 0, NULL, 0));
    return outcome;
}
int fallocate(int fd, int mode, off_t offset, off_t length) { return reserve(fd, mode, offset, length); }
int fallocate64(int fd, int mode, off_t offset, off_t length) { return reserve(fd, mode, offset, length); }
int posix_fallocate(int fd, off_t offset, off_t length) { return reserve(fd, 0, offset, length) ? errno : 0; }
int posix_fallocate64(int fd, off_t offset, off_t length) { return reserve(fd, 0, offset, length) ? errno : 0; }

/* All syncs end here: `call` is the system call, `inode` 0 for everything. */
static int synced(long call, int fd, uint64_t inode) {
    uint64_t sync;
    int number, outcome = 0;
    struct stat status;
    int folder = inode && !fstat(fd, &status) && S_ISDIR(status.st_mode);
    LOCKED(number = fault(folder ? FOLDER : SYNC); sync = ++syncs; record(SYNC_BEGUN, inode, sync, NULL, 0, NULL, 0));
    if (number) {
        outcome = (int)failed(number);
    } else if (replaces_syncs) {
        if (sync_micros) usleep(sync_micros);
    } else {
        outcome = (int)syscall(call, fd);
    }
    LOCKED(record(SYNC_ENDED, sync, outcome == 0, NULL, 0, NULL, 0));
    return outcome;
}
static int sync_file(long call, int fd) {
    uint64_t inode = inode_of(fd);
    return inode ? synced(call, fd, inode) : (int)syscall(call, fd);
}
int fsync(int fd) { return sync_file(SYS_fsync, fd); }
int fdatasync(int fd) { return sync_file(SYS_fdatasync, fd); }
int syncfs(int fd) { return inode_of(fd) ? synced(SYS_syncfs, fd, 0) : (int)syscall(SYS_syncfs, fd); }
void sync(void) {
    if (tape >= 0) synced(SYS_sync, 0, 0);
    else syscall(SYS_sync);
}
static int hint(int fd, off_t offset, off_t length, unsigned flags) {
    uint64_t inode = inode_of(fd);
    if (inode) LOCKED(record(HINTED, inode, 0, NULL, 0, NULL, 0));
    if (inode && replaces_syncs) return 0;
    return (int)syscall(SYS_sync_file_range, fd, offset, length, flags);
}
int sync_file_range(int fd, off_t offset, off_t length, unsigned flags) { return hint(fd, offset, length, flags); }

/* Names: one path, or two. */
static int named(enum kind kind, long call, int dir, const char *path, long argument) {
    char space[2 * PATH_MAX];
    const char *name = below_at(dir, path, space);
    if (!name) return (int)syscall(call, dir, path, argument);
    int outcome;
    pthread_mutex_lock(&lock);
    int number = fault(NAME);
    outcome = number ? (int)failed(number) : (int)syscall(call, dir, path, argument);
    if (!outcome) record(kind, 0, 0, name, (uint32_t)strlen(name), NULL, 0);
    pthread_mutex_unlock(&lock);
    return outcome;
}
static int named_twice(enum kind kind, long call, int from_dir, const char *from, int to_dir,
                       const char *to, unsigned flags) {
    char from_space[2 * PATH_MAX], to_space[2 * PATH_MAX];
    const char *from_name = below_at(from_dir, from, from_space);
    const char *to_name = below_at(to_dir, to, to_space);
    if (!from_name || !to_name) return (int)syscall(call, from_dir, from, to_dir, to, flags);
    int outcome;
    pthread_mutex_lock(&lock);
    int number = fault(NAME);
    outcome = number ? (int)failed(number) : (int)syscall(call, from_dir, from, to_dir, to, flags);
    if (!outcome)
        record(kind, 0, 0, from_name, (uint32_t)strlen(from_name), to_name, (uint32_t)strlen(to_name));
    pthread_mutex_unlock(&lock);
    return outcome;
}
int unlink(const char *path) { return named(UNLINKED, SYS_unlinkat, AT_FDCWD, path, 0); }
int rmdir(const char *path) { return named(DIR_REMOVED, SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR); }
int unlinkat(int dir, const char *path, int flags) {
    return named(flags & AT_REMOVEDIR ? DIR_REMOVED : UNLINKED, SYS_unlinkat, dir, path, flags);
}
int mkdir(const char *path, mode_t mode) { return named(DIR_MADE, SYS_mkdirat, AT_FDCWD, path, mode); }
int mkdirat(int dir, const char *path, mode_t mode) { return named(DIR_MADE, SYS_mkdirat, dir, path, mode); }
int rename(const char *from, const char *to) {
    return named_twice(RENAMED, SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}
int renameat(int from_dir, const char *from, int to_dir, const char *to) {
    return named_twice(RENAMED, SYS_renameat2, from_dir, from, to_dir, to, 0);
}
int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
    return named_twice(RENAMED, SYS_renameat2, from_dir, from, to_dir, to, flags);
}
int link(const char *from, const char *to) {
    return named_twice(LINKED, SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}
int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags) {
    return named_twice(LINKED, SYS_linkat, from_dir, from, to_dir, to, (unsigned)flags);
}
