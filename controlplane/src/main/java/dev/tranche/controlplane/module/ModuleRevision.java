package dev.tranche.controlplane.module;

import dev.tranche.crd.v1alpha1.FleetModule;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** A word for what a module declares, before its bindings are replaced. */
final class ModuleRevision {
  private static final int BYTES = 8;

  private ModuleRevision() {}

  static String of(FleetModule module, KubernetesSerialization serialization) {
    var spec = module.getSpec();
    var content = serialization.asJson(List.of(spec.sync(), spec.controlPlaneBindings()));
    try {
      var digest =
          MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
