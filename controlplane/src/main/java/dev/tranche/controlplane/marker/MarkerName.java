package dev.tranche.controlplane.marker;

/**
 * Of which module a marker tells. Its tag is {@code tranche/<namespace>/<module>}.
 *
 * @param namespace of the module
 * @param module its name
 */
public record MarkerName(String namespace, String module) {
  static final String PREFIX = "refs/tags/tranche/";

  /** The name of the tag. */
  public String tag() {
    return "tranche/%s/%s".formatted(namespace, module);
  }

  String ref() {
    return PREFIX + namespace + "/" + module;
  }
}
