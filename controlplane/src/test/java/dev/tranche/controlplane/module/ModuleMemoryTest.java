package dev.tranche.controlplane.module;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.assemblage.lookup.ReferencedObjects;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ModuleMemoryTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final Instant LATER = NOW.plus(Duration.ofHours(1));

  private final KubernetesClient client =
      new KubernetesClientBuilder().withConfig(Config.empty()).build();
  private final ModuleMemory memory =
      new ModuleMemory(
          "fleet",
          new ReferencedObjects(client, Clock.systemUTC(), namespace -> {}),
          (values, origins) -> "");

  @AfterEach
  void close() {
    client.close();
  }

  @Test
  void timeThatAClusterWasAwayDoesNotCount() {
    assertThat(memory.since("c", "a", NOW, NOW)).isEqualTo(NOW);
    assertThat(memory.backSince("c", NOW)).isEqualTo(Instant.MIN);
    memory.away("c");
    assertThat(memory.backSince("c", LATER)).isEqualTo(LATER);
    assertThat(memory.since("c", "a", NOW, LATER.plusSeconds(1))).isEqualTo(LATER);
    assertThat(memory.backSince("c", LATER.plusSeconds(2))).isEqualTo(LATER);
  }

  @Test
  void anotherRevisionBeginsAnew() {
    assertThat(memory.since("c", "a", null, NOW)).isEqualTo(NOW);
    assertThat(memory.since("c", "a", null, LATER)).isEqualTo(NOW);
    assertThat(memory.since("c", "b", null, LATER)).isEqualTo(LATER);
  }
}
