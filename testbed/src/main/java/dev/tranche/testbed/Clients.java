package dev.tranche.testbed;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Opens the fleet's own clients, which share one HTTP stack and read leniently. */
final class Clients implements AutoCloseable {
  private final Vertx vertx =
      Vertx.vertx(
          new VertxOptions()
              .setEventLoopPoolSize(2)
              .setUseDaemonThread(true)
              .setFileSystemOptions(
                  new FileSystemOptions()
                      .setFileCachingEnabled(false)
                      .setClassPathResolvingEnabled(false)));
  private final VertxHttpClientFactory http = new VertxHttpClientFactory(vertx);
  // Fields and enum values that a model does not know must not stop a test from reading an object.
  private final KubernetesSerialization serialization =
      new KubernetesSerialization(
          JsonMapper.builder()
              .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
              .enable(DeserializationFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL)
              .build(),
          true);
  private final Queue<KubernetesClient> opened = new ConcurrentLinkedQueue<>();

  KubernetesClient open(Kubeconfig kubeconfig) {
    var config =
        new ConfigBuilder(Config.fromKubeconfig(kubeconfig.toYaml()))
            .withNamespace("default")
            .withRequestTimeout(30_000)
            .withRequestRetryBackoffLimit(2)
            .build();
    var client =
        new KubernetesClientBuilder()
            .withConfig(config)
            .withHttpClientFactory(http)
            .withKubernetesSerialization(serialization)
            .build();
    opened.add(client);
    return client;
  }

  @Override
  public void close() {
    opened.forEach(KubernetesClient::close);
    vertx.close();
  }
}
