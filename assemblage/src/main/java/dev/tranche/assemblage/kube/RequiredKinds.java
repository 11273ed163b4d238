package dev.tranche.assemblage.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;

/** The kinds that have to be installed before anything can be done. */
public final class RequiredKinds {
  private RequiredKinds() {}

  /**
   * One kind, in any of some versions.
   *
   * @param resource its plural
   * @param apiVersions any of which will do
   * @param remedy what to do where it is missing
   */
  public record Required(String resource, List<String> apiVersions, String remedy) {}

  /** What to do about those of the kinds that are not served; empty where all are. */
  public static List<String> missing(KubernetesClient client, List<Required> kinds) {
    return kinds.stream()
        .filter(kind -> !isServed(client, kind))
        .map(Required::remedy)
        .distinct()
        .toList();
  }

  private static boolean isServed(KubernetesClient client, Required kind) {
    return kind.apiVersions().stream()
        .map(client::getApiResources)
        .anyMatch(resources ->
            resources != null
                && resources.getResources().stream()
                    .anyMatch(resource -> resource.getName().equals(kind.resource())));
  }
}
