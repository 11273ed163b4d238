package dev.tranche.crd.generation;

import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;

/** Reading schemas that we generated ourselves, so that what is missing is a mistake in a type. */
final class Schemas {
  private Schemas() {}

  /**
   * The schema of a property.
   *
   * @throws IllegalArgumentException where there is no such property
   */
  static JSONSchemaProps property(JSONSchemaProps schema, String name) {
    var property = schema.getProperties().get(name);
    if (property == null) {
      throw new IllegalArgumentException(
          "no property " + name + " among " + schema.getProperties().keySet());
    }
    return property;
  }
}
