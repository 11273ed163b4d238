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
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The values of bindings for one cluster, each found when it is first mentioned.
 *
 * <p>Mentions of names that are replaced elsewhere stay mentions.
 */
final class BindingValues {
  static final String SECRET_STAYS_SECRET =
      "mentions a value of a Secret, which would stand there in plain text; such values go into package.kustomize.substitute alone, or into package.helm.values, outside of lists and under plain names";

  private final Side side;
  private final Map<String, ParsedBinding> bindings;
  private final Set<String> elsewhere;
  private final ObjectLookup lookup;
  private final Map<String, Filled> values = new HashMap<>();
  private final Set<String> underway = new LinkedHashSet<>();
  private final Set<ObjectReference> references = new LinkedHashSet<>();
  private final SortedSet<String> secrets = new TreeSet<>();

  /**
   * Finds values as they are asked for.
   *
   * @param elsewhere the names that are left to somebody else
   */
  BindingValues(
      Side side,
      Map<String, ParsedBinding> bindings,
      Set<String> elsewhere,
      String cluster,
      ObjectLookup lookup) {
    this.side = side;
    this.bindings = bindings;
    this.elsewhere = elsewhere;
    this.lookup = lookup;
    values.put(SyncTemplate.CLUSTER_NAME, filled(cluster, false));
  }

  /** Every object that was asked for so far. */
  Set<ObjectReference> references() {
    return references;
  }

  /** The uids of the Secrets that were read so far. */
  SortedSet<String> secrets() {
    return secrets;
  }

  /**
   * The text with its mentions replaced; what a mention is replaced with is not looked into again.
   *
   * @param where the text stands, for errors
   */
  Filled replace(Text text, String where) throws UnresolvableException {
    var parts = new ArrayList<Text.Part>();
    boolean secret = false;
    for (var part : text.parts()) {
      switch (part) {
        case Text.Literal literal -> add(parts, literal);
        case Text.Mention mention when elsewhere.contains(mention.name()) -> parts.add(mention);
        case Text.Mention(String name) -> {
          var value = value(name, where);
          secret |= value.secret();
          value.text().parts().forEach(p -> add(parts, p));
        }
      }
    }
    return new Filled(new Text(parts), secret);
  }

  private static void add(List<Text.Part> parts, Text.Part part) {
    if (part instanceof Text.Literal(String text)
        && !parts.isEmpty()
        && parts.getLast() instanceof Text.Literal(String before)) {
      parts.set(parts.size() - 1, new Text.Literal(before + text));
    } else {
      parts.add(part);
    }
  }

  private static Filled filled(String value, boolean secret) {
    return new Filled(
        new Text(value.isEmpty() ? List.of() : List.of(new Text.Literal(value))), secret);
  }

  private Filled value(String name, String where) throws UnresolvableException {
    @Nullable Filled known = values.get(name);
    if (known != null) {
      return known;
    }
    @Nullable ParsedBinding binding = bindings.get(name);
    if (binding == null) {
      throw new UnresolvableException(
          UNKNOWN_BINDING,
          "%s mentions $(%s), which is not bound; bound are: %s".formatted(where, name, bound()));
    }
    if (!underway.add(name)) {
      throw new UnresolvableException(BINDING_CIRCLE, circle(name));
    }
    Filled value =
        switch (binding) {
          case ParsedBinding.Value(Text text) ->
              replace(text, "%s[%s].value".formatted(side.bindings(), name));
          case ParsedBinding.Field field -> read(name, field);
        };
    underway.remove(name);
    values.put(name, value);
    return value;
  }

  private Filled read(String binding, ParsedBinding.Field field) throws UnresolvableException {
    String where = "%s[%s].objectFieldRef".formatted(side.bindings(), binding);
    var filled = replace(field.name(), where + ".name");
    if (filled.secret()) {
      throw new UnresolvableException(
          SECRET_VALUE_REFUSED, "%s.name %s".formatted(where, SECRET_STAYS_SECRET));
    }
    var mentioned = filled.text().mentions();
    if (!mentioned.isEmpty()) {
      throw new UnresolvableException(
          UNKNOWN_BINDING,
          "%s.name mentions $(%s), which is known in the workload cluster alone; bound are: %s"
              .formatted(where, mentioned.getFirst(), bound()));
    }
    String name = filled.text().literal();
    var reference = new ObjectReference(field.apiVersion(), field.kind(), name);
    if (name.isEmpty()) {
      throw new UnresolvableException(
          INVALID_VALUE, where + ".name is empty after its bindings are replaced");
    }
    references.add(reference);
    return switch (lookup.find(reference)) {
      case Found(JsonNode object) -> {
        if (reference.isSecret()) {
          secrets.add(object.at("/metadata/uid").asText());
        }
        var value = scalar(object, field.fieldPath(), where, reference);
        yield reference.isSecret()
            ? filled(decoded(value, field.fieldPath(), where, reference), true)
            : filled(value, false);
      }
      case Missing() ->
          throw new UnresolvableException(
              OBJECT_NOT_FOUND,
              reference.isSecret()
                  ? "%s reads %s, which does not exist in this namespace or is of a type that is not read, such as kubeconfigs; create it or change the name"
                      .formatted(where, reference)
                  : "%s reads %s, which does not exist in this namespace; create it or change the name"
                      .formatted(where, reference));
      case NotLoaded() ->
          throw new UnresolvableException(
              NOT_LOADED, "%s reads %s, which was not loaded yet".formatted(where, reference));
      case UnknownKind() ->
          throw new UnresolvableException(
              KIND_NOT_FOUND,
              "%s reads %s, but %s has no kind %s of %s"
                  .formatted(where, reference, side.place(), field.kind(), field.apiVersion()));
      case Forbidden(String verb, String resource, String namespace) ->
          throw new UnresolvableException(
              READ_FORBIDDEN,
              "%s reads %s, which %s may not: it lacks the permission to %s %s in namespace %s; grant it"
                  .formatted(where, reference, side.reader(), verb, resource, namespace));
    };
  }

  /** What is under {@code data} of a Secret is stored in base64. */
  private static String decoded(
      String value, String fieldPath, String where, ObjectReference reference)
      throws UnresolvableException {
    if (!fieldPath.startsWith("/data/")) {
      return value;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(Base64.getDecoder().decode(value)))
          .toString();
    } catch (IllegalArgumentException | CharacterCodingException e) {
      throw new UnresolvableException(
          INVALID_VALUE,
          "%s reads %s of %s, which is no text in UTF-8".formatted(where, fieldPath, reference));
    }
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
    return "%s mention each other in a circle: %s → %s; give one of them a value of its own"
        .formatted(side.bindings(), String.join(" → ", round), name);
  }

  private String bound() {
    var names = new TreeSet<>(bindings.keySet());
    names.add(SyncTemplate.CLUSTER_NAME);
    var here = String.join(", ", names);
    return elsewhere.isEmpty()
        ? here
        : "%s in controlPlaneBindings, %s in sync.bindings"
            .formatted(here, String.join(", ", new TreeSet<>(elsewhere)));
  }
}
