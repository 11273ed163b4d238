package dev.tranche.controlplane.kubeconfig;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.tranche.controlplane.kubeconfig.KubeconfigVerdict.Accepted;
import dev.tranche.controlplane.kubeconfig.KubeconfigVerdict.Refused;
import java.net.URI;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class KubeconfigVerdictTest {
  private static final String SECRET = "hunter2-do-not-show";
  private static final String PEM = base64("-----BEGIN CERTIFICATE-----\n" + SECRET + "\n");
  private static final String CLUSTER =
      "server: https://10.1.2.3:6443, certificate-authority-data: " + PEM;
  private static final String USER =
      "client-certificate-data: %s, client-key-data: %s".formatted(PEM, PEM);
  private static final String TOKEN = "token: " + SECRET;

  static Stream<Arguments> accepted() {
    return Stream.of(
        argumentSet("client certificate", config(CLUSTER, USER)),
        argumentSet("token", config(CLUSTER, TOKEN)),
        argumentSet("user and password", config(CLUSTER, "username: me, password: " + SECRET)),
        argumentSet("system trust store", config("server: https://10.1.2.3:6443", TOKEN)),
        argumentSet("empty exec", config(CLUSTER, TOKEN + ", exec: null")),
        argumentSet("empty path", config(CLUSTER, TOKEN + ", tokenFile: ''")),
        argumentSet("TLS is verified", config(CLUSTER + ", insecure-skip-tls-verify: false", USER)),
        argumentSet("proxy", config(CLUSTER + ", proxy-url: 'http://proxy.example:3128'", USER)),
        argumentSet("unknown fields", config(CLUSTER + ", disable-compression: true", USER)),
        argumentSet(
            "JSON",
            "{\"apiVersion\":\"v1\",\"kind\":\"Config\","
                + "\"current-context\":\"c\",\"contexts\":[{\"name\":\"c\","
                + "\"context\":{\"cluster\":\"k\",\"user\":\"u\"}}],\"clusters\":[{\"name\":\"k\","
                + "\"cluster\":{\"server\":\"https://10.1.2.3:6443\"}}],"
                + "\"users\":[{\"name\":\"u\",\"user\":{\"token\":\""
                + SECRET
                + "\"}}]}"));
  }

  @ParameterizedTest
  @MethodSource
  void accepted(String kubeconfig) {
    assertThat(KubeconfigVerdict.of(kubeconfig))
        .isEqualTo(new Accepted(URI.create("https://10.1.2.3:6443")));
  }

  static Stream<Arguments> refused() {
    var exec = "exec: {command: sh, args: [-c, %s]}".formatted(SECRET);
    return Stream.of(
        refused("exec", "ExecRefused", config(CLUSTER, exec)),
        refused("exec beside a token", "ExecRefused", config(CLUSTER, TOKEN + ", " + exec)),
        refused("exec in other case", "ExecRefused", config(CLUSTER, TOKEN + ", Exec: {}")),
        refused(
            "exec of another user",
            "ExecRefused",
            config(CLUSTER, USER)
                .replace("users:", "users:\n- name: other\n  user: {" + exec + "}")),
        refused(
            "auth-provider",
            "AuthProviderRefused",
            config(CLUSTER, "auth-provider: {name: oidc, config: {id-token: " + SECRET + "}}")),
        refused("tokenFile", "FilePathRefused", config(CLUSTER, "tokenFile: /etc/token")),
        refused(
            "client-certificate",
            "FilePathRefused",
            config(CLUSTER, USER + ", client-certificate: /etc/crt")),
        refused("client-key", "FilePathRefused", config(CLUSTER, USER + ", client-key: /etc/key")),
        refused(
            "certificate-authority",
            "FilePathRefused",
            config(CLUSTER + ", certificate-authority: /etc/ca", USER)),
        refused(
            "certificate-authority of another cluster",
            "FilePathRefused",
            config(CLUSTER, USER)
                .replace(
                    "clusters:",
                    "clusters:\n- name: other\n  cluster: {certificate-authority: ca.crt}")),
        refused(
            "insecure",
            "InsecureRefused",
            config(CLUSTER + ", insecure-skip-tls-verify: true", USER)),
        refused(
            "insecure in the words of YAML 1.1",
            "InsecureRefused",
            config(CLUSTER + ", insecure-skip-tls-verify: yes", USER)),
        refused(
            "proxy on localhost",
            "ProxyRefused",
            config(CLUSTER + ", proxy-url: 'http://localhost:3128'", USER)),
        refused(
            "proxy on 127.0.0.2",
            "ProxyRefused",
            config(CLUSTER + ", proxy-url: 'socks5://127.0.0.2:1080'", USER)),
        refused(
            "proxy on a short form of 127.0.0.1",
            "KubeconfigInvalid",
            config(CLUSTER + ", proxy-url: 'http://0x7f.1:80'", USER)),
        refused(
            "proxy on ::1",
            "ProxyRefused",
            config(CLUSTER + ", proxy-url: 'http://[::1]:80'", USER)),
        refused(
            "proxy on a mapped 127.0.0.1",
            "ProxyRefused",
            config(CLUSTER + ", proxy-url: 'http://[::ffff:127.0.0.1]:80'", USER)),
        refused(
            "proxy without a host",
            "KubeconfigInvalid",
            config(CLUSTER + ", proxy-url: 'not an address'", USER)),
        refused("too large", "KubeconfigTooLarge", config(CLUSTER, USER) + "#".repeat(256 * 1024)),
        refused(
            "too large in bytes",
            "KubeconfigTooLarge",
            config(CLUSTER, USER) + "# " + "é".repeat(130 * 1024)),
        refused("nothing", "KubeconfigInvalid", ""),
        refused("text", "KubeconfigInvalid", SECRET),
        refused("broken YAML", "KubeconfigInvalid", "users: [" + SECRET + "\n  :"),
        refused("a NUL character", "KubeconfigInvalid", config(CLUSTER, USER) + "\0"),
        refused("two documents", "KubeconfigInvalid", config(CLUSTER, USER) + "---\na: b\n"),
        refused("alias", "KubeconfigInvalid", config(CLUSTER, USER) + "a: &x [1]\nb: *x\n"),
        refused("alias bomb", "KubeconfigInvalid", aliasBomb()),
        refused("tag", "KubeconfigInvalid", config(CLUSTER, USER) + "a: !!java.net.URL [x]\n"),
        refused("merge key", "KubeconfigInvalid", config(CLUSTER, TOKEN + ", <<: {" + exec + "}")),
        refused("doubled key", "KubeconfigInvalid", config(CLUSTER, TOKEN) + "users: []\n"),
        refused("nesting", "KubeconfigInvalid", "a: " + "[".repeat(100_000)),
        refused(
            "another kind",
            "KubeconfigInvalid",
            config(CLUSTER, USER).replace("kind: Config", "kind: Secret")),
        refused(
            "no current-context",
            "KubeconfigInvalid",
            config(CLUSTER, USER).replace("current-context: c", "")),
        refused(
            "no such context",
            "KubeconfigInvalid",
            config(CLUSTER, USER).replace("current-context: c", "current-context: d")),
        refused(
            "no such user",
            "KubeconfigInvalid",
            config(CLUSTER, USER).replace("user: u}", "user: v}")),
        refused(
            "no such cluster",
            "KubeconfigInvalid",
            config(CLUSTER, USER).replace("cluster: k,", "cluster: l,")),
        refused(
            "context without user",
            "KubeconfigInvalid",
            config(CLUSTER, USER).replace(", user: u}", "}")),
        refused(
            "two users of one name",
            "KubeconfigInvalid",
            config(CLUSTER, USER).replace("users:", "users:\n- name: u\n  user: {}")),
        refused(
            "users are no list",
            "KubeconfigInvalid",
            "apiVersion: v1\nkind: Config\nusers: {u: {}}\n"),
        refused(
            "no server", "KubeconfigInvalid", config("certificate-authority-data: " + PEM, USER)),
        refused("http", "KubeconfigInvalid", config("server: 'http://10.1.2.3:8080'", USER)),
        refused("server without a host", "KubeconfigInvalid", config("server: 'https://'", USER)),
        refused(
            "server with a password",
            "KubeconfigInvalid",
            config("server: 'https://me:" + SECRET + "@10.1.2.3'", USER)),
        refused("no credentials", "KubeconfigInvalid", config(CLUSTER, "as: admin")),
        refused(
            "certificate without key",
            "KubeconfigInvalid",
            config(CLUSTER, "client-certificate-data: " + PEM)),
        refused(
            "not base64",
            "KubeconfigInvalid",
            config(CLUSTER, USER.replaceFirst("data: .", "data: " + SECRET))));
  }

  @ParameterizedTest
  @MethodSource
  void refused(String reason, String kubeconfig) {
    assertThat(KubeconfigVerdict.of(kubeconfig))
        .isInstanceOfSatisfying(
            Refused.class,
            refused -> {
              assertThat(refused.reason()).isEqualTo(reason);
              assertThat(refused.message())
                  .isNotBlank()
                  .hasSizeLessThan(500)
                  .doesNotContain(SECRET, PEM)
                  .doesNotContain("\n");
            });
  }

  @Test
  void loopbackServersAreForTestFleets() {
    assertThat(KubeconfigVerdict.of(config("server: 'https://127.0.0.1:6443'", TOKEN)))
        .isInstanceOf(Accepted.class);
  }

  @Test
  void theCurrentContextAloneIsAcceptedAndHasNothingOfTheOthers() {
    var file =
        config(CLUSTER, USER + ", as: 'yes'")
            .replace("contexts:", "contexts:\n- name: d\n  context: {cluster: k, user: other}")
            .replace("users:", "users:\n- name: other\n  user: {token: of-another}");

    var reduced = KubeconfigVerdict.currentContextOf(file);

    assertThat(KubeconfigVerdict.of(reduced)).isEqualTo(KubeconfigVerdict.of(file));
    assertThat(reduced).contains(PEM, "\"as\" : \"yes\"").doesNotContain("of-another", "other");
    assertThat(KubeconfigVerdict.currentContextOf(reduced)).isEqualTo(reduced);
  }

  @Test
  void namesInMessagesAreShortAndPlain() {
    var name = "\"" + "x".repeat(500) + "\\n\\e[31m\"";
    var verdict =
        KubeconfigVerdict.of(
            config(CLUSTER, "exec: {command: sh}").replace("- name: u", "- name: " + name));
    assertThat(verdict)
        .isInstanceOfSatisfying(
            Refused.class,
            refused ->
                assertThat(refused.message()).hasSizeLessThan(300).matches("[^\\p{Cntrl}]*"));
  }

  private static Arguments refused(String name, String reason, String kubeconfig) {
    return argumentSet(name, reason, kubeconfig);
  }

  private static String config(String cluster, String user) {
    return """
    apiVersion: v1
    kind: Config
    current-context: c
    contexts:
    - name: c
      context: {cluster: k, user: u}
    clusters:
    - name: k
      cluster: {%s}
    users:
    - name: u
      user: {%s}
    """
        .formatted(cluster, user);
  }

  private static String aliasBomb() {
    var yaml = new StringBuilder("a0: &a0 [x, x]\n");
    for (var i = 1; i < 40; i++) {
      yaml.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }
    return yaml.toString();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
