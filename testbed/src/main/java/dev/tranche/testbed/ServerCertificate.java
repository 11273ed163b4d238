package dev.tranche.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.util.io.pem.PemReader;

/**
 * A certificate for the loopback address, of an authority that nobody trusts yet.
 *
 * @param caPem the authority
 * @param context what a server shows the certificate with
 */
public record ServerCertificate(String caPem, SSLContext context) {
  /** Makes an authority and lets it sign one certificate. */
  public static ServerCertificate create() {
    var authority = new CertificateAuthority("tranche-testbed");
    var identity = authority.server();
    try (var pem = new PemReader(new StringReader(identity.keyPem()))) {
      var key =
          KeyFactory.getInstance("EC")
              .generatePrivate(new PKCS8EncodedKeySpec(pem.readPemObject().getContent()));
      var certificate =
          CertificateFactory.getInstance("X.509")
              .generateCertificate(
                  new ByteArrayInputStream(identity.certificatePem().getBytes(UTF_8)));
      var keys = KeyStore.getInstance("PKCS12");
      keys.load(null, null);
      keys.setKeyEntry("server", key, new char[0], new Certificate[] {certificate});
      var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(keys, new char[0]);
      var context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), null, null);
      return new ServerCertificate(authority.certificatePem(), context);
    } catch (GeneralSecurityException | IOException e) {
      throw new FleetException("cannot certify a server", e);
    }
  }
}
