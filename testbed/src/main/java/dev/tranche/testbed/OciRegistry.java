package dev.tranche.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * A real OCI registry, asked by plain HTTP without credentials. It needs no fleet, and ends with
 * this JVM, however that ends.
 *
 * <pre>{@code
 * try (var registry = OciRegistry.start()) {
 *   var digest = registry.pushArtifact("apps/web", "v1", Map.of("configmap.yaml", "…"));
 *   registry.pushChart("charts/web", "1.0.0", Map.of("templates/configmap.yaml", "…"));
 *   … registry.url("apps/web") …                          // oci://127.0.0.1:…/apps/web
 * }
 * }</pre>
 */
public final class OciRegistry implements AutoCloseable {
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";

  private final FleetDirectory directory;
  private final URI address;
  private final Program program;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Thread closeOnExit = new Thread(this::end, "close-registry");
  private boolean closed;

  private OciRegistry(Tools tools, FleetDirectory directory) throws IOException {
    this.directory = directory;
    var folder = Files.createDirectory(directory.path().resolve("registry"));
    var host = "127.0.0.1:" + Ports.free();
    address = URI.create("http://" + host);
    var config =
        Host.write(
            folder,
            "registry.yaml",
            """
            version: 0.1
            log: {level: info}
            storage: {filesystem: {rootdirectory: %s}, delete: {enabled: true}}
            http: {addr: "%s"}
            """
                .formatted(folder.resolve("data"), host));
    program =
        new Program(
            "registry",
            List.of(tools.path("registry").toString(), "serve", config.toString()),
            Map.of(
                "HOME",
                folder.toString(),
                "TMPDIR",
                folder.toString(),
                "OTEL_TRACES_EXPORTER",
                "none"),
            directory.logs().resolve("registry.log"),
            Probe.http(address.resolve("/v2/")));
  }

  /**
   * Builds the registry where it is missing, which takes a minute on a machine that never did, and
   * starts it. It is empty.
   */
  public static OciRegistry start() {
    var tools = Tools.build(System.err::println, "registry");
    var directory = FleetDirectory.create();
    OciRegistry registry;
    try {
      registry = new OciRegistry(tools, directory);
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw new FleetException("cannot prepare the registry", e);
    }
    Runtime.getRuntime().addShutdownHook(registry.closeOnExit);
    try {
      registry.restart();
    } catch (RuntimeException e) {
      registry.close();
      throw e;
    }
    return registry;
  }

  /** Where the registry is; no slash at the end. */
  public URI address() {
    return address;
  }

  /** The address of a repository as Flux takes it, {@code oci://…}. */
  public String url(String repository) {
    return "oci://%s/%s".formatted(address.getAuthority(), repository);
  }

  /**
   * Pushes files as {@code flux push artifact} does. A tag that is there already means this one
   * from now on.
   *
   * @param files contents by their paths
   * @return the digest of the manifest, {@code sha256:…}
   */
  public String pushArtifact(String repository, String tag, Map<String, String> files) {
    return push(
        repository,
        tag,
        "application/vnd.cncf.flux.config.v1+json",
        "{}",
        "application/vnd.cncf.flux.content.v1.tar+gzip",
        archive("", files));
  }

  /**
   * Pushes a chart as {@code helm push} does, under its version as the tag. The chart is called
   * like the last part of the repository.
   *
   * @param files contents by their paths within the chart; {@code Chart.yaml} is added
   * @return the digest of the manifest, {@code sha256:…}
   */
  public String pushChart(String repository, String version, Map<String, String> files) {
    var name = repository.substring(repository.lastIndexOf('/') + 1);
    var all = new TreeMap<>(files);
    all.put("Chart.yaml", chart(name, version));
    return push(
        repository,
        version,
        "application/vnd.cncf.helm.config.v1+json",
        "{\"apiVersion\":\"v2\",\"name\":\"%s\",\"version\":\"%s\"}".formatted(name, version),
        "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
        archive(name + "/", all));
  }

  /** A {@code Chart.yaml}. */
  public static String chart(String name, String version) {
    return "apiVersion: v2\nname: %s\nversion: %s\n".formatted(name, version);
  }

  /** Ends the program at once: connections are refused until {@link #restart}. */
  public void kill() {
    program.kill();
  }

  /** Starts the program on the same port and the same data, and returns when it answers. */
  public void restart() {
    program.start().awaitReady();
  }

  /** Ends the program, and deletes its data. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(closeOnExit);
    } catch (IllegalStateException e) {
      // The JVM is ending: whoever comes first closes.
    }
    end();
  }

  private synchronized void end() {
    if (closed) {
      return;
    }
    closed = true;
    program.kill();
    http.close();
    directory.close();
  }

  private String push(
      String repository,
      String tag,
      String configType,
      String config,
      String layerType,
      byte[] layer) {
    var configBlob = config.getBytes(UTF_8);
    upload(repository, configBlob);
    upload(repository, layer);
    var manifest =
        """
        {"schemaVersion":2,"mediaType":"%s",\
        "config":{"mediaType":"%s","digest":"%s","size":%d},\
        "layers":[{"mediaType":"%s","digest":"%s","size":%d}]}\
        """
            .formatted(
                MANIFEST,
                configType,
                digest(configBlob),
                configBlob.length,
                layerType,
                digest(layer),
                layer.length)
            .getBytes(UTF_8);
    send(
        HttpRequest.newBuilder(address.resolve("/v2/%s/manifests/%s".formatted(repository, tag)))
            .header("Content-Type", MANIFEST)
            .PUT(BodyPublishers.ofByteArray(manifest))
            .build());
    return digest(manifest);
  }

  private void upload(String repository, byte[] blob) {
    var place =
        send(
            HttpRequest.newBuilder(address.resolve("/v2/%s/blobs/uploads/".formatted(repository)))
                .POST(BodyPublishers.noBody())
                .build());
    send(
        HttpRequest.newBuilder(
                URI.create(place + (place.contains("?") ? "&" : "?") + "digest=" + digest(blob)))
            .header("Content-Type", "application/octet-stream")
            .PUT(BodyPublishers.ofByteArray(blob))
            .build());
  }

  /** Returns where the answer points to, if anywhere. */
  private String send(HttpRequest request) {
    try {
      var response = http.send(request, BodyHandlers.ofString());
      if (response.statusCode() >= 300) {
        throw new FleetException(
            "%s %s: %d %s"
                .formatted(
                    request.method(), request.uri(), response.statusCode(), response.body()));
      }
      return response
          .headers()
          .firstValue("Location")
          .map(location -> request.uri().resolve(location).toString())
          .orElse("");
    } catch (IOException e) {
      throw new FleetException("cannot push to the registry", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FleetException("interrupted while pushing to the registry", e);
    }
  }

  /** Equal for equal files: without times. */
  private static byte[] archive(String folder, Map<String, String> files) {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
      for (var file : new TreeMap<>(files).entrySet()) {
        var content = file.getValue().getBytes(UTF_8);
        var entry = new TarArchiveEntry(folder + file.getKey());
        entry.setSize(content.length);
        entry.setModTime(0L);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
      }
    } catch (IOException e) {
      throw new FleetException("cannot archive files", e);
    }
    return bytes.toByteArray();
  }

  private static String digest(byte[] content) {
    try {
      return "sha256:"
          + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
