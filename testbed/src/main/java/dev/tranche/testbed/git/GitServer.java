package dev.tranche.testbed.git;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.tranche.testbed.ServerCertificate;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.eclipse.jgit.transport.PacketLineOut;
import org.eclipse.jgit.transport.ReceivePack;
import org.eclipse.jgit.transport.RefAdvertiser.PacketLineOutRefAdvertiser;
import org.eclipse.jgit.transport.UploadPack;
import org.jspecify.annotations.Nullable;

/** A git server on the loopback address that speaks git's smart HTTP protocol. */
public final class GitServer implements AutoCloseable {
  private static final Pattern REQUEST =
      Pattern.compile("/(?<name>.+)\\.git/(?<service>info/refs|git-upload-pack|git-receive-pack)");

  private final Path directory;
  private final HttpServer http;
  private final @Nullable ServerCertificate certificate;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, GitRepo> repositories = new ConcurrentHashMap<>();

  private GitServer(Path directory, HttpServer http, @Nullable ServerCertificate certificate) {
    this.directory = directory;
    this.http = http;
    this.certificate = certificate;
  }

  /** Starts a server whose repositories lie in the directory. */
  public static GitServer start(Path directory) {
    try {
      return start(new GitServer(directory, HttpServer.create(loopback(), 0), null));
    } catch (IOException e) {
      throw new UncheckedIOException("the git server cannot listen", e);
    }
  }

  /** Starts one that speaks https, with a certificate of an authority of its own. */
  public static GitServer startTls(Path directory) {
    return startTls(directory, false);
  }

  /** Starts one that speaks https with those only who have a certificate of its authority. */
  public static GitServer startMutualTls(Path directory) {
    return startTls(directory, true);
  }

  private static GitServer startTls(Path directory, boolean mutual) {
    try {
      var certificate = ServerCertificate.create();
      var https = HttpsServer.create(loopback(), 0);
      https.setHttpsConfigurator(
          new HttpsConfigurator(certificate.context()) {
            @Override
            public void configure(HttpsParameters parameters) {
              var tls = getSSLContext().getDefaultSSLParameters();
              tls.setNeedClientAuth(mutual);
              parameters.setSSLParameters(tls);
            }
          });
      return start(new GitServer(directory, https, certificate));
    } catch (IOException e) {
      throw new UncheckedIOException("the git server cannot listen", e);
    }
  }

  /** A client's certificate, its key and the authority, under the names that Flux has for them. */
  public Map<String, String> clientSecret() {
    if (certificate == null) {
      throw new IllegalStateException("this server speaks plain http");
    }
    return Map.of(
        "ca.crt", certificate.caPem(),
        "tls.crt", certificate.clientPem(),
        "tls.key", certificate.clientKeyPem());
  }

  /** The certificate of the authority, in PEM, of a server that speaks https. */
  public String caPem() {
    if (certificate == null) {
      throw new IllegalStateException("this server speaks plain http");
    }
    return certificate.caPem();
  }

  /** Makes an empty repository; a name may have folders, as in {@code platform/ingress}. */
  public GitRepo createRepository(String name) {
    var scheme = certificate == null ? "http" : "https";
    var url = "%s://127.0.0.1:%d/%s.git".formatted(scheme, http.getAddress().getPort(), name);
    var repository = new GitRepo(directory.resolve(name + ".git"), url);
    if (repositories.putIfAbsent(name, repository) != null) {
      throw new IllegalArgumentException("there is a repository " + name + " already");
    }
    return repository;
  }

  @Override
  public void close() {
    http.stop(0);
    threads.shutdownNow();
    repositories.values().forEach(GitRepo::close);
  }

  private static GitServer start(GitServer server) {
    server.http.setExecutor(server.threads);
    server.http.createContext("/", server::answer);
    server.http.start();
    return server;
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      // All of it comes first: a client may wait for its end before it reads, and a connection that
      // is closed before its end is reset.
      var sent = exchange.getRequestBody().readAllBytes();
      if ("close".equalsIgnoreCase(exchange.getRequestHeaders().getFirst("Connection"))) {
        // The JDK's server closes it without a word, and clients would use it again.
        exchange.getResponseHeaders().set("Connection", "close");
      }
      var request = REQUEST.matcher(exchange.getRequestURI().getPath());
      var repository = request.matches() ? repositories.get(request.group("name")) : null;
      if (repository == null) {
        refuse(exchange, 404, "no such repository");
        return;
      }
      var service = request.group("service");
      repository.count(service);
      if (repository.isUnavailable()) {
        refuse(exchange, 503, "the repository is unavailable");
      } else if (!repository.admits(exchange.getRequestHeaders().getFirst("Authorization"))) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"git\"");
        refuse(exchange, 401, "credentials are required");
      } else {
        serve(exchange, repository, service, sent);
      }
    }
  }

  private static void serve(HttpExchange exchange, GitRepo repository, String service, byte[] sent)
      throws IOException {
    var listing = service.equals("info/refs");
    var query = exchange.getRequestURI().getQuery();
    var command = listing ? String.valueOf(query).replaceFirst("^service=", "") : service;
    if (!Set.of("git-upload-pack", "git-receive-pack").contains(command)) {
      refuse(exchange, 403, "the dumb protocol is not spoken here");
      return;
    }
    if (command.equals("git-receive-pack") && repository.forbidsPushes()) {
      refuse(exchange, 403, "you may not push to this repository");
      return;
    }
    exchange.getResponseHeaders().set("Cache-Control", "no-cache");
    exchange
        .getResponseHeaders()
        .set(
            "Content-Type",
            "application/x-%s-%s".formatted(command, listing ? "advertisement" : "result"));
    var body = body(exchange, sent);
    exchange.sendResponseHeaders(200, 0);
    exchange.setStreams(null, repository.counting(exchange.getResponseBody()));
    if (command.equals("git-upload-pack")) {
      upload(exchange, repository, listing, body);
    } else {
      receive(exchange, repository, listing, body);
    }
  }

  private static void upload(
      HttpExchange exchange, GitRepo repository, boolean listing, InputStream body)
      throws IOException {
    var upload = new UploadPack(repository.repository());
    upload.setBiDirectionalPipe(false);
    repository.watch(upload);
    upload.setRequestPolicy(UploadPack.RequestPolicy.REACHABLE_COMMIT);
    @Nullable String protocol = exchange.getRequestHeaders().getFirst("Git-Protocol");
    if (protocol != null) {
      upload.setExtraParameters(Set.of(protocol.split(":", -1)));
    }
    if (listing) {
      var out = new PacketLineOut(exchange.getResponseBody());
      upload.sendAdvertisedRefs(new PacketLineOutRefAdvertiser(out), "git-upload-pack");
    } else {
      upload.upload(body, exchange.getResponseBody(), null);
    }
  }

  private static void receive(
      HttpExchange exchange, GitRepo repository, boolean listing, InputStream body)
      throws IOException {
    var receive = new ReceivePack(repository.repository());
    receive.setBiDirectionalPipe(false);
    // As git does.
    receive.setCheckReferencedObjectsAreReachable(true);
    repository.watch(receive);
    if (listing) {
      var out = new PacketLineOut(exchange.getResponseBody());
      out.writeString("# service=git-receive-pack\n");
      out.end();
      receive.sendAdvertisedRefs(new PacketLineOutRefAdvertiser(out));
    } else {
      repository.pushArrived();
      // Not before what counts pushes has seen this one, too.
      var report = new ByteArrayOutputStream();
      receive.receive(body, report, null);
      report.writeTo(exchange.getResponseBody());
    }
  }

  private static InputStream body(HttpExchange exchange, byte[] sent) throws IOException {
    var zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
    var raw = new ByteArrayInputStream(sent);
    return zipped ? new GZIPInputStream(raw) : raw;
  }

  private static void refuse(HttpExchange exchange, int status, String reason) throws IOException {
    var text = (reason + "\n").getBytes(UTF_8);
    exchange.sendResponseHeaders(status, text.length);
    exchange.getResponseBody().write(text);
  }
}
