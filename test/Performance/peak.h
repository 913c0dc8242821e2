/* What programs share that measure a rate: PROGRAM THREADS. */
#ifndef ATTN_TEST_PERFORMANCE_PEAK_H
#define ATTN_TEST_PERFORMANCE_PEAK_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MOST_THREADS 256

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* The argument; ends the program where it is no number of threads. */
static int count_threads(int argc, char **argv) {
  int threads = argc > 1 ? atoi(argv[1]) : 1;
  if (threads >= 1 && threads <= MOST_THREADS)
    return threads;
  fprintf(stderr, "%s: expected 1 to %d threads\n", argv[0], MOST_THREADS);
  exit(2);
}

/* The least time of five runs of `work` on all threads at once. */
static double least_seconds(void *(*work)(void *), int threads) {
  double least = 1e9;
  pthread_t others[MOST_THREADS];
  for (int run = 0; run < 5; run++) {
    double start = now();
    for (int i = 1; i < threads; i++)
      pthread_create(&others[i], NULL, work, NULL);
    work(NULL);
    for (int i = 1; i < threads; i++)
      pthread_join(others[i], NULL);
    double seconds = now() - start;
    if (seconds < least)
      least = seconds;
  }
  return least;
}

#endif /* ATTN_TEST_PERFORMANCE_PEAK_H */
