package dev.tranche.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tranche.benchmarks.SimulatedApiServers.Identities;
import dev.tranche.crd.clusterapi.v1beta2.Cluster;
import dev.tranche.crd.v1alpha1.ProxyAssemblage;
import dev.tranche.testbed.Hub;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A namespace of the hub with clusters behind simulated API servers, each with a ProxyAssemblage.
 */
final class ConnectedFleet implements AutoCloseable {
  private static final int WORKERS = 16;
  private static final String PASSWORD = "changeit";
  private static final String INITIALIZED =
      "{\"status\":{\"initialization\":{\"controlPlaneInitialized\":true}}}";

  private final Hub hub;
  private final String namespace;
  private final int clusters;
  private final Path folder;
  private final SimulatedApiServers servers;

  private ConnectedFleet(
      Hub hub, String namespace, int clusters, Path folder, SimulatedApiServers servers) {
    this.hub = hub;
    this.namespace = namespace;
    this.clusters = clusters;
    this.folder = folder;
    this.servers = servers;
  }

  /** Makes all of it; the kubeconfigs are refused until {@link #admit}. */
  static ConnectedFleet create(Hub hub, String namespace, int clusters) {
    try {
      var folder = Files.createTempDirectory("tranche-bench-");
      var server = store(folder, "server", "san=ip:127.0.0.1");
      var client = store(folder, "client", "eku=clientAuth");
      var fleet =
          new ConnectedFleet(
              hub,
              namespace,
              clusters,
              folder,
              SimulatedApiServers.start(
                  clusters, new Identities(certificate(server), key(server), certificate(client))));
      hub.client()
          .resource(
              new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
          .create();
      Workers.forEach(WORKERS, IntStream.range(0, clusters).boxed().toList(), fleet::enrol);
      return fleet;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String namespace() {
    return namespace;
  }

  int clusters() {
    return clusters;
  }

  SimulatedApiServers servers() {
    return servers;
  }

  KubernetesClient client() {
    return hub.client();
  }

  static String name(int number) {
    return "cluster-%04d".formatted(number);
  }

  /** Gives every cluster its kubeconfig. */
  void admit() {
    try {
      var authority = base64(certificate(folder.resolve("server.p12")));
      var certificate = base64(certificate(folder.resolve("client.p12")));
      var key = base64(key(folder.resolve("client.p12")));
      Workers.forEach(
          WORKERS,
          IntStream.range(0, clusters).boxed().toList(),
          number ->
              kubeconfig(
                  number,
                  """
                  apiVersion: v1
                  kind: Config
                  clusters:
                  - {name: c, cluster: {server: "https://127.0.0.1:%d", certificate-authority-data: %s}}
                  users:
                  - {name: u, user: {client-certificate-data: %s, client-key-data: %s}}
                  contexts:
                  - {name: c, context: {cluster: c, user: u}}
                  current-context: c
                  """
                      .formatted(servers.server(number).port(), authority, certificate, key)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    servers.close();
    try (var files = Files.list(folder)) {
      for (var file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void enrol(int number) {
    var cluster =
        Serialization.unmarshal(
            """
            apiVersion: cluster.x-k8s.io/v1beta2
            kind: Cluster
            metadata: {name: %s, namespace: %s}
            spec: {controlPlaneEndpoint: {host: 127.0.0.1, port: 6443}}
            """
                .formatted(name(number), namespace),
            Cluster.class);
    var created = client().resource(cluster).create();
    client()
        .resources(Cluster.class)
        .inNamespace(namespace)
        .withName(name(number))
        .subresource("status")
        .patch(new PatchContext.Builder().withPatchType(PatchType.JSON_MERGE).build(), INITIALIZED);
    client()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name(number) + "-kubeconfig")
                .endMetadata()
                .withType("cluster.x-k8s.io/secret")
                .withStringData(Map.of("value", "not yet"))
                .build())
        .create();
    client()
        .resource(
            Serialization.unmarshal(
                """
                apiVersion: fleet.tranche.dev/v1alpha1
                kind: ProxyAssemblage
                metadata:
                  name: %1$s
                  namespace: %2$s
                  ownerReferences:
                  - {apiVersion: cluster.x-k8s.io/v1beta2, kind: Cluster, name: %1$s, uid: %3$s, controller: true}
                spec:
                  kubeconfigRef: {name: %1$s-kubeconfig}
                  assemblage:
                    syncs:
                    - origin: Acme
                      name: ingress
                      revision: r1
                      source: {git: {url: "https://git.example.com/ingress.git", version: {tag: v1.0.0}}}
                """
                    .formatted(name(number), namespace, created.getMetadata().getUid()),
                ProxyAssemblage.class))
        .create();
  }

  private void kubeconfig(int number, String kubeconfig) {
    client()
        .resources(Secret.class)
        .inNamespace(namespace)
        .withName(name(number) + "-kubeconfig")
        .patch(
            new PatchContext.Builder().withPatchType(PatchType.JSON_MERGE).build(),
            "{\"data\":{\"value\":\"%s\"}}".formatted(base64(kubeconfig)));
  }

  private static Path store(Path folder, String name, String extension) {
    var file = folder.resolve(name + ".p12");
    run(
        "keytool",
        "-genkeypair",
        "-alias",
        name,
        "-keyalg",
        "EC",
        "-groupname",
        "secp256r1",
        "-dname",
        "CN=" + name,
        "-ext",
        extension,
        "-validity",
        "30",
        "-storetype",
        "PKCS12",
        "-storepass",
        PASSWORD,
        "-keystore",
        file.toString());
    return file;
  }

  private static String certificate(Path store) throws IOException {
    try {
      var keys = keys(store);
      return pem("CERTIFICATE", keys.getCertificate(keys.aliases().nextElement()).getEncoded());
    } catch (GeneralSecurityException e) {
      throw new BenchmarkException("no certificate in " + store, e);
    }
  }

  private static String key(Path store) throws IOException {
    try {
      var keys = keys(store);
      return pem(
          "PRIVATE KEY",
          keys.getKey(keys.aliases().nextElement(), PASSWORD.toCharArray()).getEncoded());
    } catch (GeneralSecurityException e) {
      throw new BenchmarkException("no key in " + store, e);
    }
  }

  private static KeyStore keys(Path store) throws IOException, GeneralSecurityException {
    return KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
  }

  private static String pem(String what, byte[] content) {
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  private static void run(String program, String... arguments) {
    var command = new java.util.ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", program).toString());
    command.addAll(List.of(arguments));
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      var output = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() != 0) {
        throw new BenchmarkException(program + ": " + output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchmarkException("interrupted", e);
    }
  }
}
