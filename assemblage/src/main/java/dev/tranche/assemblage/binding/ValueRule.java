package dev.tranche.assemblage.binding;

import static dev.tranche.assemblage.binding.Resolution.Reason.INVALID_VALUE;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.crd.v1alpha1.Sync;
import io.fabric8.generator.annotation.Size;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the schema asks of one string of a sync. The API server checked the string with its mentions
 * in it; with values in their place it has to be checked again.
 *
 * @param pattern null where any will do
 * @param shape what is asked beside the schema
 */
record ValueRule(@Nullable Pattern pattern, long min, long max, Shape shape) {

  /** What strings of a certain use must be, beyond their schema. */
  enum Shape {
    ANY,
    URL,
    PATH
  }

  private static final Pattern HOST = Pattern.compile("^[a-z]+://([^/@]*@)?[^/:@]+.*$");
  private static final int SHOWN = 200;

  /** The rule for the string at {@code path} in the JSON of a sync. */
  static ValueRule of(List<String> path) {
    Type type = Sync.class;
    @Nullable Field field = null;
    for (var step : path) {
      switch (type) {
        case ParameterizedType container -> {
          type = container.getActualTypeArguments()[container.getActualTypeArguments().length - 1];
          field = null;
        }
        // Values of a chart, of which the schema knows nothing.
        case Class<?> any when any == JsonNode.class -> field = null;
        case Class<?> object -> {
          field = field(object, step);
          type = field.getGenericType();
        }
        default -> throw new IllegalStateException("a sync has no " + path);
      }
    }
    if (field == null) {
      return new ValueRule(null, 0, Long.MAX_VALUE, Shape.ANY);
    }
    var pattern = field.getAnnotation(io.fabric8.generator.annotation.Pattern.class);
    var size = field.getAnnotation(Size.class);
    return new ValueRule(
        pattern == null ? null : Pattern.compile(pattern.value()),
        size == null ? 0 : Math.max(0, size.min()),
        size == null ? Long.MAX_VALUE : size.max(),
        shape(field));
  }

  /** Passes if {@code value} may stand at {@code where}. */
  void check(String where, String value) throws UnresolvableException {
    @Nullable String demand = unmetDemand(value);
    if (demand != null) {
      throw new UnresolvableException(
          INVALID_VALUE,
          "%s is \"%s\" after its bindings are replaced; it must %s"
              .formatted(where, shortened(value), demand));
    }
  }

  private @Nullable String unmetDemand(String value) {
    if (value.isEmpty() && min > 0) {
      return "not be empty";
    }
    if (value.length() < min) {
      return "be at least " + min + " characters long";
    }
    if (value.length() > max) {
      return "be at most " + max + " characters long";
    }
    if (pattern != null && !pattern.matcher(value).find()) {
      return "match " + pattern;
    }
    return switch (shape) {
      case ANY -> null;
      case URL -> HOST.matcher(value).matches() ? null : "name a host";
      case PATH -> value.isEmpty() || value.contains("//") ? "have no empty segment" : null;
    };
  }

  private static String shortened(String value) {
    return value.length() <= SHOWN ? value : value.substring(0, SHOWN) + "…";
  }

  private static Shape shape(Field field) {
    return switch (jsonName(field)) {
      case "url" -> Shape.URL;
      case "path" -> Shape.PATH;
      default -> Shape.ANY;
    };
  }

  private static Field field(Class<?> type, String name) {
    return Arrays.stream(type.getDeclaredFields())
        .filter(field -> name.equals(jsonName(field)))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(type + " has no " + name));
  }

  private static String jsonName(Field field) {
    var property = field.getAnnotation(JsonProperty.class);
    return property == null || property.value().isEmpty() ? field.getName() : property.value();
  }
}
