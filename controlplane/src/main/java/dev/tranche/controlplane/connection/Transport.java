package dev.tranche.controlplane.connection;

import dev.tranche.controlplane.kubeconfig.ApiServerAccess;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ProxyOptions;
import io.vertx.core.net.ProxyType;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** The HTTP stack that all connections share: its threads do not grow with their number. */
final class Transport implements AutoCloseable {
  /** Two, so that TLS with a thousand clusters at once is not done by one processor alone. */
  private static final int EVENT_LOOPS = 2;

  private static final int BLOCKING_THREADS = 2;

  /** The watch, the probe, and what {@link Connection} permits at once. */
  private static final int SOCKETS_PER_CLUSTER = 2 + Connection.PERMITS;

  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);
  private static final Duration KEEP_IDLE = Duration.ofMinutes(2);

  /**
   * Every client looks this often for sockets to close; its default, a second, is all of the CPU.
   */
  private static final Duration CLEANED_EVERY = Duration.ofMinutes(1);

  private static final int MAX_HEADER_BYTES = 32 * 1024;

  private final Vertx vertx;

  Transport() {
    vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(EVENT_LOOPS)
                .setWorkerPoolSize(BLOCKING_THREADS)
                .setInternalBlockingPoolSize(BLOCKING_THREADS)
                .setBlockedThreadCheckInterval(1)
                .setBlockedThreadCheckIntervalUnit(TimeUnit.MINUTES)
                .setUseDaemonThread(true)
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setFileCachingEnabled(false)
                        .setClassPathResolvingEnabled(false)));
  }

  /**
   * A channel to an API server; nothing is connected yet.
   *
   * @throws ConnectionException where the kubeconfig asks for what is not supported
   */
  Channel open(ApiServerAccess access) {
    var options =
        new HttpClientOptions()
            .setSsl(true)
            .setVerifyHost(true)
            .setTrustAll(false)
            .setTcpKeepAlive(true)
            .setMaxPoolSize(SOCKETS_PER_CLUSTER)
            .setMaxWebSockets(1)
            .setConnectTimeout((int) CONNECT_WITHIN.toMillis())
            .setSslHandshakeTimeout(CONNECT_WITHIN.toMillis())
            .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
            .setKeepAliveTimeout((int) KEEP_IDLE.toSeconds())
            .setPoolCleanerPeriod((int) CLEANED_EVERY.toMillis())
            .setMaxHeaderSize(MAX_HEADER_BYTES)
            .setDecompressionSupported(false);
    if (access.authorityPem() != null) {
      options.setTrustOptions(
          new PemTrustOptions().addCertValue(Buffer.buffer(access.authorityPem())));
    }
    if (access.certificatePem() != null && access.keyPem() != null) {
      options.setKeyCertOptions(
          new PemKeyCertOptions()
              .addCertValue(Buffer.buffer(access.certificatePem()))
              .addKeyValue(Buffer.buffer(access.keyPem())));
    }
    if (access.proxy() != null) {
      options.setProxyOptions(proxy(access.proxy()));
    }
    return new Channel(vertx.createHttpClient(options), access);
  }

  @Override
  public void close() {
    vertx.close();
  }

  private static ProxyOptions proxy(URI uri) {
    var type =
        switch (String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT)) {
          case "http" -> ProxyType.HTTP;
          case "socks5", "socks5h" -> ProxyType.SOCKS5;
          default ->
              throw new ConnectionException(
                  "ProxyUnsupported",
                  "the proxy-url of its kubeconfig is of a kind that is not supported; http and socks5 are");
        };
    var options = new ProxyOptions().setType(type).setHost(uri.getHost());
    options.setPort(uri.getPort() >= 0 ? uri.getPort() : type == ProxyType.HTTP ? 80 : 1080);
    var user = uri.getUserInfo();
    if (user != null) {
      var words = user.split(":", 2);
      options.setUsername(words[0]);
      options.setPassword(words.length > 1 ? words[1] : "");
    }
    return options;
  }
}
