/*
 * Runs a program and says when it was executed, when it had ended and what it used, without the time that the process
 * asking for it takes to fork, and without its memory: a peak counts from the fork on.
 *
 *   stopwatch PROGRAM [ARGUMENT...]
 *
 * "exec" is read in the child right before execve(2), "end" when the death has been waited for. "used" tells the
 * microseconds of processor time, user and system, of the program and all it has waited for, and the largest resident
 * memory that any one of them had, in KiB.
 */
#include "clock.h"

#include <sys/resource.h>
#include <sys/wait.h>

int main(int count, char **arguments) {
  if (count < 2) return 64;
  pid_t child = fork();
  if (child < 0) {
    perror("fork");
    return 71;
  }
  if (child == 0) {
    /* The reading comes first and its logging is part of what is measured: a few microseconds, the same for all. */
    log_reading("exec", clock_ns(), arguments[1]);
    execv(arguments[1], arguments + 1);
    perror(arguments[1]);
    _exit(127);
  }
  int status;
  struct rusage used;
  wait4(child, &status, 0, &used);
  log_reading("end", clock_ns(), arguments[1]);
  char text[64];
  long long seconds = used.ru_utime.tv_sec + used.ru_stime.tv_sec;
  snprintf(text, sizeof text, "%lld %ld", seconds * 1000000 + used.ru_utime.tv_usec + used.ru_stime.tv_usec, used.ru_maxrss);
  log_reading("used", clock_ns(), text);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
