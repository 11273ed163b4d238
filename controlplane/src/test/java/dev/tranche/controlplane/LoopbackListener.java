package dev.tranche.controlplane;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Listens on the loopback address, and hangs up on everybody when it is closed. */
final class LoopbackListener implements AutoCloseable {
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private LoopbackListener(ServerSocket listener) {
    this.listener = listener;
  }

  /** What is done with a connection; must not wait. */
  @FunctionalInterface
  interface Guest {
    void welcome(Socket socket) throws IOException;
  }

  /**
   * Begins to listen.
   *
   * @param port 0 for any that is free
   */
  static LoopbackListener on(int port, Guest guest) {
    try {
      var listener = new ServerSocket();
      listener.setReuseAddress(true);
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      var listening = new LoopbackListener(listener);
      Thread.ofVirtual().start(() -> listening.accept(guest));
      return listening;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return listener.getLocalPort();
  }

  private void accept(Guest guest) {
    try {
      while (true) {
        var socket = listener.accept();
        open.add(socket);
        guest.welcome(socket);
      }
    } catch (IOException e) {
      close();
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
