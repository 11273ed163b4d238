package dev.tranche.assemblage.binding;

/**
 * Where bindings are replaced, for sentences.
 *
 * @param bindings the field with the bindings
 * @param reader who reads the objects
 * @param place where they stand
 */
record Side(String bindings, String reader, String place) {
  static final Side CONTROL_PLANE =
      new Side("controlPlaneBindings", "the control plane", "the control plane");
  static final Side WORKLOAD_CLUSTER = new Side("bindings", "the agent", "the cluster");
}
