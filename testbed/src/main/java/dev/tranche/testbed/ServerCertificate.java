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
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.util.io.pem.PemReader;

/**
 * A certificate for the loopback address, of an authority that nobody trusts yet.
 *
 * @param caPem the authority
 * @param clientPem a certificate of the same authority for a client
 * @param clientKeyPem its private key
 * @param context what a server shows the certificate with, and knows such clients
 */
public record ServerCertificate(
    String caPem, String clientPem, String clientKeyPem, SSLContext context) {
  /** Makes an authority and lets it sign one certificate. */
  public static ServerCertificate create() {
    var authority = new CertificateAuthority("tranche-testbed");
    var identity = authority.server();
    try (var pem = new PemReader(new StringReader(identity.keyPem()))) {
      var key =
          KeyFactory.getInstance("EC")
              .generatePrivate(new PKCS8EncodedKeySpec(pem.readPemObject().getContent()));
      var certificate = certificate(identity.certificatePem());
      var keys = KeyStore.getInstance("PKCS12");
      keys.load(null, null);
      keys.setKeyEntry("server", key, new char[0], new Certificate[] {certificate});
      var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(keys, new char[0]);
      var trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry("ca", certificate(authority.certificatePem()));
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      var context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), trust.getTrustManagers(), null);
      var client = authority.client("client", List.of());
      return new ServerCertificate(
          authority.certificatePem(), client.certificatePem(), client.keyPem(), context);
    } catch (GeneralSecurityException | IOException e) {
      throw new FleetException("cannot certify a server", e);
    }
  }

  private static Certificate certificate(String pem) throws GeneralSecurityException {
    return CertificateFactory.getInstance("X.509")
        .generateCertificate(new ByteArrayInputStream(pem.getBytes(UTF_8)));
  }
}
