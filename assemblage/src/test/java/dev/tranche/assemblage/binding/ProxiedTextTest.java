package dev.tranche.assemblage.binding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.assemblage.binding.Resolution.Resolved;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.Binding;
import dev.tranche.crd.v1alpha1.GitSource;
import dev.tranche.crd.v1alpha1.GitVersion;
import dev.tranche.crd.v1alpha1.KustomizePackage;
import dev.tranche.crd.v1alpha1.Source;
import dev.tranche.crd.v1alpha1.Sync;
import dev.tranche.crd.v1alpha1.SyncPackage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the control plane replaces and hands on, and the cluster replaces then, is what one of them
 * alone would make of it.
 */
class ProxiedTextTest {
  private static final String CLUSTER = "paris";

  /** Pieces whose neighbours can make a mention or an escape of them, and which can be one. */
  private static final List<String> PIECES =
      List.of(
          "$",
          "$$",
          "(",
          ")",
          "$(",
          "(A)",
          "(X)",
          "(W1)",
          "A",
          "x",
          "{",
          "}",
          "\n",
          "é",
          "$(X-Y)",
          "$(date +%s)",
          "(DOLLAR)",
          "$$(DOLLAR)",
          "$$(X)",
          "$$(A)",
          "$$(W1)");

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void bothTogetherSubstitutePlainly(long seed) {
    var random = new Random(seed);
    // Later ones mention earlier ones, so that there are no circles.
    var known = new ArrayList<>(List.of("$(CLUSTER_NAME)"));
    var here = new ArrayList<Binding>();
    for (var name : List.of("A", "B", "X")) {
      here.add(new Binding(name, text(random, known), null));
      known.add("$(" + name + ")");
    }
    var there = new ArrayList<Binding>();
    for (var name : List.of("W1", "W2", "DOLLAR")) {
      there.add(new Binding(name, text(random, known), null));
      known.add("$(" + name + ")");
    }
    Map<String, String> substitute =
        IntStream.range(0, 8)
            .boxed()
            .collect(Collectors.toMap(i -> "V" + i, i -> text(random, known)));
    substitute.put("ALL", "$(W1) $(W2) $(DOLLAR)");

    var plainly =
        resolve(
            SyncTemplate.of(
                sync(substitute, List.of()),
                Stream.concat(here.stream(), there.stream()).toList()));
    var handedOn = resolve(SyncTemplate.ofProxied(sync(substitute, there), here));
    var inTheEnd =
        handedOn instanceof Resolved resolved
            ? resolve(SyncTemplate.ofEntry(entry(resolved.sync())))
            : handedOn;
    assertThat(outcome(inTheEnd))
        .as("%s\nwith %s\nand %s\nhanded on as %s", substitute, here, there, handedOn)
        .isEqualTo(outcome(plainly));
  }

  /** The values, or why there are none: pieces can make a binding mention itself. */
  private static Object outcome(Resolution resolution) {
    return switch (resolution) {
      case Resolved resolved -> substitute(resolved.sync());
      case Resolution.Unresolvable trouble -> trouble.reason();
    };
  }

  static Stream<Long> seeds() {
    return Stream.iterate(1L, seed -> seed + 1).limit(500);
  }

  private static String text(Random random, List<String> mentions) {
    return IntStream.range(0, random.nextInt(7))
        .mapToObj(i ->
            random.nextInt(3) == 0
                ? mentions.get(random.nextInt(mentions.size()))
                : PIECES.get(random.nextInt(PIECES.size())))
        .collect(Collectors.joining());
  }

  @ParameterizedTest
  @CsvSource({
    "$(A), $$(X)",
    "$$(A), $$(A)",
    "$(W), $(W)",
    "a$(D)$(W), a$(DOLLAR)$(W)",
    "$(D)(W), $$(W)",
    "$(date), '$(date +%s)'"
  })
  void looksLikeThis(String text, String handedOn) {
    var here =
        List.of(
            new Binding("A", "$$(X)", null),
            new Binding("D", "$", null),
            new Binding("date", "$(date +%s)", null));
    var resolved =
        resolved(
            SyncTemplate.ofProxied(
                sync(Map.of("V", text), List.of(new Binding("W", "w", null))), here));
    assertThat(substitute(resolved.sync())).containsEntry("V", handedOn);
  }

  @Test
  void namesOfTheClusterItselfAreWrittenForIt() {
    var sync = sync(Map.of("V", "$(W)"), List.of(new Binding("W", "$(CLUSTER_NAME) $(A)", null)));
    var handedOn =
        resolved(SyncTemplate.ofProxied(sync, List.of(new Binding("A", "a", null)))).sync();
    assertThat(handedOn.bindings()).extracting(Binding::value).containsExactly("paris a");
  }

  @Test
  void deliveryIsPartOfTheRevision() {
    var sync = sync(Map.of("V", "v"), List.of());
    assertThat(resolved(SyncTemplate.ofProxied(sync, List.of())).revision())
        .isNotEqualTo(resolved(SyncTemplate.of(sync, List.of())).revision())
        .isEqualTo(resolved(SyncTemplate.ofProxied(sync, List.of())).revision());
  }

  private static Resolution resolve(SyncTemplate template) {
    return template.resolve(
        CLUSTER, reference -> new ObjectLookup.Missing(), (values, origins) -> "");
  }

  private static Resolved resolved(SyncTemplate template) {
    var resolution = resolve(template);
    assertThat(resolution).isInstanceOf(Resolved.class);
    return (Resolved) resolution;
  }

  private static Map<String, String> substitute(Sync sync) {
    return new TreeMap<>(
        Objects.requireNonNull(Objects.requireNonNull(sync.syncPackage()).kustomize())
            .substitute());
  }

  private static Sync sync(Map<String, String> substitute, List<Binding> bindings) {
    return new Sync(
        Source.git(
            GitSource.of("https://git.example.com/app.git", new GitVersion("v1", null, null))),
        SyncPackage.kustomize(
            new KustomizePackage(
                null,
                substitute,
                List.of(),
                null,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                null,
                null,
                null,
                null,
                null,
                null,
                null)),
        bindings);
  }

  private static AssignedSync entry(Sync sync) {
    return new AssignedSync(
        "Module", "app", "1", sync.source(), sync.syncPackage(), sync.bindings(), null);
  }
}
