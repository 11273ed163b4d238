package dev.tranche.rollout.golden;

import dev.tranche.rollout.FailurePolicy;
import dev.tranche.rollout.FailurePolicy.Action;
import dev.tranche.rollout.Gate;
import dev.tranche.rollout.Joining;
import dev.tranche.rollout.Order;
import dev.tranche.rollout.RolloutPolicy;
import dev.tranche.rollout.Share;
import dev.tranche.rollout.Stage;
import dev.tranche.rollout.Strategy;
import dev.tranche.rollout.Strategy.Unmatched;
import dev.tranche.rollout.Window;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A policy as people write it in {@code spec.rollout}, with the defaults that it has there. */
record PolicyText(
    String strategy,
    Share maxUnready,
    OrderText order,
    List<StageText> stages,
    String unmatched,
    String joining,
    FailureText failure,
    List<Daily> windows) {
  private static final Pattern INNER_CAPITAL = Pattern.compile("(?<=[a-z])(?=[A-Z])");

  PolicyText {
    maxUnready = Objects.requireNonNullElse(maxUnready, new Share.Percent(10));
    order = Objects.requireNonNullElse(order, new OrderText("Name", null));
    stages = Objects.requireNonNullElse(stages, List.of());
    unmatched = Objects.requireNonNullElse(unmatched, "LastStage");
    joining = Objects.requireNonNullElse(joining, "Stable");
    failure = Objects.requireNonNullElse(failure, new FailureText(null, null, null));
    windows = Objects.requireNonNullElse(windows, List.of());
  }

  record OrderText(String by, @Nullable String label) {}

  record SelectorText(Map<String, String> matchLabels) {}

  record StageText(
      String name,
      SelectorText selector,
      Stage.@Nullable Sample sample,
      @Nullable Share maxUnready,
      @Nullable List<GateText> gates,
      Stage.@Nullable Ramp ramp,
      @Nullable List<String> after) {
    Stage stage() {
      return new Stage(
          name,
          labels -> labels.entrySet().containsAll(selector.matchLabels().entrySet()),
          sample,
          maxUnready,
          Objects.requireNonNullElse(gates, List.<GateText>of()).stream()
              .map(GateText::gate)
              .toList(),
          ramp,
          after);
    }
  }

  record CheckText(Duration deadline) {}

  record GateText(
      @Nullable Duration soak, @Nullable Map<String, String> approval, @Nullable CheckText check) {
    Gate gate() {
      if (soak != null) {
        return new Gate.Soak(soak);
      }
      return check == null ? new Gate.Approval() : new Gate.Check(check.deadline());
    }
  }

  record FailureText(
      @Nullable Share maxFailed, @Nullable Duration progressDeadline, @Nullable String action) {
    FailurePolicy policy() {
      return new FailurePolicy(
          Objects.requireNonNullElse(maxFailed, new Share.Count(0)),
          Objects.requireNonNullElse(progressDeadline, Duration.ofMinutes(10)),
          constant(Action.class, Objects.requireNonNullElse(action, "Halt")));
    }
  }

  /**
   * A window that opens every day.
   *
   * @param opens at what time, in UTC
   * @param duration how long it stays open; less than a day
   */
  record Daily(String opens, Duration duration) implements Window {
    @Override
    public Phase at(Instant now) {
      var today = now.atZone(ZoneOffset.UTC).with(LocalTime.parse(opens)).toInstant();
      var last = today.isAfter(now) ? today.minus(Duration.ofDays(1)) : today;
      var end = last.plus(duration);
      return now.isBefore(end)
          ? new Phase(true, end)
          : new Phase(false, last.plus(Duration.ofDays(1)));
    }
  }

  RolloutPolicy policy() {
    return new RolloutPolicy(
        switch (strategy) {
          case "Replace" -> new Strategy.Replace();
          case "Incremental" -> new Strategy.Incremental();
          case "Staged" ->
              new Strategy.Staged(
                  stages.stream().map(StageText::stage).toList(),
                  constant(Unmatched.class, unmatched));
          default -> throw new IllegalArgumentException("not a strategy: " + strategy);
        },
        maxUnready,
        switch (order.by()) {
          case "Name" -> new Order.ByName();
          case "Random" -> new Order.Random();
          case "Label" -> new Order.ByLabel(Objects.requireNonNull(order.label()));
          default -> throw new IllegalArgumentException("not an order: " + order.by());
        },
        constant(Joining.class, joining),
        failure.policy(),
        List.copyOf(windows));
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String word) {
    return Enum.valueOf(type, INNER_CAPITAL.matcher(word).replaceAll("_").toUpperCase(Locale.ROOT));
  }
}
