package dev.tranche.assemblage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.File;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the API server would fill in is written out, so that it stores what was written. */
class CrdDefaultsTest {
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final String CRDS = "../crd-models/src/main/crds/";

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.tranche.assemblage.ExpansionTest#cases")
  void leavesNothingToFillIn(Golden golden) throws IOException {
    for (var assemblage : golden.in(RemoteAssemblage.class)) {
      var target = new Target("fleet", "c", assemblage.getSpec().kubeconfigRef());
      for (var sync : assemblage.getSpec().syncs()) {
        var expanded = Expansion.of(target, sync);
        for (var source : expanded.sources()) {
          leavesNothingToFillIn(source, schema(source));
        }
        leavesNothingToFillIn(expanded.applier().object(), schema(expanded.applier().object()));
      }
    }
  }

  private static void leavesNothingToFillIn(HasMetadata object, JsonNode schema) {
    var written = Json.tree(object).path("spec");
    var stored = JsonNodeFactory.instance.objectNode().set("spec", written.deepCopy());
    fillIn(stored.path("spec"), schema);

    assertThat(stored.path("spec")).isEqualTo(written);
  }

  private static void fillIn(JsonNode value, JsonNode schema) {
    for (var property : schema.path("properties").properties()) {
      var given = value.path(property.getKey());
      if (value.isObject() && given.isMissingNode() && property.getValue().has("default")) {
        ((ObjectNode) value).set(property.getKey(), property.getValue().get("default"));
      }
      fillIn(given, property.getValue());
    }
    if (schema.has("items")) {
      value.forEach(element -> fillIn(element, schema.path("items")));
    }
  }

  private static JsonNode schema(HasMetadata object) throws IOException {
    var group = HasMetadata.getGroup(object.getClass());
    return YAML.readTree(
            new File(
                "%s%s_%s.yaml".formatted(CRDS, group, HasMetadata.getPlural(object.getClass()))))
        .at("/spec/versions/0/schema/openAPIV3Schema/properties/spec");
  }
}
