package dev.tranche.rollout;

import dev.tranche.rollout.FailurePolicy.Action;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Policies at random. */
final class Policies {
  static final Duration DEADLINE = Duration.ofMinutes(10);

  private final RandomGenerator random;

  Policies(RandomGenerator random) {
    this.random = random;
  }

  /** Open for the first part of each period, beginning with the epoch. */
  record Recurring(Duration period, Duration open) implements Window {
    @Override
    public Phase at(Instant now) {
      long into = Math.floorMod(now.toEpochMilli(), period.toMillis());
      boolean isOpen = into < open.toMillis();
      var begin = Instant.ofEpochMilli(now.toEpochMilli() - into);
      return new Phase(isOpen, begin.plus(isOpen ? open : period));
    }
  }

  RolloutPolicy any() {
    return new RolloutPolicy(
        strategy(true),
        share(),
        order(),
        one(Joining.values()),
        new FailurePolicy(
            one(new Share.Count(0), new Share.Count(0), new Share.Count(1), new Share.Percent(30)),
            DEADLINE,
            one(Action.values())),
        random.nextInt(6) > 0
            ? List.of()
            : List.of(new Recurring(Duration.ofMinutes(60), Duration.ofMinutes(20))));
  }

  /** With limits that stay the same whatever stage a cluster is in. */
  RolloutPolicy plain() {
    var any = any();
    return new RolloutPolicy(
        strategy(false), share(), any.order(), any.joining(), any.failure(), any.windows());
  }

  /** This policy without what can keep a rollout from completing. */
  static RolloutPolicy completing(RolloutPolicy policy) {
    var strategy = policy.strategy();
    if (strategy instanceof Strategy.Staged(var stages, _)) {
      strategy =
          new Strategy.Staged(
              stages.stream()
                  .map(s ->
                      new Stage(
                          s.name(),
                          s.selector(),
                          s.sample(),
                          s.maxUnready(),
                          s.gates(),
                          s.ramp(),
                          null))
                  .toList(),
              Strategy.Unmatched.LAST_STAGE);
    }
    return new RolloutPolicy(
        strategy,
        policy.maxUnready(),
        policy.order(),
        policy.joining(),
        policy.failure(),
        policy.windows());
  }

  private Strategy strategy(boolean all) {
    return switch (random.nextInt(20)) {
      case 0 -> all ? new Strategy.Replace() : new Strategy.Incremental();
      case 1, 2 -> new Strategy.Incremental();
      default ->
          new Strategy.Staged(
              stages(all),
              all && random.nextInt(5) == 0
                  ? one(Strategy.Unmatched.values())
                  : Strategy.Unmatched.LAST_STAGE);
    };
  }

  private List<Stage> stages(boolean all) {
    var names = List.of("canary", "europe", "america", "rest");
    var stages = new ArrayList<Stage>();
    int first = random.nextInt(2);
    int last = first + 1 + random.nextInt(names.size() - first);
    for (int s = first; s < last; s++) {
      stages.add(
          new Stage(
              names.get(s),
              selector(names.get(s)),
              all && random.nextInt(4) == 0
                  ? new Stage.Sample(1 + random.nextInt(2), random.nextBoolean() ? "region" : null)
                  : null,
              all && random.nextInt(4) == 0 ? share() : null,
              gates(),
              random.nextInt(4) == 0
                  ? new Stage.Ramp(1 + random.nextInt(2), 1 + random.nextInt(2))
                  : null,
              after(names, all)));
    }
    return stages;
  }

  private @Nullable List<String> after(List<String> names, boolean all) {
    return switch (random.nextInt(6)) {
      case 0 -> List.of();
      case 1 -> List.of("canary");
      case 2 -> all && random.nextInt(4) == 0 ? List.of(one(names.toArray(String[]::new))) : null;
      default -> null;
    };
  }

  private static Selector selector(String stage) {
    return switch (stage) {
      case "canary" -> labels -> "canary".equals(labels.get("ring"));
      case "europe" -> labels -> "eu".equals(labels.get("region"));
      case "america" -> labels -> "am".equals(labels.get("region"));
      default -> _ -> true;
    };
  }

  private List<Gate> gates() {
    var gates = new ArrayList<Gate>();
    while (random.nextInt(3) == 0) {
      gates.add(
          one(
              new Gate.Soak(Duration.ofMinutes(5 + random.nextInt(20))),
              new Gate.Approval(),
              new Gate.Check(Duration.ofMinutes(15))));
    }
    return gates;
  }

  private Share share() {
    return random.nextBoolean()
        ? new Share.Count(1 + random.nextInt(3))
        : new Share.Percent(10 + random.nextInt(50));
  }

  private Order order() {
    return one(new Order.ByName(), new Order.Random(), new Order.ByLabel("rank"));
  }

  @SafeVarargs
  private <T> T one(T... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
