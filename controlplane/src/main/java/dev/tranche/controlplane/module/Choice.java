package dev.tranche.controlplane.module;

import dev.tranche.controlplane.source.Known;
import dev.tranche.controlplane.source.SourceAnswer;
import dev.tranche.controlplane.source.SourceRequest;
import dev.tranche.controlplane.source.WantedVersion;
import dev.tranche.rollout.Reason;
import org.jspecify.annotations.Nullable;

/**
 * Which tag and commit a version stands for.
 *
 * @param found null where that is not known
 * @param trouble what a person should know of what the server said last; null where it said nothing
 *     new, or nothing at all
 */
record Choice(SourceAnswer.@Nullable Found found, @Nullable Reason trouble) {
  /** The tag is somewhere else by now, or not there any more. */
  static final String TAG_MOVED = "TagMoved";

  static final String TAG_DELETED = "TagDeleted";

  /**
   * Decides.
   *
   * @param before what was chosen before; null where nothing was
   * @param known what the server said
   */
  static Choice of(SourceRequest request, SourceAnswer.@Nullable Found before, Known known) {
    return switch (known.newest()) {
      case null -> new Choice(before, null);
      case SourceAnswer.Found found -> found(request, before, found);
      case SourceAnswer.NotFound missing ->
          before == null
              ? new Choice(null, new Reason(missing.reason(), missing.message()))
              : new Choice(before, gone(request, before));
      case SourceAnswer.Unavailable away ->
          new Choice(before, new Reason(away.reason(), away.message()));
    };
  }

  private static Choice found(
      SourceRequest request, SourceAnswer.@Nullable Found before, SourceAnswer.Found found) {
    if (before == null) {
      return new Choice(found, null);
    }
    if (before.tag().equals(found.tag())) {
      return new Choice(
          before,
          before.revision().equals(found.revision()) ? null : moved(request, before, found));
    }
    // A range follows tags that are added, and none that are taken away.
    return WantedVersion.isHigher(found.tag(), before.tag())
        ? new Choice(found, null)
        : new Choice(before, gone(request, before));
  }

  private static Reason moved(
      SourceRequest request, SourceAnswer.Found before, SourceAnswer.Found found) {
    return new Reason(
        TAG_MOVED,
        "tag %s of %s was at %s when it was first assigned, which still is what runs, and is at %s now; to have that, declare it as the revision or under another tag"
            .formatted(before.tag(), request.url(), before.revision(), found.revision()));
  }

  private static Reason gone(SourceRequest request, SourceAnswer.Found before) {
    return new Reason(
        TAG_DELETED,
        "%s has no tag %s any more; %s, where it was, still is what runs"
            .formatted(request.url(), before.tag(), before.revision()));
  }
}
