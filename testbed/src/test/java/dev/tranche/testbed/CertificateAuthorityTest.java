package dev.tranche.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CertificateAuthorityTest {
  @Test
  void certifiesUsersWithNamesOfAnyLength() throws Exception {
    var authority = new CertificateAuthority("c".repeat(100));
    var account = "system:serviceaccount:" + "n".repeat(63) + ":" + "a".repeat(200);
    var certificate = read(authority.client(account, List.of("one", "two")).certificatePem());
    assertThat(certificate.getSubjectX500Principal().getName())
        .contains("CN=" + account, "O=one", "O=two");
    certificate.verify(read(authority.certificatePem()).getPublicKey());
  }

  private static X509Certificate read(String pem) throws Exception {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(pem.getBytes(UTF_8)));
  }
}
