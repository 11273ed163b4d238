package dev.tranche.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;

/** What the demo says, made easy on the eye where somebody looks on. */
final class Terminal {
  private static final int USUAL_WIDTH = 80;
  private static final String INDENT = "     ";

  private final PrintStream out;
  private final boolean live;
  private final boolean colours;
  private final int width;
  private int steps;
  private int drawn;

  private Terminal(PrintStream out, boolean live, boolean colours, int width) {
    this.out = out;
    this.live = live;
    this.colours = colours;
    this.width = width;
  }

  /** The terminal that this runs in, or plain lines where there is none. */
  static Terminal open() {
    var out = new PrintStream(System.out, true, UTF_8);
    @SuppressWarnings("SystemConsoleNull") // since JDK 25 it is null again where nobody looks on
    var console = System.console();
    var live = console != null && console.isTerminal();
    return new Terminal(
        out, live, live && System.getenv("NO_COLOR") == null, live ? width() : USUAL_WIDTH);
  }

  /** Whether {@link #draw} shows anything. */
  boolean isLive() {
    return live;
  }

  void title(String text) {
    out.println();
    out.println(paint("1", text));
  }

  /** The next step begins. */
  void step(String text) {
    out.println();
    out.println(paint("1", "%2d.  %s".formatted(++steps, text)));
  }

  /** A command that a person could have typed. */
  void command(String text) {
    out.println(INDENT + paint("36", "$ " + text));
  }

  void line(String text) {
    out.println(INDENT + text);
  }

  /** Something to read on the side. */
  void aside(String text) {
    text.lines().forEach(line -> out.println(INDENT + paint("2", line)));
  }

  void good(String text) {
    out.println(INDENT + paint("32", "✔ ") + text);
  }

  void bad(String text) {
    out.println();
    out.println(paint("31", "✘ ") + text);
  }

  /** Shows lines in the place of those that were drawn last; nothing where nobody looks on. */
  void draw(List<String> lines) {
    if (!live) {
      return;
    }
    var frame = new StringBuilder();
    if (drawn > 0) {
      frame.append("\033[").append(drawn).append('A');
    }
    lines.forEach(line -> frame.append("\033[2K").append(INDENT).append(cut(line)).append('\n'));
    out.print(frame);
    out.flush();
    drawn = lines.size();
  }

  /** What is drawn stays; the next drawing goes below it. */
  void keep() {
    drawn = 0;
  }

  private String cut(String line) {
    var room = width - INDENT.length() - 1;
    return line.length() <= room ? line : line.substring(0, room - 1) + "…";
  }

  private String paint(String code, String text) {
    return colours ? "\033[%sm%s\033[0m".formatted(code, text) : text;
  }

  private static int width() {
    try {
      var stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      var size = new String(stty.getInputStream().readAllBytes(), UTF_8).strip().split(" ", -1);
      var columns = size.length == 2 ? Integer.parseInt(size[1]) : USUAL_WIDTH;
      return columns < 40 ? USUAL_WIDTH : columns;
    } catch (IOException | NumberFormatException e) {
      return USUAL_WIDTH;
    }
  }
}
