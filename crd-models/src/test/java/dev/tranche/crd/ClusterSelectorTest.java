package dev.tranche.crd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.ClusterSelector;
import dev.tranche.crd.v1alpha1.ClusterSelector.Operator;
import dev.tranche.crd.v1alpha1.ClusterSelector.Requirement;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Selects what metav1.LabelSelector selects. */
class ClusterSelectorTest {
  private static final Map<String, String> PROD = Map.of("env", "prod", "region", "eu");
  private static final Map<String, String> NO_LABELS = Map.of();

  @Test
  void anEmptyOneSelectsAll() {
    var all = new ClusterSelector(Map.of(), List.of());
    assertThat(all.matches(PROD)).isTrue();
    assertThat(all.matches(NO_LABELS)).isTrue();
  }

  @Test
  void everyLabelMustMatch() {
    assertThat(labels(Map.of("env", "prod")).matches(PROD)).isTrue();
    assertThat(labels(Map.of("env", "prod", "region", "us")).matches(PROD)).isFalse();
    assertThat(labels(Map.of("env", "prod")).matches(NO_LABELS)).isFalse();
    assertThat(labels(Map.of("env", "")).matches(NO_LABELS)).isFalse();
    assertThat(labels(Map.of("env", "")).matches(Map.of("env", ""))).isTrue();
  }

  @Test
  void inNeedsTheLabelAndOneOfTheValues() {
    assertThat(one(Operator.IN, "test", "prod").matches(PROD)).isTrue();
    assertThat(one(Operator.IN, "test").matches(PROD)).isFalse();
    assertThat(one(Operator.IN, "prod").matches(NO_LABELS)).isFalse();
  }

  @Test
  void notInTakesThoseWithoutTheLabel() {
    assertThat(one(Operator.NOT_IN, "test").matches(PROD)).isTrue();
    assertThat(one(Operator.NOT_IN, "test", "prod").matches(PROD)).isFalse();
    assertThat(one(Operator.NOT_IN, "prod").matches(NO_LABELS)).isTrue();
  }

  @Test
  void existsAndDoesNotExistLookAtTheLabelAlone() {
    assertThat(one(Operator.EXISTS).matches(PROD)).isTrue();
    assertThat(one(Operator.EXISTS).matches(Map.of("env", ""))).isTrue();
    assertThat(one(Operator.EXISTS).matches(NO_LABELS)).isFalse();
    assertThat(one(Operator.DOES_NOT_EXIST).matches(PROD)).isFalse();
    assertThat(one(Operator.DOES_NOT_EXIST).matches(NO_LABELS)).isTrue();
  }

  @Test
  void allOfItMustHold() {
    var selector =
        new ClusterSelector(
            Map.of("region", "eu"),
            List.of(
                new Requirement("env", Operator.IN, List.of("prod")),
                new Requirement("old", Operator.DOES_NOT_EXIST, List.of())));
    assertThat(selector.matches(PROD)).isTrue();
    assertThat(selector.matches(Map.of("env", "prod", "region", "us"))).isFalse();
    assertThat(selector.matches(Map.of("env", "prod", "region", "eu", "old", ""))).isFalse();
  }

  @Test
  void anOperatorOfANewerVersionSelectsNothing() {
    assertThat(one(null, "prod").matches(PROD)).isFalse();
    assertThat(one(null).matches(NO_LABELS)).isFalse();
  }

  private static ClusterSelector labels(Map<String, String> labels) {
    return new ClusterSelector(labels, List.of());
  }

  private static ClusterSelector one(@Nullable Operator operator, String... values) {
    return new ClusterSelector(
        Map.of(), List.of(new Requirement("env", operator, List.of(values))));
  }
}
