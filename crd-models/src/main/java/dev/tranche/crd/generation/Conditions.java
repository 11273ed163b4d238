package dev.tranche.crd.generation;

import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaPropsBuilder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The schema of metav1.Condition, which the model's own class carries without its limits. */
final class Conditions {
  private Conditions() {}

  static void describe(JSONSchemaProps conditions) {
    conditions.setXKubernetesListType("map");
    conditions.setXKubernetesListMapKeys(List.of("type"));
    var item = conditions.getItems().getSchema();
    item.setRequired(List.of("lastTransitionTime", "message", "reason", "status", "type"));
    item.setProperties(
        new TreeMap<>(
            Map.of(
                "type", string("The kind of condition.").withMaxLength(316L).build(),
                "status",
                    string("True, False or Unknown.").withPattern("^(True|False|Unknown)$").build(),
                "observedGeneration",
                    new JSONSchemaPropsBuilder()
                        .withType("integer")
                        .withFormat("int64")
                        .withMinimum(0.0)
                        .withDescription("The generation of the spec that the condition speaks of.")
                        .build(),
                "lastTransitionTime",
                    string("When the status last became another one.")
                        .withFormat("date-time")
                        .build(),
                "reason",
                    string("A stable word for the reason.")
                        .withMinLength(1L)
                        .withMaxLength(1024L)
                        .withPattern("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")
                        .build(),
                "message",
                    string("What is the matter, for people.").withMaxLength(32768L).build())));
  }

  private static JSONSchemaPropsBuilder string(String description) {
    return new JSONSchemaPropsBuilder().withType("string").withDescription(description);
  }
}
