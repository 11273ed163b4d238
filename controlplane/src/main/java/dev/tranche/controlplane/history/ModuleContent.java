package dev.tranche.controlplane.history;

import dev.tranche.crd.v1alpha1.Binding;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.Source;
import dev.tranche.crd.v1alpha1.Sync;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * What a module declares to run, before its bindings are replaced.
 *
 * @param revision a word for it, which changes whenever it does
 * @param sync at an exact version, unless that differs per cluster
 */
public record ModuleContent(
    String revision, Delivery delivery, Sync sync, List<Binding> controlPlaneBindings) {
  private static final int BYTES = 8;

  public ModuleContent {
    controlPlaneBindings = List.copyOf(controlPlaneBindings);
  }

  /**
   * The content of a module as it is now.
   *
   * @param source its source at the version that it is found to have
   */
  public static ModuleContent of(
      FleetModule module, Source source, KubernetesSerialization serialization) {
    var spec = module.getSpec();
    var delivery = spec.deliveryOrDefault();
    var sync = new Sync(source, spec.sync().syncPackage(), spec.sync().bindings());
    var content =
        switch (delivery) {
          case REMOTE -> List.of(sync, spec.controlPlaneBindings());
          case PROXY -> List.of(sync, spec.controlPlaneBindings(), delivery);
        };
    return new ModuleContent(
        digest(serialization.asJson(content)), delivery, sync, spec.controlPlaneBindings());
  }

  private static String digest(String content) {
    try {
      var digest =
          MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The version as a person says it: the tag or the commit. */
  public String version() {
    return sync.source().version();
  }
}
