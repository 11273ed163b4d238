package dev.tranche.crd.generation;

import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/**
 * Gives the string of an integer or string its pattern, which the generator does not do: {@code
 * field=pattern}.
 */
public final class StringForm implements SchemaCustomizer.Customizer {
  @Override
  public JSONSchemaProps apply(
      JSONSchemaProps props, String input, KubernetesSerialization serialization) {
    var field = input.split("=", 2);
    Schemas.property(props, field[0]).setPattern(field[1]);
    return props;
  }
}
