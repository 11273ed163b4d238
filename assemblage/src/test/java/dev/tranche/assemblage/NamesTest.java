package dev.tranche.assemblage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.GitSource;
import dev.tranche.crd.v1alpha1.GitVersion;
import dev.tranche.crd.v1alpha1.KubeconfigRef;
import dev.tranche.crd.v1alpha1.Source;
import dev.tranche.crd.v1alpha1.SyncKey;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever people call things, the names made of it are valid, unique and stay the same. */
class NamesTest {
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final Pattern SUBDOMAIN =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
  private static final int ROUNDS = 5_000;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void kustomizations(long seed) {
    var random = new Random(seed);
    var owners = new HashMap<String, List<String>>();
    for (int i = 0; i < ROUNDS; i++) {
      var assemblage = kubernetesName(random);
      var key =
          new SyncKey(random.nextBoolean() ? "Module" : "BootstrapModule", kubernetesName(random));
      var target = new Target("fleet", assemblage, new KubeconfigRef("k", null));

      var name = Expansion.applierName(target, key);

      assertThat(name).matches(LABEL).isEqualTo(Expansion.applierName(target, key));
      var owner = List.of(assemblage, key.origin(), key.name());
      assertThat(owners.computeIfAbsent(name, n -> owner)).isEqualTo(owner);
      assertThat(Expansion.assemblageLabel(assemblage))
          .hasSizeLessThanOrEqualTo(63)
          .matches("[a-z0-9]([-.a-z0-9]*[a-z0-9])?");
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void sources(long seed) {
    var random = new Random(seed);
    var owners = new HashMap<String, Source>();
    for (int i = 0; i < ROUNDS; i++) {
      var source = source("https://h/" + anything(random), anything(random));

      var name = sourceName(source);

      assertThat(name).matches(SUBDOMAIN).hasSizeLessThanOrEqualTo(63);
      assertThat(owners.computeIfAbsent(name, n -> source)).isEqualTo(source);
    }
  }

  /** Changing these makes every fleet apply everything anew under other names. */
  @Test
  void namesNeverChange() {
    var target = new Target("fleet", "eu-1", new KubeconfigRef("k", null));

    assertThat(Expansion.applierName(target, new SyncKey("Module", "ingress")))
        .isEqualTo("eu-1-ingress-m7qcyavena");
    assertThat(sourceName(source("https://git.example.com/platform/base.git", "v1.4.0")))
        .isEqualTo("base-v1.4.0-h9bbztdtr5");
  }

  private static String sourceName(Source source) {
    return Expansion.sourceNames(
            new AssignedSync("Module", "a", "r", source, null, List.of(), null))
        .getFirst();
  }

  private static Source source(String url, String tag) {
    return Source.git(GitSource.of(url, new GitVersion(tag, null, null)));
  }

  /** Few different letters, so that names that look alike are common. */
  private static String kubernetesName(Random random) {
    int length = random.nextInt(10) == 0 ? 1 + random.nextInt(253) : 1 + random.nextInt(5);
    var name = new StringBuilder();
    for (int i = 0; i < length; i++) {
      boolean edge = i == 0 || i == length - 1 || name.charAt(i - 1) == '.';
      name.append(edge ? "ab".charAt(random.nextInt(2)) : "ab-.".charAt(random.nextInt(4)));
    }
    return name.toString().replace("-.", "a.");
  }

  private static String anything(Random random) {
    int length = 1 + random.nextInt(random.nextInt(10) == 0 ? 255 : 8);
    var text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append("abAB01./_-@#ß漢".charAt(random.nextInt(14)));
    }
    return text.toString();
  }
}
