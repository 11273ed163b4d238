package dev.tranche.assemblage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * How what is there differs from what is wanted.
 *
 * @param changed whether something wanted is missing or other than wanted; applying what is wanted
 *     sets it right
 * @param extras JSON Pointers to what is there and not wanted, which applying does not remove: they
 *     are to be removed one by one
 */
public record Drift(boolean changed, List<String> extras) {

  public Drift {
    extras = List.copyOf(extras);
  }

  /** Whether there is any difference. */
  public boolean any() {
    return changed || !extras.isEmpty();
  }

  /**
   * Compares two objects of the same kind: the spec, and that the wanted labels, annotations and
   * owner references are there. Others may add labels, annotations and owner references, but
   * nothing to the spec, nor {@link Expansion#DELETION_POLICY}.
   */
  public static Drift between(HasMetadata desired, HasMetadata actual) {
    var wanted = Json.tree(desired);
    var there = Json.tree(actual);
    var drift = new Comparison();
    drift.compare("/spec", wanted.path("spec"), there.path("spec"));
    var wantedMetadata = wanted.path("metadata");
    var metadata = there.path("metadata");
    drift.contains(wantedMetadata.path("labels"), metadata.path("labels"));
    drift.contains(wantedMetadata.path("annotations"), metadata.path("annotations"));
    if (metadata.path("annotations").has(Expansion.DELETION_POLICY)
        && !wantedMetadata.path("annotations").has(Expansion.DELETION_POLICY)) {
      drift.extras.add(Comparison.child("/metadata/annotations", Expansion.DELETION_POLICY));
    }
    for (var owner : wantedMetadata.path("ownerReferences")) {
      drift.changed |=
          StreamSupport.stream(metadata.path("ownerReferences").spliterator(), false)
              .noneMatch(owner::equals);
    }
    return drift.result();
  }

  /** Compares the specs of two objects of the same kind and nothing else. */
  public static Drift ofSpec(HasMetadata desired, HasMetadata actual) {
    var drift = new Comparison();
    drift.compare("/spec", Json.tree(desired).path("spec"), Json.tree(actual).path("spec"));
    return drift.result();
  }

  /**
   * Compares two JSON values, such as an entry of a list. Lists are compared as a whole, as
   * server-side apply replaces them; a null field is a missing one.
   *
   * @return the extras as pointers into {@code actual}
   */
  public static Drift between(JsonNode desired, JsonNode actual) {
    var drift = new Comparison();
    drift.compare("", desired, actual);
    return drift.result();
  }

  private static final class Comparison {
    private boolean changed;
    private final List<String> extras = new ArrayList<>();

    void compare(String pointer, JsonNode desired, JsonNode actual) {
      if (desired.isObject() && actual.isObject()) {
        for (var field : desired.properties()) {
          if (!field.getValue().isNull()) {
            compare(child(pointer, field.getKey()), field.getValue(), at(actual, field.getKey()));
          }
        }
        for (var field : actual.properties()) {
          if (at(desired, field.getKey()).isMissingNode() && !field.getValue().isNull()) {
            extras.add(child(pointer, field.getKey()));
          }
        }
      } else {
        changed |= !same(desired, actual);
      }
    }

    void contains(JsonNode desired, JsonNode actual) {
      for (var field : desired.properties()) {
        changed |= !same(field.getValue(), at(actual, field.getKey()));
      }
    }

    Drift result() {
      return new Drift(changed, extras);
    }

    // Numbers read from JSON and taken from a field may be of different node types.
    private static boolean same(JsonNode a, JsonNode b) {
      return a.equals(
          (x, y) ->
              x.isNumber() && y.isNumber()
                  ? x.decimalValue().compareTo(y.decimalValue())
                  : x.equals(y) ? 0 : 1,
          b);
    }

    private static JsonNode at(JsonNode object, String field) {
      var value = object.path(field);
      return value.isNull() ? MissingNode.getInstance() : value;
    }

    private static String child(String pointer, String field) {
      return pointer + "/" + field.replace("~", "~0").replace("/", "~1");
    }
  }
}
