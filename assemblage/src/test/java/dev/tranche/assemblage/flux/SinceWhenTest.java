package dev.tranche.assemblage.flux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.assemblage.kube.ObjectKey;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SinceWhenTest {
  private static final ObjectKey PARIS = new ObjectKey("fleet", "paris");
  private static final ObjectKey QUITO = new ObjectKey("fleet", "quito");
  private static final Instant T1 = Instant.ofEpochSecond(1);
  private static final Instant T2 = Instant.ofEpochSecond(2);
  private static final Instant T3 = Instant.ofEpochSecond(3);

  private final SinceWhen since = new SinceWhen();

  @Test
  void remembersWhenItBegan() {
    assertThat(since.holds(PARIS, List.of("a"), T1)).isEqualTo(Map.of("a", T1));
    assertThat(since.holds(PARIS, List.of("a", "b"), T2)).isEqualTo(Map.of("a", T1, "b", T2));
    assertThat(since.holds(QUITO, List.of("a"), T3)).isEqualTo(Map.of("a", T3));
  }

  @Test
  void beginsAnewAfterAnEnd() {
    var _ = since.holds(PARIS, List.of("a", "b"), T1);
    var _ = since.holds(PARIS, List.of("b"), T2);
    assertThat(since.holds(PARIS, List.of("a", "b"), T3)).isEqualTo(Map.of("a", T3, "b", T1));

    since.forget(PARIS);
    assertThat(since.holds(PARIS, List.of("b"), T3)).isEqualTo(Map.of("b", T3));
  }
}
