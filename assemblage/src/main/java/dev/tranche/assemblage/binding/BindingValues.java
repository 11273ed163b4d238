package dev.tranche.assemblage.binding;

import static dev.tranche.assemblage.binding.Resolution.Reason.BINDING_CIRCLE;
import static dev.tranche.assemblage.binding.Resolution.Reason.FIELD_NOT_FOUND;
import static dev.tranche.assemblage.binding.Resolution.Reason.INVALID_VALUE;
import static dev.tranche.assemblage.binding.Resolution.Reason.KIND_NOT_FOUND;
import static dev.tranche.assemblage.binding.Resolution.Reason.NOT_A_SCALAR;
import static dev.tranche.assemblage.binding.Resolution.Reason.NOT_LOADED;
import static dev.tranche.assemblage.binding.Resolution.Reason.OBJECT_NOT_FOUND;
import static dev.tranche.assemblage.binding.Resolution.Reason.READ_FORBIDDEN;
import static dev.tranche.assemblage.binding.Resolution.Reason.SECRET_VALUE_REFUSED;
import static dev.tranche.assemblage.binding.Resolution.Reason.UNKNOWN_BINDING;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.assemblage.binding.ObjectLookup.Forbidden;
import dev.tranche.assemblage.binding.ObjectLookup.Found;
import dev.tranche.assemblage.binding.ObjectLookup.Missing;
import dev.tranche.assemblage.binding.ObjectLookup.NotLoaded;
import dev.tranche.assemblage.binding.ObjectLookup.UnknownKind;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The values of bindings for one cluster, each found when it is first mentioned. */
final class BindingValues {
  private final Map<String, ParsedBinding> bindings;
  private final ObjectLookup lookup;
  private final Map<String, String> values = new HashMap<>();
  private final Set<String> underway = new LinkedHashSet<>();
  private final Set<ObjectReference> references = new LinkedHashSet<>();

  BindingValues(Map<String, ParsedBinding> bindings, String cluster, ObjectLookup lookup) {
    this.bindings = bindings;
    this.lookup = lookup;
    values.put(SyncTemplate.CLUSTER_NAME, cluster);
  }

  /** Every object that was asked for so far. */
  Set<ObjectReference> references() {
    return references;
  }

  /**
   * The text with its mentions replaced; what a mention is replaced with is not looked into again.
   *
   * @param where the text stands, for errors
   */
  String replace(Text text, String where) throws UnresolvableException {
    var result = new StringBuilder();
    for (var part : text.parts()) {
      switch (part) {
        case Text.Literal(String literal) -> result.append(literal);
        case Text.Mention(String name) -> result.append(value(name, where));
      }
    }
    return result.toString();
  }

  private String value(String name, String where) throws UnresolvableException {
    @Nullable String known = values.get(name);
    if (known != null) {
      return known;
    }
    @Nullable ParsedBinding binding = bindings.get(name);
    if (binding == null) {
      throw new UnresolvableException(
          UNKNOWN_BINDING,
          "%s mentions $(%s), which is not bound; bound are: %s"
              .formatted(where, name, String.join(", ", bound())));
    }
    if (!underway.add(name)) {
      throw new UnresolvableException(BINDING_CIRCLE, circle(name));
    }
    String value =
        switch (binding) {
          case ParsedBinding.Value(Text text) ->
              replace(text, "controlPlaneBindings[%s].value".formatted(name));
          case ParsedBinding.Field field -> read(name, field);
        };
    underway.remove(name);
    values.put(name, value);
    return value;
  }

  private String read(String binding, ParsedBinding.Field field) throws UnresolvableException {
    String where = "controlPlaneBindings[%s].objectFieldRef".formatted(binding);
    String name = replace(field.name(), where + ".name");
    var reference = new ObjectReference(field.apiVersion(), field.kind(), name);
    if (name.isEmpty()) {
      throw new UnresolvableException(
          INVALID_VALUE, where + ".name is empty after its bindings are replaced");
    }
    if (field.kind().equals("Secret") && field.apiVersion().equals("v1")) {
      throw new UnresolvableException(
          SECRET_VALUE_REFUSED,
          "%s reads %s: values of Secrets do not travel in plain text in an assemblage; read from a ConfigMap what is no secret, and let the manifests refer to a Secret of the workload cluster for what is"
              .formatted(where, reference));
    }
    references.add(reference);
    return switch (lookup.find(reference)) {
      case Found(JsonNode object) -> scalar(object, field.fieldPath(), where, reference);
      case Missing() ->
          throw new UnresolvableException(
              OBJECT_NOT_FOUND,
              "%s reads %s, which does not exist in this namespace; create it or change the name"
                  .formatted(where, reference));
      case NotLoaded() ->
          throw new UnresolvableException(
              NOT_LOADED, "%s reads %s, which was not loaded yet".formatted(where, reference));
      case UnknownKind() ->
          throw new UnresolvableException(
              KIND_NOT_FOUND,
              "%s reads %s, but the control plane has no kind %s of %s"
                  .formatted(where, reference, field.kind(), field.apiVersion()));
      case Forbidden(String verb, String resource, String namespace) ->
          throw new UnresolvableException(
              READ_FORBIDDEN,
              "%s reads %s, which the control plane may not: it lacks the permission to %s %s in namespace %s; grant it"
                  .formatted(where, reference, verb, resource, namespace));
    };
  }

  private static String scalar(
      JsonNode object, String fieldPath, String where, ObjectReference reference)
      throws UnresolvableException {
    JsonNode value;
    try {
      value = object.at(JsonPointer.compile(fieldPath));
    } catch (IllegalArgumentException e) {
      throw new UnresolvableException(
          INVALID_VALUE,
          "%s.fieldPath is \"%s\", which is no JSON Pointer".formatted(where, fieldPath));
    }
    if (value.isMissingNode()) {
      throw new UnresolvableException(
          FIELD_NOT_FOUND, "%s reads %s, which has no %s".formatted(where, reference, fieldPath));
    }
    if (!value.isValueNode() || value.isNull()) {
      throw new UnresolvableException(
          NOT_A_SCALAR,
          "%s reads %s of %s, which is %s; only a string, a number or a boolean can be bound"
              .formatted(where, fieldPath, reference, description(value)));
    }
    return value.asText();
  }

  private static String description(JsonNode value) {
    return value.isNull() ? "null" : value.isArray() ? "a list" : "an object";
  }

  private String circle(String name) {
    var path = List.copyOf(underway);
    var round = path.subList(path.indexOf(name), path.size());
    return "controlPlaneBindings mention each other in a circle: %s → %s; give one of them a value of its own"
        .formatted(String.join(" → ", round), name);
  }

  private Set<String> bound() {
    var names = new TreeSet<>(bindings.keySet());
    names.add(SyncTemplate.CLUSTER_NAME);
    return names;
  }
}
