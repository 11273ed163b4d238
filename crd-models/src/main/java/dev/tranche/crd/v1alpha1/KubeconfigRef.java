package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** A key of a Secret in the same namespace that holds a kubeconfig. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record KubeconfigRef(
    @JsonPropertyDescription("The name of the Secret.") @Required @Size(min = 1, max = 253)
        String name,
    @JsonPropertyDescription("The key within the Secret.")
        @Default("\"value\"")
        @Size(min = 1, max = 253)
        @Nullable String key) {

  /** The key under which Cluster API keeps a kubeconfig. */
  public static final String DEFAULT_KEY = "value";

  /** The key within the Secret, {@value #DEFAULT_KEY} where none is given. */
  @JsonIgnore
  public String keyOrDefault() {
    return key == null ? DEFAULT_KEY : key;
  }
}
