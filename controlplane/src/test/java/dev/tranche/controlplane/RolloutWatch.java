package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncState;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/**
 * What the clusters are assigned of a module and what they report on it, change by change in the
 * order in which the API server stored them.
 */
final class RolloutWatch implements AutoCloseable, ResourceEventHandler<RemoteAssemblage> {
  private final TestFleet hub;
  private final SyncKey module;
  private final List<Moment> moments = new CopyOnWriteArrayList<>();
  private final Map<String, String> seen = new ConcurrentHashMap<>();
  private final SharedIndexInformer<RemoteAssemblage> informer;

  /**
   * Where a cluster stands.
   *
   * @param succeeded on exactly what it is assigned
   */
  record Standing(String tag, String revision, boolean succeeded) {}

  /**
   * After one change.
   *
   * @param at when it was heard of
   * @param clusters those that are assigned something
   */
  record Moment(Instant at, Map<String, Standing> clusters) {
    boolean has(String cluster, String tag) {
      return Optional.ofNullable(clusters.get(cluster))
          .filter(s -> s.tag().equals(tag))
          .isPresent();
    }

    boolean succeeded(String cluster, String tag) {
      return has(cluster, tag) && Objects.requireNonNull(clusters.get(cluster)).succeeded();
    }

    List<String> unready(Collection<String> of) {
      return clusters.entrySet().stream()
          .filter(entry -> of.contains(entry.getKey()) && !entry.getValue().succeeded())
          .map(Map.Entry::getKey)
          .toList();
    }
  }

  private RolloutWatch(TestFleet hub, SyncKey module) {
    this.hub = hub;
    this.module = module;
    moments.add(new Moment(Instant.now(), Map.of()));
    informer =
        hub.client()
            .resources(RemoteAssemblage.class)
            .inNamespace(hub.namespace())
            .runnableInformer(0);
    informer.addEventHandler(this);
    informer.run();
  }

  static RolloutWatch of(TestFleet hub, String module) {
    return new RolloutWatch(hub, new SyncKey("Module", module));
  }

  static RolloutWatch of(TestFleet hub, String kind, String module) {
    return new RolloutWatch(hub, new SyncKey(kind, module));
  }

  @Override
  public void onAdd(RemoteAssemblage assemblage) {
    note(assemblage);
  }

  @Override
  public void onUpdate(RemoteAssemblage before, RemoteAssemblage after) {
    note(after);
  }

  @Override
  public void onDelete(RemoteAssemblage assemblage, boolean finalStateUnknown) {
    var clusters = new TreeMap<>(moments.getLast().clusters());
    clusters.remove(assemblage.getMetadata().getName());
    seen.remove(assemblage.getMetadata().getName());
    moments.add(new Moment(Instant.now(), clusters));
  }

  private void note(RemoteAssemblage assemblage) {
    var cluster = assemblage.getMetadata().getName();
    var clusters = new TreeMap<>(moments.getLast().clusters());
    assemblage.getSpec().syncs().stream()
        .filter(sync -> sync.key().equals(module))
        .findFirst()
        .ifPresentOrElse(
            sync -> clusters.put(cluster, standing(assemblage, sync)),
            () -> clusters.remove(cluster));
    moments.add(new Moment(Instant.now(), clusters));
    seen.put(cluster, assemblage.getMetadata().getResourceVersion());
  }

  private static Standing standing(RemoteAssemblage assemblage, AssignedSync sync) {
    boolean succeeded =
        assemblage.getStatus() != null
            && assemblage.getStatus().syncs().stream()
                .anyMatch(status ->
                    status.key().equals(sync.key())
                        && sync.revision().equals(status.revision())
                        && status.state() == SyncState.SUCCEEDED);
    return new Standing(
        String.valueOf(sync.source().git().version().tag()), sync.revision(), succeeded);
  }

  /** All that was observed until now, once that is all that happened. */
  List<Moment> moments() {
    eventually()
        .until(() ->
            hub
                .client()
                .resources(RemoteAssemblage.class)
                .inNamespace(hub.namespace())
                .list()
                .getItems()
                .stream()
                .allMatch(assemblage ->
                    assemblage
                        .getMetadata()
                        .getResourceVersion()
                        .equals(seen.get(assemblage.getMetadata().getName()))));
    return List.copyOf(moments);
  }

  /** The last of them. */
  Moment now() {
    return moments().getLast();
  }

  /** The clusters that have a version now. */
  List<String> having(String tag) {
    var now = now();
    return now.clusters().keySet().stream().filter(cluster -> now.has(cluster, tag)).toList();
  }

  /** Whether all of these clusters have succeeded on a version now. */
  boolean allSucceeded(String tag, Collection<String> clusters) {
    var now = now();
    return clusters.stream().allMatch(cluster -> now.succeeded(cluster, tag));
  }

  /** The versions that a cluster was assigned, one after the other. */
  List<String> tags(String cluster) {
    var tags = new ArrayList<String>();
    for (var moment : moments()) {
      var standing = moment.clusters().get(cluster);
      if (standing != null && (tags.isEmpty() || !tags.getLast().equals(standing.tag()))) {
        tags.add(standing.tag());
      }
    }
    return tags;
  }

  /** At no moment more of these clusters were without success on what they were assigned. */
  void assertUnreadyAtMost(int limit, Collection<String> clusters) {
    assertAlways(
        moment -> moment.unready(clusters).size() <= limit,
        "at most %s of %s are unready".formatted(limit, clusters));
  }

  /** Nobody of the second was assigned a version before all of the first had succeeded on it. */
  void assertInTurn(String tag, Collection<String> first, Collection<String> then) {
    var passed = new HashSet<String>();
    assertAlways(
        moment -> {
          first.stream().filter(cluster -> moment.succeeded(cluster, tag)).forEach(passed::add);
          return passed.containsAll(first) || then.stream().noneMatch(c -> moment.has(c, tag));
        },
        "%s comes to %s before %s".formatted(tag, first, then));
  }

  /** None of these clusters was ever assigned a version. */
  void assertNever(String tag, Collection<String> clusters) {
    assertAlways(
        moment -> clusters.stream().noneMatch(cluster -> moment.has(cluster, tag)),
        "%s comes to none of %s".formatted(tag, clusters));
  }

  private void assertAlways(Predicate<Moment> rule, String words) {
    assertThat(moments().stream().filter(rule.negate()).findFirst()).as(words).isEmpty();
  }

  @Override
  public void close() {
    informer.close();
  }
}
