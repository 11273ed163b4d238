package dev.tranche.controlplane.module;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.assemblage.binding.Resolution;
import dev.tranche.controlplane.history.ModuleContent;
import dev.tranche.crd.LenientSerialization;
import dev.tranche.crd.v1alpha1.Attention;
import dev.tranche.crd.v1alpha1.ClusterSelector;
import dev.tranche.crd.v1alpha1.GitSource;
import dev.tranche.crd.v1alpha1.GitVersion;
import dev.tranche.crd.v1alpha1.Module;
import dev.tranche.crd.v1alpha1.ModuleSpec;
import dev.tranche.crd.v1alpha1.ModuleStatus;
import dev.tranche.crd.v1alpha1.Source;
import dev.tranche.crd.v1alpha1.Summary;
import dev.tranche.crd.v1alpha1.Sync;
import dev.tranche.rollout.ClusterPlan;
import dev.tranche.rollout.ClusterState;
import dev.tranche.rollout.Outlook;
import dev.tranche.rollout.Reason;
import dev.tranche.rollout.RolloutPlan;
import dev.tranche.rollout.RolloutProgress;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ModuleStatusesTest {
  private static final MarkerReport NO_MARKER = new MarkerReport(null);
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final Instant LATER = NOW.plusSeconds(60);
  private static final ClusterSelector ALL = new ClusterSelector(Map.of(), List.of());

  @Test
  void everyClusterSucceeded() {
    var status = status(module(), succeeded("a"), succeeded("b"));

    assertThat(ready(status))
        .returns("True", Condition::getStatus)
        .returns("Succeeded", Condition::getReason)
        .returns("2 of 2 clusters at v1", Condition::getMessage)
        .returns(7L, Condition::getObservedGeneration);
    assertThat(types(status)).containsExactly("Ready");
    assertThat(status.currentRevision()).isEqualTo("target");
    assertThat(status.version()).isEqualTo("v1");
  }

  @Test
  void noClusterIsSelected() {
    var none = status(module());
    assertThat(ready(none))
        .returns("True", Condition::getStatus)
        .returns("NoClustersSelected", Condition::getReason);
    assertThat(ready(none).getMessage()).contains("namespace fleet");
    assertThat(none.currentRevision()).isNull();

    var without = module(null, false);
    assertThat(ready(status(without)).getMessage()).contains("no selector");
  }

  @Test
  void aFailureIsWorseThanProgress() {
    var status =
        status(
            module(),
            succeeded("a"),
            progressing("b"),
            in("c", ClusterState.FAILED, "BuildFailed", "no such file"));

    assertThat(ready(status))
        .returns("False", Condition::getStatus)
        .returns("BuildFailed", Condition::getReason)
        .returns("1 of 3 clusters failed on v1; c: no such file", Condition::getMessage);
    assertThat(types(status)).containsExactlyInAnyOrder("Ready", "Reconciling");
  }

  @Test
  void failuresOfSeveralKindsHaveACommonName() {
    var status =
        status(
            module(),
            in("a", ClusterState.FAILED, "BuildFailed", "x"),
            in("b", ClusterState.FAILED, "HealthCheckFailed", "y"));

    assertThat(ready(status).getReason()).isEqualTo("ClustersFailed");
    assertThat(types(status)).containsExactly("Ready");
  }

  @Test
  void onlyAnEditHelps() {
    var plan = plan(List.of(in("a", ClusterState.FAILED, "UnknownBinding", "x")));
    assertThat(stalled(plan, Resolution.Reason.UNKNOWN_BINDING)).isPresent();
    assertThat(stalled(plan, Resolution.Reason.BINDING_CIRCLE)).isPresent();
    assertThat(stalled(plan, Resolution.Reason.SECRET_VALUE_REFUSED)).isPresent();
    assertThat(stalled(plan, Resolution.Reason.INVALID_VALUE)).isPresent();
    assertThat(stalled(plan, Resolution.Reason.OBJECT_NOT_FOUND)).isEmpty();
    assertThat(stalled(plan, Resolution.Reason.READ_FORBIDDEN)).isEmpty();
    assertThat(stalled(plan, Resolution.Reason.KIND_NOT_FOUND)).isEmpty();
  }

  @Test
  void clustersThatCannotTakePartDoNotKeepItFromReady() {
    var status =
        status(
            module(),
            succeeded("a"),
            in("b", ClusterState.NOT_READY, "KubeconfigMissing", "no Secret"),
            new ClusterPlan(
                "c", "all", ClusterState.UNREACHABLE, new Reason("Gone", "no route"), null, true));

    assertThat(ready(status))
        .returns("True", Condition::getStatus)
        .returns("1 of 3 clusters at v1, 1 unreachable, 1 not ready", Condition::getMessage);
    assertThat(status.attention()).extracting(Attention::cluster).containsExactly("c", "b");
  }

  @Test
  void unreachableBeforeItRanTheVersionIsNotReady() {
    var status =
        status(
            module(),
            succeeded("a"),
            in("b", ClusterState.UNREACHABLE, "RemoteConnectionProbeFailed", "no route"));

    assertThat(ready(status))
        .returns("False", Condition::getStatus)
        .returns("ClustersUnreachable", Condition::getReason);
  }

  @Test
  void noneCanTakePart() {
    var status =
        status(module(), in("a", ClusterState.NOT_READY, "KubeconfigMissing", "no Secret yet"));

    assertThat(ready(status))
        .returns("False", Condition::getStatus)
        .returns("NoClusterReady", Condition::getReason)
        .returns("none of 1 cluster can take part yet; a: no Secret yet", Condition::getMessage);
    assertThat(types(status)).containsExactlyInAnyOrder("Ready", "Reconciling");
  }

  @Test
  void suspendedIsNotUnderway() {
    var status =
        status(module(ALL, true), in("a", ClusterState.HELD, "Suspended", "it is suspended"));

    assertThat(ready(status))
        .returns("Suspended", Condition::getReason)
        .returns("suspended; 0 of 1 cluster at v1, 1 held", Condition::getMessage);
    assertThat(types(status)).containsExactly("Ready");
  }

  @Test
  void heldSaysWhy() {
    var status =
        status(
            module(),
            succeeded("a"),
            in("b", ClusterState.HELD, "WaitingForBootstrap", "network was not applied"));

    assertThat(ready(status))
        .returns("WaitingForBootstrap", Condition::getReason)
        .returns(
            "1 of 2 clusters at v1, 1 held; b: network was not applied", Condition::getMessage);
  }

  @Test
  void everyClusterIsCountedOnce() {
    var plans = new ArrayList<ClusterPlan>();
    int count = 0;
    for (var state : ClusterState.values()) {
      count++;
      for (int i = 0; i < count; i++) {
        plans.add(in(state.name().toLowerCase(Locale.ROOT) + i, state, "R", "m"));
      }
    }
    var status = status(module(), plans.toArray(ClusterPlan[]::new));

    assertThat(status.summary()).isEqualTo(new Summary(28, 1, 2, 3, 4, 5, 6, 7));
  }

  @Test
  void staysBoundedInALargeFleet() {
    var plans =
        IntStream.range(0, 5_000)
            .mapToObj(i ->
                in("cluster-%04d".formatted(i), ClusterState.FAILED, "R" + i, "m".repeat(10_000)))
            .toArray(ClusterPlan[]::new);
    var status = status(module(), plans);

    assertThat(status.attention())
        .hasSize(10)
        .allSatisfy(a -> assertThat(a.message()).hasSize(1024).endsWith("…"));
    assertThat(ready(status).getMessage()).hasSize(1024);
    var withdrawing =
        ModuleStatuses.withdrawing(
            module(), Map.of("a", "m".repeat(2_000), "b", "x", "c", "x", "d", "x"), NOW);
    assertThat(ready(withdrawing).getMessage())
        .startsWith("withdrawing; 4 clusters still have it: a (m")
        .hasSize(1024);
  }

  @Test
  void saysTheSameWhenNothingChanged() {
    var module = module();
    var first = status(module, succeeded("a"), progressing("b"));
    module.setStatus(first);

    assertThat(status(module, LATER, succeeded("a"), progressing("b"))).isEqualTo(first);
  }

  @Test
  void remembersSinceWhenAndWhatRanBefore() {
    var module = module();
    module.setStatus(status(module, progressing("a"), progressing("b")));
    var half = status(module, LATER, succeeded("a"), progressing("b"));
    assertThat(ready(half))
        .returns("2026-01-02T03:04:05Z", Condition::getLastTransitionTime)
        .returns("1 of 2 clusters at v1, 1 in progress", Condition::getMessage);
    module.setStatus(half);
    var done = status(module, LATER, succeeded("a"), succeeded("b"));
    assertThat(ready(done).getLastTransitionTime()).isEqualTo("2026-01-02T03:05:05Z");
    module.setStatus(done);

    module.getMetadata().setGeneration(8L);
    var plan = plan("next", List.of(succeeded("a"), progressing("b")));
    var next =
        ModuleStatuses.of(
            module, source(module), NO_MARKER, plan, Set.of(), null, List.of(), LATER);
    assertThat(next.currentRevision()).isEqualTo("target");
    assertThat(next.targetRevision()).isEqualTo("next");
    assertThat(next.observedGeneration()).isEqualTo(8);
  }

  private static Optional<Condition> stalled(RolloutPlan plan, Resolution.Reason reason) {
    var trouble = new Resolution.Unresolvable(reason, "a sentence", Set.of());
    var status =
        ModuleStatuses.of(
            module(), source(module()), NO_MARKER, plan, List.of(trouble), null, List.of(), NOW);
    return status.conditions().stream().filter(c -> c.getType().equals("Stalled")).findFirst();
  }

  private static ModuleStatus status(Module module, ClusterPlan... clusters) {
    return status(module, NOW, clusters);
  }

  private static ModuleStatus status(Module module, Instant now, ClusterPlan... clusters) {
    return ModuleStatuses.of(
        module,
        source(module),
        NO_MARKER,
        plan(List.of(clusters)),
        List.of(),
        null,
        List.of(),
        now);
  }

  private static SourceReport source(Module module) {
    return SourceReport.known(
        ModuleContent.of(module, module.getSpec().sync().source(), LenientSerialization.create()),
        null);
  }

  private static RolloutPlan plan(List<ClusterPlan> clusters) {
    return plan("target", clusters);
  }

  private static RolloutPlan plan(String revision, List<ClusterPlan> clusters) {
    return new RolloutPlan(
        clusters,
        List.of(),
        new RolloutProgress(revision, NOW, null, Map.of(), null),
        null,
        new Outlook(Outlook.Phase.ROLLING_OUT, ""),
        List.of(),
        Set.of(),
        null);
  }

  private static Condition ready(ModuleStatus status) {
    return status.conditions().stream()
        .filter(c -> c.getType().equals("Ready"))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> types(ModuleStatus status) {
    return status.conditions().stream()
        .map(Condition::getType)
        .filter(type -> !type.equals("Progressing"))
        .toList();
  }

  private static ClusterPlan succeeded(String cluster) {
    return new ClusterPlan(
        cluster, "all", ClusterState.SUCCEEDED, new Reason("Applied", "runs v1"), null, true);
  }

  private static ClusterPlan progressing(String cluster) {
    return in(cluster, ClusterState.PROGRESSING, "Assigned", "assigned, no report on it yet");
  }

  private static ClusterPlan in(String cluster, ClusterState state, String code, String message) {
    return new ClusterPlan(cluster, "all", state, new Reason(code, message), null, false);
  }

  private static Module module() {
    return module(ALL, false);
  }

  private static Module module(@Nullable ClusterSelector selector, boolean suspend) {
    var module = new Module();
    module.getMetadata().setNamespace("fleet");
    module.getMetadata().setName("app");
    module.getMetadata().setGeneration(7L);
    var git = GitSource.of("https://git.example.com/app.git", new GitVersion("v1", null, null));
    module.setSpec(
        new ModuleSpec(
            selector,
            suspend,
            null,
            List.of(),
            new Sync(Source.git(git), null, List.of()),
            null,
            List.of(),
            List.of(),
            null));
    module.setStatus(null);
    return module;
  }
}
