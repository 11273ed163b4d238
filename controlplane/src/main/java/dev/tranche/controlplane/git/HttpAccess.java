package dev.tranche.controlplane.git;

import dev.tranche.controlplane.server.PemTls;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.transport.http.HttpConnection;
import org.eclipse.jgit.transport.http.HttpConnectionFactory2;
import org.eclipse.jgit.transport.http.JDKHttpConnection;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP connections of one conversation. They carry its credentials to the host of its URL and
 * to no other, wherever a redirect leads, and go through its proxy and no other.
 */
final class HttpAccess implements HttpConnectionFactory2 {
  private final URIish uri;
  private final Trail trail;
  private final @Nullable GitProxy proxy;
  private final @Nullable String authorization;
  private final SSLSocketFactory known;
  private final SSLSocketFactory stranger;
  private final List<HttpURLConnection> opened = new ArrayList<>();

  private HttpAccess(
      URIish uri,
      Trail trail,
      @Nullable GitProxy proxy,
      @Nullable String authorization,
      SSLSocketFactory known,
      SSLSocketFactory stranger) {
    this.uri = uri;
    this.trail = trail;
    this.proxy = proxy;
    this.authorization = authorization;
    this.known = known;
    this.stranger = stranger;
  }

  static HttpAccess of(GitRemote remote, @Nullable GitProxy proxy, Trail trail)
      throws GitException {
    if (proxy != null && proxy.socks() && proxy.username() != null) {
      throw new GitException(
          GitException.INVALID_CREDENTIALS,
          "the Secret of the proxy has a username, which a socks5:// proxy takes for ssh only; for https use an http:// proxy");
    }
    var trust = trust(remote);
    return new HttpAccess(
        remote.uri(),
        trail,
        proxy,
        authorization(remote),
        PemTls.context(keys(remote), trust).getSocketFactory(),
        PemTls.context(null, trust).getSocketFactory());
  }

  /** Whether the Secret says who asks, whatever the URL says. */
  boolean hasAuthorization() {
    return authorization != null;
  }

  @Override
  public HttpConnection create(URL url) throws IOException {
    var handler = new Handler();
    try {
      return new Connection(URL.of(url.toURI(), handler));
    } catch (URISyntaxException e) {
      throw new IOException("not a URL", e);
    }
  }

  /** Whatever proxy the program's surroundings have, it is not this conversation's. */
  @Override
  public HttpConnection create(URL url, Proxy ambient) throws IOException {
    return create(url);
  }

  @Override
  public GitSession newSession() {
    return new GitSession() {
      @Override
      public HttpConnection configure(HttpConnection connection, boolean sslVerify) {
        return connection;
      }

      @Override
      public void close() {
        // Otherwise they stay open for whoever asks the same server next, with other credentials.
        opened.forEach(HttpURLConnection::disconnect);
        opened.clear();
      }
    };
  }

  private boolean isOurs(URL url) {
    if (!url.getHost().equalsIgnoreCase(uri.getHost())) {
      return false;
    }
    var scheme = url.getProtocol();
    return scheme.equals(uri.getScheme())
        ? port(url.getPort(), scheme) == port(uri.getPort(), scheme)
        : scheme.equals("https") && port(uri.getPort(), "http") == 80 && port(url) == 443;
  }

  private static int port(URL url) {
    return port(url.getPort(), url.getProtocol());
  }

  private static int port(int port, String scheme) {
    return port > 0 ? port : scheme.equals("https") ? 443 : 80;
  }

  private URLConnection open(URL plain) throws IOException {
    var ours = isOurs(plain);
    var tls = plain.getProtocol().toLowerCase(Locale.ROOT).equals("https");
    var tunnel = tls && proxy != null && !proxy.socks();
    var connection =
        (HttpURLConnection)
            plain.openConnection(proxy == null || tunnel ? Proxy.NO_PROXY : proxy.proxy());
    if (connection instanceof HttpsURLConnection https) {
      var sockets = ours ? known : stranger;
      https.setSSLSocketFactory(
          proxy != null && tunnel ? new ProxyTunnels(sockets, proxy) : sockets);
    } else {
      // Without TLS of its own nothing keeps one conversation from going on with another's.
      connection.setRequestProperty("Connection", "close");
      if (proxy != null && proxy.authorization() != null) {
        connection.setRequestProperty("Proxy-Authorization", proxy.authorization());
      }
    }
    if (ours && authorization != null) {
      connection.setRequestProperty("Authorization", authorization);
    }
    opened.add(connection);
    return connection;
  }

  private static @Nullable String authorization(GitRemote remote) throws GitException {
    var token = remote.value("bearerToken");
    if (token != null) {
      return "Bearer " + header("bearerToken", token);
    }
    var username = remote.value("username");
    var password = remote.value("password");
    if (username == null && password == null) {
      return null;
    }
    if (username == null || password == null) {
      throw invalid("has only one of the keys username and password");
    }
    return GitProxy.basic(username.strip(), password.strip());
  }

  private static String header(String key, String value) throws GitException {
    var line = value.strip(); // a file that a Secret is made from ends with a line feed
    if (!line.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw invalid("has characters in " + key + " that a header cannot carry");
    }
    return line;
  }

  private static TrustManager[] trust(GitRemote remote) throws GitException {
    var ca = remote.value("ca.crt") == null ? remote.value("caFile") : remote.value("ca.crt");
    try {
      return PemTls.trust(ca);
    } catch (GeneralSecurityException e) {
      throw invalid("has no certificates in PEM in ca.crt");
    }
  }

  private static KeyManager @Nullable [] keys(GitRemote remote) throws GitException {
    var certificate = remote.value("tls.crt");
    var key = remote.value("tls.key");
    if (certificate == null && key == null) {
      return null;
    }
    if (certificate == null || key == null) {
      throw invalid("has only one of the keys tls.crt and tls.key");
    }
    try {
      return PemTls.keys(certificate, key);
    } catch (GeneralSecurityException e) {
      throw invalid("has no certificate and key in PEM in tls.crt and tls.key");
    }
  }

  private static GitException invalid(String problem) {
    return new GitException(GitException.INVALID_CREDENTIALS, "the Secret " + problem);
  }

  /** JGit's connection takes only what a URL opens. */
  private final class Handler extends URLStreamHandler {
    @Override
    protected URLConnection openConnection(URL url) throws IOException {
      try {
        return open(url.toURI().toURL());
      } catch (URISyntaxException e) {
        throw new IOException("not a URL", e);
      }
    }
  }

  private final class Connection extends JDKHttpConnection {
    Connection(URL url) throws IOException {
      super(url);
    }

    @Override
    public int getResponseCode() throws IOException {
      var code = super.getResponseCode();
      trail.status(code);
      if (code == HttpURLConnection.HTTP_OK
          && !String.valueOf(getContentType()).startsWith("application/x-git-")) {
        // JGit would go on with git's oldest protocol, which takes a request an object.
        throw new IOException("it answers with %s".formatted(getContentType()));
      }
      return code;
    }
  }
}
