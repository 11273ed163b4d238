package dev.tranche.assemblage.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import dev.tranche.crd.v1alpha1.SyncSummary;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AssemblageReportTest {
  private static final Instant NOW = Instant.parse("2026-01-01T10:00:00.5Z");
  private static final String V1 = "v1@sha1:1a2b3c4d5e6f1a2b3c4d5e6f1a2b3c4d5e6f1a2b";

  @Test
  void isReadyWhenAllSucceeded() {
    var status =
        AssemblageReport.of(
            3,
            List.of(
                sync("b", SyncState.SUCCEEDED, "Applied", V1),
                sync("a", SyncState.SUCCEEDED, "Applied", "sha256:" + "0".repeat(64))),
            null,
            NOW);

    assertThat(status.summary()).isEqualTo(new SyncSummary(2, 0, 2, 0, 0));
    assertThat(status.applied()).isEqualTo("a sha256:000000000000, b v1@sha1:1a2b3c4d5e6f");
    assertThat(status.syncs()).extracting(SyncStatus::name).containsExactly("a", "b");
    assertThat(status.conditions())
        .extracting(
            Condition::getType,
            Condition::getStatus,
            Condition::getReason,
            Condition::getMessage,
            Condition::getObservedGeneration,
            Condition::getLastTransitionTime)
        .containsExactly(
            tuple(
                "Ready",
                "True",
                "Succeeded",
                "2 syncs applied and healthy",
                3L,
                "2026-01-01T10:00:00Z"));
  }

  @Test
  void anUnchangedSituationGivesAnEqualStatus() {
    var syncs =
        List.of(
            sync("a", SyncState.FAILED, "BuildFailed", V1),
            sync("b", SyncState.UPDATING, "Progressing", null));
    var first = AssemblageReport.of(3, syncs, null, NOW);

    assertThat(AssemblageReport.of(3, syncs, first, NOW.plusSeconds(60))).isEqualTo(first);
  }

  @Test
  void theWorstIsSaidFirst() {
    var updating = sync("a", SyncState.UPDATING, "Progressing", null);
    var waiting = sync("b", SyncState.WAITING, "KubeconfigMissing", null);
    var failed = sync("c", SyncState.FAILED, "BuildFailed", null);
    var stalled = sync("d", SyncState.FAILED, "URLInvalid", null);
    var unknown = sync("e", null, "Odd", null);

    assertThat(conditions(updating))
        .containsExactly(
            "Ready=False Updating: 1 of 1 sync updating: Module/a: said of a",
            "Reconciling=True Progressing: 1 sync to be settled");
    assertThat(conditions(updating, waiting))
        .containsExactly(
            "Ready=False Waiting: 1 of 2 syncs waiting: Module/b: said of b",
            "Reconciling=True Progressing: 2 syncs to be settled");
    assertThat(conditions(updating, waiting, failed, stalled, unknown))
        .containsExactly(
            "Ready=False Failed: 2 of 5 syncs failed: Module/c: said of c; and 1 more",
            "Reconciling=True Progressing: 4 syncs to be settled",
            "Stalled=True URLInvalid: 1 of 5 syncs in need of an edit: Module/d: said of d");
    assertThat(conditions(stalled))
        .containsExactly(
            "Ready=False Failed: 1 of 1 sync failed: Module/d: said of d",
            "Stalled=True URLInvalid: 1 of 1 sync in need of an edit: Module/d: said of d");
  }

  @Test
  void isBounded() {
    var syncs =
        IntStream.range(0, 1000)
            .mapToObj(i -> sync("sync-" + i, SyncState.SUCCEEDED, "Applied", V1))
            .toList();

    assertThat(AssemblageReport.of(1, syncs, null, NOW).applied()).hasSize(512).endsWith("…");
  }

  @Test
  void aSyncKeepsTheTimeOfItsState() {
    var observation = new SyncObservation(SyncState.UPDATING, "Progressing", "building", null);
    var key = sync("a", null, "", null).key();
    var first = observation.status(key, "r1", null, null, NOW);
    var later = NOW.plusSeconds(60);

    assertThat(first.lastTransitionTime()).isEqualTo("2026-01-01T10:00:00Z");
    assertThat(observation.status(key, "r1", null, first, later)).isEqualTo(first);
    assertThat(
            SyncObservation.waiting("KubeconfigMissing", "", first)
                .status(key, "r1", null, first, later)
                .lastTransitionTime())
        .isEqualTo("2026-01-01T10:01:00Z");
  }

  private static List<String> conditions(SyncStatus... syncs) {
    return AssemblageReport.of(1, List.of(syncs), null, NOW).conditions().stream()
        .map(c -> c.getType() + "=" + c.getStatus() + " " + c.getReason() + ": " + c.getMessage())
        .toList();
  }

  private static SyncStatus sync(
      String name, @Nullable SyncState state, String reason, @Nullable String applied) {
    return new SyncStatus(
        "Module",
        name,
        "r1",
        state,
        reason,
        "said of " + name,
        "2026-01-01T00:00:00Z",
        applied,
        null);
  }
}
