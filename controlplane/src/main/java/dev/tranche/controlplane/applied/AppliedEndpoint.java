package dev.tranche.controlplane.applied;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.applied.AppliedQuery.BadQueryException;
import dev.tranche.controlplane.applied.Callers.NoAnswerException;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code GET /v1/modules/NAMESPACE/NAME/applied?commit=…}, and the same of {@code
 * /v1/bootstrapmodules/}, to callers that may read that module. Where nobody answers yet, such as
 * on a replica that stands by, it says so.
 */
public final class AppliedEndpoint implements HttpHandler {
  private static final Logger log = LoggerFactory.getLogger(AppliedEndpoint.class);

  /** Where it is to be served. */
  public static final String PATH = "/v1/";

  private static final Pattern FORM =
      Pattern.compile(
          "/v1/(modules|bootstrapmodules)/([a-z0-9][-a-z0-9]{0,62})/([a-z0-9][-.a-z0-9]{0,252})/applied");

  /** What the resources of the API are called elsewhere. */
  private static final Map<String, String> KINDS =
      Map.of("modules", "Module", "bootstrapmodules", "BootstrapModule");

  private static final String BEARER = "Bearer ";

  private final ObjectMapper json = new ObjectMapper();
  private final AtomicReference<@Nullable Open> open = new AtomicReference<>();

  private record Open(Callers callers, AppliedAnswers answers) {}

  private record Problem(String message) {}

  private record Reply(int status, Object body) {}

  /**
   * Begins to answer.
   *
   * @param client may create TokenReviews and SubjectAccessReviews
   */
  public void open(KubernetesClient client, AppliedAnswers answers) {
    open.set(new Open(new Callers(client), answers));
  }

  /** Answers nobody any longer. */
  public void close() {
    open.set(null);
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Reply reply;
      try {
        reply = reply(exchange);
      } catch (NoAnswerException e) {
        exchange.getResponseHeaders().set("Retry-After", "2");
        // On another connection, a Service may lead to the replica that works.
        exchange.getResponseHeaders().set("Connection", "close");
        reply = new Reply(503, new Problem(String.valueOf(e.getMessage())));
      } catch (RuntimeException e) {
        log.atError().setCause(e).log("a question could not be answered");
        reply = new Reply(500, new Problem("the control plane failed on this; its log says how"));
      }
      write(exchange, reply);
    }
  }

  private Reply reply(HttpExchange exchange) {
    var request = exchange.getRequestURI();
    var path = FORM.matcher(String.valueOf(request.getRawPath()));
    if (!path.matches()) {
      return new Reply(404, new Problem("not found"));
    }
    if (!exchange.getRequestMethod().equals("GET")) {
      exchange.getResponseHeaders().set("Allow", "GET");
      return new Reply(405, new Problem("only GET is answered here"));
    }
    var now = open.get();
    if (now == null) {
      throw new NoAnswerException("this replica does not work at the moment; ask again");
    }
    var caller = bearer(exchange).flatMap(now.callers()::of).orElse(null);
    if (caller == null) {
      exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer realm=\"tranche\"");
      return new Reply(
          401,
          new Problem(
              "send a valid token of this cluster in the header 'Authorization: Bearer …'"));
    }
    AppliedQuery query;
    try {
      query = AppliedQuery.parse(request.getRawQuery());
    } catch (BadQueryException e) {
      return new Reply(400, new Problem(String.valueOf(e.getMessage())));
    }
    var resource = path.group(1);
    var kind = String.valueOf(KINDS.get(resource));
    var module = new ObjectKey(path.group(2), path.group(3));
    // Whoever may not see a module is not to learn whether there is one.
    var answer =
        now.callers().maySee(caller, resource, module)
            ? now.answers().of(kind, module, query.commit())
            : Optional.<Applied>empty();
    return answer
        .map(applied -> new Reply(200, Page.of(applied, query)))
        .orElseGet(() ->
            new Reply(
                404,
                new Problem("there is no %s %s, or you may not see it".formatted(kind, module))));
  }

  private static Optional<String> bearer(HttpExchange exchange) {
    var header = exchange.getRequestHeaders().getFirst("Authorization");
    if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return Optional.empty();
    }
    var token = header.substring(BEARER.length()).strip();
    return token.isEmpty() ? Optional.empty() : Optional.of(token);
  }

  private void write(HttpExchange exchange, Reply reply) throws IOException {
    var body = bytes(reply.body());
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(reply.status(), -1);
      return;
    }
    exchange.sendResponseHeaders(reply.status(), body.length);
    exchange.getResponseBody().write(body);
  }

  private byte[] bytes(Object body) {
    try {
      return json.writeValueAsBytes(body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
