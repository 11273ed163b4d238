package dev.tranche.controlplane.hub;

import io.fabric8.kubernetes.client.Config;
import java.io.File;
import java.io.Serial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Finds the hub as kubectl does: $KUBECONFIG, the usual file, or the cluster that this runs in. */
public final class HubConfig {
  private HubConfig() {}

  /** That there is no hub to work on; the message says what to do. */
  public static final class HubNotKnownException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    HubNotKnownException(String message) {
      super(message);
    }
  }

  /**
   * The configuration of a client of the hub.
   *
   * @throws HubNotKnownException where there is none
   */
  public static Config find() {
    // Without this the client would go on with a guess where a file is missing.
    var named = System.getenv("KUBECONFIG");
    if (named != null && !named.isBlank()) {
      if (Arrays.stream(named.split(File.pathSeparator))
          .noneMatch(file -> Files.isReadable(Path.of(file)))) {
        throw new HubNotKnownException(
            "the hub is not known: KUBECONFIG names %s, which cannot be read".formatted(named));
      }
    } else if (!Files.isReadable(Path.of(System.getProperty("user.home"), ".kube", "config"))
        && System.getenv("KUBERNETES_SERVICE_HOST") == null) {
      throw new HubNotKnownException(
          "the hub is not known: set KUBECONFIG to a kubeconfig of the control plane's cluster");
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
