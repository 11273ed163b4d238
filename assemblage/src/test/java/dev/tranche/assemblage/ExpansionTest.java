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

    golden.out("out-sources.yaml", distinct(expanded.stream().map(ExpandedSync::source)));
    golden.out(
        "out-kustomizations.yaml", distinct(expanded.stream().map(ExpandedSync::kustomization)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void oneNameStandsForOneContent(Golden golden) {
    var expanded =
        golden.in(RemoteAssemblage.class).stream().flatMap(ExpansionTest::expand).toList();

    for (var one : expanded) {
      for (var other : expanded) {
        var oneName = one.source().getMetadata().getName();
        var otherName = other.source().getMetadata().getName();
        assertThat(oneName.equals(otherName))
            .as("%s and %s", oneName, otherName)
            .isEqualTo(!Drift.ofSpec(one.source(), other.source()).any());
      }
    }
    assertThat(expanded.stream().map(sync -> sync.kustomization().getMetadata().getName()))
        .doesNotHaveDuplicates();
  }

  static Stream<Golden> cases() {
    return Golden.cases("expansion");
  }

  private static Stream<ExpandedSync> expand(RemoteAssemblage assemblage) {
    var target =
        new Target(
            assemblage.getMetadata().getNamespace(),
            assemblage.getMetadata().getName(),
            assemblage.getSpec().kubeconfigRef());
    return assemblage.getSpec().syncs().stream().map(sync -> Expansion.of(target, sync));
  }

  private static <T extends HasMetadata> List<T> distinct(Stream<T> objects) {
    var byName = new TreeMap<String, T>();
    objects.forEach(object -> byName.put(object.getMetadata().getName(), object));
    return List.copyOf(byName.values());
  }
}
