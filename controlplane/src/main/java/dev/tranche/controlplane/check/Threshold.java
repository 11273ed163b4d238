package dev.tranche.controlplane.check;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Holds the result of a query against limits. Numbers are compared as Prometheus does, in double
 * precision; a limit itself is within.
 *
 * @param min each value is at least this
 * @param max each value is at most this
 * @param quote makes what a server says fit for a sentence
 */
record Threshold(@Nullable BigDecimal min, @Nullable BigDecimal max, UnaryOperator<String> quote) {
  private static final int LONGEST_NUMBER = 64;

  /** What the values say; the sentences stand for themselves. */
  sealed interface Verdict {
    /** All are within. */
    record Within() implements Verdict {}

    /** One is outside. */
    record Outside(String sentence) implements Verdict {}

    /** They say nothing. */
    record Nothing(String sentence) implements Verdict {}
  }

  private record Sample(String name, String text, double value) {}

  /** Judges the body of an answer whose {@code status} is {@code success}. */
  Verdict judge(JsonNode body) {
    if (min == null && max == null) {
      return new Verdict.Nothing("the check has neither min nor max");
    }
    // Thanos and others that ask further servers answer with what they have, and warn.
    var warning = body.path("warnings").path(0);
    if (!warning.isMissingNode()) {
      return new Verdict.Nothing("the answer may be incomplete: " + quote.apply(warning.asText()));
    }
    var type = body.path("data").path("resultType").asText();
    var result = body.path("data").path("result");
    return switch (type) {
      case "scalar" -> judge(List.of(sample("the value", result)));
      case "vector" -> judge(samples(result));
      default ->
          new Verdict.Nothing(
              "the query's result is no scalar and no instant vector but \"%s\""
                  .formatted(quote.apply(type)));
    };
  }

  private Verdict judge(List<Optional<Sample>> samples) {
    if (samples.isEmpty()) {
      return new Verdict.Nothing("the query found nothing");
    }
    var outside =
        samples.stream()
            .flatMap(Optional::stream)
            .flatMap(sample -> violation(sample).stream())
            .toList();
    if (!outside.isEmpty()) {
      var others = outside.size() - 1;
      return new Verdict.Outside(
          outside.getFirst()
              + switch (others) {
                case 0 -> "";
                case 1 -> ", and 1 more is outside";
                default -> ", and %d more are outside".formatted(others);
              });
    }
    for (var sample : samples) {
      if (sample.isEmpty()) {
        return new Verdict.Nothing("a value of the query's result is no number");
      }
      if (Double.isNaN(sample.get().value())) {
        return new Verdict.Nothing(sample.get().name() + " is NaN");
      }
    }
    return new Verdict.Within();
  }

  private Optional<String> violation(Sample sample) {
    if (min != null && sample.value() < min.doubleValue()) {
      return Optional.of("min is %s, and %s is %s".formatted(min, sample.name(), sample.text()));
    }
    if (max != null && sample.value() > max.doubleValue()) {
      return Optional.of("max is %s, and %s is %s".formatted(max, sample.name(), sample.text()));
    }
    return Optional.empty();
  }

  private List<Optional<Sample>> samples(JsonNode vector) {
    var samples = new ArrayList<Optional<Sample>>();
    vector.forEach(
        sample -> samples.add(sample(name(sample.path("metric")), sample.path("value"))));
    return samples;
  }

  /** From a pair of time and value; empty where it is none, as with a histogram. */
  private Optional<Sample> sample(String name, JsonNode pair) {
    var text = pair.path(1).asText();
    if (pair.size() != 2 || text.length() > LONGEST_NUMBER) {
      return Optional.empty();
    }
    try {
      var value =
          switch (text) {
            case "NaN" -> Double.NaN;
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> new BigDecimal(text).doubleValue();
          };
      return Optional.of(new Sample(name, text, value));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** As people write a series: {@code name{label="value"}}. */
  private String name(JsonNode metric) {
    var labels =
        metric.properties().stream()
            .filter(label -> !label.getKey().equals("__name__"))
            .map(label -> "%s=\"%s\"".formatted(label.getKey(), label.getValue().asText()))
            .collect(joining(", "));
    var name = metric.path("__name__").asText() + (labels.isEmpty() ? "" : "{" + labels + "}");
    return name.isEmpty() ? "the value" : quote.apply(name);
  }
}
