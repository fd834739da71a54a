/*
 * A node with nothing in it, so that what is measured is its supervisor. It is version N where it runs from
 * cosmovisor/upgrades/vN, version 1 elsewhere.
 *
 *   start        says when main began; at SIGUSR1 it "reaches" height 10 N: validator state, then upgrade-info.json whole,
 *                then the time of that; at SIGTERM it ends at once
 *   status       the height of the validator state as JSON, which cosmovisor asks before it switches
 *   version      prints a line
 *   any other    exits 1, as an application without pre-upgrade does
 *
 * The home is $DAEMON_HOME. It opens no RPC server.
 */
#include "clock.h"

#include <signal.h>
#include <string.h>

static char home[4096];

static void fail(const char *what) {
  perror(what);
  _exit(71);
}

static void path_in_data(char *path, size_t size, const char *name) {
  if (snprintf(path, size, "%s/data/%s", home, name) >= (int)size) _exit(72);
}

static void write_whole(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) fail(path);
  close(fd);
}

/* A validator's state is replaced by rename, upgrade-info.json truncated and written in place: as real nodes do. */
static void reach(int height, int next) {
  char text[256], path[4200], temporary[4200];
  path_in_data(path, sizeof path, "priv_validator_state.json");
  path_in_data(temporary, sizeof temporary, "priv_validator_state.new");
  snprintf(text, sizeof text, "{\"height\":\"%d\",\"round\":0,\"step\":3}", height);
  write_whole(temporary, text);
  if (rename(temporary, path) != 0) fail(path);

  path_in_data(path, sizeof path, "upgrade-info.json");
  snprintf(text, sizeof text, "{\"name\":\"v%d\",\"time\":\"0001-01-01T00:00:00Z\",\"height\":%d}", next, height);
  write_whole(path, text);
  long long at = clock_ns();
  snprintf(text, sizeof text, "v%d", next);
  log_reading("file", at, text);
}

static int version_of(const char *exe) {
  const char *directory = strstr(exe, "/cosmovisor/upgrades/v");
  return directory == NULL ? 1 : atoi(directory + strlen("/cosmovisor/upgrades/v"));
}

static int run_node(long long began) {
  /* Blocked and waited for one by one: a SIGTERM that comes before the reading is logged waits until it is. */
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGUSR1);
  sigprocmask(SIG_BLOCK, &signals, NULL);

  char exe[4096];
  ssize_t length = readlink("/proc/self/exe", exe, sizeof exe - 1);
  if (length < 0) fail("/proc/self/exe");
  exe[length] = '\0';
  log_reading("main", began, exe);

  int version = version_of(exe);
  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGUSR1) return 0;
    reach(10 * version, version + 1);
  }
}

static int print_status(void) {
  char path[4200], text[256] = "", *height;
  path_in_data(path, sizeof path, "priv_validator_state.json");
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || read(fd, text, sizeof text - 1) < 0) fail(path);
  height = strstr(text, "\"height\"");
  height = height == NULL ? NULL : strpbrk(height + strlen("\"height\""), "0123456789");
  printf("{\"sync_info\":{\"latest_block_height\":\"%d\",\"catching_up\":false}}\n", height == NULL ? 0 : atoi(height));
  return 0;
}

int main(int count, char **arguments) {
  long long began = clock_ns();
  const char *told = getenv("DAEMON_HOME");
  const char *command = count > 1 ? arguments[1] : "";
  snprintf(home, sizeof home, "%s", told == NULL ? "" : told);
  if (strcmp(command, "start") == 0) return run_node(began);
  if (strcmp(command, "status") == 0) return print_status();
  if (strcmp(command, "version") == 0) return puts("v1.0.0") < 0;
  fprintf(stderr, "unknown command \"%s\"\n", command);
  return 1;
}
