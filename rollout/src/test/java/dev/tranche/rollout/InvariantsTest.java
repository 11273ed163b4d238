package dev.tranche.rollout;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What must always hold, over random interleavings; {@code -Drollout.seeds=10000} for more. */
class InvariantsTest {
  @Test
  void holdOverRandomInterleavings() {
    var one = Long.getLong("rollout.seed");
    if (one != null) {
      Simulation.run(one, RolloutPlanner::plan);
      return;
    }
    LongStream.range(0, Long.getLong("rollout.seeds", 500))
        .parallel()
        .forEach(seed -> Simulation.run(seed, RolloutPlanner::plan));
  }
}
