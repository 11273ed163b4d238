package dev.tranche.controlplane.marker;

import java.util.Set;

/** What a repository says about one commit, at the time when it was asked. */
public sealed interface CommitAnswer {
  /**
   * The commit is in the history of a branch or a tag.
   *
   * @param commit the full hash
   * @param path the path that was asked about, without {@code .} and slashes that mean nothing;
   *     empty for the whole repository
   * @param touchesPath whether it differs from its first parent there; a first commit, whether it
   *     has anything there. Always true for the whole repository
   * @param current those of the revisions asked about that are in the history of a branch or a tag
   * @param containing those of {@code current} that are the commit or have it in their history
   */
  record Known(
      String commit, String path, boolean touchesPath, Set<String> current, Set<String> containing)
      implements CommitAnswer {
    /** Copies the sets. */
    public Known {
      current = Set.copyOf(current);
      containing = Set.copyOf(containing);
    }
  }

  /**
   * Nothing can be said about what was given.
   *
   * @param message a sentence for people
   */
  record Unknown(Reason reason, String message) implements CommitAnswer {
    /** Why nothing can be said. */
    public enum Reason {
      /** It is not written as a commit. */
      NOT_A_COMMIT,
      /** No branch and no tag contains such a commit: there is none, or a force-push dropped it. */
      NO_SUCH_COMMIT,
      /** More than one commit begins like that. */
      AMBIGUOUS
    }
  }

  /**
   * The repository could not be asked.
   *
   * @param reason a stable word in CamelCase
   * @param message a sentence for people, without secrets
   */
  record Unavailable(String reason, String message) implements CommitAnswer {}
}
