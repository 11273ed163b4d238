package dev.tranche.controlplane.connection;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.controlplane.cluster.Kubeconfigs;
import dev.tranche.controlplane.kubeconfig.ApiServerAccess;
import dev.tranche.controlplane.kubeconfig.KubeconfigVerdict;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** What all connections share. */
final class Surroundings {
  /** More only wait for each other in the hub's API server. */
  private static final int READS_AT_ONCE = 8;

  private final KubernetesClient hub;
  private final Transport transport;
  private final Doorway doorway;
  private final Clock clock;
  private final Duration unreachableAfter;
  private final Pace pace;
  private final Semaphore reads = new Semaphore(READS_AT_ONCE);

  Surroundings(
      KubernetesClient hub,
      Transport transport,
      Doorway doorway,
      Clock clock,
      Duration unreachableAfter) {
    this.hub = hub;
    this.transport = transport;
    this.doorway = doorway;
    this.clock = clock;
    this.unreachableAfter = unreachableAfter;
    this.pace = Pace.of(unreachableAfter);
  }

  /**
   * A kubeconfig that is accepted.
   *
   * @param digest tells it from any other
   */
  record Kubeconfig(String digest, ApiServerAccess access) {}

  Transport transport() {
    return transport;
  }

  Doorway doorway() {
    return doorway;
  }

  Clock clock() {
    return clock;
  }

  Duration unreachableAfter() {
    return unreachableAfter;
  }

  Pace pace() {
    return pace;
  }

  /** Reads a kubeconfig from the hub; empty where there is none, or one that is refused. */
  Optional<Kubeconfig> read(KubeconfigKey key) throws InterruptedException {
    reads.acquire();
    try {
      var secret =
          hub.secrets().inNamespace(key.secret().namespace()).withName(key.secret().name()).get();
      return secret == null ? Optional.empty() : accepted(secret, key.key());
    } finally {
      reads.release();
    }
  }

  <T extends HasMetadata> T typed(JsonNode tree, Class<T> type) {
    try {
      var object = hub.getKubernetesSerialization().convertValue(tree, type);
      if (object == null
          || object.getMetadata() == null
          || object.getMetadata().getResourceVersion() == null) {
        throw Trouble.notAnApiServer();
      }
      object.getMetadata().setManagedFields(null);
      return object;
    } catch (IllegalArgumentException e) {
      throw Trouble.notAnApiServer();
    }
  }

  JsonNode tree(HasMetadata object) {
    return hub.getKubernetesSerialization().convertValue(object, JsonNode.class);
  }

  private static Optional<Kubeconfig> accepted(Secret secret, String key) {
    @Nullable String data = secret.getData() == null ? null : secret.getData().get(key);
    if (data == null || !Kubeconfigs.SECRET_TYPE.equals(secret.getType())) {
      return Optional.empty();
    }
    String kubeconfig;
    try {
      kubeconfig = new String(Base64.getDecoder().decode(data), UTF_8);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    return switch (KubeconfigVerdict.of(kubeconfig)) {
      case KubeconfigVerdict.Refused(String reason, String message) -> Optional.empty();
      case KubeconfigVerdict.Accepted accepted ->
          Optional.of(new Kubeconfig(digest(kubeconfig), ApiServerAccess.of(kubeconfig)));
    };
  }

  private static String digest(String text) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
