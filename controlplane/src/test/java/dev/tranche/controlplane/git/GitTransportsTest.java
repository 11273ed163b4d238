package dev.tranche.controlplane.git;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.tranche.testbed.git.GitRepo;
import dev.tranche.testbed.git.GitServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.SystemReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real servers on the loopback address, and what becomes of what they answer. */
final class GitTransportsTest {
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final List<String> WORDS = List.of("hunter2", "s3cret-token", "open-sesame");

  @TempDir private Path folder;
  private final GitTransports transports = new GitTransports();
  private GitServer server;
  private GitRepo repository;
  private String commit;

  @BeforeEach
  void startServer() {
    server = GitServer.start(folder.resolve("server"));
    repository = server.createRepository("platform/ingress");
    commit = repository.commit(Map.of("a.yaml", "a: 1\n"), "First");
    repository.tag("v1");
  }

  @AfterEach
  void close() {
    transports.close();
    server.close();
  }

  @Test
  void asksWithoutCredentialsWhereNoneAreNeeded() throws Exception {
    assertThat(tags(remote(repository.url(), Map.of()))).containsExactly("refs/tags/v1 " + commit);
  }

  @Test
  void showsUsernameAndPassword() throws Exception {
    repository.requireCredentials("reader", "hunter2");
    // As files have it that Secrets are made from.
    var secret = Map.of("username", "reader\n", "password", "hunter2\n");
    assertThat(tags(remote(repository.url(), secret))).hasSize(1);
    var requests = repository.requests();
    // Shown at once: no server is asked twice because it must refuse first.
    assertThat(requests.infoRefs()).isEqualTo(1);
  }

  @Test
  void showsABearerToken() throws Exception {
    repository.requireBearer("s3cret-token");
    assertThat(tags(remote(repository.url(), Map.of("bearerToken", "s3cret-token")))).hasSize(1);
    assertThat(refused(remote(repository.url(), Map.of("bearerToken", "open-sesame"))))
        .returns(GitException.AUTHENTICATION_FAILED, GitException::reason)
        .hasMessageContaining("does not accept the credentials of the Secret");
  }

  @Test
  void saysWhichCredentialsAreMissingOrWrong() {
    repository.requireCredentials("reader", "hunter2");
    assertThat(refused(remote(repository.url(), Map.of())))
        .returns(GitException.AUTHENTICATION_FAILED, GitException::reason)
        .hasMessageContaining("asks for credentials, and there is no secretRef");
    assertThat(
            refused(
                remote(repository.url(), Map.of("username", "reader", "password", "open-sesame"))))
        .returns(GitException.AUTHENTICATION_FAILED, GitException::reason);
    assertThat(refused(remote(repository.url(), Map.of("username", "reader"))))
        .returns(GitException.INVALID_CREDENTIALS, GitException::reason)
        .hasMessage("the Secret has only one of the keys username and password");
    assertThat(refused(remote(repository.url(), Map.of("bearerToken", "s3cret-token\nX: y"))))
        .returns(GitException.INVALID_CREDENTIALS, GitException::reason);
  }

  @Test
  void prefersTheSecretToTheUrl() throws Exception {
    repository.requireCredentials("reader", "hunter2");
    var wrong = repository.url().replace("//", "//reader:open-sesame@");
    assertThat(tags(remote(wrong, Map.of("username", "reader", "password", "hunter2")))).hasSize(1);
    assertThat(refused(remote(wrong, Map.of()))).hasMessageNotContaining("sesame");
  }

  @Test
  void tellsWhatIsNotThereFromWhatIsUnavailable() {
    assertThat(refused(remote(repository.url().replace("ingress", "egress"), Map.of())))
        .returns(GitException.REPOSITORY_NOT_FOUND, GitException::reason);
    repository.unavailable(true);
    assertThat(refused(remote(repository.url(), Map.of())))
        .returns(GitException.SERVER_ERROR, GitException::reason)
        .hasMessage(repository.url() + " answers with status 503");
    assertThat(refused(remote("https://git.invalid/a.git", Map.of())))
        .returns(GitException.UNREACHABLE, GitException::reason)
        .hasMessage("https://git.invalid/a.git has a host name that is not known");
    server.close();
    assertThat(refused(remote(repository.url(), Map.of())))
        .returns(GitException.UNREACHABLE, GitException::reason);
  }

  @Test
  void refusesUrlsThatAreNone() {
    for (var url : List.of("file:///etc", "git@example.com:a/b", "https://", "/etc/passwd", "")) {
      assertThat(refused(remote(url, Map.of())))
          .as(url)
          .returns(GitException.INVALID_URL, GitException::reason);
    }
  }

  @Test
  void understandsWhatIsNoGitServer() throws Exception {
    try (var page = new Pages(200, "text/html", "<html>Please log in</html>", Map.of())) {
      assertThat(refused(remote(page.url(), Map.of())))
          .returns(GitException.INVALID_ANSWER, GitException::reason)
          .hasMessage(
              page.url() + " did not answer as a git server does: it answers with text/html");
    }
    var dumb = "%s\trefs/tags/v1\n".formatted(commit);
    try (var page = new Pages(200, "text/plain", dumb, Map.of())) {
      assertThat(refused(remote(page.url(), Map.of())))
          .returns(GitException.INVALID_ANSWER, GitException::reason);
    }
    try (var page = new Pages(403, "text/plain", "no", Map.of())) {
      assertThat(refused(remote(page.url(), Map.of())))
          .returns(GitException.PERMISSION_DENIED, GitException::reason);
    }
  }

  @Test
  void takesNoCredentialsToAnotherHost() throws Exception {
    try (var elsewhere = new Pages(404, "text/plain", "no", Map.of());
        var here =
            new Pages(
                302,
                "text/plain",
                "",
                Map.of("Location", elsewhere.url() + "/info/refs?service=git-upload-pack"))) {
      for (var secret :
          List.of(
              Map.of("username", "reader", "password", "hunter2"),
              Map.of("bearerToken", "s3cret-token"))) {
        refused(remote(here.url(), secret));
      }
      assertThat(here.authorizations()).hasSize(2).doesNotContain("none");
      assertThat(elsewhere.authorizations()).hasSize(2).containsOnly("none");
    }
  }

  @Test
  void endsAtTheDeadlineWhateverTheServerDoes() throws Exception {
    for (var drip : List.of("", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n")) {
      try (var silent = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
        Thread.ofVirtual()
            .start(() -> {
              try (var client = silent.accept()) {
                client.getOutputStream().write(drip.getBytes(UTF_8));
                while (!drip.isEmpty()) {
                  client.getOutputStream().write('x');
                  Thread.sleep(20);
                }
                client.getInputStream().readAllBytes();
              } catch (IOException | InterruptedException e) {
                // the other end has gone
              }
            });
        var begun = Instant.now();
        var url = "http://127.0.0.1:%d/a.git".formatted(silent.getLocalPort());
        var failure =
            catchThrowableOfType(
                GitException.class, () -> tags(remote(url, Map.of()), Duration.ofSeconds(1)));
        assertThat(failure).returns(GitException.TIMED_OUT, GitException::reason);
        assertThat(Duration.between(begun, Instant.now())).isLessThan(Duration.ofSeconds(10));
      }
    }
  }

  @Test
  void endsAtTheDeadlineWhereASshServerSaysNothing() throws Exception {
    var key = SshGitServer.openSsh(SshGitServer.ed25519(), null);
    try (var silent = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
      var url = "ssh://git@127.0.0.1:%d/a.git".formatted(silent.getLocalPort());
      var broken = "[127.0.0.1]:%d ssh-rsa AAAA\n".formatted(silent.getLocalPort());
      var secret = Map.of("identity", key, "known_hosts", broken);
      assertThat(refused(remote(url, secret)))
          .returns(GitException.INVALID_CREDENTIALS, GitException::reason);
      var proper = Map.of("identity", key, "known_hosts", "# none\n");
      var failure =
          catchThrowableOfType(
              GitException.class, () -> tags(remote(url, proper), Duration.ofSeconds(1)));
      assertThat(failure).returns(GitException.TIMED_OUT, GitException::reason);
      await()
          .untilAsserted(() ->
              assertThat(Thread.getAllStackTraces().keySet())
                  .noneMatch(thread -> thread.getName().startsWith("sshd-JGitSshClient")));
    }
  }

  @Test
  void trustsTheAuthorityOfTheSecretOnly() throws Exception {
    try (var tls = GitServer.startTls(folder.resolve("tls"))) {
      var secure = tls.createRepository("platform/ingress");
      secure.commit(Map.of("a.yaml", "a: 1\n"), "First");
      secure.tag("v1");
      assertThat(tags(remote(secure.url(), Map.of("ca.crt", tls.caPem())))).hasSize(1);
      assertThat(tags(remote(secure.url(), Map.of("caFile", tls.caPem())))).hasSize(1);
      assertThat(refused(remote(secure.url(), Map.of())))
          .returns(GitException.CERTIFICATE_REFUSED, GitException::reason);
      assertThat(refused(remote(secure.url(), Map.of("ca.crt", "hunter2"))))
          .returns(GitException.INVALID_CREDENTIALS, GitException::reason);
    }
  }

  @Test
  void showsTheCertificateOfTheSecret() throws Exception {
    try (var tls = GitServer.startMutualTls(folder.resolve("tls"))) {
      var secure = tls.createRepository("platform/ingress");
      secure.commit(Map.of("a.yaml", "a: 1\n"), "First");
      secure.tag("v1");
      var secret = new HashMap<>(tls.clientSecret());
      assertThat(secret).containsOnlyKeys("ca.crt", "tls.crt", "tls.key");
      assertThat(tags(remote(secure.url(), secret))).hasSize(1);
      secret.remove("tls.crt");
      assertThat(refused(remote(secure.url(), secret)))
          .returns(GitException.INVALID_CREDENTIALS, GitException::reason);
      secret.remove("tls.key");
      // What is seen of it depends on who is faster.
      assertThat(refused(remote(secure.url(), secret)).reason())
          .isIn(GitException.CERTIFICATE_REFUSED, GitException.UNREACHABLE);
    }
  }

  @Test
  void goesThroughTheProxyOfItsSecretOnly() throws Exception {
    var authorization = GitProxy.basic("me", "open-sesame");
    try (var proxy = new ProxyServer(authorization);
        var tls = GitServer.startTls(folder.resolve("tls"))) {
      var secure = tls.createRepository("platform/ingress");
      secure.commit(Map.of("a.yaml", "a: 1\n"), "First");
      secure.tag("v1");
      var known = Map.of("address", proxy.address(), "username", "me", "password", "open-sesame");
      var secret = Map.of("ca.crt", tls.caPem(), "bearerToken", "s3cret-token");
      assertThat(tags(new GitRemote(secure.url(), secret, known))).hasSize(1);
      assertThat(proxy.requests()).isNotEmpty().allMatch(head -> head.startsWith("CONNECT "));
      assertThat(proxy.requests().toString()).doesNotContain("s3cret-token");

      assertThat(tags(new GitRemote(repository.url(), Map.of(), known))).hasSize(1);
      assertThat(proxy.requests()).anyMatch(head -> head.startsWith("GET http://"));

      var unknown = Map.of("address", proxy.address());
      for (var url : List.of(secure.url(), repository.url())) {
        assertThat(refused(new GitRemote(url, Map.of(), unknown)))
            .returns(GitException.PROXY_FAILED, GitException::reason)
            .hasMessageContaining("407");
      }
      var before = proxy.requests().size();
      tags(remote(repository.url(), Map.of()));
      assertThat(proxy.requests()).hasSize(before);
    }
    for (var address : List.of("", "proxy:3128", "https://proxy:3128", "ftp://p")) {
      assertThat(refused(new GitRemote(repository.url(), Map.of(), Map.of("address", address))))
          .returns(GitException.INVALID_CREDENTIALS, GitException::reason);
    }
  }

  @Test
  void speaksSshWithTheHostsAndTheKeyOfTheSecret() throws Exception {
    for (var key : List.of(SshGitServer.ed25519(), SshGitServer.rsa())) {
      try (var ssh = new SshGitServer(folder.resolve("server"), key)) {
        var url = ssh.url("platform/ingress.git");
        var secret = new HashMap<String, String>();
        secret.put("identity", SshGitServer.openSsh(key, null));
        secret.put("known_hosts", ssh.knownHosts());
        assertThat(tags(remote(url, secret))).containsExactly("refs/tags/v1 " + commit);

        assertThat(tags(remote(url.replace("git@", ""), secret))).hasSize(1);

        var named = new HashMap<>(secret);
        named.put("known_hosts", ssh.knownHosts().replace("127.0.0.1", "localhost"));
        assertThat(tags(remote(url.replace("127.0.0.1", "localhost"), named))).hasSize(1);
        assertThat(refused(remote(url, named)))
            .returns(GitException.HOST_KEY_REFUSED, GitException::reason);

        assertThat(refused(remote(url.replace("ingress", "egress"), secret)))
            .returns(GitException.REPOSITORY_NOT_FOUND, GitException::reason);

        secret.put("identity", SshGitServer.openSsh(SshGitServer.ed25519(), null));
        assertThat(refused(remote(url, secret)))
            .returns(GitException.AUTHENTICATION_FAILED, GitException::reason);
      }
    }
  }

  @Test
  void takesKeysWithAPassphrase() throws Exception {
    var key = SshGitServer.ed25519();
    try (var ssh = new SshGitServer(folder.resolve("server"), key)) {
      var secret = new HashMap<String, String>();
      secret.put("identity", SshGitServer.openSsh(key, "open-sesame"));
      secret.put("known_hosts", ssh.knownHosts());
      secret.put("password", "open-sesame");
      var url = ssh.url("platform/ingress.git");
      assertThat(tags(remote(url, secret))).hasSize(1);
      secret.put("password", "hunter2");
      assertThat(refused(remote(url, secret)))
          .returns(GitException.INVALID_CREDENTIALS, GitException::reason);
      secret.remove("password");
      assertThat(refused(remote(url, secret)))
          .returns(GitException.INVALID_CREDENTIALS, GitException::reason);
      secret.remove("identity");
      assertThat(refused(remote(url, secret)))
          .returns(GitException.INVALID_CREDENTIALS, GitException::reason)
          .hasMessage("the Secret needs the keys identity and known_hosts for an ssh:// URL");
    }
  }

  @Test
  void refusesHostsThatTheSecretDoesNotKnow() throws Exception {
    var key = SshGitServer.ed25519();
    try (var ssh = new SshGitServer(folder.resolve("server"), key)) {
      var url = ssh.url("platform/ingress.git");
      var identity = SshGitServer.openSsh(key, null);
      var known = ssh.knownHosts();
      assertThat(
              refused(
                  remote(
                      url,
                      Map.of("identity", identity, "known_hosts", known.replace("127.0", "10.0")))))
          .returns(GitException.HOST_KEY_REFUSED, GitException::reason)
          .hasMessageContaining("is not in known_hosts of the Secret");
      assertThat(
              refused(
                  remote(url, Map.of("identity", identity, "known_hosts", "@revoked " + known))))
          .returns(GitException.HOST_KEY_REFUSED, GitException::reason)
          .hasMessageContaining("revokes");
      ssh.changeHostKey();
      assertThat(refused(remote(url, Map.of("identity", identity, "known_hosts", known))))
          .returns(GitException.HOST_KEY_REFUSED, GitException::reason)
          .hasMessageContaining("is not the one in known_hosts");
      assertThat(ssh.sessions()).isZero();
    }
  }

  @Test
  void reachesSshThroughAProxy() throws Exception {
    var key = SshGitServer.ed25519();
    try (var proxy = new ProxyServer(GitProxy.basic("me", "open-sesame"));
        var ssh = new SshGitServer(folder.resolve("server"), key)) {
      var secret =
          Map.of("identity", SshGitServer.openSsh(key, null), "known_hosts", ssh.knownHosts());
      var through = Map.of("address", proxy.address(), "username", "me", "password", "open-sesame");
      assertThat(tags(new GitRemote(ssh.url("platform/ingress.git"), secret, through))).hasSize(1);
      assertThat(proxy.requests()).isNotEmpty();
    }
  }

  @Test
  void readsNoSettingsOfWhoeverRunsIt() throws Exception {
    var reader = SystemReader.getInstance();
    assertThat(reader.getUserConfig().toText()).isEmpty();
    assertThat(reader.getSystemConfig().toText()).isEmpty();
    assertThat(reader.getenv("PATH")).isNull();
    assertThat(FS.DETECTED.userHome()).isNotNull();
    assertThat(Files.exists(folder)).isTrue();
  }

  @Test
  void saysNothingSecret() {
    var remote =
        new GitRemote(
            "https://me:hunter2@git.example.com/a.git?token=s3cret-token",
            Map.of("username", "me", "password", "hunter2"),
            Map.of("address", "http://p:1", "password", "open-sesame"));
    assertThat(remote.toString())
        .contains("https://git.example.com/a.git", "username")
        .doesNotContain(WORDS);
    assertThat(remote.quote("it said hunter2 at https://a:b@c/ to open-sesame"))
        .isEqualTo("it said … at https://c/ to …");
  }

  private GitRemote remote(String url, Map<String, String> secret) {
    return new GitRemote(url, secret, Map.of());
  }

  private List<String> tags(GitRemote remote) throws GitException, InterruptedException {
    return tags(remote, DEADLINE);
  }

  private List<String> tags(GitRemote remote, Duration deadline)
      throws GitException, InterruptedException {
    return transports.talk(
        remote,
        deadline,
        transport -> {
          try (var connection =
              transport.openFetch(List.of(new RefSpec("refs/tags/*:refs/tags/*")))) {
            return connection.getRefs().stream()
                .filter(ref -> ref.getName().startsWith("refs/tags/"))
                .map(GitTransportsTest::line)
                .toList();
          }
        });
  }

  private GitException refused(GitRemote remote) {
    var refused = catchThrowableOfType(GitException.class, () -> tags(remote));
    assertThat(refused).as("%s", remote).isNotNull();
    assertThat(refused.getMessage()).doesNotContain(WORDS).doesNotContain("Exception");
    return refused;
  }

  private static String line(Ref ref) {
    return ref.getName() + " " + ObjectId.toString(ref.getObjectId());
  }

  /** Answers everything in one way. */
  private static final class Pages implements AutoCloseable {
    private final HttpServer http;
    private final ConcurrentLinkedQueue<String> authorizations = new ConcurrentLinkedQueue<>();

    Pages(int status, String type, String body, Map<String, String> headers) throws IOException {
      http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      http.createContext(
          "/",
          exchange -> {
            var authorization = exchange.getRequestHeaders().getFirst("Authorization");
            authorizations.add(authorization == null ? "none" : authorization);
            exchange.getResponseHeaders().set("Content-Type", type);
            headers.forEach(exchange.getResponseHeaders()::set);
            var bytes = body.getBytes(UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
          });
      http.start();
    }

    String url() {
      return "http://127.0.0.1:%d/a.git".formatted(http.getAddress().getPort());
    }

    List<String> authorizations() {
      return List.copyOf(authorizations);
    }

    @Override
    public void close() {
      http.stop(0);
    }
  }
}
