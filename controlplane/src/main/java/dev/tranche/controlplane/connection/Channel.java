package dev.tranche.controlplane.connection;

import dev.tranche.controlplane.kubeconfig.ApiServerAccess;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One API server as one kubeconfig reaches it. Every call ends by its deadline, however little the
 * other side says or however much.
 */
final class Channel implements AutoCloseable {
  /** More than an object can have in etcd, with the fields that say who owns what of it. */
  static final int MAX_ANSWER_BYTES = 4 << 20;

  private static final int HTTPS = 443;
  private static final int OK = 200;

  private final HttpClient client;
  private final ApiServerAccess access;
  private final String basePath;

  Channel(HttpClient client, ApiServerAccess access) {
    this.client = client;
    this.access = access;
    var path = access.server().getRawPath();
    this.basePath = path == null ? "" : path.replaceAll("/+$", "");
  }

  /**
   * Asks something; blocks.
   *
   * @param contentType of {@code body}; null where there is none
   * @throws ConnectionException where no answer came that can be used
   */
  Answer call(
      HttpMethod method,
      String path,
      @Nullable String contentType,
      byte @Nullable [] body,
      Duration deadline) {
    var options = options(method, path);
    if (contentType != null) {
      options.putHeader("Content-Type", contentType);
    }
    return exchange(
        options,
        body,
        deadline,
        (exchange, answer) -> collect(exchange.response, answer, exchange));
  }

  /**
   * Opens a stream of lines, such as a watch; blocks until it begins.
   *
   * @throws ConnectionException where it does not begin
   */
  LineStream stream(String path, Duration deadline) {
    return this.<LineStream>exchange(
        options(HttpMethod.GET, path),
        null,
        deadline,
        (exchange, stream) -> {
          if (exchange.response.statusCode() == OK) {
            stream.complete(new LineStream(exchange.request, exchange.response));
            return;
          }
          var refusal = new CompletableFuture<Answer>();
          collect(exchange.response, refusal, exchange);
          var _ =
              refusal.whenComplete((answer, problem) ->
                  stream.completeExceptionally(
                      problem != null ? problem : new RefusedStreamException(answer)));
        });
  }

  /** As whom it is used. */
  ApiServerAccess access() {
    return access;
  }

  @Override
  public void close() {
    client.close();
  }

  /** A stream that was not opened, with the answer that came instead. */
  static final class RefusedStreamException extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Answer answer;

    RefusedStreamException(Answer answer) {
      super(null, null, false, false);
      this.answer = answer;
    }
  }

  private record Exchange(HttpClientRequest request, HttpClientResponse response) {}

  private <T> T exchange(
      RequestOptions options,
      byte @Nullable [] body,
      Duration deadline,
      BiConsumer<Exchange, CompletableFuture<T>> whenAnswered) {
    var result = new CompletableFuture<T>();
    var underway = new AtomicReference<@Nullable HttpClientRequest>();
    requested(options)
        .onFailure(result::completeExceptionally)
        .onSuccess(request -> {
          underway.set(request);
          request.exceptionHandler(result::completeExceptionally);
          if (result.isDone()) {
            request.reset();
            return;
          }
          request
              .response()
              .onFailure(result::completeExceptionally)
              .onSuccess(response -> whenAnswered.accept(new Exchange(request, response), result));
          (body == null ? request.end() : request.end(Buffer.buffer(body)))
              .onFailure(result::completeExceptionally);
        });
    try {
      return result.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RefusedStreamException refused) {
        throw Api.refusal(refused.answer, access);
      }
      throw Trouble.of(e);
    } catch (TimeoutException e) {
      giveUp(result, underway);
      throw Trouble.noAnswer();
    } catch (InterruptedException e) {
      giveUp(result, underway);
      Thread.currentThread().interrupt();
      throw new ConnectionException("Stopping", "the control plane is stopping");
    }
  }

  private Future<HttpClientRequest> requested(RequestOptions options) {
    try {
      return client.request(options);
    } catch (IllegalStateException e) {
      // It was closed meanwhile.
      return Future.failedFuture(new ConnectException());
    }
  }

  private static void giveUp(
      CompletableFuture<?> result, AtomicReference<@Nullable HttpClientRequest> underway) {
    boolean late = !result.cancel(false);
    if (late && result.resultNow() instanceof LineStream stream) {
      stream.close();
      return;
    }
    var request = underway.get();
    if (request != null) {
      request.reset();
    }
  }

  private static void collect(
      HttpClientResponse response, CompletableFuture<Answer> answer, Exchange exchange) {
    var body = Buffer.buffer();
    response.exceptionHandler(answer::completeExceptionally);
    response.handler(chunk -> {
      if (body.length() + chunk.length() > MAX_ANSWER_BYTES) {
        answer.completeExceptionally(Trouble.tooLarge(MAX_ANSWER_BYTES));
        exchange.request.reset();
      } else {
        body.appendBuffer(chunk);
      }
    });
    response.endHandler(end -> answer.complete(new Answer(response.statusCode(), body)));
  }

  private RequestOptions options(HttpMethod method, String path) {
    var server = access.server();
    int port = server.getPort() < 0 ? HTTPS : server.getPort();
    var host = server.getHost().replaceAll("^\\[|]$", "");
    var options =
        new RequestOptions()
            .setMethod(method)
            .setHost(host)
            .setPort(port)
            .setSsl(true)
            .setURI(basePath + path)
            .putHeader("Accept", "application/json")
            .putHeader("User-Agent", "tranche-controlplane");
    if (access.tlsServerName() != null) {
      options
          .setServer(SocketAddress.inetSocketAddress(port, host))
          .setHost(access.tlsServerName());
    }
    if (access.authorization() != null) {
      options.putHeader("Authorization", access.authorization());
    }
    access
        .impersonation()
        .forEach((header, values) -> options.putHeader(header, List.<CharSequence>copyOf(values)));
    return options;
  }
}
