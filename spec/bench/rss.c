/* SPDX-License-Identifier: MIT
 * rss.c - runs a command and writes its peak memory, in KiB, to a file:
 *   rss FILE COMMAND ARGUMENTS...
 *
 * ru_maxrss of a process counts the memory of the one it was forked from, so
 * under a large parent (the benchmark's Python) small commands all look alike.
 * This parent is small.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main (int argc, char **argv) {
  struct rusage usage;
  int status;
  if (argc < 3)
    return 2;
  pid_t child = fork ();
  if (child == 0) {
    execvp (argv[2], argv + 2);
    _exit (127);
  }
  if (child < 0 || wait4 (child, &status, 0, &usage) < 0)
    return 1;
  FILE *file = fopen (argv[1], "w");
  if (file == NULL || fprintf (file, "%ld\n", usage.ru_maxrss) < 0 || fclose (file) != 0)
    return 1;
  return WIFEXITED (status) ? WEXITSTATUS (status) : 1;
}
