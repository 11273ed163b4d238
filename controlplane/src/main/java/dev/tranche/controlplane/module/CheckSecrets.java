package dev.tranche.controlplane.module;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.check.Secrets;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The Secrets that checks may use. Those of other types, such as the tokens of service accounts and
 * kubeconfigs, are not there: who may write a module may not therefore have them sent somewhere.
 */
final class CheckSecrets implements Secrets {
  private static final Set<String> TYPES = Set.of("Opaque", "kubernetes.io/basic-auth");

  private final KubernetesClient client;

  CheckSecrets(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public Optional<Map<String, String>> read(ObjectKey secret) {
    return Optional.ofNullable(
            client.secrets().inNamespace(secret.namespace()).withName(secret.name()).get())
        .filter(found -> TYPES.contains(found.getType()))
        .map(CheckSecrets::decoded);
  }

  private static Map<String, String> decoded(Secret secret) {
    return secret.getData() == null
        ? Map.of()
        : secret.getData().entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey,
                    entry ->
                        new String(
                            Base64.getDecoder().decode(entry.getValue()), StandardCharsets.UTF_8)));
  }
}
