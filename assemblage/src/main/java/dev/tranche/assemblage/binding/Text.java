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
}
