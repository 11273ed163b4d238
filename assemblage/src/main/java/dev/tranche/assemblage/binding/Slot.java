package dev.tranche.assemblage.binding;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A place in a sync that holds a string with mentions.
 *
 * @param path field names and, within lists, indices
 * @param where the path for people, such as {@code sync.package.kustomize.patches[0].patch}
 * @param rule what the string must be after its mentions are replaced
 */
record Slot(List<String> path, String where, Text text, ValueRule rule) {

  private static final Pattern PLAIN_STEP = Pattern.compile("[A-Za-z0-9_-]+");
  private static final int MAX_TARGET_PATH = 250;

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

  /**
   * Under which key of a Secret the text is handed to Flux, where it may stand in one: the variable
   * of a kustomization, or the path of a value of a chart, as Flux writes such paths. Empty where
   * Flux cannot take it from a Secret.
   */
  Optional<String> secretKey() {
    if (path.size() == 4
        && path.subList(0, 3).equals(List.of("package", "kustomize", "substitute"))) {
      return Optional.of(field());
    }
    if (path.size() < 4 || !path.subList(0, 3).equals(List.of("package", "helm", "values"))) {
      return Optional.empty();
    }
    var steps = path.subList(3, path.size());
    var target = String.join(".", steps);
    // Flux would replace a list as a whole, and takes a dot in a name for the end of it.
    return where.contains("[")
            || target.length() > MAX_TARGET_PATH
            || !steps.stream().allMatch(step -> PLAIN_STEP.matcher(step).matches())
        ? Optional.empty()
        : Optional.of(target);
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
