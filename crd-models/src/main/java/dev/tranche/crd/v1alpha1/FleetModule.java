package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;

/**
 * What Module and BootstrapModule have in common, which is everything but their kind.
 *
 * <p>The kind is also the {@code origin} of the syncs that a module writes into assemblages.
 */
public abstract sealed class FleetModule extends CustomResource<ModuleSpec, ModuleStatus>
    implements Namespaced permits Module, BootstrapModule {
  /** The API group of all kinds of Tranche. */
  public static final String GROUP = "fleet.tranche.dev";

  /** The version of all kinds of Tranche. */
  public static final String VERSION = "v1alpha1";

  @Override
  @Required
  @JsonPropertyDescription("What shall run, and where.")
  public ModuleSpec getSpec() {
    return super.getSpec();
  }

  @Override
  @Default("{\"observedGeneration\":-1}")
  @JsonPropertyDescription("What Tranche knows of it; bounded, whatever the size of the fleet.")
  public ModuleStatus getStatus() {
    return super.getStatus();
  }
}
