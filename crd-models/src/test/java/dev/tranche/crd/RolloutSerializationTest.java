package dev.tranche.crd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.crd.v1alpha1.ClusterSelector;
import dev.tranche.crd.v1alpha1.EventSeverity;
import dev.tranche.crd.v1alpha1.FailureAction;
import dev.tranche.crd.v1alpha1.FailureDecision;
import dev.tranche.crd.v1alpha1.Gate;
import dev.tranche.crd.v1alpha1.ModuleSpec;
import dev.tranche.crd.v1alpha1.ModuleStatus;
import dev.tranche.crd.v1alpha1.PendingEvent;
import dev.tranche.crd.v1alpha1.Pin;
import dev.tranche.crd.v1alpha1.RolloutApprovalStatus;
import dev.tranche.crd.v1alpha1.RolloutStage;
import dev.tranche.crd.v1alpha1.RolloutStatus;
import dev.tranche.crd.v1alpha1.StageState;
import dev.tranche.crd.v1alpha1.StageStatus;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is written of a rollout is what is read again. */
class RolloutSerializationTest {
  private static final ClusterSelector ALL = new ClusterSelector(Map.of(), List.of());

  private final KubernetesSerialization serialization = LenientSerialization.create();

  @Test
  void noStagesBeforeIsNotTheStageBefore() {
    assertThat(json(stage(null)).has("after")).isFalse();
    assertThat(json(stage(List.of())).get("after")).isEmpty();
    for (var after : new @Nullable List<?>[] {null, List.of(), List.of("canary")}) {
      @SuppressWarnings("unchecked")
      var stage = stage((List<String>) after);
      assertThat(again(stage, RolloutStage.class)).isEqualTo(stage);
    }
  }

  @Test
  void whatHasNoFieldsIsWritten() {
    assertThat(serialization.asJson(new Gate(null, new Gate.Approval(), null)))
        .isEqualTo("{\"approval\":{}}");
    assertThat(serialization.unmarshal("approval: {}", Gate.class).approval()).isNotNull();
    assertThat(serialization.unmarshal("soak: 1m", Gate.class).approval()).isNull();
    assertThat(serialization.asJson(stage(null))).contains("\"selector\":{}");
    assertThat(serialization.asJson(new Pin(List.of(), ALL, null, "x", null)))
        .isEqualTo("{\"selector\":{},\"reason\":\"x\"}");
  }

  @Test
  void whatIsLeftOutIsNotWritten() {
    var spec =
        serialization.unmarshal(
            "sync: {source: {git: {url: 'https://x/y', version: {tag: v1}}}}", ModuleSpec.class);
    assertThat(json(spec).properties()).extracting(Map.Entry::getKey).containsExactly("sync");
    assertThat(serialization.unmarshal("{}", ModuleStatus.class).rollout()).isNull();
  }

  @Test
  void sharesAreNumbersOrStrings() {
    for (var share : List.of(new IntOrString(3), new IntOrString("30%"))) {
      var stage = new RolloutStage("a", ALL, null, share, List.of(), null, null);
      assertThat(again(stage, RolloutStage.class)).isEqualTo(stage);
    }
    assertThat(json(stage(null)).get("maxUnready").isInt()).isTrue();
  }

  @Test
  void timesLoseNothing() {
    for (var time :
        List.of(
            "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.120Z", "2026-01-02T03:04:05.123456789Z")) {
      var at = Instant.parse(time);
      var status =
          new RolloutStatus(
              "r",
              at,
              at,
              "x",
              at,
              List.of(
                  new StageStatus(
                      "a",
                      StageState.PASSED,
                      2,
                      0,
                      0,
                      0,
                      0,
                      2,
                      0,
                      0,
                      at,
                      at,
                      1,
                      at,
                      at,
                      List.of("c"))),
              new FailureDecision(
                  FailureAction.ROLLBACK_ALL, "Failed", "x", at, at, "w", List.of("a")),
              List.of(new PendingEvent("i", at, EventSeverity.ERROR, "Halted", "x", "v1", "a")));
      assertThat(again(status, RolloutStatus.class)).isEqualTo(status);
      assertThat(json(status).get("startedAt").asText()).isEqualTo(at.toString());
      var used = new RolloutApprovalStatus(1L, at, List.of());
      assertThat(again(used, RolloutApprovalStatus.class)).isEqualTo(used);
      var pin = new Pin(List.of("c"), null, "r", "x", at);
      assertThat(again(pin, Pin.class)).isEqualTo(pin);
    }
  }

  @Test
  void timesOfAnyZoneAreRead() {
    assertThat(
            serialization
                .unmarshal(
                    "{\"clusters\": [\"a\"], \"until\": \"2026-01-02T03:04:05.5+02:00\"}",
                    Pin.class)
                .until())
        .isEqualTo(Instant.parse("2026-01-02T01:04:05.5Z"));
  }

  private static RolloutStage stage(@Nullable List<String> after) {
    return new RolloutStage("a", ALL, null, new IntOrString(1), List.of(), null, after);
  }

  private JsonNode json(Object object) {
    return serialization.unmarshal(serialization.asJson(object), JsonNode.class);
  }

  private <T> T again(T object, Class<T> type) {
    return serialization.unmarshal(serialization.asJson(object), type);
  }
}
