package dev.tranche.benchmarks;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Does the same with many things, a few at a time. */
final class Workers {
  private Workers() {}

  static <T> void forEach(int workers, List<T> things, Consumer<T> action) {
    var waiting = new ConcurrentLinkedQueue<>(things);
    try (var threads = Executors.newFixedThreadPool(workers)) {
      List<? extends Future<?>> ends =
          IntStream.range(0, workers)
              .mapToObj(i ->
                  threads.submit(() -> {
                    for (var thing = waiting.poll(); thing != null; thing = waiting.poll()) {
                      action.accept(thing);
                    }
                  }))
              .toList();
      for (var end : ends) {
        end.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchmarkException("interrupted", e);
    } catch (ExecutionException e) {
      throw new BenchmarkException("a request failed: " + e.getMessage(), e);
    }
  }
}
