package dev.tranche.controlplane.applied;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a caller asks.
 *
 * @param commit in lower case
 * @param clusters whether to list the clusters
 * @param cluster the only one to list; null for all
 * @param limit how many to list at most
 * @param after the cluster that the page before ended with; null on the first one
 */
record AppliedQuery(
    String commit, boolean clusters, @Nullable String cluster, int limit, @Nullable String after) {
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{4,64}");
  private static final int LIMIT = 500;
  private static final int LARGEST_LIMIT = 5_000;
  private static final Set<String> NAMES =
      Set.of("commit", "clusters", "cluster", "limit", "continue");

  /** A question that cannot be answered; the message says what to ask instead. */
  static final class BadQueryException extends Exception {
    private static final long serialVersionUID = 1;

    BadQueryException(String message) {
      super(message);
    }
  }

  /**
   * Reads the query of a URL.
   *
   * @param raw as it was sent; null where there was none
   */
  static AppliedQuery parse(@Nullable String raw) throws BadQueryException {
    var given = parameters(raw == null ? "" : raw);
    var commit = given.getOrDefault("commit", "").toLowerCase(Locale.ROOT);
    if (!COMMIT.matcher(commit).matches()) {
      throw new BadQueryException(
          "commit has to be 4 to 64 hexadecimal digits: a commit, or the beginning of one");
    }
    return new AppliedQuery(
        commit,
        switch (given.getOrDefault("clusters", "false")) {
          case "true" -> true;
          case "false" -> false;
          default -> throw new BadQueryException("clusters has to be true or false");
        },
        given.get("cluster"),
        limit(given.get("limit")),
        after(given.get("continue")));
  }

  private static Map<String, String> parameters(String raw) throws BadQueryException {
    var given = new HashMap<String, String>();
    for (var part : raw.isEmpty() ? new String[0] : raw.split("&", -1)) {
      int equals = part.indexOf('=');
      var name = decoded(equals < 0 ? part : part.substring(0, equals));
      if (!NAMES.contains(name)) {
        throw new BadQueryException(
            "there is no such parameter; there are commit, clusters, cluster, limit and continue");
      }
      if (given.put(name, equals < 0 ? "" : decoded(part.substring(equals + 1))) != null) {
        throw new BadQueryException(name + " is there twice");
      }
    }
    return given;
  }

  private static String decoded(String text) throws BadQueryException {
    try {
      return URLDecoder.decode(text, UTF_8);
    } catch (IllegalArgumentException e) {
      throw new BadQueryException("the query is not encoded as a URL demands");
    }
  }

  private static int limit(@Nullable String text) throws BadQueryException {
    if (text == null) {
      return LIMIT;
    }
    if (!text.matches("[0-9]{1,4}")
        || Integer.parseInt(text) < 1
        || Integer.parseInt(text) > LARGEST_LIMIT) {
      throw new BadQueryException("limit has to be a number from 1 to " + LARGEST_LIMIT);
    }
    return Integer.parseInt(text);
  }

  private static @Nullable String after(@Nullable String token) throws BadQueryException {
    try {
      return token == null ? null : new String(Base64.getUrlDecoder().decode(token), UTF_8);
    } catch (IllegalArgumentException e) {
      throw new BadQueryException("continue has to be what the page before said");
    }
  }
}
