package dev.tranche.controlplane.connection;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lines as they arrive, for one reader. No more is taken from the other side than the reader has
 * asked for, and no line that is too long.
 */
final class LineStream implements AutoCloseable {
  private final HttpClientRequest request;
  private final HttpClientResponse response;
  private final BlockingQueue<Piece> pieces = new LinkedBlockingQueue<>();
  private @Nullable Buffer chunk;
  private int position;

  private sealed interface Piece {}

  private record Chunk(Buffer bytes) implements Piece {}

  private record End() implements Piece {}

  private record Broken(Throwable problem) implements Piece {}

  LineStream(HttpClientRequest request, HttpClientResponse response) {
    this.request = request;
    this.response = response;
    response.pause();
    response.exceptionHandler(problem -> pieces.add(new Broken(problem)));
    response.endHandler(end -> pieces.add(new End()));
    response.handler(bytes -> pieces.add(new Chunk(bytes)));
    response.fetch(1);
  }

  /**
   * The next line; blocks.
   *
   * @param patience how long nothing at all may arrive
   * @return null at the end
   * @throws ConnectionException where it breaks, says nothing for too long, or too much
   */
  byte @Nullable [] next(Duration patience) throws InterruptedException {
    var line = new ByteArrayOutputStream();
    while (true) {
      if (chunk == null) {
        var piece = pieces.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        switch (piece) {
          case null -> throw Trouble.noAnswer();
          case Broken(var problem) -> throw Trouble.of(problem);
          case End() -> {
            return null;
          }
          case Chunk(var bytes) -> {
            chunk = bytes;
            position = 0;
          }
        }
      }
      if (takeLine(chunk, line)) {
        return line.toByteArray();
      }
      chunk = null;
      response.fetch(1);
    }
  }

  /** Ends it, from any thread. */
  @Override
  public void close() {
    request.reset();
    pieces.add(new End());
  }

  private boolean takeLine(Buffer bytes, ByteArrayOutputStream line) {
    int end = position;
    while (end < bytes.length() && bytes.getByte(end) != '\n') {
      end++;
    }
    if (line.size() + end - position > Channel.MAX_ANSWER_BYTES) {
      throw Trouble.tooLarge(Channel.MAX_ANSWER_BYTES);
    }
    line.writeBytes(bytes.getBytes(position, end));
    position = end + 1;
    if (end < bytes.length()) {
      if (position >= bytes.length()) {
        chunk = null;
        response.fetch(1);
      }
      return true;
    }
    return false;
  }
}
