package dev.tranche.controlplane.git;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * TLS through an HTTP proxy. The JDK has this too, but shows a proxy credentials only where the
 * whole program is told that it may.
 */
final class ProxyTunnels extends SSLSocketFactory {
  private static final int LONGEST_ANSWER = 16 * 1024;

  private final SSLSocketFactory tls;
  private final GitProxy proxy;

  ProxyTunnels(SSLSocketFactory tls, GitProxy proxy) {
    this.tls = tls;
    this.proxy = proxy;
  }

  /** Not connected, and not TLS yet: the JDK connects it and then asks for the TLS above it. */
  @Override
  public Socket createSocket() {
    return new Tunnel(proxy);
  }

  @Override
  public Socket createSocket(Socket below, String host, int port, boolean autoClose)
      throws IOException {
    return tls.createSocket(below, host, port, autoClose);
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    var tunnel = createSocket();
    tunnel.connect(InetSocketAddress.createUnresolved(host, port));
    return createSocket(tunnel, host, port, true);
  }

  @Override
  public Socket createSocket(String host, int port, java.net.InetAddress here, int herePort)
      throws IOException {
    return createSocket(host, port);
  }

  @Override
  public Socket createSocket(java.net.InetAddress host, int port) throws IOException {
    return createSocket(host.getHostName(), port);
  }

  @Override
  public Socket createSocket(
      java.net.InetAddress host, int port, java.net.InetAddress here, int herePort)
      throws IOException {
    return createSocket(host.getHostName(), port);
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return tls.getDefaultCipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return tls.getSupportedCipherSuites();
  }

  /** The proxy did not connect; the message has its status. */
  static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  private static final class Tunnel extends Socket {
    private final GitProxy proxy;

    Tunnel(GitProxy proxy) {
      this.proxy = proxy;
    }

    @Override
    public void connect(SocketAddress target) throws IOException {
      connect(target, 0);
    }

    @Override
    public void connect(@Nullable SocketAddress target, int timeout) throws IOException {
      if (!(target instanceof InetSocketAddress server)) {
        throw new IOException("not an address of the internet");
      }
      super.connect(new InetSocketAddress(proxy.host(), proxy.port()), timeout);
      var place = server.getHostString() + ":" + server.getPort();
      if (server.getHostString().indexOf(':') >= 0) {
        place = "[" + server.getHostString() + "]:" + server.getPort();
      }
      var authorization = proxy.authorization();
      var request =
          "CONNECT %1$s HTTP/1.1\r\nHost: %1$s\r\n%2$s\r\n"
              .formatted(
                  place,
                  authorization == null ? "" : "Proxy-Authorization: " + authorization + "\r\n");
      var before = getSoTimeout();
      setSoTimeout(timeout);
      getOutputStream().write(request.getBytes(ISO_8859_1));
      var answer = answer();
      if (!answer.matches("(?s)HTTP/1\\.[01] 2\\d\\d.*")) {
        close();
        throw new RefusedException(answer.lines().findFirst().orElse("no answer"));
      }
      setSoTimeout(before);
    }

    /** Read byte by byte: what follows is the server's already. */
    private String answer() throws IOException {
      var answer = new StringBuilder();
      while (answer.length() < LONGEST_ANSWER && answer.indexOf("\r\n\r\n") < 0) {
        var next = getInputStream().read();
        if (next < 0) {
          break;
        }
        answer.append((char) next);
      }
      return answer.toString();
    }
  }
}
