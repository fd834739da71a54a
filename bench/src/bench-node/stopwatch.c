/*
 * Runs a program and says when it was executed and when it had ended, without the time that the process asking for it
 * takes to fork.
 *
 *   stopwatch PROGRAM [ARGUMENT...]
 *
 * "exec" is read in the child right before execve(2), "end" when the death has been waited for.
 */
#include "clock.h"

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
  waitpid(child, &status, 0);
  log_reading("end", clock_ns(), arguments[1]);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
