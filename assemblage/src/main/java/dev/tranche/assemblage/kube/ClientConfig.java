package dev.tranche.assemblage.kube;

import io.fabric8.kubernetes.client.Config;
import java.io.File;
import java.io.Serial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Finds the API server to work on as kubectl does: $KUBECONFIG, the usual file, or the cluster that
 * this runs in.
 */
public final class ClientConfig {
  private ClientConfig() {}

  /** That there is no API server to work on; the message says what to do. */
  public static final class ApiServerNotKnownException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    ApiServerNotKnownException(String message) {
      super(message);
    }
  }

  /**
   * The configuration of a client.
   *
   * @param cluster what the cluster is called in sentences, such as "the hub"
   * @throws ApiServerNotKnownException where there is none
   */
  public static Config find(String cluster) {
    // Without this the client would go on with a guess where a file is missing.
    var named = System.getenv("KUBECONFIG");
    if (named != null && !named.isBlank()) {
      if (Arrays.stream(named.split(File.pathSeparator))
          .noneMatch(file -> Files.isReadable(Path.of(file)))) {
        throw new ApiServerNotKnownException(
            "%s is not known: KUBECONFIG names %s, which cannot be read".formatted(cluster, named));
      }
    } else if (!Files.isReadable(Path.of(System.getProperty("user.home"), ".kube", "config"))
        && System.getenv("KUBERNETES_SERVICE_HOST") == null) {
      throw new ApiServerNotKnownException(
          "%s is not known: set KUBECONFIG to a kubeconfig of its cluster".formatted(cluster));
    }
    var config = Config.autoConfigure(null);
    if (config.getOauthToken() == null && config.getAutoOAuthToken() == null) {
      // From its second minute on the client would read the file again before every request, in
      // search of a token.
      config.setOauthTokenProvider(() -> null);
    }
    return config;
  }
}
