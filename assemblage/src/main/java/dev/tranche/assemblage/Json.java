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

  private Json() {}

  static JsonNode tree(Object value) {
    return MAPPER.valueToTree(value);
  }

  /**
   * Text that is equal for values that mean the same: keys sorted; null and empty fields left out.
   */
  static String canonical(Object value) {
    try {
      return MAPPER.writeValueAsString(canonical(tree(value)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree can always be written", e);
    }
  }

  private static JsonNode canonical(JsonNode node) {
    return switch (node) {
      case ObjectNode object -> {
        var sorted = new TreeMap<String, JsonNode>();
        for (var field : object.properties()) {
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
