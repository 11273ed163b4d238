package dev.tranche.controlplane.proxyassemblage;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.connection.Connection;
import dev.tranche.controlplane.connection.ConnectionException;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.net.HttpURLConnection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The copies of Secrets beside one Assemblage. Not for several threads. */
final class CopiedSecrets {
  private static final Logger log = LoggerFactory.getLogger(CopiedSecrets.class);

  private final HubSecrets hub;
  private final String hubNamespace;
  private final Ownership ownership;

  /** By namespace in the cluster, the digests of our copies; nothing for one not yet looked at. */
  private final Map<String, Map<String, String>> copies = new HashMap<>();

  CopiedSecrets(HubSecrets hub, String hubNamespace, Ownership ownership) {
    this.hub = hub;
    this.hubNamespace = hubNamespace;
    this.ownership = ownership;
  }

  /** Nothing of the cluster is believed any more. */
  void forget() {
    copies.clear();
  }

  /**
   * Brings what is needed.
   *
   * @return by name, what is the matter with those that are not there
   */
  Map<String, Outcome.Trouble> bring(
      Connection cluster, String namespace, Map<String, HubSecrets.State> needed) {
    var troubles = new LinkedHashMap<String, Outcome.Trouble>();
    if (needed.isEmpty() && copies.containsKey(namespace)) {
      return troubles;
    }
    var there = copies.computeIfAbsent(namespace, n -> look(cluster, n));
    needed.forEach((name, state) -> {
      switch (state) {
        case HubSecrets.State.Missing() ->
            troubles.put(
                name,
                new Outcome.Trouble(
                    "SecretMissing",
                    "there is no Secret %s in namespace %s of the hub"
                        .formatted(name, hubNamespace),
                    true));
        case HubSecrets.State.NeverCopied(var type) ->
            troubles.put(
                name,
                new Outcome.Trouble(
                    "SecretRefused",
                    "Secret %s is of type %s, which is never copied to a cluster; name another one"
                        .formatted(name, type),
                    false));
        case HubSecrets.State.Available(var digest) -> {
          if (!digest.equals(there.get(name))) {
            copy(cluster, namespace, name)
                .ifPresentOrElse(
                    trouble -> troubles.put(name, trouble), () -> there.put(name, digest));
          }
        }
      }
    });
    return troubles;
  }

  /** Removes the copies that nobody needs any more. */
  void removeOthers(Connection cluster, String namespace, Set<String> needed) {
    var there = copies.get(namespace);
    if (there == null) {
      return;
    }
    for (var name : new HashSet<>(there.keySet())) {
      if (!needed.contains(name)) {
        cluster.deleteFinally(Secret.class, new ObjectKey(namespace, name), ownership::has);
        there.remove(name);
        log.atInfo()
            .addKeyValue("proxyassemblage", ownership.word())
            .addKeyValue("secret", namespace + "/" + name)
            .log("secret removed from the cluster, not needed any more");
      }
    }
  }

  /** Removes all copies, also those that another process brought. */
  void removeAll(Connection cluster, String namespace) {
    copies.put(namespace, look(cluster, namespace));
    removeOthers(cluster, namespace, Set.of());
  }

  private Map<String, String> look(Connection cluster, String namespace) {
    var there = new HashMap<String, String>();
    cluster.list(Secret.class, namespace, Ownership.MANAGED_BY, Ownership.MANAGER).stream()
        .filter(ownership::has)
        .forEach(secret -> there.put(secret.getMetadata().getName(), HubSecrets.digest(secret)));
    return there;
  }

  private Optional<Outcome.Trouble> copy(Connection cluster, String namespace, String name) {
    var source = hub.read(new ObjectKey(hubNamespace, name));
    if (source.isEmpty()) {
      return Optional.of(
          new Outcome.Trouble("SecretMissing", "Secret %s is just gone".formatted(name), true));
    }
    var copy =
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(name)
            .withLabels(Ownership.labels())
            .withAnnotations(ownership.annotations())
            .endMetadata()
            .withType(source.get().getType())
            .withData(source.get().getData())
            .build();
    var key = ObjectKey.of(copy);
    var there = cluster.get(Secret.class, key).orElse(null);
    if (there == null) {
      try {
        cluster.create(copy, ProxiedCluster.FIELD_MANAGER);
        return Optional.empty();
      } catch (ConnectionException e) {
        if (e.code() != HttpURLConnection.HTTP_CONFLICT) {
          throw e;
        }
        there = cluster.get(Secret.class, key).orElse(null);
      }
    }
    if (there != null && !ownership.has(there)) {
      return Optional.of(
          new Outcome.Trouble(
              "SecretNotOurs",
              "the cluster has a Secret %s of its own, which is not overwritten; delete it there, or use another name"
                  .formatted(key),
              false));
    }
    if (there != null && !HubSecrets.digest(there).equals(HubSecrets.digest(copy))) {
      // Keys that are gone have to go, and neither the type nor an immutable one can be changed.
      if (!Objects.equals(there.getType(), copy.getType())
          || Boolean.TRUE.equals(there.getImmutable())
          || !copy.getData().keySet().containsAll(there.getData().keySet())) {
        cluster.delete(there);
        cluster.create(copy, ProxiedCluster.FIELD_MANAGER);
      } else {
        cluster.apply(copy, ProxiedCluster.FIELD_MANAGER, true);
      }
    }
    return Optional.empty();
  }
}
