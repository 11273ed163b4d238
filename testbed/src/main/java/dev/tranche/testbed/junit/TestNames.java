package dev.tranche.testbed.junit;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Names for what belongs to a test, which tell a reader which test that is. */
final class TestNames {
  private static final AtomicInteger COUNTER = new AtomicInteger();
  // Leaves room for what products append to the name of a namespace.
  private static final int LONGEST = 40;

  private TestNames() {}

  /** A name that is valid for a namespace and that no other test of this JVM has. */
  static String next(ExtensionContext context) {
    var readable = readable(context);
    var shortened = readable.length() <= LONGEST ? readable : readable.substring(0, LONGEST);
    return shortened.replaceAll("-+$", "") + "-" + COUNTER.incrementAndGet();
  }

  /** Class and method in kebab case. */
  static String readable(ExtensionContext context) {
    var type = context.getRequiredTestClass().getSimpleName().replaceAll("Test$", "");
    var method = context.getTestMethod().map(found -> "-" + found.getName()).orElse("");
    return (type + method)
        .replaceAll("([a-z0-9]|[A-Z](?=[A-Z][a-z]))([A-Z])", "$1-$2")
        .replaceAll("[^A-Za-z0-9]+", "-")
        .toLowerCase(Locale.ROOT);
  }
}
