package dev.tranche.assemblage.flux;

import dev.tranche.assemblage.Applier;
import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.kube.Throttle;
import dev.tranche.crd.v1alpha1.AssemblageStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The controller of one kind of assemblage: its Flux objects, and what wakes it. */
public final class AssemblageController<
        A extends CustomResource<?, AssemblageStatus>, R extends AssemblageReconciler<A>>
    implements AutoCloseable {
  /** The syncs of one cluster are often settled one soon after the other. */
  private static final Duration SHORTEST_NEWS_PERIOD = Duration.ofMillis(50);

  private static final Duration LONGEST_NEWS_PERIOD = Duration.ofSeconds(5);

  private final FluxObjects flux;
  private final SourceCollector collector;
  private final R reconciler;
  private final SourceUsers sourceUsers;
  private final Throttle<ObjectKey> news;

  /**
   * Wires the controller.
   *
   * @param fieldManager under whose name Flux objects are written
   * @param reconciler makes the reconciler, which works on the given Flux objects
   * @param sourceUsers as far as the reconciler made before knows
   * @param timer ended by its owner
   */
  public AssemblageController(
      KubernetesClient client,
      Namespaces namespaces,
      Class<A> type,
      String fieldManager,
      Function<FluxObjects, R> reconciler,
      Function<R, SourceUsers> sourceUsers,
      ScheduledExecutorService timer) {
    this.flux = new FluxObjects(client, namespaces, type, fieldManager);
    this.reconciler = reconciler.apply(flux);
    this.sourceUsers = sourceUsers.apply(this.reconciler);
    this.collector = new SourceCollector(flux, this.sourceUsers, timer);
    this.news =
        new Throttle<>(
            (assemblage, underway) ->
                Throttle.between(
                    SHORTEST_NEWS_PERIOD,
                    this.reconciler.reportsApart(assemblage),
                    LONGEST_NEWS_PERIOD),
            timer,
            this.reconciler::wake);
    flux.sources().onChange(this::sourceChanged);
    flux.onApplierChange(this::applierChanged);
  }

  /** The reconciler, to be registered. */
  public R reconciler() {
    return reconciler;
  }

  /** Has an assemblage looked at again soon; never waits. */
  public void wake(ObjectKey assemblage) {
    news.call(assemblage);
  }

  /**
   * Whether this is one of the Flux objects that are looked after, as far as is known.
   *
   * @param kind such as {@code Kustomization}
   */
  public boolean has(String kind, ObjectKey key) {
    return flux.has(kind, key);
  }

  /**
   * Reads one of the Flux objects again, and has the assemblages looked at that it concerns. Waits
   * for the API server.
   */
  public void readAgain(String kind, ObjectKey key) {
    flux.readAgain(kind, key);
    sourceUsers.of(key).forEach(news::call);
    flux.appliers(key).stream()
        .flatMap(applier -> flux.assemblageOf(applier).stream())
        .forEach(news::call);
  }

  /** Starts to read; returns at once. */
  public void start() {
    flux.start();
  }

  /** Whether everything was read once. */
  public boolean synced() {
    return flux.synced();
  }

  /** Starts what needs everything to be read. */
  public void startCollecting() {
    collector.start();
  }

  @Override
  public void close() {
    flux.close();
  }

  private void sourceChanged(@Nullable HasMetadata before, @Nullable HasMetadata after) {
    sourceUsers
        .of(ObjectKey.of(Objects.requireNonNull(after == null ? before : after)))
        .forEach(news::call);
  }

  private void applierChanged(@Nullable Applier before, @Nullable Applier after) {
    if (after != null
        && flux.isEcho(after)
        && (before == null || flux.assemblageOf(before).equals(flux.assemblageOf(after)))) {
      return;
    }
    // Both, since an edit may have given it to another assemblage.
    Stream.of(Optional.ofNullable(before), Optional.ofNullable(after))
        .flatMap(Optional::stream)
        .flatMap(applier -> flux.assemblageOf(applier).stream())
        .distinct()
        .forEach(news::call);
  }
}
