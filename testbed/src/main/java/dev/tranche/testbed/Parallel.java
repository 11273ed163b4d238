package dev.tranche.testbed;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** Does independent things at the same time, and ends when all of them have. */
final class Parallel {
  private Parallel() {}

  /** Results come in the order of the inputs; the first failure is thrown once all have ended. */
  static <T, R> List<R> map(Collection<T> inputs, Function<T, R> function) {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var results =
          inputs.stream()
              .map(input -> CompletableFuture.supplyAsync(() -> function.apply(input), threads))
              .toList();
      return results.stream().map(CompletableFuture::join).toList();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  static void run(Runnable... actions) {
    map(
        List.of(actions),
        action -> {
          action.run();
          return action;
        });
  }
}
