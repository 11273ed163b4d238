package dev.tranche.assemblage.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The kinds that have to be installed before anything can be done. */
public final class RequiredKinds {
  private static final Logger log = LoggerFactory.getLogger(RequiredKinds.class);
  private static final Duration POLL = Duration.ofSeconds(2);

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

  /**
   * Waits until all of the kinds are served.
   *
   * @param stopping waiting is given up when it opens
   * @param waiting told what is waited for, in a sentence
   * @return false where it was given up
   */
  public static boolean await(
      KubernetesClient client,
      List<Required> kinds,
      CountDownLatch stopping,
      Consumer<String> waiting)
      throws InterruptedException {
    List<String> before = List.of();
    while (true) {
      var missing = missing(client, kinds);
      if (missing.isEmpty()) {
        return true;
      }
      if (!missing.equals(before)) {
        missing.forEach(remedy ->
            log.atWarn()
                .addKeyValue("remedy", remedy)
                .log("waiting for a kind that is not installed"));
        waiting.accept("waiting: " + String.join("; ", missing));
        before = missing;
      }
      if (stopping.await(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        return false;
      }
    }
  }

  /**
   * Whether the API server serves a kind.
   *
   * @param resource its plural
   */
  public static boolean isServed(KubernetesClient client, String apiVersion, String resource) {
    var served = client.getApiResources(apiVersion);
    return served != null
        && served.getResources().stream().anyMatch(one -> one.getName().equals(resource));
  }

  private static boolean isServed(KubernetesClient client, Required kind) {
    return kind.apiVersions().stream()
        .anyMatch(apiVersion -> isServed(client, apiVersion, kind.resource()));
  }
}
