package dev.tranche.controlplane.assignment;

import dev.tranche.assemblage.Expansion;
import dev.tranche.assemblage.binding.SubstituteSecret;
import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.crd.v1alpha1.FleetModule;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Secrets in which values of other Secrets travel to the clusters. One never changes: other
 * values are another Secret, under another name.
 */
public final class SubstituteSecrets implements AutoCloseable {
  /** The label of each of them; its value is the kind of its owner. */
  public static final String LABEL = FleetModule.GROUP + "/values-for";

  private static final Logger log = LoggerFactory.getLogger(SubstituteSecrets.class);
  private static final String OWNER = "owner";

  private final KubernetesClient client;
  private final ObjectCache<Secret> secrets;

  /** Reads those of these namespaces once it is started, but never what is in them. */
  public SubstituteSecrets(KubernetesClient client, Namespaces namespaces) {
    this.client = client;
    this.secrets =
        ObjectCache.of(client, Secret.class, namespaces)
            .withLabel(LABEL)
            .trimmed(secret -> secret.setData(null))
            .indexed(
                Map.of(
                    OWNER,
                    secret ->
                        secret.getMetadata().getOwnerReferences().stream()
                            .map(OwnerReference::getUid)
                            .toList()))
            .build();
  }

  /**
   * A Secret that an entry needs.
   *
   * @param owner with which it goes
   */
  public record Needed(SubstituteSecret secret, OwnerReference owner) {}

  /** Starts to read; returns at once. */
  public void start() {
    secrets.start();
  }

  /** Whether everything was read once. */
  public boolean synced() {
    return secrets.synced();
  }

  /** Calls somebody with every owner of which a Secret has gone. */
  public void onGone(Consumer<ObjectKey> listener) {
    secrets.onChange((before, after) -> {
      if (before != null && after == null) {
        before
            .getMetadata()
            .getOwnerReferences()
            .forEach(owner ->
                listener.accept(
                    new ObjectKey(before.getMetadata().getNamespace(), owner.getName())));
      }
    });
  }

  /** Whether there is one of this name. */
  public boolean exists(ObjectKey secret) {
    return secrets.find(secret).isPresent();
  }

  /** Those of an owner, by its uid. */
  public List<ObjectKey> of(String owner) {
    return secrets.byIndex(OWNER, owner).stream().map(ObjectKey::of).toList();
  }

  /**
   * Makes one where it is not there.
   *
   * @return why it cannot be had; empty where it can
   * @throws KubernetesClientException where the API server does not take it
   */
  Optional<String> ensure(String namespace, Needed needed) {
    var wanted = wanted(namespace, needed);
    var key = ObjectKey.of(wanted);
    if (secrets.find(key).isPresent()) {
      return Optional.empty();
    }
    try {
      secrets.wrote(client.resource(wanted).create());
      log.atInfo().addKeyValue("secret", key).log("secret created");
      return Optional.empty();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
    var stored = client.resource(wanted).get();
    boolean same =
        stored != null
            && wanted.getData().equals(stored.getData())
            && Boolean.TRUE.equals(stored.getImmutable())
            && wanted
                .getMetadata()
                .getOwnerReferences()
                .equals(stored.getMetadata().getOwnerReferences());
    if (same) {
      secrets.wrote(stored);
      return Optional.empty();
    }
    return Optional.of(
        "Secret %s is in the way, which is none that the control plane made; delete it"
            .formatted(key.name()));
  }

  /** Deletes one that nobody needs any more. */
  public void delete(ObjectKey secret) {
    client.secrets().inNamespace(secret.namespace()).withName(secret.name()).delete();
    log.atInfo().addKeyValue("secret", secret).log("secret deleted");
  }

  @Override
  public void close() {
    secrets.close();
  }

  private static Secret wanted(String namespace, Needed needed) {
    var data = new TreeMap<String, String>();
    needed
        .secret()
        .values()
        .forEach((name, value) ->
            data.put(
                name, Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8))));
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(needed.secret().name())
        .addToLabels(Expansion.MANAGED_BY, Expansion.MANAGER)
        .addToLabels(LABEL, needed.owner().getKind())
        .withOwnerReferences(needed.owner())
        .endMetadata()
        .withType("Opaque")
        .withImmutable(true)
        .withData(data)
        .build();
  }
}
