package dev.tranche.controlplane.assignment;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.assemblage.Drift;
import dev.tranche.assemblage.kube.ServerSideApply;
import dev.tranche.controlplane.assignment.WishQueue.Outcome;
import dev.tranche.controlplane.cluster.ClusterView;
import dev.tranche.controlplane.cluster.Clusters;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.KubeconfigRef;
import dev.tranche.crd.v1alpha1.SyncKey;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out assignments. Wishes for one assemblage that come within a moment become one
 * server-side apply, which carries the resource version that it was worked out from: whoever was
 * faster makes it fail and be worked out again, so that two control planes never take each other's
 * entries away.
 *
 * <p>A wish is kept until it is written, or until its cluster is gone.
 */
public final class AssignmentWriter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AssignmentWriter.class);

  private static final Set<String> ORIGINS = Set.of("Module", "BootstrapModule");

  private static final int CONFLICTS = 10;

  /** Answers that the same write gets again: bad, forbidden, too large, invalid. */
  private static final Set<Integer> REFUSALS = Set.of(400, 403, 413, 422);

  private final KubernetesClient client;
  private final ServerSideApply apply;
  private final Clusters clusters;
  private final Assemblages assemblages;
  private final SubstituteSecrets secrets;
  private final KubernetesSerialization serialization;
  private final WishQueue wishes = new WishQueue(this::carryOut);

  /** Writes with this client; the others are started and ended by their owner. */
  public AssignmentWriter(
      KubernetesClient client,
      Clusters clusters,
      Assemblages assemblages,
      SubstituteSecrets secrets) {
    this.client = client;
    this.apply = new ServerSideApply(client, ServerSideApply.FIELD_MANAGER);
    this.clusters = clusters;
    this.assemblages = assemblages;
    this.secrets = secrets;
    this.serialization = client.getKubernetesSerialization();
  }

  /** The finalizer of the assemblages of a delivery. */
  public static String finalizer(Delivery delivery) {
    return AssemblageKind.finalizer(delivery);
  }

  /** Wants something of an entry; it is written soon. */
  public void wish(Place place, SyncKey sync, Wish wish) {
    wishes.wish(place, sync, wish);
  }

  /**
   * Calls somebody whenever what {@link #trouble} says has changed, with the syncs that it has
   * changed for. Only one can be called.
   */
  public void onTrouble(BiConsumer<Place, Set<SyncKey>> listener) {
    wishes.onTrouble(listener);
  }

  /** What kept the last attempt to write a sync from succeeding; empty where nothing did. */
  public Optional<String> trouble(Place place, SyncKey sync) {
    return wishes.trouble(place, sync);
  }

  /** The reference by which a cluster owns its assemblages. */
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
  public static boolean framed(AssemblageView assemblage, ClusterView cluster) {
    var reference = assemblage.kubeconfigRef();
    var metadata = assemblage.metadata();
    return reference.name().equals(cluster.kubeconfigSecret())
        && reference.keyOrDefault().equals(KubeconfigRef.DEFAULT_KEY)
        && metadata.getOwnerReferences().size() == 1
        && isOwner(metadata.getOwnerReferences().getFirst(), cluster)
        && metadata.getFinalizers().contains(finalizer(assemblage.delivery()));
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
    wishes.close();
  }

  private Outcome carryOut(Place place, Map<SyncKey, Wish> wanted) {
    try {
      var cluster =
          clusters
              .find(place.cluster())
              .filter(view -> !view.deleting() && !view.paused())
              .orElse(null);
      if (cluster == null) {
        wishes.gatheringOf(place.delivery()).forget(place.cluster());
        return Outcome.done(wanted);
      }
      for (var wish : wanted.values()) {
        var missing = missingSecret(place, wish);
        if (missing.isPresent()) {
          return Outcome.trouble(missing.get(), true);
        }
      }
      return write(assemblages.kind(place.delivery()), cluster, wanted)
          ? Outcome.done(wanted)
          : Outcome.trouble("the assemblage is being changed by others", false);
    } catch (KubernetesClientException e) {
      log.atWarn()
          .addKeyValue("cluster", place.cluster())
          .addKeyValue("error", e.getMessage())
          .log("assignment not written, trying again");
      return Outcome.trouble(String.valueOf(e.getMessage()), REFUSALS.contains(e.getCode()));
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue("cluster", place.cluster())
          .setCause(e)
          .log("assignment not written, trying again");
      return Outcome.trouble(String.valueOf(e.getMessage()), false);
    }
  }

  private Optional<String> missingSecret(Place place, Wish wish) {
    return wish instanceof Wish.Assign(var _, var needed) && needed != null
        ? secrets.ensure(place.cluster().namespace(), needed)
        : Optional.empty();
  }

  /** Whether it is written, or need not be. */
  private <A extends HasMetadata> boolean write(
      AssemblageKind<A> kind, ClusterView cluster, Map<SyncKey, Wish> wanted) {
    var current = kind.cache().find(cluster.key()).orElse(null);
    for (int i = 0; i < CONFLICTS; i++) {
      var view = current == null ? null : kind.view().apply(current);
      if (view != null && view.deleting()) {
        // Whoever wants something here is called again when it is gone.
        return true;
      }
      var before = ours(view);
      var syncs = new TreeMap<>(before);
      wanted.forEach((key, wish) -> {
        var sync = wish.on(view, key);
        if (sync == null) {
          syncs.remove(key);
        } else {
          syncs.put(key, sync);
        }
      });
      if (view == null && syncs.isEmpty()) {
        return true;
      }
      if (view != null && framed(view, cluster) && same(before, syncs)) {
        return true;
      }
      var strangers = strangers(view, cluster);
      if (current != null && !strangers.isEmpty()) {
        current =
            apply
                .removeUnlessChanged(kind.type(), current, strangers)
                .orElseGet(() -> read(kind, cluster));
        continue;
      }
      var stored = attempt(kind, cluster, view, syncs);
      if (stored.isPresent()) {
        kind.cache().wrote(stored.get());
        report(kind, cluster, wanted.keySet(), before, syncs);
        return true;
      }
      current = read(kind, cluster);
    }
    return false;
  }

  private <A extends HasMetadata> @Nullable A read(AssemblageKind<A> kind, ClusterView cluster) {
    return client
        .resources(kind.type())
        .inNamespace(cluster.key().namespace())
        .withName(cluster.key().name())
        .get();
  }

  /**
   * The owners that are not the cluster, as pointers. Any of them would keep the assemblage when
   * the cluster goes, and the API server takes no second one that is the controller.
   */
  private static List<String> strangers(@Nullable AssemblageView assemblage, ClusterView cluster) {
    var strangers = new ArrayList<String>();
    if (assemblage != null) {
      var owners = assemblage.metadata().getOwnerReferences();
      for (int i = 0; i < owners.size(); i++) {
        if (!owners.get(i).getUid().equals(cluster.uid())) {
          strangers.add("/metadata/ownerReferences/" + i);
        }
      }
    }
    return strangers;
  }

  /** Empty where somebody else was faster. */
  private <A extends HasMetadata> Optional<A> attempt(
      AssemblageKind<A> kind,
      ClusterView cluster,
      @Nullable AssemblageView current,
      Map<SyncKey, AssignedSync> syncs) {
    A stored;
    try {
      stored =
          wishes
              .gatheringOf(kind.delivery())
              .writing(cluster.key(), () -> apply.apply(desired(kind, cluster, current, syncs)));
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      return Optional.empty();
    }
    var extras = extras(kind, stored, syncs);
    return extras.isEmpty()
        ? Optional.of(stored)
        : apply.removeUnlessChanged(kind.type(), stored, extras);
  }

  private static <A extends HasMetadata> A desired(
      AssemblageKind<A> kind,
      ClusterView cluster,
      @Nullable AssemblageView current,
      Map<SyncKey, AssignedSync> syncs) {
    return kind.maker()
        .make(
            metadata(kind, cluster, current),
            new KubeconfigRef(cluster.kubeconfigSecret(), KubeconfigRef.DEFAULT_KEY),
            List.copyOf(syncs.values()));
  }

  private static ObjectMeta metadata(
      AssemblageKind<?> kind, ClusterView cluster, @Nullable AssemblageView current) {
    return new ObjectMetaBuilder()
        .withNamespace(cluster.key().namespace())
        .withName(cluster.key().name())
        .withResourceVersion(
            current == null ? ServerSideApply.CREATE_ONLY : current.metadata().getResourceVersion())
        .withFinalizers(kind.finalizer())
        .withOwnerReferences(ownerReference(cluster))
        .build();
  }

  /**
   * What somebody else put into our entries, or left of those that are withdrawn: an apply leaves
   * alone what it does not mention and others own.
   */
  private <A extends HasMetadata> List<String> extras(
      AssemblageKind<A> kind, A stored, Map<SyncKey, AssignedSync> syncs) {
    var extras = new ArrayList<String>();
    var entries = kind.view().apply(stored).syncs();
    for (int i = 0; i < entries.size(); i++) {
      var entry = entries.get(i);
      if (!isOurs(entry.key())) {
        continue;
      }
      var pointer = kind.syncs() + "/" + i;
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

  private static Map<SyncKey, AssignedSync> ours(@Nullable AssemblageView assemblage) {
    var ours = new TreeMap<SyncKey, AssignedSync>();
    if (assemblage != null) {
      assemblage.syncs().stream()
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
      AssemblageKind<?> kind,
      ClusterView cluster,
      Set<SyncKey> wanted,
      Map<SyncKey, AssignedSync> before,
      Map<SyncKey, AssignedSync> after) {
    for (var key : wanted) {
      var sync = after.get(key);
      if (sync == null && !before.containsKey(key)) {
        continue;
      }
      log.atInfo()
          .addKeyValue("cluster", cluster.key())
          .addKeyValue("kind", kind.type().getSimpleName())
          .addKeyValue("sync", key)
          .addKeyValue("revision", sync == null ? "none" : sync.revision())
          .log(
              sync == null
                  ? "withdrawn"
                  : sync.deletionPolicy() == DeletionPolicy.ORPHAN ? "to be let go" : "assigned");
    }
  }
}
