package dev.tranche.controlplane;

import static dev.tranche.controlplane.TestFleet.eventually;

import dev.tranche.testbed.AuditEvent;
import dev.tranche.testbed.AuditLog;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** What the control plane has written in a namespace since a mark, by the hub's own audit log. */
record Writes(TestFleet hub, AuditLog.Mark mark) {
  private static final Duration QUIET = Duration.ofSeconds(2);

  static Writes from(TestFleet hub) {
    return new Writes(hub, hub.hub().auditLog().mark());
  }

  List<AuditEvent> list() {
    return hub.hub().auditLog().since(mark).stream()
        .filter(AuditEvent::isWrite)
        .filter(event -> event.user().equals(RunningControlPlane.USER))
        .filter(event -> event.namespace().equals(hub.namespace()))
        .filter(event -> !event.resource().equals("leases"))
        .toList();
  }

  /** Returns after a while in which nothing was written; fails where there is none. */
  void awaitEnd() {
    var before = new AtomicInteger(-1);
    eventually()
        .pollDelay(Duration.ZERO)
        .pollInterval(QUIET)
        .until(() -> {
          int now = list().size();
          return before.getAndSet(now) == now;
        });
  }
}
