package dev.tranche.assemblage.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SentencesTest {
  @Test
  void leavesAloneWhatFits() {
    assertThat(Sentences.bounded("a".repeat(1024))).isEqualTo("a".repeat(1024));
  }

  @Test
  void cutsSuchThatOneSeesIt() {
    assertThat(Sentences.bounded("a".repeat(1025))).isEqualTo("a".repeat(1023) + "…");
  }

  /** Half of one is refused as JSON. */
  @Test
  void cutsNoCharacterInTwo() {
    var cut = Sentences.bounded("a".repeat(1022) + "🚢".repeat(5));
    assertThat(cut).isEqualTo("a".repeat(1022) + "…");
    assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(cut)).isTrue();
  }
}
