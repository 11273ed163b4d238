package dev.tranche.controlplane.git;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** An HTTP proxy on the loopback address: forwards requests, and tunnels where it is asked to. */
final class ProxyServer implements AutoCloseable {
  private static final String REFUSED =
      "HTTP/1.1 407 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

  private final ServerSocket listening = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final @Nullable String authorization;

  /**
   * Listens.
   *
   * @param authorization what {@code Proxy-Authorization} has to be; null for an open proxy
   */
  ProxyServer(@Nullable String authorization) throws IOException {
    this.authorization = authorization;
    start(() -> {
      while (!listening.isClosed()) {
        var client = listening.accept();
        start(() -> serve(client));
      }
      return null;
    });
  }

  String address() {
    return "http://127.0.0.1:" + listening.getLocalPort();
  }

  /** The heads of the requests so far, with their header lines. */
  List<String> requests() {
    return List.copyOf(requests);
  }

  @Override
  public void close() throws IOException {
    listening.close();
    threads.shutdownNow();
  }

  private void start(Callable<@Nullable Void> work) {
    var _ = threads.submit(work);
  }

  private @Nullable Void serve(Socket client) throws IOException {
    try (client) {
      var head = head(client.getInputStream());
      requests.add(head);
      var line = head.lines().findFirst().orElse("").split(" ", -1);
      if (authorization != null && !head.contains("Proxy-Authorization: " + authorization)) {
        say(client.getOutputStream(), REFUSED);
      } else if (line[0].equals("CONNECT")) {
        var place = line[1].split(":", -1);
        try (var server = new Socket(place[0], Integer.parseInt(place[1]))) {
          say(client.getOutputStream(), "HTTP/1.1 200 Connection established\r\n\r\n");
          exchange(client, server);
        }
      } else {
        var url = URI.create(line[1]);
        var rest = head.substring(head.indexOf("\r\n")).replaceAll("(?i)\r\nProxy-[^\r]*", "");
        try (var server = new Socket(url.getHost(), url.getPort())) {
          var path = url.getRawPath() + (url.getRawQuery() == null ? "" : "?" + url.getRawQuery());
          say(server.getOutputStream(), line[0] + " " + path + " HTTP/1.1" + rest);
          exchange(client, server);
        }
      }
    }
    return null;
  }

  private void exchange(Socket client, Socket server) throws IOException {
    start(() -> {
      client.getInputStream().transferTo(server.getOutputStream());
      server.shutdownOutput();
      return null;
    });
    server.getInputStream().transferTo(client.getOutputStream());
  }

  private static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      var next = in.read();
      if (next < 0) {
        throw new IOException("ended within a head");
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static void say(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(ISO_8859_1));
    out.flush();
  }
}
