package dev.tranche.controlplane.proxyassemblage;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The Secrets of the hub that may be copied to clusters. Of each only what tells its content apart
 * is kept; the content is read when it is copied.
 */
final class HubSecrets implements AutoCloseable {
  /** Kubeconfigs of other clusters, and tokens for the hub, are nobody's to copy. */
  private static final Set<String> NEVER_COPIED =
      Set.of("cluster.x-k8s.io/secret", "kubernetes.io/service-account-token");

  /** Many, large, and nothing that a sync refers to. */
  private static final String HELM_RELEASE = "helm.sh/release.v1";

  private static final String DIGEST = "digest";

  private final KubernetesClient client;
  private final ObjectCache<Secret> secrets;

  HubSecrets(KubernetesClient client, Namespaces namespaces) {
    this.client = client;
    secrets =
        ObjectCache.of(client, Secret.class, namespaces)
            .withoutField("type", Set.of(HELM_RELEASE))
            .trimmed(HubSecrets::keepDigest)
            .build();
  }

  /** What is known of a Secret. */
  sealed interface State {
    /** There is none, or none yet. */
    record Missing() implements State {}

    /** It is of a type that is never copied. */
    record NeverCopied(String type) implements State {}

    /**
     * It can be copied.
     *
     * @param digest tells its type and content from any other
     */
    record Available(String digest) implements State {}
  }

  State state(ObjectKey key) {
    return secrets
        .find(key)
        .<State>map(secret ->
            NEVER_COPIED.contains(secret.getType())
                ? new State.NeverCopied(secret.getType())
                : new State.Available(String.valueOf(secret.getStringData().get(DIGEST))))
        .orElseGet(State.Missing::new);
  }

  /** Reads a Secret that may be copied; empty where it is gone. */
  Optional<Secret> read(ObjectKey key) {
    return Optional.ofNullable(
            client.secrets().inNamespace(key.namespace()).withName(key.name()).get())
        .filter(secret -> !NEVER_COPIED.contains(secret.getType()));
  }

  /** What tells the type and the content of a Secret from any other. */
  static String digest(Secret secret) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      digest.update(String.valueOf(secret.getType()).getBytes(UTF_8));
      Map<String, String> data = secret.getData() == null ? Map.of() : secret.getData();
      new TreeMap<>(data)
          .forEach((key, value) -> digest.update(("\n" + key + "\n" + value).getBytes(UTF_8)));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  void start() {
    secrets.start();
  }

  boolean synced() {
    return secrets.synced();
  }

  /** Calls somebody with the key of every Secret whose content changes. */
  void onChange(Consumer<ObjectKey> listener) {
    secrets.onChange((before, after) -> {
      boolean same =
          before != null && after != null && before.getStringData().equals(after.getStringData());
      var secret = after == null ? before : after;
      if (!same && secret != null) {
        listener.accept(ObjectKey.of(secret));
      }
    });
  }

  @Override
  public void close() {
    secrets.close();
  }

  private static void keepDigest(Secret secret) {
    // The store is handed the object that it kept again when the watch is re-established.
    if (secret.getStringData() == null || !secret.getStringData().containsKey(DIGEST)) {
      secret.setStringData(Map.of(DIGEST, digest(secret)));
      secret.setData(null);
    }
  }
}
