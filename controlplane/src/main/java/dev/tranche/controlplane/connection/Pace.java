package dev.tranche.controlplane.connection;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How often a cluster is tried, made from how soon it has to be noticed that it is gone: three
 * tries that nobody answers fit between the last contact and that moment.
 *
 * @param idle between two tries that succeed, at most
 * @param deadline of a try
 */
record Pace(Duration idle, Duration deadline) {
  private static final Duration SHORTEST_DEADLINE = Duration.ofMillis(500);
  private static final Duration LONGEST_DEADLINE = Duration.ofSeconds(4);

  /** So that a cluster that comes back is found within five seconds, a try's deadline included. */
  private static final Duration BETWEEN_FAILURES = Duration.ofMillis(2_500);

  private static final Duration AFTER_FAILURE = Duration.ofMillis(600);

  static Pace of(Duration unreachableAfter) {
    var deadline = unreachableAfter.multipliedBy(2).dividedBy(15);
    if (deadline.compareTo(SHORTEST_DEADLINE) < 0) {
      deadline = SHORTEST_DEADLINE;
    } else if (deadline.compareTo(LONGEST_DEADLINE) > 0) {
      deadline = LONGEST_DEADLINE;
    }
    var spare =
        unreachableAfter
            .minus(deadline.multipliedBy(Hysteresis.FAILURES))
            .minus(AFTER_FAILURE.multipliedBy(Hysteresis.FAILURES));
    var half = unreachableAfter.dividedBy(2);
    return new Pace(half.compareTo(spare) < 0 ? half : spare, deadline);
  }

  /** The rest after a success, jittered downwards. */
  Duration afterSuccess() {
    return jittered(idle, 0.2);
  }

  /**
   * The rest after a failure.
   *
   * @param failures how many there were in a row
   * @param took how long the try took
   */
  Duration afterFailure(int failures, Duration took) {
    var least = jittered(AFTER_FAILURE, 0.3);
    if (failures < Hysteresis.FAILURES) {
      return least;
    }
    var rest = jittered(BETWEEN_FAILURES, 0.3).minus(took);
    return rest.compareTo(least) > 0 ? rest : least;
  }

  static Duration jittered(Duration most, double share) {
    double factor = 1 - share * ThreadLocalRandom.current().nextDouble();
    return Duration.ofNanos((long) (most.toNanos() * factor));
  }
}
