package dev.tranche.assemblage.binding;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A text that mentions bindings as {@code $(NAME)} and writes that literally as {@code $$(NAME)}.
 *
 * <p>Anything else stays as it is, such as {@code $(date +%s)}, which is no name.
 */
record Text(List<Part> parts) {
  private static final Pattern MENTION = Pattern.compile("(\\$\\$?)\\(([A-Za-z_][A-Za-z0-9_]*)\\)");
  private static final Pattern LOOKS_LIKE_ONE = Pattern.compile("\\$\\([A-Za-z_][A-Za-z0-9_]*\\)");
  private static final Pattern DOLLARS_AT_THE_END = Pattern.compile("\\$+\\z");

  /** A piece of a text. */
  sealed interface Part {}

  record Literal(String text) implements Part {}

  record Mention(String name) implements Part {}

  Text {
    parts = List.copyOf(parts);
  }

  /** Whether {@link #parse} may find anything but a literal in it; never wrongly false. */
  static boolean mayMention(String text) {
    return text.contains("$(");
  }

  static Text parse(String text) {
    var parts = new ArrayList<Part>();
    var literal = new StringBuilder();
    var matcher = MENTION.matcher(text);
    int end = 0;
    while (matcher.find()) {
      literal.append(text, end, matcher.start());
      if (matcher.group(1).length() == 2) {
        literal.append(text, matcher.start() + 1, matcher.end());
      } else {
        if (!literal.isEmpty()) {
          parts.add(new Literal(literal.toString()));
          literal.setLength(0);
        }
        parts.add(new Mention(matcher.group(2)));
      }
      end = matcher.end();
    }
    literal.append(text, end, text.length());
    if (!literal.isEmpty()) {
      parts.add(new Literal(literal.toString()));
    }
    return new Text(parts);
  }

  /** The names that are mentioned, in order. */
  List<String> mentions() {
    return parts.stream().filter(Mention.class::isInstance).map(p -> ((Mention) p).name()).toList();
  }

  /** The text itself, where it mentions nothing. */
  String literal() {
    var literal = new StringBuilder();
    for (var part : parts) {
      switch (part) {
        case Literal(String text) -> literal.append(text);
        case Mention(String name) ->
            throw new IllegalStateException("mentions " + name + ", which is not replaced");
      }
    }
    return literal.toString();
  }

  /**
   * The string that {@link #parse} reads as this text.
   *
   * @param dollar the name of a binding whose value is a dollar sign. A dollar sign right before a
   *     mention is written as a mention of it, since {@code $$(NAME)} would be an escape
   */
  String written(String dollar) {
    var written = new StringBuilder();
    var literal = new StringBuilder();
    for (var part : parts) {
      switch (part) {
        case Literal(String text) -> literal.append(text);
        case Mention(String name) -> {
          var escaped = escaped(literal);
          var end = DOLLARS_AT_THE_END.matcher(escaped);
          written.append(
              end.replaceAll(run -> "\\$(%s)".formatted(dollar).repeat(run.group().length())));
          written.append("$(").append(name).append(')');
          literal.setLength(0);
        }
      }
    }
    return written.append(escaped(literal)).toString();
  }

  /** Whether {@link #written} mentions the dollar sign. */
  boolean hasDollarBeforeMention() {
    for (int i = 1; i < parts.size(); i++) {
      if (parts.get(i) instanceof Mention
          && parts.get(i - 1) instanceof Literal(String text)
          && text.endsWith("$")) {
        return true;
      }
    }
    return false;
  }

  private static String escaped(CharSequence literal) {
    return LOOKS_LIKE_ONE.matcher(literal).replaceAll("\\$$0");
  }
}
