package dev.tranche.controlplane.oci;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Questions to one repository of a registry, by one thread. Nothing is downloaded but lists of tags
 * and, where a registry does not say the digest by itself, a manifest.
 */
public final class OciQuestions implements AutoCloseable {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final int LARGEST_ANSWER = 4 << 20;
  private static final String MANIFESTS =
      "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
          + "application/vnd.docker.distribution.manifest.list.v2+json, "
          + "application/vnd.docker.distribution.manifest.v2+json";
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}");
  private static final Pattern PARAMETER = Pattern.compile("([a-z]+)=\"([^\"]*)\"");
  private static final Pattern NEXT = Pattern.compile("<([^>]+)>\\s*;\\s*rel=\"?next\"?");

  private final OciRemote remote;
  private final URI api;
  private final HttpClient http;
  private final Optional<String> basic;
  private final long end;
  private @Nullable String authorization;

  private OciQuestions(
      OciRemote remote, URI api, HttpClient http, Optional<String> basic, Duration deadline) {
    this.remote = remote;
    this.api = api;
    this.http = http;
    this.basic = basic;
    this.end = System.nanoTime() + deadline.toNanos();
  }

  /**
   * Asks nothing yet.
   *
   * @param deadline from now until the last answer has to be there
   * @throws OciException where the remote cannot be asked as it is described
   */
  public static OciQuestions to(OciRemote remote, Duration deadline) throws OciException {
    return new OciQuestions(
        remote,
        remote.api(),
        OciAccess.client(remote, deadline),
        OciAccess.authorization(remote),
        deadline);
  }

  /**
   * The digest of the manifest, or the index, that a tag stands for now.
   *
   * @return {@code sha256:…}; empty where there is no such tag
   */
  public Optional<String> digest(String tag) throws OciException, InterruptedException {
    var place = api.resolve("manifests/" + encoded(tag));
    var response = ask("HEAD", place);
    if (response.statusCode() == HttpURLConnection.HTTP_NOT_FOUND) {
      return Optional.empty();
    }
    check(response);
    var stated = response.headers().firstValue("Docker-Content-Digest");
    if (stated.isPresent()) {
      return Optional.of(digestOf(stated.get()));
    }
    var manifest = ask("GET", place);
    check(manifest);
    return Optional.of(sha256(manifest.body()));
  }

  /** All tags. */
  public List<String> tags() throws OciException, InterruptedException {
    var tags = new ArrayList<String>();
    URI page = api.resolve("tags/list?n=1000");
    while (page != null) {
      var response = ask("GET", page);
      if (response.statusCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        throw failure(OciException.REPOSITORY_NOT_FOUND, "is not there");
      }
      check(response);
      json(response.body()).path("tags").forEach(tag -> tags.add(tag.asText()));
      page = next(page, response);
    }
    return tags;
  }

  @Override
  public void close() {
    http.shutdownNow();
  }

  private @Nullable URI next(URI page, HttpResponse<byte[]> response) throws OciException {
    var link = NEXT.matcher(response.headers().firstValue("Link").orElse(""));
    if (!link.find()) {
      return null;
    }
    try {
      var next = page.resolve(link.group(1));
      if (next.getRawAuthority().equals(page.getRawAuthority())
          && next.getScheme().equals(page.getScheme())
          && !next.equals(page)) {
        return next;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw failure(OciException.INVALID_ANSWER, "lists its tags in a way that is not understood");
  }

  /** Asks; where the registry wants to know who asks, says it and asks again. */
  private HttpResponse<byte[]> ask(String method, URI place)
      throws OciException, InterruptedException {
    var response = send(request(method, place, authorization));
    if (response.statusCode() != HttpURLConnection.HTTP_UNAUTHORIZED) {
      return response;
    }
    var challenge = response.headers().firstValue("WWW-Authenticate").orElse("");
    if (challenge.regionMatches(true, 0, "Bearer ", 0, 7)) {
      authorization = "Bearer " + token(challenge);
    } else if (challenge.regionMatches(true, 0, "Basic", 0, 5) && basic.isPresent()) {
      authorization = basic.get();
    } else {
      throw failure(OciException.AUTHENTICATION_FAILED, "wants credentials, in secretRef");
    }
    return send(request(method, place, authorization));
  }

  private String token(String challenge) throws OciException, InterruptedException {
    @Nullable String realm = null;
    var query = new ArrayList<String>();
    var parameters = PARAMETER.matcher(challenge);
    while (parameters.find()) {
      if (parameters.group(1).equals("realm")) {
        realm = parameters.group(2);
      } else if (parameters.group(1).matches("service|scope")) {
        query.add(parameters.group(1) + "=" + encoded(parameters.group(2)));
      }
    }
    if (realm == null || !realm.matches(remote.insecure() ? "https?://.+" : "https://.+")) {
      throw failure(OciException.INVALID_ANSWER, "sends to a place for tokens that is not asked");
    }
    URI place;
    try {
      place = URI.create(realm + (realm.contains("?") ? "&" : "?") + String.join("&", query));
    } catch (IllegalArgumentException e) {
      throw failure(OciException.INVALID_ANSWER, "sends to a place for tokens that is no URL");
    }
    var response = send(request("GET", place, basic.orElse(null)));
    if (response.statusCode() != HttpURLConnection.HTTP_OK) {
      throw response.statusCode() >= HttpURLConnection.HTTP_INTERNAL_ERROR
          ? failure(OciException.SERVER_ERROR, "gives no token: " + response.statusCode())
          : failure(
              OciException.AUTHENTICATION_FAILED,
              "takes no such credentials: " + response.statusCode());
    }
    var answer = json(response.body());
    var token = answer.path("token").asText(answer.path("access_token").asText());
    if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw failure(OciException.INVALID_ANSWER, "gives a token that is none");
    }
    return token;
  }

  private HttpRequest request(String method, URI place, @Nullable String authorization) {
    var request =
        HttpRequest.newBuilder(place)
            .timeout(Duration.ofNanos(Math.max(1, end - System.nanoTime())))
            .header("Accept", MANIFESTS + ", application/json")
            .method(method, HttpRequest.BodyPublishers.noBody());
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    return request.build();
  }

  private HttpResponse<byte[]> send(HttpRequest request) throws OciException, InterruptedException {
    var answer =
        http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST_ANSWER));
    try {
      // The timeout of a request ends with the headers of its answer.
      return answer.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw timedOut();
    } catch (ExecutionException e) {
      throw switch (e.getCause()) {
        case HttpTimeoutException _ -> timedOut();
        case SSLException _ ->
            failure(
                OciException.CERTIFICATE_REFUSED,
                "shows a certificate that is not trusted, or wants one; both belong into certSecretRef");
        case null, default -> failure(OciException.UNREACHABLE, "cannot be reached");
      };
    } finally {
      answer.cancel(true);
    }
  }

  private OciException timedOut() {
    return failure(OciException.TIMED_OUT, "did not answer completely in time");
  }

  private void check(HttpResponse<?> response) throws OciException {
    int status = response.statusCode();
    if (status == HttpURLConnection.HTTP_OK) {
      return;
    }
    if (status == HttpURLConnection.HTTP_UNAUTHORIZED) {
      throw failure(OciException.AUTHENTICATION_FAILED, "takes no such credentials");
    }
    if (status == HttpURLConnection.HTTP_FORBIDDEN) {
      throw failure(OciException.PERMISSION_DENIED, "does not permit to read it");
    }
    if (status == 429 || status >= HttpURLConnection.HTTP_INTERNAL_ERROR) {
      throw failure(OciException.SERVER_ERROR, "answers with status " + status);
    }
    throw failure(OciException.INVALID_ANSWER, "answers with status " + status);
  }

  private String digestOf(String stated) throws OciException {
    if (!DIGEST.matcher(stated).matches()) {
      throw failure(OciException.INVALID_ANSWER, "states a digest that is none");
    }
    return stated;
  }

  private JsonNode json(byte[] body) throws OciException {
    try {
      return MAPPER.readTree(new String(body, StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw failure(OciException.INVALID_ANSWER, "answers with something that is no JSON");
    }
  }

  private OciException failure(String reason, String what) {
    return new OciException(reason, "%s %s".formatted(remote.place(), what));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String sha256(byte[] body) {
    try {
      return "sha256:"
          + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
