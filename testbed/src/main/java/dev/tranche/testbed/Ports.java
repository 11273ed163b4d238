package dev.tranche.testbed;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Gives out free ports of the loopback address.
 *
 * <p>They lie below the range that systems take the local ports of outgoing connections from: a
 * program that is restarted finds its port free again. They come in blocks, of which each belongs
 * to the one JVM that listens on its first port: fleets that start at the same moment do not take
 * the same.
 */
final class Ports {
  private static final int FIRST = 12_000;
  private static final int LAST = 29_999;
  private static final int BLOCK = 100;
  private static final int BLOCKS = (LAST - FIRST + 1) / BLOCK;

  // Never closed: the block is this JVM's until its end.
  private static @Nullable ServerSocket block;
  private static int next;

  private Ports() {}

  static synchronized int free() {
    while (true) {
      if (block == null || next == block.getLocalPort() + BLOCK) {
        block = takeBlock();
        next = block.getLocalPort() + 1;
      }
      var port = next++;
      try (var socket = listen(port)) {
        return socket.getLocalPort();
      } catch (IOException e) {
        // Someone else's; the next one will do.
      }
    }
  }

  private static ServerSocket takeBlock() {
    var start = ThreadLocalRandom.current().nextInt(BLOCKS);
    for (int i = 0; i < BLOCKS; i++) {
      try {
        return listen(FIRST + (start + i) % BLOCKS * BLOCK);
      } catch (IOException e) {
        // Another JVM's; the next one will do.
      }
    }
    throw new FleetException("no free ports between " + FIRST + " and " + LAST);
  }

  private static ServerSocket listen(int port) throws IOException {
    var socket = new ServerSocket();
    try {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }
}
