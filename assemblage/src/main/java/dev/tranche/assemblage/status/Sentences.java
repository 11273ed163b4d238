package dev.tranche.assemblage.status;

/** Texts for people, in a status of bounded size. */
public final class Sentences {
  /** The longest message that is written anywhere. */
  static final int MAX_LENGTH = 1024;

  private Sentences() {}

  /** {@code text}, cut at {@code length} such that one sees it. */
  public static String bounded(String text, int length) {
    if (text.length() <= length) {
      return text;
    }
    int end = length - 1;
    // Half of a surrogate pair is not text.
    if (Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end) + "…";
  }

  /** {@code text}, cut where it is longer than any message may be. */
  public static String bounded(String text) {
    return bounded(text, MAX_LENGTH);
  }
}
