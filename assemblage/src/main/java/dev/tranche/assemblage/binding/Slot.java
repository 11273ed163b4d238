package dev.tranche.assemblage.binding;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;

/**
 * A place in a sync that holds a string with mentions.
 *
 * @param path field names and, within lists, indices
 * @param where the path for people, such as {@code sync.package.kustomize.patches[0].patch}
 * @param rule what the string must be after its mentions are replaced
 */
record Slot(List<String> path, String where, Text text, ValueRule rule) {

  Slot {
    path = List.copyOf(path);
  }

  /** Every place in the JSON of a sync whose string mentions or escapes something. */
  static List<Slot> find(JsonNode sync) {
    var slots = new ArrayList<Slot>();
    find(sync, "sync", new ArrayList<>(), slots);
    return List.copyOf(slots);
  }

  /** Writes the replaced text into {@code sync}, which is a copy of what it was found in. */
  void fill(JsonNode sync, BindingValues values) throws UnresolvableException {
    JsonNode parent = sync;
    for (var step : path.subList(0, path.size() - 1)) {
      parent =
          parent instanceof ArrayNode list ? list.get(Integer.parseInt(step)) : parent.get(step);
    }
    String value = values.replace(text, where);
    rule.check(where, value);
    String last = path.getLast();
    switch (parent) {
      case ObjectNode object -> object.put(last, value);
      case ArrayNode list -> list.set(Integer.parseInt(last), TextNode.valueOf(value));
      default -> throw new IllegalStateException(where + " is not in this tree");
    }
  }

  private static void find(JsonNode node, String where, List<String> path, List<Slot> slots) {
    switch (node) {
      case ObjectNode object -> {
        for (var field : object.properties()) {
          path.add(field.getKey());
          find(field.getValue(), where + "." + field.getKey(), path, slots);
          path.removeLast();
        }
      }
      case ArrayNode list -> {
        for (int i = 0; i < list.size(); i++) {
          path.add(Integer.toString(i));
          find(list.get(i), where + "[" + i + "]", path, slots);
          path.removeLast();
        }
      }
      case TextNode text when Text.mayMention(text.textValue()) ->
          slots.add(new Slot(path, where, Text.parse(text.textValue()), ValueRule.of(path)));
      default -> {}
    }
  }
}
