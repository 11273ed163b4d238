package dev.tranche.assemblage.binding;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.assemblage.Golden;
import dev.tranche.assemblage.binding.ObjectLookup.Found;
import dev.tranche.assemblage.binding.ObjectLookup.Missing;
import dev.tranche.assemblage.binding.ObjectLookup.Outcome;
import dev.tranche.assemblage.binding.Resolution.Resolved;
import dev.tranche.assemblage.binding.Resolution.Unresolvable;
import dev.tranche.crd.v1alpha1.Binding;
import dev.tranche.crd.v1alpha1.Sync;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code bindings/<case>/in.yaml} becomes one resolution for each of its clusters. */
class SyncTemplateTest {
  private static final SubstituteSecret.Naming NAMING = SubstituteSecret.named("app", "uid");

  /**
   * What goes in.
   *
   * @param proxied whether what comes out goes into an Assemblage
   * @param unreadable kinds that are not readable, and why: Forbidden, NotLoaded or UnknownKind
   */
  record In(
      List<String> clusters,
      @Nullable Boolean proxied,
      List<Binding> bindings,
      Sync sync,
      @Nullable List<JsonNode> objects,
      @Nullable Map<String, String> unreadable) {

    SyncTemplate template() {
      return Boolean.TRUE.equals(proxied)
          ? SyncTemplate.ofProxied(sync, bindings)
          : SyncTemplate.of(sync, bindings);
    }

    Outcome find(ObjectReference reference) {
      var trouble = unreadable == null ? null : unreadable.get(reference.kind());
      return switch (trouble) {
        case null -> existing(reference);
        case "Forbidden" -> new ObjectLookup.Forbidden("get", "configmaps", "fleet");
        case "NotLoaded" -> new ObjectLookup.NotLoaded();
        default -> new ObjectLookup.UnknownKind();
      };
    }

    private Outcome existing(ObjectReference reference) {
      return (objects == null ? Stream.<JsonNode>of() : objects.stream())
          .filter(object -> object.path("kind").asText().equals(reference.kind()))
          .filter(object -> object.at("/metadata/name").asText().equals(reference.name()))
          .findFirst()
          .<Outcome>map(Found::new)
          .orElseGet(Missing::new);
    }
  }

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Out(
      String cluster,
      @Nullable String reason,
      @Nullable String message,
      @Nullable Sync sync,
      @Nullable Map<String, String> secret,
      List<String> references) {}

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void resolves(Golden golden) throws IOException {
    var in = golden.in(In.class).getFirst();
    var template = in.template();

    golden.out(
        "out.yaml",
        in.clusters.stream()
            .map(cluster -> out(cluster, template.resolve(cluster, in::find, NAMING)))
            .toList());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void saysBeforehandWhatItMayAskFor(Golden golden) {
    var in = golden.in(In.class).getFirst();
    var template = in.template();

    for (var cluster : in.clusters) {
      var resolution = template.resolve(cluster, in::find, NAMING);
      assertThat(template.referencedKinds())
          .containsAll(resolution.references().stream().map(ObjectReference::objectKind).toList());
      if (template.isConstant()) {
        assertThat(template.resolve("another", in::find, NAMING)).isSameAs(resolution);
      }
    }
  }

  @Test
  void onlyMentionsMakeTemplatesVary() {
    assertThat(template("mentions-nothing").isConstant()).isTrue();
    assertThat(template("escapes").isConstant()).isTrue();
    assertThat(template("values").isConstant()).isFalse();
    assertThat(template("object-of-all-clusters").isConstant()).isFalse();
  }

  static Stream<Golden> cases() {
    return Golden.cases("bindings");
  }

  private static SyncTemplate template(String name) {
    var in =
        cases()
            .filter(c -> c.toString().equals(name))
            .findFirst()
            .orElseThrow()
            .in(In.class)
            .getFirst();
    return in.template();
  }

  private static Out out(String cluster, Resolution resolution) {
    var references =
        resolution.references().stream().map(ObjectReference::toString).sorted().toList();
    return switch (resolution) {
      case Resolved resolved ->
          new Out(
              cluster,
              null,
              null,
              resolved.sync(),
              resolved.secret() == null ? null : new TreeMap<>(resolved.secret().values()),
              references);
      case Unresolvable unresolvable ->
          new Out(
              cluster,
              unresolvable.reason().toString(),
              unresolvable.message(),
              null,
              null,
              references);
    };
  }
}
