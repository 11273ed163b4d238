package dev.tranche.controlplane;

import dev.tranche.testbed.ApiServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A way to an API server that can be made slow: every byte arrives, only late. */
final class Relay implements AutoCloseable {
  /** Before each byte, so that no answer is whole within its deadline. */
  private static final Duration REST_WHEN_SLOW = Duration.ofMillis(200);

  private static final int BYTES = 16 * 1024;

  private final ApiServer cluster;
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean slow;

  private Relay(ApiServer cluster, ServerSocket listener) {
    this.cluster = cluster;
    this.listener = listener;
  }

  static Relay to(ApiServer cluster) {
    try {
      var relay = new Relay(cluster, new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
      Thread.ofVirtual().start(relay::accept);
      return relay;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The administrator's kubeconfig, which goes this way. */
  String kubeconfigYaml() {
    return cluster
        .kubeconfigYaml()
        .replace(":" + cluster.url().getPort(), ":" + listener.getLocalPort());
  }

  void slow(boolean slow) {
    this.slow = slow;
  }

  private void accept() {
    try {
      while (true) {
        var one = listener.accept();
        var other = new Socket(cluster.url().getHost(), cluster.url().getPort());
        open.add(one);
        open.add(other);
        Thread.ofVirtual().start(() -> pump(one, other));
        Thread.ofVirtual().start(() -> pump(other, one));
      }
    } catch (IOException e) {
      close();
    }
  }

  private void pump(Socket from, Socket to) {
    try (from;
        to) {
      var buffer = new byte[BYTES];
      while (true) {
        int read = from.getInputStream().read(buffer);
        if (read < 0) {
          return;
        }
        // Also what was waited for before it became slow is late.
        for (int sent = 0; sent < read; ) {
          int part = slow ? 1 : read - sent;
          if (slow) {
            Thread.sleep(REST_WHEN_SLOW);
          }
          to.getOutputStream().write(buffer, sent, part);
          sent += part;
        }
      }
    } catch (IOException e) {
      // Whoever asked has hung up, or the server has.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
      for (var socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
