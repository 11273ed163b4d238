package dev.tranche.controlplane;

import dev.tranche.assemblage.kube.ObjectKey;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/**
 * A Lease that one process at a time holds. It is given back on close, so that another need not
 * wait for its end.
 */
final class Leadership implements AutoCloseable {
  private static final Duration LEASE = Duration.ofSeconds(15);
  private static final Duration RENEW_WITHIN = Duration.ofSeconds(10);
  private static final Duration RETRY = Duration.ofSeconds(2);

  private final CountDownLatch acquired = new CountDownLatch(1);
  private final CompletableFuture<?> elector;

  /**
   * Begins to try for the Lease.
   *
   * @param instance tells this process from others
   * @param lost called when the Lease was held and is no longer, also on close
   */
  Leadership(KubernetesClient client, ObjectKey lease, String instance, Runnable lost) {
    elector =
        client
            .leaderElector()
            .withConfig(
                new LeaderElectionConfigBuilder()
                    .withName(lease.name())
                    .withLock(new LeaseLock(lease.namespace(), lease.name(), instance))
                    .withLeaseDuration(LEASE)
                    .withRenewDeadline(RENEW_WITHIN)
                    .withRetryPeriod(RETRY)
                    .withReleaseOnCancel(true)
                    .withLeaderCallbacks(
                        new LeaderCallbacks(acquired::countDown, lost, leader -> {}))
                    .build())
            .build()
            .start();
  }

  /** Opens once the Lease is held. */
  CountDownLatch acquired() {
    return acquired;
  }

  @Override
  public void close() {
    elector.cancel(true);
  }
}
