package dev.tranche.controlplane.proxyassemblage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tranche.assemblage.Drift;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.kube.ServerSideApply;
import dev.tranche.controlplane.cluster.Reachability;
import dev.tranche.controlplane.connection.Connection;
import dev.tranche.controlplane.connection.ConnectionException;
import dev.tranche.controlplane.connection.Connections;
import dev.tranche.controlplane.connection.KubeconfigKey;
import dev.tranche.controlplane.connection.ObjectWatch;
import dev.tranche.controlplane.connection.Observed;
import dev.tranche.crd.v1alpha1.Assemblage;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.SyncKey;
import dev.tranche.crd.v1alpha1.SyncState;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cluster's side of one ProxyAssemblage: told what is desired, brings the cluster there in a
 * thread of its own, so that nobody else waits for it, and says what came of it.
 */
final class ProxiedCluster implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ProxiedCluster.class);

  static final String FIELD_MANAGER = "tranche-proxy";

  private static final int UNPROCESSABLE = 422;

  private final ObjectKey key;
  private final Ownership ownership;
  private final KubernetesSerialization serialization;
  private final Connections.Lease lease;
  private final CopiedSecrets secrets;
  private final Runnable wake;

  private Desired desired = new Desired.Untouched();
  private Outcome outcome = new Outcome.Pending();
  private @Nullable ObjectWatch<Assemblage> watch;
  private boolean running;
  private boolean again;
  private boolean closed;

  /** What our field manager wrote last; null before the first write of this process. */
  private @Nullable Set<SyncKey> written;

  /**
   * What is known of a cluster at one moment.
   *
   * @param lastContact null where this process never heard of it
   */
  record View(
      Reachability reachability,
      @Nullable Instant lastContact,
      Observed<Assemblage> assemblage,
      Outcome outcome) {}

  /**
   * A cluster that nothing is desired of yet.
   *
   * @param wake called, by any thread, whenever the {@link #view} has changed; must not block
   */
  ProxiedCluster(
      ObjectKey key,
      Ownership ownership,
      KubeconfigKey kubeconfig,
      Connections connections,
      HubSecrets hubSecrets,
      KubernetesSerialization serialization,
      Runnable wake) {
    this.key = key;
    this.ownership = ownership;
    this.serialization = serialization;
    this.wake = wake;
    this.secrets = new CopiedSecrets(hubSecrets, key.namespace(), ownership);
    this.lease = connections.lease(kubeconfig, wake);
  }

  KubeconfigKey kubeconfig() {
    return lease.key();
  }

  Ownership ownership() {
    return ownership;
  }

  /** Desires something; what comes of it is told later. */
  synchronized void keep(Desired wanted) {
    desired = wanted;
    if (wanted instanceof Desired.Kept kept) {
      var place = ObjectKey.of(kept.assemblage());
      if (watch == null || !watch.object().equals(place)) {
        if (watch != null) {
          watch.close();
        }
        watch = lease.connection().watch(Assemblage.class, place, ProxiedCluster::isUpdating, wake);
        written = null;
        outcome = new Outcome.Pending();
      }
    }
    boolean removed = wanted instanceof Desired.Gone && outcome instanceof Outcome.Removed;
    if (wanted instanceof Desired.Untouched || removed || closed) {
      return;
    }
    if (running) {
      again = true;
    } else {
      running = true;
      Thread.ofVirtual().name("bring " + key).start(this::run);
    }
  }

  synchronized View view() {
    return new View(
        lease.connection().reachability(),
        lease.connection().lastContact(),
        watch == null ? new Observed.NotYet<>() : watch.observed(),
        outcome);
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (watch != null) {
      watch.close();
    }
    lease.close();
  }

  /** What is there of the desired Assemblage; see {@link #isThere}. */
  static boolean isEqual(
      KubernetesSerialization serialization, Assemblage wanted, Assemblage actual) {
    var there = entries(serialization, actual);
    return wanted.getSpec().syncs().stream()
        .allMatch(sync -> isThere(serialization, sync, there.get(sync.key())));
  }

  /** Whether an entry is as it is wanted. */
  static boolean isThere(
      KubernetesSerialization serialization, AssignedSync wanted, @Nullable JsonNode actual) {
    return actual != null
        && !Drift.between(serialization.convertValue(wanted, JsonNode.class), actual).any();
  }

  static Map<SyncKey, JsonNode> entries(
      KubernetesSerialization serialization, Assemblage assemblage) {
    var entries = new LinkedHashMap<SyncKey, JsonNode>();
    assemblage
        .getSpec()
        .syncs()
        .forEach(sync -> entries.put(sync.key(), serialization.convertValue(sync, JsonNode.class)));
    return entries;
  }

  private static boolean isUpdating(Assemblage assemblage) {
    var status = assemblage.getStatus();
    return status == null
        || !assemblage.getMetadata().getGeneration().equals(status.observedGeneration())
        || status.syncs().stream().anyMatch(sync -> sync.state() == SyncState.UPDATING);
  }

  private void run() {
    while (true) {
      Desired wanted;
      @Nullable ObjectWatch<Assemblage> seen;
      synchronized (this) {
        again = false;
        wanted = desired;
        seen = watch;
      }
      var now = attempt(wanted, seen);
      boolean news;
      synchronized (this) {
        news = !now.equals(outcome);
        outcome = now;
        if (!again || closed) {
          running = false;
        }
      }
      if (news) {
        wake.run();
      }
      synchronized (this) {
        if (!running) {
          return;
        }
      }
    }
  }

  private Outcome attempt(Desired wanted, @Nullable ObjectWatch<Assemblage> seen) {
    try {
      return switch (wanted) {
        case Desired.Untouched() -> new Outcome.Pending();
        case Desired.Kept kept -> seen == null ? new Outcome.Pending() : bring(kept, seen);
        case Desired.Gone(var places) -> remove(places);
      };
    } catch (ConnectionException e) {
      if (e.code() == HttpURLConnection.HTTP_CONFLICT) {
        // Somebody was faster; the watch tells of it.
        return new Outcome.Failed("Conflict", "somebody else changed it at the same moment", false);
      }
      secrets.forget();
      log.atWarn()
          .addKeyValue("proxyassemblage", key)
          .addKeyValue("reason", e.reason())
          .log("not brought: " + e.sentence());
      return new Outcome.Failed(
          e.reason(), e.sentence(), e.code() == ConnectionException.NO_ANSWER);
    } catch (KubernetesClientException e) {
      log.atWarn()
          .addKeyValue("proxyassemblage", key)
          .addKeyValue("error", e.getMessage())
          .log("a secret is not read, trying again");
      return new Outcome.Failed("SecretNotRead", "a Secret of the hub cannot be read", false);
    }
  }

  private Outcome bring(Desired.Kept wanted, ObjectWatch<Assemblage> seen) {
    var cluster = lease.connection();
    if (!(cluster.reachability() instanceof Reachability.Reached)) {
      return new Outcome.Pending();
    }
    return switch (seen.observed()) {
      case Observed.NotYet() -> new Outcome.Pending();
      case Observed.KindMissing() ->
          new Outcome.Blocked(
              "AgentNotInstalled",
              "the cluster does not know Assemblages; install the agent there (deploy/agent), for example by a BootstrapModule",
              false);
      case Observed.Refused(var reason, var message) ->
          new Outcome.Blocked("AccessDenied", message, false);
      case Observed.Absent() -> write(cluster, wanted, seen, null);
      case Observed.Present(var there) -> {
        if (!ownership.has(there)) {
          yield notOurs(there);
        }
        if (there.getMetadata().getDeletionTimestamp() != null) {
          yield new Outcome.Pending();
        }
        yield write(cluster, wanted, seen, there);
      }
    };
  }

  private Outcome notOurs(Assemblage there) {
    return new Outcome.Blocked(
        "AssemblageNotOurs",
        "the cluster has an Assemblage %s that was not made by this ProxyAssemblage; annotate it with %s=%s to hand it over, or delete it"
            .formatted(ObjectKey.of(there), Ownership.PROXIED_BY, ownership.word()),
        true);
  }

  private Outcome write(
      Connection cluster,
      Desired.Kept wanted,
      ObjectWatch<Assemblage> seen,
      @Nullable Assemblage there) {
    var assemblage = wanted.assemblage();
    var namespace = assemblage.getMetadata().getNamespace();
    if (there == null) {
      makeNamespace(cluster, namespace);
      secrets.forget();
      written = null;
    }
    var troubles = secrets.bring(cluster, namespace, wanted.secrets());
    var keys =
        assemblage.getSpec().syncs().stream().map(AssignedSync::key).collect(Collectors.toSet());
    if (there == null
        || !keys.equals(written)
        || !isEqual(serialization, assemblage, there)
        || !isLabelled(there)) {
      var stored = apply(cluster, assemblage, there);
      stored = withoutLeftovers(cluster, assemblage, stored);
      var before = written;
      written = keys;
      seen.wrote(stored);
      if (there == null || !keys.equals(before) || !isEqual(serialization, assemblage, there)) {
        log.atInfo()
            .addKeyValue("proxyassemblage", key)
            .addKeyValue("assemblage", ObjectKey.of(assemblage))
            .addKeyValue("syncs", keys.size())
            .log(there == null ? "assemblage created" : "assemblage applied");
      }
    }
    secrets.removeOthers(cluster, namespace, wanted.secrets().keySet());
    var former = wanted.formerNamespace();
    if (former != null && !former.equals(namespace)) {
      leave(cluster, new ObjectKey(former, key.name()));
    }
    return new Outcome.Done(byEntry(troubles, wanted.neededBy()));
  }

  private static boolean isLabelled(Assemblage there) {
    var labels = there.getMetadata().getLabels();
    return labels != null && labels.entrySet().containsAll(Ownership.labels().entrySet());
  }

  private Assemblage apply(Connection cluster, Assemblage wanted, @Nullable Assemblage there) {
    try {
      return cluster.apply(
          Assemblage.class, ObjectKey.of(wanted), writable(wanted, there), FIELD_MANAGER, true);
    } catch (ConnectionException e) {
      // An apply that takes the last entry out takes the whole spec out, and is refused for that.
      if (e.code() != UNPROCESSABLE || there == null || !wanted.getSpec().syncs().isEmpty()) {
        throw e;
      }
      var patch = unlessChanged(there);
      patch.addObject().put("op", "replace").put("path", "/spec").putObject("value");
      return cluster
          .patch(Assemblage.class, ObjectKey.of(there), patch, FIELD_MANAGER)
          .orElse(there);
    }
  }

  private static ArrayNode unlessChanged(Assemblage seen) {
    var patch = JsonNodeFactory.instance.arrayNode();
    patch
        .addObject()
        .put("op", "test")
        .put("path", "/metadata/resourceVersion")
        .put("value", seen.getMetadata().getResourceVersion());
    return patch;
  }

  /** As it is wanted, for the very object that was looked at, or for none. */
  private JsonNode writable(Assemblage wanted, @Nullable Assemblage there) {
    var metadata = new ObjectMetaBuilder(wanted.getMetadata());
    if (there == null) {
      metadata.withResourceVersion(ServerSideApply.CREATE_ONLY);
    } else {
      metadata.withUid(there.getMetadata().getUid());
    }
    var writable = new Assemblage();
    writable.setMetadata(metadata.build());
    writable.setSpec(wanted.getSpec());
    return serialization.convertValue(writable, JsonNode.class);
  }

  /**
   * Fields that somebody put into our entries, and entries of ours that somebody has a field of.
   */
  private Assemblage withoutLeftovers(Connection cluster, Assemblage wanted, Assemblage stored) {
    var pointers = new ArrayList<String>();
    var entries = new ArrayList<>(entries(serialization, stored).entrySet());
    var byKey =
        wanted.getSpec().syncs().stream()
            .collect(Collectors.toMap(AssignedSync::key, sync -> sync));
    for (int i = entries.size() - 1; i >= 0; i--) {
      var entry = entries.get(i);
      var ours = byKey.get(entry.getKey());
      if (ours == null) {
        if (written != null && written.contains(entry.getKey())) {
          pointers.add("/spec/syncs/" + i);
        }
        continue;
      }
      for (var extra :
          Drift.between(serialization.convertValue(ours, JsonNode.class), entry.getValue())
              .extras()) {
        pointers.add("/spec/syncs/" + i + extra);
      }
    }
    if (pointers.isEmpty()) {
      return stored;
    }
    var patch = unlessChanged(stored);
    pointers.forEach(pointer -> patch.addObject().put("op", "remove").put("path", pointer));
    return cluster
        .patch(Assemblage.class, ObjectKey.of(stored), patch, FIELD_MANAGER)
        .orElse(stored);
  }

  private static void makeNamespace(Connection cluster, String namespace) {
    if (cluster.get(Namespace.class, new ObjectKey("", namespace)).isPresent()) {
      return;
    }
    try {
      cluster.create(
          new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build(),
          FIELD_MANAGER);
    } catch (ConnectionException e) {
      if (e.code() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }

  private Outcome remove(Set<ObjectKey> places) {
    places.forEach(place -> leave(lease.connection(), place));
    return new Outcome.Removed();
  }

  private void leave(Connection cluster, ObjectKey place) {
    if (cluster.deleteFinally(Assemblage.class, place, ownership::has)) {
      log.atInfo()
          .addKeyValue("proxyassemblage", key)
          .addKeyValue("assemblage", place)
          .log("assemblage deleted, what it brought stays");
    }
    secrets.removeAll(cluster, place.namespace());
  }

  private static Map<SyncKey, Outcome.Trouble> byEntry(
      Map<String, Outcome.Trouble> troubles, Map<String, Set<SyncKey>> neededBy) {
    var byEntry = new LinkedHashMap<SyncKey, Outcome.Trouble>();
    troubles.forEach((secret, trouble) ->
        neededBy
            .getOrDefault(secret, Set.of())
            .forEach(sync -> byEntry.putIfAbsent(sync, trouble)));
    return byEntry;
  }
}
