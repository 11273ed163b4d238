package dev.tranche.crd.generation;

import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/**
 * Makes the items of a list owned as a whole by whoever writes them: {@code field}. The API server
 * then keeps one line a manager and item instead of one a field, which is most of what a long list
 * costs to store and to write.
 */
public final class AtomicItems implements SchemaCustomizer.Customizer {
  @Override
  public JSONSchemaProps apply(
      JSONSchemaProps props, String input, KubernetesSerialization serialization) {
    Schemas.property(props, input).getItems().getSchema().setXKubernetesMapType("atomic");
    return props;
  }
}
