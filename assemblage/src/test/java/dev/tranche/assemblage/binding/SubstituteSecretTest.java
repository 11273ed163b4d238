package dev.tranche.assemblage.binding;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SubstituteSecretTest {
  private static final SubstituteSecret.Naming NAMING = SubstituteSecret.named("app", "module");
  private static final Map<String, String> PIN = Map.of("PIN", "1234");

  @Test
  void theSameValuesOfTheSameSecretHaveTheSameName() {
    assertThat(NAMING.name(PIN, origins("a", "b")))
        .startsWith("app-")
        .isEqualTo(NAMING.name(PIN, origins("b", "a")));
  }

  @Test
  void otherValuesHaveAnother() {
    assertThat(NAMING.name(PIN, origins("a")))
        .isNotEqualTo(NAMING.name(Map.of("PIN", "1235"), origins("a")));
  }

  /** Else a short value could be found by trying. */
  @Test
  void theSecretThatTheyComeFromIsPartOfIt() {
    assertThat(NAMING.name(PIN, origins("a"))).isNotEqualTo(NAMING.name(PIN, origins("b")));
  }

  private static SortedSet<String> origins(String... uids) {
    return new TreeSet<>(List.of(uids));
  }
}
