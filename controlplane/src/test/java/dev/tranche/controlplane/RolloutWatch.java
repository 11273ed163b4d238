package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.ProxyAssemblage;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What the clusters are assigned of a module and what they report on it, change by change in the
 * order in which the API server stored them.
 */
final class RolloutWatch implements AutoCloseable {
  private final TestFleet hub;
  private final SyncKey module;
  private final List<Moment> moments = new CopyOnWriteArrayList<>();
  private final Map<String, String> seen = new ConcurrentHashMap<>();
  private final List<SharedIndexInformer<?>> informers;
  // Of the listeners alone, one at a time.
  private final Map<String, Assigned> assigned = new HashMap<>();

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
    informers =
        List.of(
            inform(
                RemoteAssemblage.class,
                a -> a.getSpec().syncs(),
                a -> a.getStatus() == null ? List.of() : a.getStatus().syncs()),
            inform(
                ProxyAssemblage.class,
                a -> a.getSpec().assemblage().syncs(),
                a -> a.getStatus() == null ? List.of() : a.getStatus().syncs()));
  }

  private <A extends HasMetadata> SharedIndexInformer<A> inform(
      Class<A> type,
      Function<A, List<AssignedSync>> syncs,
      Function<A, List<SyncStatus>> statuses) {
    var informer = hub.client().resources(type).inNamespace(hub.namespace()).runnableInformer(0);
    informer.addEventHandler(
        new ResourceEventHandler<>() {
          @Override
          public void onAdd(A assemblage) {
            note(assemblage, syncs.apply(assemblage), statuses.apply(assemblage));
          }

          @Override
          public void onUpdate(A before, A after) {
            note(after, syncs.apply(after), statuses.apply(after));
          }

          @Override
          public void onDelete(A assemblage, boolean finalStateUnknown) {
            note(assemblage, List.of(), List.of());
            seen.remove(id(assemblage));
          }
        });
    informer.run();
    return informer;
  }

  /** An entry of the module, and where it stands. */
  private record Assigned(Standing standing, boolean leaving) {}

  static RolloutWatch of(TestFleet hub, String module) {
    return new RolloutWatch(hub, new SyncKey("Module", module));
  }

  static RolloutWatch of(TestFleet hub, String kind, String module) {
    return new RolloutWatch(hub, new SyncKey(kind, module));
  }

  private synchronized void note(
      HasMetadata assemblage, List<AssignedSync> syncs, List<SyncStatus> statuses) {
    assigned.remove(id(assemblage));
    syncs.stream()
        .filter(sync -> sync.key().equals(module))
        .forEach(sync ->
            assigned.put(
                id(assemblage),
                new Assigned(
                    standing(sync, statuses), sync.deletionPolicy() == DeletionPolicy.ORPHAN)));
    var cluster = assemblage.getMetadata().getName();
    var clusters = new TreeMap<>(moments.getLast().clusters());
    Stream.of("RemoteAssemblage ", "ProxyAssemblage ")
        .map(kind -> assigned.get(kind + cluster))
        .filter(Objects::nonNull)
        .min(Comparator.comparing(Assigned::leaving))
        .ifPresentOrElse(
            counting -> clusters.put(cluster, counting.standing()), () -> clusters.remove(cluster));
    moments.add(new Moment(Instant.now(), clusters));
    seen.put(id(assemblage), assemblage.getMetadata().getResourceVersion());
  }

  private static String id(HasMetadata assemblage) {
    return assemblage.getKind() + " " + assemblage.getMetadata().getName();
  }

  private static Standing standing(AssignedSync sync, List<SyncStatus> statuses) {
    boolean succeeded =
        statuses.stream()
            .anyMatch(status ->
                status.key().equals(sync.key())
                    && sync.revision().equals(status.revision())
                    && status.state() == SyncState.SUCCEEDED);
    return new Standing(sync.source().version(), sync.revision(), succeeded);
  }

  /** All that was observed until now, once that is all that happened. */
  List<Moment> moments() {
    eventually()
        .until(() ->
            Stream.of(RemoteAssemblage.class, ProxyAssemblage.class)
                .flatMap(type ->
                    hub
                        .client()
                        .resources(type)
                        .inNamespace(hub.namespace())
                        .list()
                        .getItems()
                        .stream())
                .allMatch(assemblage ->
                    assemblage
                        .getMetadata()
                        .getResourceVersion()
                        .equals(seen.get(id(assemblage)))));
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
    informers.forEach(SharedIndexInformer::close);
  }
}
