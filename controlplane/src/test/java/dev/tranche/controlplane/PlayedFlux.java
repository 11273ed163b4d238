package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.assemblage.Expansion;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.source.v1.GitRepository;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Plays Flux's part on a hub without it: says what a test wants, in any order. */
record PlayedFlux(TestFleet hub) {
  /** What Flux names the commit of a tag of {@link AppRepository}. */
  static String artifactOf(String tag) {
    return "sha1:" + AppRepository.commit(tag);
  }

  /** What Flux names what it fetches for a source. */
  static String artifactOf(GitRepository source) {
    var ref = source.getSpec().getRef();
    return ref.getCommit() != null
        ? "sha1:" + ref.getCommit()
        : ref.getTag()
            + "@sha1:"
            + Integer.toHexString(ref.getTag().hashCode() | 0x10000000).repeat(5);
  }

  static String condition(String type, String status, long generation, String reason) {
    return condition(type, status, generation, reason, "said by the test");
  }

  static String condition(
      String type, String status, long generation, String reason, String message) {
    return """
    {"type":"%s","status":"%s","observedGeneration":%d,"reason":"%s","message":"%s",
     "lastTransitionTime":"2026-01-01T00:00:00Z"}\
    """
        .formatted(type, status, generation, reason, message);
  }

  List<Kustomization> kustomizations() {
    return hub.client()
        .resources(Kustomization.class)
        .inNamespace(hub.namespace())
        .list()
        .getItems();
  }

  List<GitRepository> sources() {
    return hub.client()
        .resources(GitRepository.class)
        .inNamespace(hub.namespace())
        .list()
        .getItems();
  }

  /** The Kustomization of a sync, once it is there and takes this tag. */
  Kustomization kustomization(String cluster, String sync, String tag) {
    return eventually()
        .until(
            () ->
                kustomizations().stream()
                    .filter(k -> annotation(k, Expansion.ASSEMBLAGE).equals(cluster))
                    .filter(k -> annotation(k, Expansion.SYNC).equals(sync))
                    .filter(k -> tagOf(k).anyMatch(tag::equals))
                    .findFirst()
                    .orElse(null),
            Objects::nonNull);
  }

  GitRepository sourceOf(Kustomization kustomization) {
    return eventually()
        .until(
            () ->
                hub.client()
                    .resources(GitRepository.class)
                    .inNamespace(hub.namespace())
                    .withName(kustomization.getSpec().getSourceRef().getName())
                    .get(),
            Objects::nonNull);
  }

  /** The source of a sync was fetched as it is wanted. */
  void fetched(GitRepository source) {
    long generation = source.getMetadata().getGeneration();
    fetched(
        source,
        generation,
        artifactOf(source),
        condition("Ready", "True", generation, "Succeeded"));
  }

  void fetched(
      GitRepository source, long observedGeneration, String artifact, String... conditions) {
    says(
        source,
        """
        {"observedGeneration":%d,"conditions":[%s],"artifact":{"revision":"%s","digest":"sha256:%s",
         "lastUpdateTime":"2026-01-01T00:00:00Z","path":"p","url":"http://localhost/p"}}\
        """
            .formatted(observedGeneration, String.join(",", conditions), artifact, "0".repeat(64)));
  }

  void notFetched(GitRepository source, String reason, String message) {
    long generation = source.getMetadata().getGeneration();
    says(
        source,
        "{\"observedGeneration\":%d,\"artifact\":null,\"conditions\":[%s]}"
            .formatted(generation, condition("Ready", "False", generation, reason, message)));
  }

  /** The wanted version of a sync was applied and is healthy. */
  void applied(Kustomization kustomization) {
    long generation = kustomization.getMetadata().getGeneration();
    applied(
        kustomization,
        generation,
        artifactOf(sourceOf(kustomization)),
        condition("Ready", "True", generation, "ReconciliationSucceeded"));
  }

  void applied(
      Kustomization kustomization, long observedGeneration, String revision, String... conditions) {
    says(
        kustomization,
        """
        {"observedGeneration":%d,"conditions":[%s],"lastAppliedRevision":"%s",
         "lastAttemptedRevision":"%s","lastHandledReconcileAt":"%s"}\
        """
            .formatted(
                observedGeneration,
                String.join(",", conditions),
                revision,
                revision,
                annotation(kustomization, "reconcile.fluxcd.io/requestedAt")));
  }

  /** The wanted version of a sync could not be applied. */
  void failed(Kustomization kustomization, String reason, String message) {
    long generation = kustomization.getMetadata().getGeneration();
    says(
        kustomization,
        "{\"observedGeneration\":%d,\"lastAttemptedRevision\":\"%s\",\"conditions\":[%s]}"
            .formatted(
                generation,
                artifactOf(sourceOf(kustomization)),
                condition("Ready", "False", generation, reason, message)));
  }

  /** All of it: the sync runs this tag. */
  void runs(String cluster, String sync, String tag) {
    var kustomization = kustomization(cluster, sync, tag);
    fetched(sourceOf(kustomization));
    applied(kustomization);
  }

  /**
   * Returns when the control plane has seen all that was said before of the syncs of a cluster: the
   * news of each kind come in one order, so what is said of another sync last is seen last.
   *
   * @param beacon a sync of the same cluster, about which something is said for this
   */
  void awaitSeen(String cluster, String beacon, String tag) {
    var kustomization = kustomization(cluster, beacon, tag);
    var word = "beacon " + System.nanoTime();
    notFetched(sourceOf(kustomization), "GitOperationFailed", word);
    awaitMessage(cluster, word);
    fetched(sourceOf(kustomization));
    failed(kustomization, "BuildFailed", word + " again");
    awaitMessage(cluster, word + " again");
  }

  private void awaitMessage(String cluster, String word) {
    eventually()
        .untilAsserted(() ->
            assertThat(hub.assemblage(cluster).orElseThrow().getStatus().syncs())
                .anySatisfy(sync -> assertThat(sync.message()).contains(word)));
  }

  private Stream<String> tagOf(Kustomization kustomization) {
    return sources().stream()
        .filter(source ->
            source.getMetadata().getName().equals(kustomization.getSpec().getSourceRef().getName()))
        .map(source -> source.getSpec().getRef().getTag());
  }

  private static String annotation(HasMetadata object, String name) {
    return String.valueOf(object.getMetadata().getAnnotations().get(name));
  }

  private void says(HasMetadata object, String status) {
    hub.client()
        .resource(object)
        .subresource("status")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"status\":%s}".formatted(status));
  }
}
