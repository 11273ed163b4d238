package dev.tranche.controlplane.rollout;

import dev.tranche.controlplane.window.CronWindow;
import dev.tranche.crd.v1alpha1.ModuleSpec;
import dev.tranche.crd.v1alpha1.RolloutOrder;
import dev.tranche.crd.v1alpha1.RolloutSpec;
import dev.tranche.crd.v1alpha1.RolloutStage;
import dev.tranche.crd.v1alpha1.RolloutStrategy;
import dev.tranche.rollout.FailurePolicy;
import dev.tranche.rollout.Gate;
import dev.tranche.rollout.Joining;
import dev.tranche.rollout.Order;
import dev.tranche.rollout.Reason;
import dev.tranche.rollout.RolloutPolicy;
import dev.tranche.rollout.Share;
import dev.tranche.rollout.Stage;
import dev.tranche.rollout.Strategy;
import dev.tranche.rollout.Strategy.Unmatched;
import dev.tranche.rollout.Window;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The policy that a module asks for.
 *
 * @param policy what the planner goes by
 * @param problem what the schema could not refuse and only an edit puts right; nothing changes
 *     while there is something. Null where there is nothing
 */
public record ModulePolicy(RolloutPolicy policy, @Nullable Reason problem) {
  private static final Share TEN_PERCENT = new Share.Percent(10);
  private static final Duration TEN_MINUTES = Duration.ofMinutes(10);
  private static final Window NEVER = now -> new Window.Phase(false, null);

  /** Reads the policy of a module; a module without one changes everything at once. */
  public static ModulePolicy of(ModuleSpec spec) {
    var rollout = spec.rollout();
    if (rollout == null) {
      return new ModulePolicy(
          new RolloutPolicy(
              new Strategy.Replace(),
              TEN_PERCENT,
              new Order.ByName(),
              Joining.TARGET,
              failure(null, true),
              List.of()),
          null);
    }
    boolean replace = rollout.strategy() == RolloutStrategy.REPLACE;
    var windows = new ArrayList<Window>();
    Reason problem = null;
    for (var window : rollout.windows()) {
      try {
        windows.add(
            CronWindow.of(
                window.schedule(),
                GoDuration.parse(window.duration()),
                Objects.requireNonNullElse(window.timeZone(), "UTC")));
      } catch (IllegalArgumentException e) {
        problem =
            new Reason(
                "InvalidWindow",
                "a window of spec.rollout.windows cannot be read: " + e.getMessage());
      }
    }
    if (problem != null) {
      windows.clear();
      windows.add(NEVER);
    }
    return new ModulePolicy(
        new RolloutPolicy(
            strategy(rollout, replace),
            share(rollout.maxUnready(), TEN_PERCENT),
            order(rollout.order()),
            joining(rollout, replace),
            failure(rollout.failure(), replace),
            windows),
        problem);
  }

  private static Strategy strategy(RolloutSpec rollout, boolean replace) {
    if (replace) {
      return new Strategy.Replace();
    }
    return rollout.stages().isEmpty()
        ? new Strategy.Incremental()
        : new Strategy.Staged(
            rollout.stages().stream().map(ModulePolicy::stage).toList(), unmatched(rollout));
  }

  private static Unmatched unmatched(RolloutSpec rollout) {
    if (rollout.unmatched() == null) {
      return Unmatched.LAST_STAGE;
    }
    return switch (rollout.unmatched()) {
      case LAST_STAGE -> Unmatched.LAST_STAGE;
      case IGNORE -> Unmatched.IGNORE;
      case REJECT -> Unmatched.REJECT;
    };
  }

  private static Stage stage(RolloutStage stage) {
    var sample = stage.sample();
    var ramp = stage.ramp();
    return new Stage(
        stage.name(),
        stage.selector()::matches,
        sample == null ? null : new Stage.Sample(sample.count(), sample.perLabel()),
        stage.maxUnready() == null ? null : share(stage.maxUnready(), TEN_PERCENT),
        stage.gates().stream().map(ModulePolicy::gate).toList(),
        ramp == null
            ? null
            : new Stage.Ramp(
                Objects.requireNonNullElse(ramp.start(), 1),
                Objects.requireNonNullElse(ramp.factor(), 2)),
        stage.after());
  }

  /** A gate that a newer version wrote is one that somebody has to let pass. */
  private static Gate gate(dev.tranche.crd.v1alpha1.Gate gate) {
    if (gate.soak() != null) {
      return new Gate.Soak(GoDuration.parse(gate.soak()));
    }
    if (gate.check() != null) {
      return new Gate.Check(duration(gate.check().deadline(), TEN_MINUTES));
    }
    return new Gate.Approval();
  }

  private static Order order(@Nullable RolloutOrder order) {
    if (order == null || order.by() == null) {
      return new Order.ByName();
    }
    return switch (order.by()) {
      case NAME -> new Order.ByName();
      case RANDOM -> new Order.Random();
      case LABEL -> new Order.ByLabel(Objects.requireNonNullElse(order.label(), ""));
    };
  }

  private static Joining joining(RolloutSpec rollout, boolean replace) {
    if (rollout.joining() == null) {
      return replace ? Joining.TARGET : Joining.STABLE;
    }
    return switch (rollout.joining()) {
      case STABLE -> Joining.STABLE;
      case TARGET -> Joining.TARGET;
      case WAIT -> Joining.WAIT;
    };
  }

  private static FailurePolicy failure(
      dev.tranche.crd.v1alpha1.@Nullable FailurePolicy failure, boolean replace) {
    if (failure == null) {
      return new FailurePolicy(new Share.Count(0), TEN_MINUTES, action(null, replace));
    }
    return new FailurePolicy(
        share(failure.maxFailed(), new Share.Count(0)),
        duration(failure.progressDeadline(), TEN_MINUTES),
        action(failure.action(), replace));
  }

  /** Everything at once leaves nothing to be halted. */
  private static FailurePolicy.Action action(
      dev.tranche.crd.v1alpha1.@Nullable FailureAction action, boolean replace) {
    if (action == null) {
      return replace ? FailurePolicy.Action.CONTINUE : FailurePolicy.Action.HALT;
    }
    return RolloutRecord.action(action);
  }

  private static Duration duration(@Nullable String text, Duration otherwise) {
    return text == null ? otherwise : GoDuration.parse(text);
  }

  private static Share share(@Nullable IntOrString value, Share otherwise) {
    if (value == null) {
      return otherwise;
    }
    if (value.getIntVal() != null) {
      return new Share.Count(value.getIntVal());
    }
    return new Share.Percent(
        Integer.parseInt(value.getStrVal().substring(0, value.getStrVal().length() - 1)));
  }
}
