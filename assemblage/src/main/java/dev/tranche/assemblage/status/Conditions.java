package dev.tranche.assemblage.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects the conditions of an object. A condition whose status stays the same keeps its
 * lastTransitionTime, so that an unchanged situation gives equal conditions; one that is not set is
 * not there any more.
 */
public final class Conditions {
  /** The condition that sums up all others. */
  public static final String READY = "Ready";

  /** There while something is underway, as kstatus reads it. */
  public static final String RECONCILING = "Reconciling";

  /** There while only an edit helps, as kstatus reads it. */
  public static final String STALLED = "Stalled";

  private final List<Condition> previous;
  private final @Nullable Long observedGeneration;
  private final String now;
  private final List<Condition> conditions = new ArrayList<>();

  private Conditions(List<Condition> previous, @Nullable Long observedGeneration, Instant now) {
    this.previous = previous;
    this.observedGeneration = observedGeneration;
    this.now = timestamp(now);
  }

  /**
   * Starts without any condition.
   *
   * @param previous the conditions that the object has
   * @param observedGeneration the generation that the new conditions speak of
   */
  public static Conditions after(List<Condition> previous, long observedGeneration, Instant now) {
    return new Conditions(previous, observedGeneration, now);
  }

  /**
   * The condition of a type.
   *
   * @return null where there is none
   */
  public static @Nullable Condition find(List<Condition> conditions, String type) {
    for (var condition : conditions) {
      if (type.equals(condition.getType())) {
        return condition;
      }
    }
    return null;
  }

  /** Adds a condition that is true. */
  public Conditions isTrue(String type, String reason, String message) {
    return add(type, "True", reason, message);
  }

  /** Adds a condition that is false. */
  public Conditions isFalse(String type, String reason, String message) {
    return add(type, "False", reason, message);
  }

  /** Adds a condition of which nobody knows whether it is true. */
  public Conditions isUnknown(String type, String reason, String message) {
    return add(type, "Unknown", reason, message);
  }

  /** The conditions in the order they were added. */
  public List<Condition> list() {
    return List.copyOf(conditions);
  }

  /** {@code instant} as Kubernetes writes it, in whole seconds. */
  static String timestamp(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private Conditions add(String type, String status, String reason, String message) {
    var before = find(previous, type);
    conditions.add(
        new ConditionBuilder()
            .withType(type)
            .withStatus(status)
            .withReason(reason)
            .withMessage(Sentences.bounded(message))
            .withObservedGeneration(observedGeneration)
            .withLastTransitionTime(
                before != null && status.equals(before.getStatus())
                    ? before.getLastTransitionTime()
                    : now)
            .build());
    return this;
  }
}
