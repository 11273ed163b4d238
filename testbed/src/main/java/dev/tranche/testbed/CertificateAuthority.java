package dev.tranche.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.jspecify.annotations.Nullable;

/**
 * The certificate authority of one API server: its server certificate and its users' come from
 * here.
 */
final class CertificateAuthority {
  private static final Duration VALID = Duration.ofDays(365);

  // RSA, because clients read its keys without further libraries; one, because making it is slow
  // and what tells users apart is the certificate.
  private static final class ClientKey {
    static final KeyPair PAIR = generate("RSA", 2048);
  }

  private final X500Name name;
  private final KeyPair keys;
  private final String certificatePem;

  CertificateAuthority(String commonName) {
    name = new X500NameBuilder().addRDN(rdn(BCStyle.CN, commonName)).build();
    keys = ellipticKeys();
    certificatePem = certificate(name, keys, null);
  }

  String certificatePem() {
    return certificatePem;
  }

  /** A server's certificate for the loopback address. */
  Identity server() {
    var subject = new X500NameBuilder().addRDN(BCStyle.CN, "127.0.0.1").build();
    var serverKeys = ellipticKeys();
    return new Identity(
        certificate(subject, serverKeys, KeyPurposeId.id_kp_serverAuth), pkcs8(serverKeys));
  }

  /** A client's certificate that makes an API server see this user in these groups. */
  Identity client(String user, List<String> groups) {
    var subject = new X500NameBuilder();
    groups.forEach(group -> subject.addRDN(rdn(BCStyle.O, group)));
    subject.addRDN(rdn(BCStyle.CN, user));
    return new Identity(
        certificate(subject.build(), ClientKey.PAIR, KeyPurposeId.id_kp_clientAuth),
        pem(ClientKey.PAIR.getPrivate()));
  }

  // Not through the style of X.500 names, which allows 64 characters: Kubernetes allows more.
  private static AttributeTypeAndValue rdn(ASN1ObjectIdentifier type, String value) {
    return new AttributeTypeAndValue(type, new DERUTF8String(value));
  }

  /** Sockets that trust this authority alone. */
  SSLSocketFactory sockets() {
    try {
      var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      trusted.setCertificateEntry(
          "ca",
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(certificatePem.getBytes(UTF_8))));
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      var context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context.getSocketFactory();
    } catch (GeneralSecurityException | IOException e) {
      throw new FleetException("cannot trust the authority " + name, e);
    }
  }

  /** A key pair by itself, as service account tokens are signed with. */
  static SigningKey signingKey() {
    var signing = ellipticKeys();
    return new SigningKey(
        pkcs8(signing), pem(new PemObject("PUBLIC KEY", signing.getPublic().getEncoded())));
  }

  private String certificate(
      X500Name subject, KeyPair subjectKeys, @Nullable KeyPurposeId purpose) {
    var from = Instant.now().minus(Duration.ofHours(1));
    var builder =
        new JcaX509v3CertificateBuilder(
            name,
            new BigInteger(120, new SecureRandom()),
            Date.from(from),
            Date.from(from.plus(VALID)),
            subject,
            subjectKeys.getPublic());
    try {
      if (purpose == null) {
        builder
            .addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
            .addExtension(
                Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      } else {
        builder
            .addExtension(
                Extension.keyUsage,
                true,
                new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyEncipherment))
            .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose))
            .addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(
                    new GeneralName[] {
                      new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
                      new GeneralName(GeneralName.dNSName, "localhost")
                    }));
      }
      return pem(
          builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    } catch (IOException | OperatorCreationException e) {
      throw new FleetException("cannot certify " + subject, e);
    }
  }

  private static KeyPair ellipticKeys() {
    return generate("EC", 256);
  }

  private static KeyPair generate(String algorithm, int size) {
    try {
      var generator = KeyPairGenerator.getInstance(algorithm);
      generator.initialize(size);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new FleetException("cannot make a key", e);
    }
  }

  private static String pkcs8(KeyPair keys) {
    return pem(new PemObject("PRIVATE KEY", keys.getPrivate().getEncoded()));
  }

  private static String pem(Object object) {
    var text = new StringWriter();
    try (var writer = new JcaPEMWriter(text)) {
      writer.writeObject(object);
    } catch (IOException e) {
      throw new FleetException("cannot write PEM", e);
    }
    return text.toString();
  }

  /**
   * A certificate and its private key.
   *
   * @param certificatePem the certificate
   * @param keyPem the private key
   */
  record Identity(String certificatePem, String keyPem) {}

  /**
   * A key pair.
   *
   * @param privatePem what signs
   * @param publicPem what signatures are checked with
   */
  record SigningKey(String privatePem, String publicPem) {}
}
