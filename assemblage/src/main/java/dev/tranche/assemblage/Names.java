package dev.tranche.assemblage;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Collectors;

/** Names that people can read, that Kubernetes accepts and that never collide. */
public final class Names {
  /** The longest label value, and so the longest name that Flux can write into one. */
  static final int MAX_LENGTH = 63;

  private static final int MAX_RELEASE = 53;

  private static final String ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
  private static final int HASH_LENGTH = 10;

  private Names() {}

  /** {@code <first>-<second>-<hash>}, a DNS label. */
  static String label(String first, String second, String hash) {
    return join(label(first), label(second), hash);
  }

  /** {@code <first>-<second>-<hash>}, a DNS subdomain that is short enough for a label value. */
  static String subdomain(String first, String second, String hash) {
    return join(subdomain(first), subdomain(second), hash);
  }

  /** {@code name} itself where it is short enough for a label value, else cut and with a hash. */
  public static String labelValue(String name) {
    return name.length() <= MAX_LENGTH
        ? name
        : cut(name, MAX_LENGTH - HASH_LENGTH - 1) + "-" + hash(name);
  }

  /**
   * A name for a Helm release: {@code name} itself where Helm takes it, else cut and with a hash.
   */
  static String release(String name) {
    return name.length() <= MAX_RELEASE && name.equals(subdomain(name))
        ? name
        : cut(label(name), MAX_RELEASE - HASH_LENGTH - 1) + "-" + hash(name);
  }

  /** Fifty bits of the hash of {@code parts}, which must not contain NUL. */
  static String hash(String... parts) {
    byte[] digest = sha256(String.join("\0", parts));
    var hash = new StringBuilder(HASH_LENGTH);
    for (int i = 0; i < HASH_LENGTH; i++) {
      int bit = i * 5;
      int window = (digest[bit / 8] & 0xff) << 8 | (digest[bit / 8 + 1] & 0xff);
      hash.append(ALPHABET.charAt(window >> (11 - bit % 8) & 31));
    }
    return hash.toString();
  }

  /** The first {@code length} hexadecimal digits of the SHA-256 of {@code text}. */
  public static String hexDigest(String text, int length) {
    return HexFormat.of().formatHex(sha256(text)).substring(0, length);
  }

  private static String join(String first, String second, String hash) {
    if (first.isEmpty() || second.isEmpty()) {
      String only = cut(first + second, MAX_LENGTH - HASH_LENGTH - 1);
      return only.isEmpty() ? hash : only + "-" + hash;
    }
    int room = MAX_LENGTH - HASH_LENGTH - 2;
    int forSecond = Math.min(second.length(), Math.max(room - first.length(), room / 2));
    return cut(first, room - forSecond) + "-" + cut(second, forSecond) + "-" + hash;
  }

  private static String label(String text) {
    return trim(text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-"));
  }

  private static String subdomain(String text) {
    return Arrays.stream(text.split("\\."))
        .map(Names::label)
        .filter(label -> !label.isEmpty())
        .collect(Collectors.joining("."));
  }

  private static String cut(String text, int length) {
    return text.length() <= length ? text : trim(text.substring(0, length));
  }

  private static String trim(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && isSeparator(text.charAt(start))) {
      start++;
    }
    while (end > start && isSeparator(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  private static boolean isSeparator(char c) {
    return c == '-' || c == '.';
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
