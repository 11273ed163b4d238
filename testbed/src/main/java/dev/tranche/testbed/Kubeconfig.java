package dev.tranche.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.util.Base64;

/**
 * How to reach one API server as one user, all of it inline.
 *
 * @param cluster the name that people see
 * @param server where the API server is
 * @param authorityPem the certificate that the server's own is checked against
 * @param identity who the user is
 */
record Kubeconfig(
    String cluster, URI server, String authorityPem, CertificateAuthority.Identity identity) {

  String toYaml() {
    return """
    apiVersion: v1
    kind: Config
    clusters:
    - name: %1$s
      cluster:
        server: %2$s
        certificate-authority-data: %3$s
    users:
    - name: %1$s
      user:
        client-certificate-data: %4$s
        client-key-data: %5$s
    contexts:
    - name: %1$s
      context: {cluster: %1$s, user: %1$s}
    current-context: %1$s
    """
        .formatted(
            cluster,
            server,
            base64(authorityPem),
            base64(identity.certificatePem()),
            base64(identity.keyPem()));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
