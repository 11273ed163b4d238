package dev.tranche.controlplane.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** TLS by certificates and keys in PEM, as Secrets have them. */
public final class PemTls {
  private PemTls() {}

  /**
   * Who is trusted.
   *
   * @param ca certificates of more authorities than those that everybody trusts; null for none
   * @throws GeneralSecurityException where there is no certificate in {@code ca}
   */
  public static TrustManager[] trust(@Nullable String ca) throws GeneralSecurityException {
    try {
      if (ca != null
          && CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(ca.getBytes(UTF_8)))
              .isEmpty()) {
        throw new GeneralSecurityException("no certificate");
      }
      return SSLUtils.trustManagers(ca == null ? null : encoded(ca), null, false, null, null);
    } catch (IOException | RuntimeException e) {
      throw new GeneralSecurityException("no certificates", e);
    }
  }

  /**
   * What is shown to who wants to know who asks.
   *
   * @throws GeneralSecurityException where these are no certificate and no key
   */
  public static KeyManager[] keys(String certificate, String key) throws GeneralSecurityException {
    try {
      var algorithm = key.contains("BEGIN EC ") ? "EC" : "RSA";
      return SSLUtils.keyManagers(
          encoded(certificate), null, encoded(key), null, algorithm, "", null, null);
    } catch (IOException | RuntimeException e) {
      throw new GeneralSecurityException("no certificate with a key", e);
    }
  }

  /**
   * TLS with both.
   *
   * @param keys null shows nothing
   */
  public static SSLContext context(KeyManager @Nullable [] keys, TrustManager[] trust) {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(keys, trust, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the Java runtime has no TLS", e);
    }
  }

  private static String encoded(String pem) {
    return Base64.getEncoder().encodeToString(pem.getBytes(UTF_8));
  }
}
