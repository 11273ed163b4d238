package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Clusters that are kept at a revision.
 *
 * @param clusters empty where {@code selector} is given
 * @param selector null where {@code clusters} are given
 * @param revision null means what the cluster runs
 * @param until null means for ever
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value = "has(self.clusters) != has(self.selector)",
    message = "give exactly one of clusters and selector")
public record Pin(
    @JsonPropertyDescription("The clusters, by their names.")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @Size(min = 1, max = 256)
        List<@Size(min = 1, max = 253) String> clusters,
    @JsonPropertyDescription("The clusters, by their labels; an empty selector selects all.")
        @Nullable ClusterSelector selector,
    @JsonPropertyDescription(
            "A revision of the module's history: a word as in status.targetRevision, the name of its ControllerRevision, or the version. Left out, what each cluster runs now.")
        @Size(min = 1, max = 253)
        @Nullable String revision,
    @JsonPropertyDescription("Why, for whoever wonders later.") @Required @Size(min = 1, max = 1024)
        String reason,
    @JsonPropertyDescription("When the pin ends, such as 2026-01-31T17:00:00Z. Left out, never.")
        // What the API server takes for a date-time is more than can be read.
        @Pattern(
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?(Z|[+-](0[0-9]|1[0-7]):[0-5][0-9])$")
        @Nullable Instant until) {

  public Pin {
    clusters = Lists.copy(clusters);
  }
}
