package dev.tranche.crd.generation;

import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;

/**
 * Makes lists of a type list-maps, for which the generator has no annotation: {@code
 * field=key+key}.
 */
public final class ListMap implements SchemaCustomizer.Customizer {
  @Override
  public JSONSchemaProps apply(
      JSONSchemaProps props, String input, KubernetesSerialization serialization) {
    var field = input.split("=", 2);
    var list = Schemas.property(props, field[0]);
    list.setXKubernetesListType("map");
    list.setXKubernetesListMapKeys(List.of(field[1].split("\\+", -1)));
    return props;
  }
}
