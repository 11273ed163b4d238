package dev.tranche.controlplane.module;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.controlplane.assignment.AssemblageView;
import dev.tranche.controlplane.assignment.Wish;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.GitSource;
import dev.tranche.crd.v1alpha1.GitVersion;
import dev.tranche.crd.v1alpha1.KubeconfigRef;
import dev.tranche.crd.v1alpha1.Source;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HandoverTest {
  private static final SyncKey APP = new SyncKey("Module", "app");

  private final AssemblageView leaving =
      assemblage(Delivery.PROXY, DeletionPolicy.ORPHAN, DeletionPolicy.ORPHAN);

  @Test
  void theOldEntryGoesOnceTheNewOneHasSucceeded() {
    var holdings = holdings(assemblage(Delivery.REMOTE, null, null));
    assertThat(Handover.settling(holdings, true))
        .containsOnlyKeys(leaving.place())
        .containsValue(new Wish.LetGo());
    assertThat(Handover.settling(holdings, false)).isEmpty();
  }

  /**
   * It may say that it succeeded from before it was to leave; the other delivery was at it since.
   */
  @Test
  void oneThatIsTakenBackHasToSucceedOnceMore() {
    var holdings = holdings(assemblage(Delivery.REMOTE, null, DeletionPolicy.ORPHAN));
    assertThat(Handover.settling(holdings, true)).isEmpty();
    assertThat(Handover.unfinished(holdings, false))
        .satisfies(reason -> {
          assertThat(reason.code()).isEqualTo("HandingOver");
          assertThat(reason.message())
              .isEqualTo("stays with RemoteAssemblage paris, which has not taken note of that yet");
        });
  }

  @Test
  void oneThatWasNeverToLeaveIsDone() {
    var alone = Holdings.of(assemblage(Delivery.REMOTE, null, null), null, APP, Delivery.REMOTE);
    assertThat(Handover.unfinished(alone, false)).isNull();
    assertThat(Handover.settling(alone, true)).isEmpty();
  }

  private Holdings holdings(AssemblageView remote) {
    return Holdings.of(remote, leaving, APP, Delivery.REMOTE);
  }

  private static AssemblageView assemblage(
      Delivery delivery, @Nullable DeletionPolicy marked, @Nullable DeletionPolicy reported) {
    var source =
        Source.git(
            GitSource.of("https://git.example.com/app.git", new GitVersion("v1", null, null)));
    return new AssemblageView(
        delivery,
        new ObjectMetaBuilder().withNamespace("fleet").withName("paris").withGeneration(1L).build(),
        new KubeconfigRef("paris-kubeconfig", null),
        List.of(new AssignedSync("Module", "app", "r1", source, null, List.of(), marked)),
        1L,
        List.of(
            new SyncStatus(
                "Module",
                "app",
                "r1",
                SyncState.SUCCEEDED,
                "Applied",
                "",
                "2026-01-01T00:00:00Z",
                null,
                reported)));
  }
}
