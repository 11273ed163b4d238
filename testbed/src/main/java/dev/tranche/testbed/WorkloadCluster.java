package dev.tranche.testbed;

import java.util.function.Consumer;

/** A cluster that things are rolled out to. */
public final class WorkloadCluster extends ApiServer implements AutoCloseable {
  private final Consumer<WorkloadCluster> onClose;

  WorkloadCluster(Host host, String name, String id, Consumer<WorkloadCluster> onClose) {
    super(host, name, id);
    this.onClose = onClose;
  }

  /**
   * Installs Flux's CRDs and starts its controllers for this cluster alone, its helm-controller
   * where the fleet has it; returns when they are ready. Does nothing where they run already.
   */
  public void startFlux() {
    allFluxCrds().forEach(this::apply);
    flux().forEach(Program::start);
    flux().forEach(Program::awaitReady);
  }

  /** Ends the cluster for good; its data is not to be had again. */
  @Override
  public void close() {
    onClose.accept(this);
    programs().forEach(Program::beginKill);
    programs().forEach(Program::awaitEnd);
  }
}
