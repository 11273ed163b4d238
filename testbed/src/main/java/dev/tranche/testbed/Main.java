package dev.tranche.testbed;

import java.util.concurrent.CountDownLatch;

/** Runs a fleet until Ctrl-C, for people who want to look at one. */
final class Main {
  private Main() {}

  /** Arguments are the names of workload clusters. */
  public static void main(String[] clusters) throws InterruptedException {
    var fleet = Fleet.builder().clusters(clusters).progress(System.err::println).start();
    System.out.println("export PATH=" + fleet.kubectl().getParent() + ":$PATH");
    System.out.println("export KUBECONFIG=" + fleet.hub().kubeconfig());
    fleet
        .clusters()
        .forEach(
            cluster -> System.out.println("# " + cluster.name() + ": " + cluster.kubeconfig()));
    System.err.println("Ctrl-C ends the fleet; its logs are in " + fleet.logs());
    new CountDownLatch(1).await();
  }
}
