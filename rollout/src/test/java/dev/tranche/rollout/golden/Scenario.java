package dev.tranche.rollout.golden;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.tranche.rollout.Share;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is played.
 *
 * @param story what it shows
 * @param rollout how the target is to be reached
 * @param runs the revision that all clusters have in the beginning, rolled out completely; null
 *     where they have nothing
 * @param target the revision that is to be rolled out
 * @param clusters the labels of the clusters, by name
 * @param behaves how clusters behave, by name, in the form of {@link Behaviour}; those that are not
 *     here succeed after 30 seconds
 * @param events what happens, in order
 * @param until when the log ends; null where it ends once nothing is to happen any more
 */
record Scenario(
    String story,
    PolicyText rollout,
    @Nullable String runs,
    String target,
    Map<String, Map<String, String>> clusters,
    Map<String, List<Behaviour>> behaves,
    List<Event> events,
    @Nullable Duration until) {
  private static final ObjectMapper YAML =
      YAMLMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .addModule(
              new SimpleModule()
                  .addDeserializer(Duration.class, from(Duration.class, Scenario::duration))
                  .addDeserializer(Share.class, from(Share.class, Scenario::share))
                  .addDeserializer(Behaviour.class, from(Behaviour.class, Behaviour::parse)))
          .build();

  Scenario {
    behaves = Objects.requireNonNullElse(behaves, Map.of());
    events = Objects.requireNonNullElse(events, List.of());
  }

  static Scenario read(Path file) throws IOException {
    return YAML.readValue(file.toFile(), Scenario.class);
  }

  /** As Go and Kubernetes write it, such as {@code 1h30m}. */
  static Duration duration(String text) {
    return Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
  }

  private static Share share(String text) {
    return text.endsWith("%")
        ? new Share.Percent(Integer.parseInt(text.substring(0, text.length() - 1)))
        : new Share.Count(Integer.parseInt(text));
  }

  private static <T> StdScalarDeserializer<T> from(Class<T> type, Function<String, T> parse) {
    return new StdScalarDeserializer<>(type) {
      @Override
      public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        return parse.apply(parser.getText());
      }
    };
  }
}
