package dev.tranche.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.testbed.Hub;
import dev.tranche.testbed.junit.FleetTest;
import dev.tranche.testbed.junit.TestNamespace;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

@FleetTest(flux = false, clusterApi = false)
class LeadershipTest {
  @Test
  void oneLeadsAndHandsOverWhenItEnds(Hub hub, TestNamespace namespace)
      throws InterruptedException {
    var lease = new ObjectKey(namespace.name(), "lease");
    var losses = new AtomicInteger();
    var first = new Leadership(hub.client(), lease, "first", losses::incrementAndGet);
    assertThat(first.acquired().await(10, TimeUnit.SECONDS)).isTrue();
    try (var second = new Leadership(hub.client(), lease, "second", () -> {})) {
      Awaitility.await()
          .during(Duration.ofSeconds(3))
          .atMost(Duration.ofSeconds(5))
          .until(() -> second.acquired().getCount() == 1);
      first.close();
      // Far sooner than the lease would end.
      assertThat(second.acquired().await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(losses).hasValue(1);
    } finally {
      first.close();
    }
  }
}
