package dev.tranche.assemblage.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ThrottleTest {
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<String> passed = new CopyOnWriteArrayList<>();

  @AfterEach
  void end() {
    timer.shutdownNow();
  }

  @Test
  void passesOnTheFirstCallAtOnce() {
    var throttle = new Throttle<String>(Duration.ofHours(1), timer, passed::add);
    throttle.call("a");
    throttle.call("b");
    assertThat(passed).containsExactly("a", "b");
  }

  @Test
  void holdsBackWhatIsSaidAgainWithinThePeriod() {
    var throttle = new Throttle<String>(Duration.ofHours(1), timer, passed::add);
    throttle.call("a");
    throttle.call("a");
    throttle.call("a");
    assertThat(passed).containsExactly("a");
  }

  @Test
  void passesOnOnceWhatWasHeldBack() {
    var throttle = new Throttle<String>(Duration.ofMillis(50), timer, passed::add);
    for (int i = 0; i < 1_000; i++) {
      throttle.call("a");
    }
    int soFar = passed.size();
    throttle.call("a");
    await().until(() -> passed.size() > soFar);
    assertThat(passed).hasSizeLessThan(1_000);
  }

  @Test
  void losesNoCallFromManyThreads() {
    var done = new CopyOnWriteArrayList<Integer>();
    var newest = new AtomicInteger();
    var throttle = new Throttle<String>(Duration.ofMillis(1), timer, key -> done.add(newest.get()));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 1_000; i++) {
        threads.execute(() -> {
          newest.incrementAndGet();
          throttle.call("a");
        });
      }
    }
    await().until(() -> done.contains(1_000));
  }
}
