package dev.tranche.assemblage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.util.TreeMap;

/** The API types as JSON. */
final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().addModule(new JavaTimeModule()).build();

  private static final String CHART_VALUES = "values";

  private Json() {}

  static JsonNode tree(Object value) {
    return MAPPER.valueToTree(value);
  }

  /** A copy that shares nothing with its original. */
  static <T> T copy(T value, Class<T> type) {
    return MAPPER.convertValue(tree(value), type);
  }

  /**
   * Text that is equal for values that mean the same: keys sorted; null and empty fields left out,
   * but for the values of charts, where these mean something.
   */
  static String canonical(Object value) {
    try {
      return MAPPER.writeValueAsString(canonical(tree(value)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree can always be written", e);
    }
  }

  private static JsonNode sortedOnly(JsonNode node) {
    return switch (node) {
      case ObjectNode object -> {
        var sorted = new TreeMap<String, JsonNode>();
        object
            .properties()
            .forEach(field -> sorted.put(field.getKey(), sortedOnly(field.getValue())));
        yield new ObjectNode(JsonNodeFactory.instance).setAll(sorted);
      }
      case ArrayNode array -> {
        var copy = JsonNodeFactory.instance.arrayNode(array.size());
        array.forEach(element -> copy.add(sortedOnly(element)));
        yield copy;
      }
      default -> node;
    };
  }

  private static JsonNode canonical(JsonNode node) {
    return switch (node) {
      case ObjectNode object -> {
        var sorted = new TreeMap<String, JsonNode>();
        for (var field : object.properties()) {
          if (field.getKey().equals(CHART_VALUES) && field.getValue().isObject()) {
            sorted.put(field.getKey(), sortedOnly(field.getValue()));
            continue;
          }
          var value = canonical(field.getValue());
          if (!value.isNull() && !(value.isContainerNode() && value.isEmpty())) {
            sorted.put(field.getKey(), value);
          }
        }
        yield new ObjectNode(JsonNodeFactory.instance).setAll(sorted);
      }
      case ArrayNode array -> {
        var copy = JsonNodeFactory.instance.arrayNode(array.size());
        array.forEach(element -> copy.add(canonical(element)));
        yield copy;
      }
      default -> node;
    };
  }
}
