package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a stage is. The counts are those of {@link Summary}, of the clusters of this stage.
 *
 * @param state null where a newer version wrote a state that this one does not know
 * @param startedAt null before its turn came
 * @param succeededAt null while not all its clusters have succeeded
 * @param gateSince null where it waits at no gate
 * @param passedAt null before it was passed
 * @param sampled empty where the stage takes all its clusters
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record StageStatus(
    @JsonPropertyDescription("The name of the stage.") @Required @Size(min = 1, max = 63)
        String name,
    @JsonPropertyDescription(
            "Waiting for its turn, RollingOut, Gating while all its clusters have succeeded and a gate does not hold yet, or Passed.")
        @Nullable StageState state,
    @JsonPropertyDescription("The clusters of the stage.") @Min(0) int total,
    @JsonPropertyDescription("Clusters that cannot take part yet.") @Min(0) int notReady,
    @JsonPropertyDescription("Clusters that are kept from the version for now.") @Min(0) int held,
    @JsonPropertyDescription("Clusters that were not assigned the version yet.") @Min(0)
        int pending,
    @JsonPropertyDescription(
            "Clusters that were assigned the version and did not report on it yet.")
        @Min(0)
        int progressing,
    @JsonPropertyDescription("Clusters that run exactly the version, healthy.") @Min(0)
        int succeeded,
    @JsonPropertyDescription("Clusters where the version could not be applied or is not healthy.")
        @Min(0)
        int failed,
    @JsonPropertyDescription("Clusters that nobody can reach at the moment.") @Min(0)
        int unreachable,
    @JsonPropertyDescription("When its turn came.") @Nullable Instant startedAt,
    @JsonPropertyDescription(
            "Since when all its clusters have succeeded; the soak counts from here.")
        @Nullable Instant succeededAt,
    @JsonPropertyDescription("How many of its gates hold, from the first on.") @Min(0)
        int gatesPassed,
    @JsonPropertyDescription("When the gate that it waits at came up.") @Nullable Instant gateSince,
    @JsonPropertyDescription("When it was passed.") @Nullable Instant passedAt,
    @JsonPropertyDescription("The clusters that its sample took.") @Size(max = 1000)
        List<@Size(max = 253) String> sampled) {

  public StageStatus {
    sampled = Lists.copy(sampled);
  }
}
