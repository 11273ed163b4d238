package dev.tranche.assemblage.agent;

import dev.tranche.assemblage.Expansion;
import dev.tranche.assemblage.binding.SubstituteSecret;
import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.crd.v1alpha1.Assemblage;
import dev.tranche.crd.v1alpha1.FleetModule;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Secrets that hand values of other Secrets to Flux. One never changes: other values are
 * another Secret, under another name. They go with their Assemblage.
 */
final class SecretValues implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SecretValues.class);
  private static final String LABEL = FleetModule.GROUP + "/values-for";

  private final KubernetesClient client;
  private final ObjectCache<Secret> secrets;

  /** Reads those of these namespaces once it is started, but never what is in them. */
  SecretValues(KubernetesClient client, Namespaces namespaces) {
    this.client = client;
    this.secrets =
        ObjectCache.of(client, Secret.class, namespaces)
            .withLabel(LABEL, "Assemblage")
            .trimmed(secret -> secret.setData(null))
            .build();
  }

  void start() {
    secrets.start();
  }

  boolean synced() {
    return secrets.synced();
  }

  /** Makes one where it is not there. */
  void ensure(Assemblage assemblage, SubstituteSecret values) {
    var metadata = assemblage.getMetadata();
    var key = new ObjectKey(metadata.getNamespace(), values.name());
    if (secrets.find(key).isPresent()) {
      return;
    }
    var secret =
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(key.namespace())
            .withName(key.name())
            .addToLabels(Expansion.MANAGED_BY, Expansion.MANAGER)
            .addToLabels(LABEL, assemblage.getKind())
            .withOwnerReferences(
                new OwnerReferenceBuilder()
                    .withApiVersion(assemblage.getApiVersion())
                    .withKind(assemblage.getKind())
                    .withName(metadata.getName())
                    .withUid(metadata.getUid())
                    .build())
            .endMetadata()
            .withImmutable(true)
            .withStringData(values.values())
            .build();
    try {
      secrets.wrote(client.resource(secret).create());
      log.atInfo().addKeyValue("secret", key).log("secret created");
    } catch (KubernetesClientException e) {
      // The name tells its content.
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }

  /** Deletes those of an Assemblage but these. */
  void keepOnly(Assemblage assemblage, Set<String> names) {
    var metadata = assemblage.getMetadata();
    for (var secret : secrets.inNamespace(metadata.getNamespace())) {
      boolean ours =
          secret.getMetadata().getOwnerReferences().stream()
              .anyMatch(owner -> owner.getUid().equals(metadata.getUid()));
      if (ours && !names.contains(secret.getMetadata().getName())) {
        client.resource(secret).delete();
        log.atInfo().addKeyValue("secret", ObjectKey.of(secret)).log("secret deleted");
      }
    }
  }

  @Override
  public void close() {
    secrets.close();
  }
}
