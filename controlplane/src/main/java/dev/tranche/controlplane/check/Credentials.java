package dev.tranche.controlplane.check;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tranche.assemblage.kube.ObjectKey;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a server is told of who asks, and how it is known.
 *
 * @param authorization the header's value; null where there is none
 * @param ca the certificates in PEM that the server's is signed by; null for those that everybody
 *     trusts
 * @param hidden what no message may contain
 */
record Credentials(@Nullable String authorization, @Nullable String ca, List<String> hidden) {
  private static final int LONGEST_QUOTE = 200;
  static final Credentials NONE = new Credentials(null, null, List.of());

  /**
   * From the content of a Secret.
   *
   * @throws UnanswerableException where they are not complete
   */
  static Credentials of(ObjectKey secret, Map<String, String> content) {
    var token = content.get("token");
    var username = content.get("username");
    var password = content.get("password");
    var ca = content.get("ca.crt");
    String authorization = null;
    var hidden = Stream.<String>builder();
    if (token != null) {
      authorization = "Bearer " + header(secret, "token", token);
      hidden.add(token.strip());
    } else if (username != null && password != null) {
      var encoded = Base64.getEncoder().encodeToString((username + ":" + password).getBytes(UTF_8));
      authorization = "Basic " + encoded;
      hidden.add(encoded).add(password);
    } else if (username != null || password != null) {
      throw new UnanswerableException(
          "Secret %s has only one of the keys username and password".formatted(secret));
    } else if (ca == null) {
      throw new UnanswerableException(
          "Secret %s has none of the keys token, username, password and ca.crt".formatted(secret));
    }
    return new Credentials(
        authorization, ca, hidden.build().filter(value -> !value.isBlank()).toList());
  }

  /** What a server said, as part of a sentence: one line, not too long, and nothing secret. */
  String quote(String text) {
    var clean = text;
    for (var secret : hidden) {
      clean = clean.replace(secret, "…");
    }
    // Shortened last: half a secret is one, too.
    var line = clean.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    return line.codePointCount(0, line.length()) <= LONGEST_QUOTE
        ? line
        : line.substring(0, line.offsetByCodePoints(0, LONGEST_QUOTE)) + "…";
  }

  private static String header(ObjectKey secret, String key, String value) {
    var line = value.strip(); // a file that a Secret is made from ends with a line feed
    if (line.isEmpty() || !line.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new UnanswerableException(
          "%s of Secret %s is empty or has characters that a header cannot carry"
              .formatted(key, secret));
    }
    return line;
  }
}
