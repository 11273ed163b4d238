package dev.tranche.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import dev.tranche.crd.flux.kustomize.v1.KustomizationSpec;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.ProxyAssemblage;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncState;
import dev.tranche.crd.v1alpha1.SyncStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks from outside at the entries that a module has in both assemblages of every cluster, change
 * by change, and takes note of every one that goes.
 */
final class HandoverWatch implements AutoCloseable {
  private static final SyncKey APP = new SyncKey("Module", "app");

  private final TestFleet hub;
  private final List<Watch> watches = new ArrayList<>();
  private final Map<String, Seen> entries = new HashMap<>();
  private final List<Departure> departures = new ArrayList<>();
  private final Set<String> pruned = new TreeSet<>();

  /** An entry, and what is reported of it. */
  record Seen(AssignedSync entry, @Nullable SyncStatus status) {
    boolean succeeded() {
      return status != null
          && status.state() == SyncState.SUCCEEDED
          && entry.revision().equals(status.revision());
    }
  }

  /**
   * An entry that went.
   *
   * @param from such as {@code RemoteAssemblage alpha}
   * @param last what it was just before
   * @param other the entry in the other assemblage at that moment; null where there was none
   */
  record Departure(String from, Seen last, @Nullable Seen other) {}

  HandoverWatch(TestFleet hub) {
    this.hub = hub;
    watch(
        RemoteAssemblage.class,
        (a, deleted) ->
            note(
                a,
                deleted ? List.of() : a.getSpec().syncs(),
                a.getStatus() == null ? List.of() : a.getStatus().syncs()));
    watch(
        ProxyAssemblage.class,
        (a, deleted) ->
            note(
                a,
                deleted ? List.of() : a.getSpec().assemblage().syncs(),
                a.getStatus() == null ? List.of() : a.getStatus().syncs()));
    watch(
        Kustomization.class,
        (kustomization, deleted) -> {
          if (kustomization.getSpec().getDeletionPolicy()
              == KustomizationSpec.DeletionPolicy.MIRRORPRUNE) {
            synchronized (this) {
              pruned.add(
                  String.valueOf(
                      kustomization
                          .getMetadata()
                          .getAnnotations()
                          .get("fleet.tranche.dev/assemblage")));
            }
          }
        });
  }

  /** Hears of an object, and whether it is gone. */
  @FunctionalInterface
  private interface Note<T> {
    void of(T object, boolean deleted);
  }

  private <T extends HasMetadata> void watch(Class<T> type, Note<T> note) {
    watches.add(
        hub.client()
            .resources(type)
            .inNamespace(hub.namespace())
            .watch(
                new Watcher<T>() {
                  @Override
                  public void eventReceived(Action action, T object) {
                    note.of(object, action == Action.DELETED);
                  }

                  @Override
                  public void onClose(WatcherException cause) {
                    throw new AssertionError(cause);
                  }
                }));
  }

  private synchronized void note(
      HasMetadata assemblage, List<AssignedSync> syncs, List<SyncStatus> statuses) {
    var id = assemblage.getKind() + " " + assemblage.getMetadata().getName();
    var before = entries.remove(id);
    syncs.stream()
        .filter(sync -> sync.key().equals(APP))
        .findFirst()
        .ifPresentOrElse(
            sync ->
                entries.put(
                    id,
                    new Seen(
                        sync,
                        statuses.stream()
                            .filter(status -> status.key().equals(APP))
                            .findFirst()
                            .orElse(null))),
            () -> {
              if (before != null) {
                departures.add(
                    new Departure(
                        id,
                        before,
                        entries.get(
                            (assemblage instanceof RemoteAssemblage
                                    ? "ProxyAssemblage "
                                    : "RemoteAssemblage ")
                                + assemblage.getMetadata().getName())));
              }
            });
  }

  /** The entries that there are, such as {@code RemoteAssemblage alpha}. */
  synchronized List<String> entries() {
    return entries.keySet().stream().sorted().toList();
  }

  /** The entries that went, in order. */
  synchronized List<Departure> departures() {
    return List.copyOf(departures);
  }

  /** The clusters from which something was to be removed. */
  synchronized Set<String> pruned() {
    return Set.copyOf(pruned);
  }

  /** Nothing went before its successor ran, and nothing that went took anything along. */
  void assertNothingWasLost() {
    assertThat(departures())
        .allSatisfy(departure -> {
          assertThat(departure.last().entry().deletionPolicy()).isEqualTo(DeletionPolicy.ORPHAN);
          assertThat(departure.last().status())
              .extracting(SyncStatus::deletionPolicy)
              .isEqualTo(DeletionPolicy.ORPHAN);
          assertThat(departure.other())
              .matches(
                  other ->
                      other != null && other.succeeded() && other.entry().deletionPolicy() == null,
                  "succeeded and stays");
        });
    assertThat(pruned()).isEmpty();
  }

  /** The entries that are marked so that their going removes nothing. */
  synchronized List<String> leaving() {
    return entries.entrySet().stream()
        .filter(seen -> seen.getValue().entry().deletionPolicy() == DeletionPolicy.ORPHAN)
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  static List<String> in(String kind, String... clusters) {
    return Stream.of(clusters).map(cluster -> kind + " " + cluster).toList();
  }

  @Override
  public void close() {
    watches.forEach(Watch::close);
  }
}
