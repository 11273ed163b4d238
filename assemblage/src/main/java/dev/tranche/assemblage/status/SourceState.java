package dev.tranche.assemblage.status;

import dev.tranche.assemblage.Drift;
import dev.tranche.assemblage.Expansion;
import dev.tranche.crd.flux.source.v1.GitRepository;
import dev.tranche.crd.flux.source.v1.HelmChart;
import dev.tranche.crd.flux.source.v1.OCIRepository;
import io.fabric8.kubernetes.api.model.HasMetadata;
import org.jspecify.annotations.Nullable;

/**
 * One look at one of the sources of a sync.
 *
 * @param wanted what was written
 * @param origin for a HelmChart, the GitRepository that it is to be made from; else the same as
 *     {@code wanted}
 * @param state of the source as it is
 */
record SourceState(HasMetadata wanted, HasMetadata origin, FluxObject state) {

  /** Whether somebody edited it, or this is from before the last write. */
  boolean hasDrifted() {
    return Drift.ofSpec(wanted, state.object()).any();
  }

  /**
   * The revision of the artifact, if it is that of the wanted version, made from the wanted spec.
   */
  @Nullable String artifact() {
    @Nullable String revision = anyArtifact();
    @Nullable String fetched = fetched();
    return revision != null && fetched != null && state.isObserved() && isWanted(fetched)
        ? revision
        : null;
  }

  /** The revision of the artifact, whatever it was made from. */
  @Nullable String anyArtifact() {
    return switch (state.object()) {
      case GitRepository repository ->
          repository.getStatus() == null || repository.getStatus().getArtifact() == null
              ? null
              : repository.getStatus().getArtifact().getRevision();
      case OCIRepository repository ->
          repository.getStatus() == null || repository.getStatus().getArtifact() == null
              ? null
              : repository.getStatus().getArtifact().getRevision();
      case HelmChart chart ->
          chart.getStatus() == null || chart.getStatus().getArtifact() == null
              ? null
              : chart.getStatus().getArtifact().getRevision();
      default -> null;
    };
  }

  /** The revision, as Flux writes it, of what was fetched from outside for the artifact. */
  private @Nullable String fetched() {
    return state.object() instanceof HelmChart chart
        ? chart.getStatus() == null ? null : chart.getStatus().getObservedSourceArtifactRevision()
        : anyArtifact();
  }

  /** Whether a revision, as Flux writes it, is of the wanted version. */
  boolean isWanted(String revision) {
    return switch (origin) {
      case GitRepository repository -> {
        var ref = repository.getSpec().getRef();
        var annotations = repository.getMetadata().getAnnotations();
        @Nullable String commit = annotations == null ? null : annotations.get(Expansion.COMMIT);
        yield ref.getCommit() != null
            ? revision.endsWith(":" + ref.getCommit())
            : revision.startsWith(ref.getTag() + "@sha")
                && (commit == null || revision.endsWith(":" + commit));
      }
      case OCIRepository repository -> {
        var ref = repository.getSpec().getRef();
        yield ref.getDigest() != null
            ? revision.equals(ref.getDigest()) || revision.endsWith("@" + ref.getDigest())
            : revision.startsWith(ref.getTag() + "@sha");
      }
      default -> false;
    };
  }

  /** A revision with the tag in front, which Flux leaves out of what is given by more than that. */
  static String named(HasMetadata origin, String revision) {
    return switch (origin) {
      case GitRepository repository
          when revision.matches("sha(1|256):" + repository.getSpec().getRef().getCommit()) ->
          withTag(repository.getSpec().getRef().getTag(), revision);
      case OCIRepository repository
          when revision.equals(repository.getSpec().getRef().getDigest()) ->
          withTag(repository.getSpec().getRef().getTag(), revision);
      default -> revision;
    };
  }

  private static String withTag(@Nullable String tag, String revision) {
    return tag == null ? revision : tag + "@" + revision;
  }
}
