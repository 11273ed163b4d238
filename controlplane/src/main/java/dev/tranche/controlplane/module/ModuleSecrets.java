package dev.tranche.controlplane.module;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.server.Secrets;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The Secrets that modules may use for servers outside. Those of other types, such as the tokens of
 * service accounts and kubeconfigs, are not there: who may write a module may not therefore have
 * them sent somewhere.
 */
final class ModuleSecrets implements Secrets {
  private static final Set<String> FOR_CHECKS = Set.of("Opaque", "kubernetes.io/basic-auth");
  private static final Set<String> FOR_SOURCES =
      Set.of(
          "Opaque",
          "kubernetes.io/basic-auth",
          "kubernetes.io/ssh-auth",
          "kubernetes.io/tls",
          "kubernetes.io/dockerconfigjson");

  private final KubernetesClient client;
  private final Set<String> types;

  private ModuleSecrets(KubernetesClient client, Set<String> types) {
    this.client = client;
    this.types = types;
  }

  static ModuleSecrets forChecks(KubernetesClient client) {
    return new ModuleSecrets(client, FOR_CHECKS);
  }

  static ModuleSecrets forSources(KubernetesClient client) {
    return new ModuleSecrets(client, FOR_SOURCES);
  }

  @Override
  public Optional<Map<String, String>> read(ObjectKey secret) {
    return Optional.ofNullable(
            client.secrets().inNamespace(secret.namespace()).withName(secret.name()).get())
        .filter(found -> types.contains(found.getType()))
        .map(ModuleSecrets::decoded);
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
