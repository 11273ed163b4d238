package dev.tranche.benchmarks;

import dev.tranche.rollout.RolloutPlan;
import dev.tranche.rollout.RolloutPlanner;
import dev.tranche.rollout.RolloutState;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** How long a decision takes; run by {@link PlannerSpeed}, which says for how many clusters. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PlannerBenchmark {
  /** Where the rollout stands. */
  @Param public PlannedFleet fleet = PlannedFleet.STAGED;

  /** How many clusters it has. */
  @Param("10000")
  public int clusters;

  private @Nullable RolloutState state;

  /** Made by JMH. */
  public PlannerBenchmark() {}

  /** Makes the fleet. */
  @Setup
  public void makeFleet() {
    state = fleet.state(clusters);
  }

  /** Decides once. */
  @Benchmark
  public RolloutPlan plan() {
    return RolloutPlanner.plan(Objects.requireNonNull(state));
  }
}
