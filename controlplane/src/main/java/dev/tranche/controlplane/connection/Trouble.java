package dev.tranche.controlplane.connection;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.proxy.ProxyConnectException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Says what went wrong on the way to an API server. Never in the words of the exception, which may
 * quote whatever the other side sent.
 */
final class Trouble {
  private Trouble() {}

  static ConnectionException of(Throwable problem) {
    return Stream.iterate(problem, cause -> cause != null, Throwable::getCause)
        .limit(20)
        .toList()
        .reversed()
        .stream()
        .flatMap(cause -> Stream.ofNullable(sentence(cause)))
        .findFirst()
        .orElseGet(() ->
            new ConnectionException(
                "ConnectionLost", "its API server ended the connection without an answer"));
  }

  static ConnectionException noAnswer() {
    return new ConnectionException("NoAnswer", "its API server does not answer in time");
  }

  static ConnectionException notAnApiServer() {
    return new ConnectionException(
        "NotAnApiServer", "what answers at the address of its API server is none");
  }

  static ConnectionException tooLarge(int limit) {
    return new ConnectionException(
        "AnswerTooLarge",
        "its API server sends an answer of more than %d MiB".formatted(limit >> 20));
  }

  private static @Nullable ConnectionException sentence(Throwable cause) {
    return switch (cause) {
      case ConnectionException known -> known;
      case UnknownHostException _ ->
          new ConnectionException("HostUnknown", "the name of its API server is not known here");
      case NotSslRecordException _ -> notAnApiServer();
      case SslHandshakeTimeoutException _ -> noAnswer();
      case SSLException _ ->
          new ConnectionException(
              "TlsFailed",
              "the certificates of its API server and of the kubeconfig do not fit each other");
      case ConnectTimeoutException _ -> noAnswer();
      case TimeoutException _ -> noAnswer();
      case ProxyConnectException _ ->
          new ConnectionException("ProxyFailed", "the proxy of the kubeconfig does not connect");
      case NoRouteToHostException _ ->
          new ConnectionException("NoRoute", "there is no route to its API server");
      case ConnectException _ ->
          new ConnectionException("ConnectionRefused", "its API server refuses connections");
      case DecoderException _ -> notAnApiServer();
      case IllegalArgumentException _ -> notAnApiServer();
      case IOException _ -> null;
      default -> null;
    };
  }
}
