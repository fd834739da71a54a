/*
 * One clock for all processes of a measurement, and one log for their readings. CLOCK_MONOTONIC counts from boot for every
 * process alike and, unlike CLOCK_REALTIME, is never set.
 */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long long clock_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Appends "<event> <ns> <pid> <text>" as one write, so that lines of several processes never mix. */
static void log_reading(const char *event, long long at, const char *text) {
  const char *path = getenv("BENCH_LOG");
  if (path == NULL) return;
  char line[8192];
  int length = snprintf(line, sizeof line, "%s %lld %d %s\n", event, at, (int)getpid(), text);
  int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || length < 0 || length >= (int)sizeof line || write(fd, line, length) != length) {
    perror(path);
    _exit(70);
  }
  close(fd);
}

#endif
