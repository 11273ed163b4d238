package dev.tranche.controlplane;

import dev.tranche.testbed.Hub;
import dev.tranche.testbed.JavaProgram;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A control plane in a process of its own, under the rights of {@code deploy/controlplane}. */
final class ControlPlaneProcess {
  private ControlPlaneProcess() {}

  /** Starts it for one namespace, with these options too, and waits until it works. */
  static JavaProgram start(Hub hub, String namespace, Path directory, String... options) {
    hub.apply(Path.of("deploy", "controlplane"));
    var process =
        JavaProgram.start(
            Main.class.getName(),
            Stream.concat(Stream.of("--namespace", namespace), Stream.of(options)).toList(),
            directory,
            hub.kubeconfigFor(RunningControlPlane.USER, RunningControlPlane.GROUPS));
    TestFleet.eventually().until(() -> process.log().contains("started"));
    return process;
  }
}
