package dev.tranche.testbed;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.time.Duration;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** Says whether a program is ready to be used. */
@FunctionalInterface
interface Probe {
  /** Of programs that open no port: they are ready as soon as they run. */
  Probe RUNNING = () -> true;

  boolean isReady();

  /** Ready when a GET is answered with 200. */
  static Probe http(URI uri) {
    return () -> answersOk(uri, null);
  }

  /** As {@link #http}, over TLS with certificates that the sockets trust. */
  static Probe https(URI uri, SSLSocketFactory sockets) {
    return () -> answersOk(uri, sockets);
  }

  private static boolean answersOk(URI uri, @Nullable SSLSocketFactory sockets) {
    try {
      var connection = (HttpURLConnection) uri.toURL().openConnection(Proxy.NO_PROXY);
      if (sockets != null && connection instanceof HttpsURLConnection secure) {
        secure.setSSLSocketFactory(sockets);
      }
      var timeout = (int) Duration.ofSeconds(5).toMillis();
      connection.setConnectTimeout(timeout);
      connection.setReadTimeout(timeout);
      try {
        return connection.getResponseCode() == 200;
      } finally {
        connection.disconnect();
      }
    } catch (IOException e) {
      return false;
    }
  }
}
