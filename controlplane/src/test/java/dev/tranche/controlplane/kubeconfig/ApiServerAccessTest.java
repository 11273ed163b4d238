package dev.tranche.controlplane.kubeconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

class ApiServerAccessTest {
  @Test
  void hasWhatTheCurrentContextSays() {
    var access = access("{token: s3cret, as: deployer, as-groups: [one, two]}");
    assertThat(access.server()).isEqualTo(URI.create("https://paris.example.com:6443/base"));
    assertThat(access.tlsServerName()).isEqualTo("inner");
    assertThat(access.proxy()).isEqualTo(URI.create("http://proxy.example.com:3128"));
    assertThat(access.authorityPem()).startsWith("-----BEGIN ");
    assertThat(access.authorization()).isEqualTo("Bearer s3cret");
    // Left out, it would act with more rights than it was given.
    assertThat(access.impersonation())
        .containsEntry("Impersonate-User", List.of("deployer"))
        .containsEntry("Impersonate-Group", List.of("one", "two"));
  }

  @Test
  void revealsNothing() {
    var access = access("{username: admin, password: s3cret}");
    assertThat(access.toString()).doesNotContain("s3cret", "paris", "admin");
    assertThat(access("{token: s3cret}").isRevealedBy("unknown token s3cret")).isTrue();
    assertThat(access("{token: s3cret}").isRevealedBy("forbidden")).isFalse();
  }

  @Test
  void isMadeOfAcceptedKubeconfigsOnly() {
    assertThatThrownBy(() -> access("{exec: {command: sh}}"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static ApiServerAccess access(String user) {
    var pem = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n";
    return ApiServerAccess.of(
        """
        apiVersion: v1
        kind: Config
        current-context: c
        contexts: [{name: c, context: {cluster: c, user: u}}]
        clusters:
        - name: c
          cluster: {server: "https://paris.example.com:6443/base", tls-server-name: inner, proxy-url: "http://proxy.example.com:3128", certificate-authority-data: %s}
        users:
        - name: u
          user: %s
        """
            .formatted(
                Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.UTF_8)), user));
  }
}
