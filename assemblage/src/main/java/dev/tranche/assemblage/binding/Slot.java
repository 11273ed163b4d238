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
    slots.removeIf(slot -> slot.path.getFirst().equals("bindings") && !slot.isOfBinding());
    return List.copyOf(slots);
  }

  /** Whether bindings are replaced at this place of a binding. */
  private boolean isOfBinding() {
    return path.subList(2, path.size()).equals(List.of("value"))
        || path.subList(2, path.size()).equals(List.of("objectFieldRef", "name"));
  }

  /** Whether it is the value of a variable of a kustomization. */
  boolean isSubstitute() {
    return path.size() == 4
        && path.subList(0, 3).equals(List.of("package", "kustomize", "substitute"));
  }

  /** The last step to it. */
  String field() {
    return path.getLast();
  }

  /** Writes {@code value} into {@code sync}, which is a copy of what it was found in. */
  void put(JsonNode sync, String value) {
    switch (parent(sync)) {
      case ObjectNode object -> object.put(field(), value);
      case ArrayNode list -> list.set(Integer.parseInt(field()), TextNode.valueOf(value));
      default -> throw new IllegalStateException(where + " is not in this tree");
    }
  }

  /** Takes it out of {@code sync}, which is a copy of what it was found in. */
  void remove(JsonNode sync) {
    ((ObjectNode) parent(sync)).remove(field());
  }

  private JsonNode parent(JsonNode sync) {
    JsonNode parent = sync;
    for (var step : path.subList(0, path.size() - 1)) {
      parent =
          parent instanceof ArrayNode list ? list.get(Integer.parseInt(step)) : parent.get(step);
    }
    return parent;
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
