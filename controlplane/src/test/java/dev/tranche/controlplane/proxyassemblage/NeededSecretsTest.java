package dev.tranche.controlplane.proxyassemblage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.crd.v1alpha1.SyncKey;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NeededSecretsTest {
  @Test
  void areFoundWhereverASyncNamesOne() {
    var syncs =
        Serialization.unmarshal(
            """
            - origin: Module
              name: one
              source:
                git:
                  secretRef: {name: git}
                  proxySecretRef: {name: proxy}
                  verify: {mode: HEAD, secretRef: {name: keys}}
              package:
                kustomize:
                  decryption: {provider: sops, secretRef: {name: sops}}
                  substituteFrom:
                  - {name: values}
            - origin: Acme
              name: two
              source: {git: {secretRef: {name: git}}}
            - origin: Acme
              name: three
              source: {git: {secretRef: {name: $(RESOLVED_THERE)}}}
            - origin: Acme
              name: four
              source:
                oci:
                  secretRef: {name: registry}
                  certSecretRef: {name: ca}
                  proxySecretRef: {name: proxy}
                  verify: {provider: cosign, secretRef: {name: keys}, trustedRootSecretRef: {name: root}}
              package:
                helm:
                  valuesFrom:
                  - {kind: Secret, name: more}
                  - {kind: ConfigMap, name: settings}
            """,
            JsonNode.class);
    var one = new SyncKey("Module", "one");
    var four = new SyncKey("Acme", "four");
    assertThat(NeededSecrets.of(syncs))
        .isEqualTo(
            Map.of(
                "git", Set.of(one, new SyncKey("Acme", "two")),
                "proxy", Set.of(one, four),
                "keys", Set.of(one, four),
                "sops", Set.of(one),
                "values", Set.of(one),
                "registry", Set.of(four),
                "ca", Set.of(four),
                "root", Set.of(four),
                "more", Set.of(four)));
  }
}
