package dev.tranche.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The invariants are worth something: a planner that is broken does not get past them. */
class BrokenPlannersTest {
  private static final int SEEDS = 200;

  @ParameterizedTest
  @EnumSource
  void isCaught(BrokenPlanners broken) {
    assertThat(caught(seed -> Simulation.run(seed, broken::plan))).isTrue();
  }

  @Test
  void aControlPlaneThatRecordsLastIsCaught() {
    assertThat(caught(seed -> Simulation.run(seed, RolloutPlanner::plan, false))).isTrue();
  }

  @Test
  void aPlannerThatDecidesByWhatIsNotInTheStateIsCaught() {
    var plans = new AtomicInteger();
    assertThat(
            caught(seed ->
                Simulation.run(
                    seed,
                    state ->
                        RolloutPlanner.plan(
                            plans.incrementAndGet() % 7 == 0
                                ? States.withProgress(state, null)
                                : state))))
        .isTrue();
  }

  private interface Run {
    void of(long seed);
  }

  private static boolean caught(Run run) {
    return LongStream.range(0, SEEDS)
        .anyMatch(seed -> {
          try {
            run.of(seed);
            return false;
          } catch (Violation e) {
            return true;
          }
        });
  }
}
