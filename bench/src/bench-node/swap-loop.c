/*
 * The least that can switch a binary: start version N, wait for inotify to say that upgrade-info.json was written, SIGTERM,
 * wait for the death, start version N + 1. It proves nothing, keeps no record, moves no link and runs no pre-upgrade.
 *
 *   swap-loop HOME DAEMON
 */
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static pid_t start(const char *home, const char *daemon, int version) {
  char path[4096];
  char *arguments[] = {path, "start", "--home", (char *)home, NULL};
  pid_t node;
  if (version == 1) snprintf(path, sizeof path, "%s/cosmovisor/genesis/bin/%s", home, daemon);
  else snprintf(path, sizeof path, "%s/cosmovisor/upgrades/v%d/bin/%s", home, version, daemon);
  if (posix_spawn(&node, path, NULL, NULL, arguments, environ) != 0) {
    perror(path);
    _exit(70);
  }
  return node;
}

/* Returns once the file has been written and closed. */
static void wait_for_file(int watch) {
  char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
  for (;;) {
    ssize_t length = read(watch, events, sizeof events);
    for (char *at = events; at < events + length; at += sizeof(struct inotify_event) + ((struct inotify_event *)at)->len) {
      const struct inotify_event *event = (const struct inotify_event *)at;
      if (event->len > 0 && strcmp(event->name, "upgrade-info.json") == 0) return;
    }
  }
}

int main(int count, char **arguments) {
  char data[4096];
  if (count != 3) return 64;
  snprintf(data, sizeof data, "%s/data", arguments[1]);
  int watch = inotify_init1(IN_CLOEXEC);
  if (watch < 0 || inotify_add_watch(watch, data, IN_CLOSE_WRITE) < 0) {
    perror(data);
    return 71;
  }
  for (int version = 1;; version++) {
    pid_t node = start(arguments[1], arguments[2], version);
    wait_for_file(watch);
    kill(node, SIGTERM);
    waitpid(node, NULL, 0);
  }
}
