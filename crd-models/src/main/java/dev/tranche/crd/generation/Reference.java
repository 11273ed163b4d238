package dev.tranche.crd.generation;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The reference page: every field of every kind, as the CRDs have it. */
final class Reference {
  private Reference() {}

  static String of(Path crds, List<String> names) throws IOException {
    var page = new StringBuilder();
    page.append("# Reference\n\n");
    page.append("Generated from the CRDs in `deploy/crds`; `scripts/generate` writes it anew.\n");
    for (var name : names) {
      var yaml = Files.readString(crds.resolve(name + ".yaml"));
      kind(page, Serialization.unmarshal(yaml, CustomResourceDefinition.class));
    }
    return page.toString();
  }

  private static void kind(StringBuilder page, CustomResourceDefinition crd) {
    var names = crd.getSpec().getNames();
    var version = crd.getSpec().getVersions().getFirst();
    var schema = version.getSchema().getOpenAPIV3Schema();
    page.append("\n## ").append(names.getKind()).append("\n\n");
    page.append(schema.getDescription()).append("\n\n");
    page.append("`")
        .append(crd.getSpec().getGroup())
        .append('/')
        .append(version.getName())
        .append("`, ")
        .append(crd.getSpec().getScope().toLowerCase(java.util.Locale.ROOT))
        .append("; `kubectl get ")
        .append(names.getPlural())
        .append("`, short `")
        .append(String.join("`, `", names.getShortNames()))
        .append("`.\n\n");
    page.append("| field | type | description |\n| --- | --- | --- |\n");
    fields(page, "spec", Schemas.property(schema, "spec"));
    fields(page, "status", Schemas.property(schema, "status"));
    var rules = new ArrayList<String>();
    rules(rules, "spec", Schemas.property(schema, "spec"));
    if (!rules.isEmpty()) {
      page.append("\nRefused by the API server:\n\n");
      rules.forEach(rule -> page.append("- ").append(rule).append('\n'));
    }
  }

  private static void fields(StringBuilder page, String path, JSONSchemaProps schema) {
    if (schema.getProperties() == null) {
      return;
    }
    var required = schema.getRequired() == null ? List.<String>of() : schema.getRequired();
    schema
        .getProperties()
        .forEach((name, field) -> {
          var child = path + "." + name;
          page.append("| `")
              .append(child)
              .append("` | ")
              .append(type(field))
              .append(required.contains(name) ? ", required" : "")
              .append(field.getDefault() == null ? "" : ", default `" + field.getDefault() + "`")
              .append(" | ")
              .append(oneLine(field.getDescription()))
              .append(" |\n");
          if (field.getItems() != null && field.getItems().getSchema() != null) {
            fields(page, child + "[]", field.getItems().getSchema());
          } else {
            fields(page, child, field);
          }
        });
  }

  private static String type(JSONSchemaProps field) {
    if (field.getXKubernetesListMapKeys() != null && !field.getXKubernetesListMapKeys().isEmpty()) {
      return "list by " + String.join(" and ", field.getXKubernetesListMapKeys());
    }
    if (field.getEnum() != null && !field.getEnum().isEmpty()) {
      return String.join(
          " \\| ", field.getEnum().stream().map(value -> "`" + value.asText() + "`").toList());
    }
    if (Boolean.TRUE.equals(field.getXKubernetesIntOrString())) {
      return "integer or string";
    }
    return switch (field.getType()) {
      case "array" -> "list";
      case "object" -> field.getAdditionalProperties() == null ? "object" : "map";
      case String other -> other;
    };
  }

  private static void rules(List<String> rules, String path, JSONSchemaProps schema) {
    if (schema.getXKubernetesValidations() != null) {
      schema
          .getXKubernetesValidations()
          .forEach(rule -> rules.add("`" + path + "`: " + rule.getMessage()));
    }
    if (schema.getProperties() != null) {
      schema.getProperties().forEach((name, field) -> rules(rules, path + "." + name, field));
    }
    if (schema.getItems() != null && schema.getItems().getSchema() != null) {
      rules(rules, path + "[]", schema.getItems().getSchema());
    }
  }

  private static String oneLine(String text) {
    return text == null ? "" : text.replaceAll("\\s+", " ").replace("|", "\\|");
  }
}
