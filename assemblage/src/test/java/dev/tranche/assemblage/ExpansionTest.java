package dev.tranche.assemblage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.RemoteAssemblage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code expansion/<case>/in-*.yaml}, assemblages, become Flux objects; one without a kubeconfig is
 * an Assemblage.
 */
class ExpansionTest {

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void expands(Golden golden) throws IOException {
    var expanded =
        golden.in(RemoteAssemblage.class).stream().flatMap(ExpansionTest::expand).toList();

    golden.out(
        "out-sources.yaml", distinct(expanded.stream().flatMap(sync -> sync.sources().stream())));
    golden.out(
        "out-appliers.yaml", distinct(expanded.stream().map(sync -> sync.applier().object())));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void oneNameStandsForOneContent(Golden golden) {
    var expanded =
        golden.in(RemoteAssemblage.class).stream().flatMap(ExpansionTest::expand).toList();

    var sources = expanded.stream().flatMap(sync -> sync.sources().stream()).toList();
    for (var one : sources) {
      for (var other : sources) {
        var oneName = one.getMetadata().getName();
        var otherName = other.getMetadata().getName();
        assertThat(oneName.equals(otherName))
            .as("%s and %s", oneName, otherName)
            .isEqualTo(one.getKind().equals(other.getKind()) && !Drift.ofSpec(one, other).any());
      }
    }
    assertThat(expanded.stream().map(sync -> sync.applier().metadata().getName()))
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void sourcesAreFoundByTheirNames(Golden golden) {
    for (var assemblage : golden.in(RemoteAssemblage.class)) {
      for (var sync : assemblage.getSpec().syncs()) {
        assertThat(Expansion.sourceNames(sync))
            .containsExactlyElementsOf(
                Expansion.of(target(assemblage), sync).sources().stream()
                    .map(source -> source.getMetadata().getName())
                    .toList());
      }
    }
  }

  static Stream<Golden> cases() {
    return Golden.cases("expansion");
  }

  private static Stream<ExpandedSync> expand(RemoteAssemblage assemblage) {
    return assemblage.getSpec().syncs().stream()
        .map(sync -> Expansion.of(target(assemblage), sync));
  }

  private static Target target(RemoteAssemblage assemblage) {
    return new Target(
        assemblage.getMetadata().getNamespace(),
        assemblage.getMetadata().getName(),
        assemblage.getSpec().kubeconfigRef());
  }

  private static <T extends HasMetadata> List<T> distinct(Stream<T> objects) {
    var byName = new TreeMap<String, T>();
    objects.forEach(object -> byName.put(object.getMetadata().getName(), object));
    return List.copyOf(byName.values());
  }
}
