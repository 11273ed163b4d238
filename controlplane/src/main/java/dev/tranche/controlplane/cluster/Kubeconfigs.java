package dev.tranche.controlplane.cluster;

import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.kubeconfig.KubeconfigVerdict;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** The Secrets with kubeconfigs. Only verdicts are kept of them, nothing secret. */
public final class Kubeconfigs implements AutoCloseable {
  /** The type of Secret in which Cluster API keeps kubeconfigs. */
  public static final String SECRET_TYPE = "cluster.x-k8s.io/secret";

  private static final String ACCEPTED = "Accepted";
  private static final String SEPARATOR = "\n";

  private final ObjectCache<Secret> secrets;

  /** Reads the Secrets of these namespaces once it is started. */
  public Kubeconfigs(KubernetesClient client, Namespaces namespaces) {
    secrets =
        ObjectCache.of(client, Secret.class, namespaces)
            .withField("type", SECRET_TYPE)
            .trimmed(Kubeconfigs::keepVerdicts)
            .build();
  }

  /** What is known of the kubeconfig under a key of a Secret. */
  public KubeconfigState state(ObjectKey secret, String key) {
    return secrets
        .find(secret)
        .map(found -> found.getStringData().get(key))
        .map(Kubeconfigs::read)
        .orElseGet(KubeconfigState.Absent::new);
  }

  /** Starts to read; returns at once. */
  public void start() {
    secrets.start();
  }

  /** Whether all were read once. */
  public boolean synced() {
    return secrets.synced();
  }

  /** Calls somebody with the key of every Secret that changes. */
  public void onChange(Consumer<ObjectKey> listener) {
    secrets.onChange((before, after) -> {
      var secret = after == null ? before : after;
      if (secret != null) {
        listener.accept(ObjectKey.of(secret));
      }
    });
  }

  @Override
  public void close() {
    secrets.close();
  }

  private static void keepVerdicts(Secret secret) {
    // The store is handed the object that it kept again when the watch is re-established.
    if (secret.getData() == null) {
      return;
    }
    Map<String, String> verdicts = new HashMap<>();
    secret.getData().forEach((key, value) -> verdicts.put(key, verdict(value)));
    secret.setData(null);
    secret.setStringData(verdicts);
  }

  private static String verdict(String base64) {
    try {
      return switch (KubeconfigVerdict.of(
          new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8))) {
        case KubeconfigVerdict.Accepted accepted -> ACCEPTED;
        case KubeconfigVerdict.Refused(String reason, String message) ->
            reason + SEPARATOR + message;
      };
    } catch (IllegalArgumentException e) {
      return "KubeconfigInvalid" + SEPARATOR + "the value is not base64";
    }
  }

  private static KubeconfigState read(String verdict) {
    if (verdict.equals(ACCEPTED)) {
      return new KubeconfigState.Usable();
    }
    var words = verdict.split(SEPARATOR, 2);
    return new KubeconfigState.Refused(words[0], words[1]);
  }
}
