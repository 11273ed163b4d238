package dev.tranche.controlplane;

import dev.tranche.testbed.ApiServer;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;

/** A way to an API server that can be made slow: every byte arrives, only late. */
final class Relay implements AutoCloseable {
  /** Before each byte, so that no answer is whole within its deadline. */
  private static final Duration REST_WHEN_SLOW = Duration.ofMillis(200);

  private static final int BYTES = 16 * 1024;

  private final ApiServer cluster;
  private final LoopbackListener listener;
  private volatile boolean slow;

  private Relay(ApiServer cluster) {
    this.cluster = cluster;
    this.listener = LoopbackListener.on(0, this::connect);
  }

  static Relay to(ApiServer cluster) {
    return new Relay(cluster);
  }

  /** The administrator's kubeconfig, which goes this way. */
  String kubeconfigYaml() {
    return cluster.kubeconfigYaml().replace(":" + cluster.url().getPort(), ":" + listener.port());
  }

  void slow(boolean slow) {
    this.slow = slow;
  }

  private void connect(Socket one) throws IOException {
    var other = new Socket(cluster.url().getHost(), cluster.url().getPort());
    Thread.ofVirtual().start(() -> pump(one, other));
    Thread.ofVirtual().start(() -> pump(other, one));
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
    }
  }

  @Override
  public void close() {
    listener.close();
  }
}
