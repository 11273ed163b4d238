package dev.tranche.controlplane.assignment;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.assemblage.Drift;
import dev.tranche.assemblage.kube.Gathering;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.kube.ServerSideApply;
import dev.tranche.assemblage.kube.Throttle;
import dev.tranche.controlplane.cluster.ClusterView;
import dev.tranche.controlplane.cluster.Clusters;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.KubeconfigRef;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import dev.tranche.crd.v1alpha1.RemoteAssemblageSpec;
import dev.tranche.crd.v1alpha1.SyncKey;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out assignments. Wishes for one cluster that come within a moment become one server-side
 * apply, which carries the resource version that it was worked out from: whoever was faster makes
 * it fail and be worked out again, so that two control planes never take each other's entries away.
 *
 * <p>A wish is kept until it is written, or until its cluster is gone.
 */
public final class AssignmentWriter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AssignmentWriter.class);

  /**
   * The finalizer of every assemblage, under which what it put into a cluster is let go in order.
   */
  public static final String FINALIZER = "fleet.tranche.dev/remoteassemblage";

  /** Long enough for modules that change together to meet, short enough for nobody to notice. */
  private static final Duration GATHERING = Duration.ofMillis(50);

  private static final Duration LONGEST_GATHERING = Duration.ofSeconds(5);

  /** Where one module alone wants something lately, there is nobody to wait for. */
  private static final Duration GATHERING_ALONE = Duration.ofMillis(5);

  private static final Duration LATELY = Duration.ofSeconds(2);

  private static final Duration FIRST_RETRY = Duration.ofMillis(500);
  private static final Duration LAST_RETRY = Duration.ofSeconds(30);

  private static final Set<String> ORIGINS = Set.of("Module", "BootstrapModule");

  private static final int CONFLICTS = 10;

  /** Answers that the same write gets again: bad, forbidden, too large, invalid. */
  private static final Set<Integer> REFUSALS = Set.of(400, 403, 413, 422);

  /** More writers only wait for each other in the API server. */
  private static final int WRITERS = 8;

  private final KubernetesClient client;
  private final ServerSideApply apply;
  private final Clusters clusters;
  private final ObjectCache<RemoteAssemblage> assemblages;
  private final KubernetesSerialization serialization;
  private final ScheduledThreadPoolExecutor writers;
  private final Map<ObjectKey, Wishes> waiting = new ConcurrentHashMap<>();
  private final Wishers wishers = new Wishers();
  private final Gathering gathering = new Gathering(LONGEST_GATHERING);
  private volatile BiConsumer<ObjectKey, Set<SyncKey>> troubleListener = (cluster, syncs) -> {};

  /** Writes with this client; the others are started and ended by their owner. */
  public AssignmentWriter(
      KubernetesClient client, Clusters clusters, ObjectCache<RemoteAssemblage> assemblages) {
    this.client = client;
    this.apply = new ServerSideApply(client, ServerSideApply.FIELD_MANAGER);
    this.clusters = clusters;
    this.assemblages = assemblages;
    this.serialization = client.getKubernetesSerialization();
    this.writers =
        new ScheduledThreadPoolExecutor(
            WRITERS, Thread.ofPlatform().name("assignments-", 0).factory());
    this.writers.setRemoveOnCancelPolicy(true);
    this.writers.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** Assigns a sync to a cluster. */
  public void assign(ObjectKey cluster, AssignedSync sync) {
    wish(cluster, sync.key(), Optional.of(sync));
  }

  /** Withdraws a sync from a cluster. */
  public void withdraw(ObjectKey cluster, SyncKey sync) {
    wish(cluster, sync, Optional.empty());
  }

  /**
   * Calls somebody whenever what {@link #trouble} says has changed, with the cluster and the syncs
   * that it has changed for. Only one can be called.
   */
  public void onTrouble(BiConsumer<ObjectKey, Set<SyncKey>> listener) {
    troubleListener = listener;
  }

  /** What kept the last attempt to write a sync from succeeding; empty where nothing did. */
  public Optional<String> trouble(ObjectKey cluster, SyncKey sync) {
    return Optional.ofNullable(waiting.get(cluster)).map(wishes -> wishes.troubles.get(sync));
  }

  /** The reference by which a cluster owns its assemblage. */
  public static OwnerReference ownerReference(ClusterView cluster) {
    return new OwnerReferenceBuilder()
        .withApiVersion(cluster.apiVersion())
        .withKind("Cluster")
        .withName(cluster.key().name())
        .withUid(cluster.uid())
        .withController(true)
        .build();
  }

  /** Whether an assemblage is as this cluster needs it, its syncs aside. */
  public static boolean framed(RemoteAssemblage assemblage, ClusterView cluster) {
    var reference = assemblage.getSpec().kubeconfigRef();
    return reference.name().equals(cluster.kubeconfigSecret())
        && reference.keyOrDefault().equals(KubeconfigRef.DEFAULT_KEY)
        && assemblage.getMetadata().getOwnerReferences().size() == 1
        && isOwner(assemblage.getMetadata().getOwnerReferences().getFirst(), cluster)
        && assemblage.getMetadata().getFinalizers().contains(FINALIZER);
  }

  private static boolean isOwner(OwnerReference owner, ClusterView cluster) {
    var wanted = ownerReference(cluster);
    return owner.getUid().equals(wanted.getUid())
        && owner.getApiVersion().equals(wanted.getApiVersion())
        && owner.getKind().equals(wanted.getKind())
        && owner.getName().equals(wanted.getName())
        && wanted.getController().equals(owner.getController());
  }

  /** Ends the writers; what is being written is finished, what waits is given up. */
  @Override
  public void close() {
    writers.shutdown();
    try {
      if (!writers.awaitTermination(10, TimeUnit.SECONDS)) {
        writers.shutdownNow();
      }
    } catch (InterruptedException e) {
      writers.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  /** What is wanted for one cluster and not written yet. An empty value withdraws. */
  private static final class Wishes {
    private final Map<SyncKey, Optional<AssignedSync>> syncs = new TreeMap<>();
    private int attempts;
    private volatile Map<SyncKey, String> troubles = Map.of();
    private boolean writing;
    private @Nullable Future<?> next;
  }

  /** Whether several syncs are being wished for. */
  private static final class Wishers {
    private @Nullable SyncKey last;
    private long lastAt;
    private long severalUntil = System.nanoTime();

    /** Called with each wish. */
    synchronized boolean several(SyncKey key) {
      long now = System.nanoTime();
      if (last != null && !key.equals(last) && now - lastAt < LATELY.toNanos()) {
        severalUntil = now + LATELY.toNanos();
      }
      last = key;
      lastAt = now;
      return now - severalUntil < 0;
    }
  }

  private void wish(ObjectKey cluster, SyncKey key, Optional<AssignedSync> sync) {
    var delay = wishers.several(key) ? gathering(cluster) : GATHERING_ALONE;
    waiting.compute(
        cluster,
        (k, before) -> {
          var wishes = before == null ? new Wishes() : before;
          boolean news = !sync.equals(wishes.syncs.put(key, sync));
          // What is wanted anew does not wait for what failed before.
          if (before == null || (news && !wishes.troubles.isEmpty() && !wishes.writing)) {
            wishes.attempts = 0;
            schedule(cluster, wishes, delay);
          }
          return wishes;
        });
  }

  private Duration gathering(ObjectKey cluster) {
    return Throttle.between(GATHERING, gathering.rest(cluster), LONGEST_GATHERING);
  }

  private void schedule(ObjectKey cluster, Wishes wishes, Duration delay) {
    if (wishes.next != null) {
      wishes.next.cancel(false);
    }
    try {
      wishes.next =
          writers.schedule(() -> fulfil(cluster), delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.atDebug().addKeyValue("cluster", cluster).log("stopping, not written");
    }
  }

  /** One at a time for a cluster: while it is under way, it is scheduled again only from here. */
  private void fulfil(ObjectKey cluster) {
    var wanted = new TreeMap<SyncKey, Optional<AssignedSync>>();
    waiting.computeIfPresent(
        cluster,
        (key, wishes) -> {
          if (!wishes.writing) {
            wishes.writing = true;
            wanted.putAll(wishes.syncs);
          }
          return wishes;
        });
    if (wanted.isEmpty()) {
      return;
    }
    var outcome = carryOut(cluster, wanted);
    if (outcome.refused() && wanted.size() > 1) {
      // What one module wants may be what is refused, and the others are not to wait for it.
      outcome =
          wanted.entrySet().stream()
              .map(wish -> carryOut(cluster, Map.of(wish.getKey(), wish.getValue())))
              .reduce(Outcome.NOTHING, Outcome::and);
    }
    settle(cluster, wanted, outcome);
  }

  /**
   * What came of an attempt.
   *
   * @param done what need not be tried again
   * @param refused whether the API server refused something for what it says
   */
  private record Outcome(
      Map<SyncKey, Optional<AssignedSync>> done, @Nullable String trouble, boolean refused) {
    static final Outcome NOTHING = new Outcome(Map.of(), null, false);

    static Outcome trouble(String trouble, boolean refused) {
      return new Outcome(Map.of(), trouble, refused);
    }

    Outcome and(Outcome other) {
      var both = new TreeMap<>(done);
      both.putAll(other.done);
      return new Outcome(both, trouble == null ? other.trouble : trouble, refused || other.refused);
    }
  }

  private Outcome carryOut(ObjectKey cluster, Map<SyncKey, Optional<AssignedSync>> wanted) {
    try {
      boolean kept =
          clusters
              .find(cluster)
              .filter(view -> !view.deleting() && !view.paused())
              .map(view -> write(view, wanted))
              .orElseGet(() -> {
                gathering.forget(cluster);
                return true;
              });
      return kept
          ? new Outcome(wanted, null, false)
          : Outcome.trouble("the assemblage is being changed by others", false);
    } catch (KubernetesClientException e) {
      log.atWarn()
          .addKeyValue("cluster", cluster)
          .addKeyValue("error", e.getMessage())
          .log("assignment not written, trying again");
      return Outcome.trouble(String.valueOf(e.getMessage()), REFUSALS.contains(e.getCode()));
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue("cluster", cluster)
          .setCause(e)
          .log("assignment not written, trying again");
      return Outcome.trouble(String.valueOf(e.getMessage()), false);
    }
  }

  private void settle(
      ObjectKey cluster, Map<SyncKey, Optional<AssignedSync>> attempted, Outcome outcome) {
    var concerned = new TreeSet<SyncKey>();
    waiting.computeIfPresent(
        cluster,
        (key, wishes) -> {
          wishes.writing = false;
          var troubles = troubles(attempted, outcome);
          concerned.addAll(changed(wishes.troubles, troubles));
          wishes.troubles = troubles;
          outcome.done().forEach(wishes.syncs::remove);
          if (wishes.syncs.isEmpty()) {
            return null;
          }
          if (attempted.entrySet().containsAll(wishes.syncs.entrySet())) {
            var delay = FIRST_RETRY.multipliedBy(1L << Math.min(wishes.attempts++, 6));
            schedule(cluster, wishes, delay.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : delay);
          } else {
            // What is wanted anew does not wait for what failed before.
            wishes.attempts = 0;
            schedule(cluster, wishes, gathering(cluster));
          }
          return wishes;
        });
    if (!concerned.isEmpty()) {
      troubleListener.accept(cluster, concerned);
    }
  }

  private static Map<SyncKey, String> troubles(
      Map<SyncKey, Optional<AssignedSync>> attempted, Outcome outcome) {
    var trouble = outcome.trouble();
    var troubles = new TreeMap<SyncKey, String>();
    if (trouble != null) {
      attempted.keySet().forEach(sync -> troubles.put(sync, trouble));
      outcome.done().keySet().forEach(troubles::remove);
    }
    return troubles;
  }

  private static Set<SyncKey> changed(Map<SyncKey, String> before, Map<SyncKey, String> after) {
    var changed = new TreeSet<>(before.keySet());
    changed.addAll(after.keySet());
    changed.removeIf(sync -> Objects.equals(before.get(sync), after.get(sync)));
    return changed;
  }

  /** Whether it is written, or need not be. */
  private boolean write(ClusterView cluster, Map<SyncKey, Optional<AssignedSync>> wanted) {
    var current = assemblages.find(cluster.key()).orElse(null);
    for (int i = 0; i < CONFLICTS; i++) {
      if (current != null && current.getMetadata().getDeletionTimestamp() != null) {
        // Whoever wants something here is called again when it is gone.
        return true;
      }
      var before = ours(current);
      var syncs = new TreeMap<>(before);
      wanted.forEach(
          (key, sync) -> sync.ifPresentOrElse(s -> syncs.put(key, s), () -> syncs.remove(key)));
      if (current == null && syncs.isEmpty()) {
        return true;
      }
      if (current != null && framed(current, cluster) && same(before, syncs)) {
        return true;
      }
      var strangers = strangers(current, cluster);
      if (current != null && !strangers.isEmpty()) {
        current =
            apply
                .removeUnlessChanged(RemoteAssemblage.class, current, strangers)
                .orElseGet(() -> read(cluster));
        continue;
      }
      var stored = attempt(cluster, current, syncs);
      if (stored.isPresent()) {
        assemblages.wrote(stored.get());
        report(cluster, wanted, before);
        return true;
      }
      current = read(cluster);
    }
    return false;
  }

  private @Nullable RemoteAssemblage read(ClusterView cluster) {
    return client
        .resources(RemoteAssemblage.class)
        .inNamespace(cluster.key().namespace())
        .withName(cluster.key().name())
        .get();
  }

  /**
   * The owners that are not the cluster, as pointers. Any of them would keep the assemblage when
   * the cluster goes, and the API server takes no second one that is the controller.
   */
  private static List<String> strangers(
      @Nullable RemoteAssemblage assemblage, ClusterView cluster) {
    var strangers = new ArrayList<String>();
    if (assemblage != null) {
      var owners = assemblage.getMetadata().getOwnerReferences();
      for (int i = 0; i < owners.size(); i++) {
        if (!owners.get(i).getUid().equals(cluster.uid())) {
          strangers.add("/metadata/ownerReferences/" + i);
        }
      }
    }
    return strangers;
  }

  /** Empty where somebody else was faster. */
  private Optional<RemoteAssemblage> attempt(
      ClusterView cluster, @Nullable RemoteAssemblage current, Map<SyncKey, AssignedSync> syncs) {
    RemoteAssemblage stored;
    try {
      stored =
          gathering.writing(cluster.key(), () -> apply.apply(desired(cluster, current, syncs)));
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      return Optional.empty();
    }
    var extras = extras(stored, syncs);
    return extras.isEmpty()
        ? Optional.of(stored)
        : apply.removeUnlessChanged(RemoteAssemblage.class, stored, extras);
  }

  private RemoteAssemblage desired(
      ClusterView cluster, @Nullable RemoteAssemblage current, Map<SyncKey, AssignedSync> syncs) {
    var assemblage = new RemoteAssemblage();
    assemblage.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(cluster.key().namespace())
            .withName(cluster.key().name())
            .withResourceVersion(
                current == null
                    ? ServerSideApply.CREATE_ONLY
                    : current.getMetadata().getResourceVersion())
            .withFinalizers(FINALIZER)
            .withOwnerReferences(ownerReference(cluster))
            .build());
    assemblage.setSpec(
        new RemoteAssemblageSpec(
            new KubeconfigRef(cluster.kubeconfigSecret(), KubeconfigRef.DEFAULT_KEY),
            List.copyOf(syncs.values())));
    return assemblage;
  }

  /**
   * What somebody else put into our entries, or left of those that are withdrawn: an apply leaves
   * alone what it does not mention and others own.
   */
  private List<String> extras(RemoteAssemblage stored, Map<SyncKey, AssignedSync> syncs) {
    var extras = new ArrayList<String>();
    var entries = stored.getSpec().syncs();
    for (int i = 0; i < entries.size(); i++) {
      var entry = entries.get(i);
      if (!isOurs(entry.key())) {
        continue;
      }
      var pointer = "/spec/syncs/" + i;
      var wanted = syncs.get(entry.key());
      if (wanted == null) {
        extras.add(pointer);
      } else {
        Drift.between(json(wanted), json(entry))
            .extras()
            .forEach(extra -> extras.add(pointer + extra));
      }
    }
    return extras;
  }

  private static Map<SyncKey, AssignedSync> ours(@Nullable RemoteAssemblage assemblage) {
    var ours = new TreeMap<SyncKey, AssignedSync>();
    if (assemblage != null) {
      assemblage.getSpec().syncs().stream()
          .filter(sync -> isOurs(sync.key()))
          .forEach(sync -> ours.put(sync.key(), sync));
    }
    return ours;
  }

  /** Whether entries of this origin are written by modules and nobody else. */
  public static boolean isOurs(SyncKey key) {
    return ORIGINS.contains(key.origin());
  }

  /** Whether two entries say the same. */
  public boolean same(AssignedSync one, AssignedSync other) {
    return one.revision().equals(other.revision()) && json(one).equals(json(other));
  }

  private boolean same(Map<SyncKey, AssignedSync> some, Map<SyncKey, AssignedSync> others) {
    return some.keySet().equals(others.keySet())
        && some.entrySet().stream()
            .allMatch(entry -> {
              var other = others.get(entry.getKey());
              return other != null && same(entry.getValue(), other);
            });
  }

  private JsonNode json(AssignedSync sync) {
    return serialization.convertValue(sync, JsonNode.class);
  }

  private static void report(
      ClusterView cluster,
      Map<SyncKey, Optional<AssignedSync>> wanted,
      Map<SyncKey, AssignedSync> before) {
    wanted.forEach((key, sync) -> {
      if (sync.isEmpty() && !before.containsKey(key)) {
        return;
      }
      log.atInfo()
          .addKeyValue("cluster", cluster.key())
          .addKeyValue("sync", key)
          .addKeyValue("revision", sync.map(AssignedSync::revision).orElse("none"))
          .log(sync.isPresent() ? "assigned" : "withdrawn");
    });
  }
}
