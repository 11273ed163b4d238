package dev.tranche.controlplane.enrol;

import dev.tranche.crd.LenientSerialization;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.UnknownHostException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/**
 * One API server and how to reach it; whatever goes wrong with it is told in a sentence that names
 * it.
 *
 * @param called what the sentences call it
 */
record ApiAccess(String called, Config config) {
  private static final int TIMEOUT_SECONDS = 10;

  /** Asks the API server something. Nobody waits long for one that is not there. */
  <T> T ask(Function<KubernetesClient, T> question) {
    var impatient =
        new ConfigBuilder(config)
            .withConnectionTimeout(TIMEOUT_SECONDS * 1_000)
            .withRequestTimeout(TIMEOUT_SECONDS * 1_000)
            .withRequestRetryBackoffLimit(1)
            .build();
    try (var client =
        new KubernetesClientBuilder()
            .withConfig(impatient)
            .withKubernetesSerialization(LenientSerialization.create())
            .build()) {
      return question.apply(client);
    } catch (KubernetesClientException e) {
      throw new EnrolmentException(sentence(e));
    }
  }

  private String sentence(KubernetesClientException e) {
    var who = "%s (%s)".formatted(called, config.getMasterUrl());
    if (e.getStatus() == null) {
      return "%s cannot be reached: %s".formatted(who, connectionTrouble(e));
    }
    return switch (e.getCode()) {
      case HttpURLConnection.HTTP_UNAUTHORIZED ->
          "%s does not accept the credentials of the kubeconfig".formatted(who);
      case HttpURLConnection.HTTP_NOT_FOUND -> "%s has no %s".formatted(who, missing(e));
      default -> "%s refuses: %s".formatted(who, statusMessage(e));
    };
  }

  /**
   * A path that is not served has no details in its status, other than an object that is not there.
   */
  private static String missing(KubernetesClientException e) {
    var details = e.getStatus().getDetails();
    if (details == null || details.getName() == null) {
      return "clusters of cluster.x-k8s.io/v1beta2; install Cluster API 1.11 or newer there";
    }
    return "namespaces".equals(details.getKind())
        ? "namespace %1$s; make it with 'kubectl create namespace %1$s'"
            .formatted(details.getName())
        : "%s %s".formatted(details.getKind(), details.getName());
  }

  private static String statusMessage(KubernetesClientException e) {
    var message = e.getStatus().getMessage();
    return message == null ? "status " + e.getCode() : message;
  }

  private static String connectionTrouble(KubernetesClientException e) {
    return Stream.<Throwable>iterate(e, cause -> cause != null, Throwable::getCause)
        .limit(20)
        .flatMap(cause ->
            Stream.ofNullable(
                switch (cause) {
                  case UnknownHostException _ -> "its name is not known here";
                  case SSLException _ ->
                      "its certificate does not fit the kubeconfig's certificate authority";
                  case ConnectException _ -> "the connection is refused";
                  case TimeoutException _ -> "no answer within %d s".formatted(TIMEOUT_SECONDS);
                  default -> null;
                }))
        .findFirst()
        .orElseGet(() -> String.valueOf(e.getMessage()));
  }
}
