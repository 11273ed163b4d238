package dev.tranche.assemblage.flux;

import dev.tranche.assemblage.Applier;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.crd.flux.source.v1.HelmChart;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes sources once nobody uses them any more. One that is needed again at that very moment is
 * made again.
 */
final class SourceCollector {
  private static final Logger log = LoggerFactory.getLogger(SourceCollector.class);

  /** A source that goes out of use with one change often comes back with the next. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final FluxObjects flux;
  private final SourceUsers users;
  private final ScheduledExecutorService timer;
  private final Set<ObjectKey> scheduled = ConcurrentHashMap.newKeySet();

  SourceCollector(FluxObjects flux, SourceUsers users, ScheduledExecutorService timer) {
    this.flux = flux;
    this.users = users;
    this.timer = timer;
    flux.onApplierChange(this::applierChanged);
    flux.sources().onChange(this::sourceChanged);
  }

  /** Looks at all sources once, for those that went out of use while nobody watched. */
  void start() {
    flux.sources().all().map(ObjectKey::of).forEach(this::lookAt);
  }

  private void applierChanged(@Nullable Applier before, @Nullable Applier after) {
    if (before != null
        && (after == null || !FluxObjects.sourceOf(before).equals(FluxObjects.sourceOf(after)))) {
      FluxObjects.sourceOf(before).ifPresent(this::lookAt);
    }
  }

  /** A chart that goes was the user of what it was made from. */
  private void sourceChanged(@Nullable HasMetadata before, @Nullable HasMetadata after) {
    if (after == null && before instanceof HelmChart chart) {
      lookAt(FluxSources.sourceOf(chart));
    }
  }

  private void lookAt(ObjectKey source) {
    if (!scheduled.add(source)) {
      return;
    }
    try {
      var _ = timer.schedule(() -> collect(source), PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("stopping");
    }
  }

  private void collect(ObjectKey source) {
    scheduled.remove(source);
    try {
      var stored = flux.sources().find(source).orElse(null);
      if (stored != null
          && !flux.isUsed(source)
          && users.of(source).isEmpty()
          && !flux.sources().delete(stored)) {
        lookAt(source);
      }
    } catch (KubernetesClientException e) {
      log.atWarn()
          .addKeyValue("source", source)
          .addKeyValue("error", e.getMessage())
          .log("not deleted, trying again");
      lookAt(source);
    }
  }
}
