package dev.tranche.controlplane.marker;

import dev.tranche.controlplane.marker.CommitAnswer.Unknown.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jgit.internal.storage.file.ObjectDirectory;
import org.eclipse.jgit.lib.AbbreviatedObjectId;
import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.treewalk.TreeWalk;
import org.eclipse.jgit.util.FS;
import org.jspecify.annotations.Nullable;

/**
 * The commits and the trees of one repository, in a folder; the content of files is not needed. All
 * that is here came with everything that it is made of. It may hold what the repository has dropped
 * since: what counts is reached from the tips that a question brings along.
 */
final class Mirror implements AutoCloseable {
  // What an abbreviation of four digits can mean in the largest repositories, and more.
  private static final int TOO_MANY = 256;

  private final ObjectDirectory objects;
  private final BareObjects repository;

  /** Opens an empty one in a folder, which is made. */
  Mirror(Path folder) throws IOException {
    var directory = folder.resolve("objects").toFile();
    var shallow = folder.resolve("shallow").toFile();
    objects = new ObjectDirectory(new Config(), directory, null, FS.DETECTED, shallow);
    objects.create();
    repository = new BareObjects(objects);
  }

  /** What is fetched into. */
  Repository repository() {
    return repository;
  }

  boolean has(ObjectId id) throws IOException {
    return objects.has(id);
  }

  /** How many packs there are; each fetch adds one. */
  int packs() {
    return objects.getPacks().size();
  }

  /**
   * Answers from what is here.
   *
   * @param tips what branches and tags name; those that are not here are left out
   * @return empty where only what is not here could tell
   */
  Optional<CommitAnswer> answer(CommitQuestion question, Collection<ObjectId> tips)
      throws IOException {
    try (var walk = new RevWalk(repository)) {
      walk.setRetainBody(false);
      var here = new HashSet<RevCommit>();
      boolean complete = true;
      for (var tip : tips) {
        if (objects.has(tip)) {
          if (walk.peel(walk.parseAny(tip)) instanceof RevCommit commit) {
            here.add(commit);
          }
        } else {
          complete = false;
        }
      }
      var answer = answer(walk, question, here);
      return complete || settled(answer, question) ? Optional.of(answer) : Optional.empty();
    }
  }

  @Override
  public void close() {
    repository.close();
  }

  /** Whether no further history can change it: it names the commit in full, and all was found. */
  private static boolean settled(CommitAnswer answer, CommitQuestion question) {
    return answer instanceof CommitAnswer.Known known
        && known.commit().length() == question.commit().length()
        && known.current().equals(question.revisions());
  }

  private static CommitAnswer answer(RevWalk walk, CommitQuestion question, Set<RevCommit> tips)
      throws IOException {
    var reader = walk.getObjectReader();
    var named = reader.resolve(abbreviated(question.commit()));
    if (named.size() > TOO_MANY) {
      return ambiguous(question);
    }
    var meant = commits(walk, named);
    var revisions = new HashSet<RevCommit>();
    for (var revision : question.revisions()) {
      if (ObjectId.isId(revision)) {
        revisions.addAll(commits(walk, Set.of(ObjectId.fromString(revision))));
      }
    }
    var wanted = new HashSet<>(meant);
    wanted.addAll(revisions);
    var current = reached(walk, wanted, tips);
    meant.retainAll(current);
    revisions.retainAll(current);
    return switch (meant.size()) {
      case 0 ->
          new CommitAnswer.Unknown(
              Reason.NO_SUCH_COMMIT,
              "no branch or tag of the repository contains a commit %s: it was never there, or was dropped by a force-push"
                  .formatted(question.commit()));
      case 1 -> known(walk, meant.iterator().next(), question.path(), revisions);
      default -> ambiguous(question);
    };
  }

  private static AbbreviatedObjectId abbreviated(String commit) {
    return AbbreviatedObjectId.fromString(commit.toLowerCase(Locale.ROOT));
  }

  private static CommitAnswer known(
      RevWalk walk, RevCommit commit, String path, Set<RevCommit> revisions) throws IOException {
    var containing = new HashSet<String>();
    var current = new HashSet<String>();
    for (var revision : revisions) {
      current.add(revision.name());
      if (walk.isMergedInto(commit, revision)) {
        containing.add(revision.name());
      }
    }
    @Nullable String within = RepositoryPath.of(path);
    return new CommitAnswer.Known(
        commit.name(),
        within == null ? path : within,
        within != null && touches(walk, commit, within),
        current,
        containing);
  }

  private static CommitAnswer ambiguous(CommitQuestion question) {
    return new CommitAnswer.Unknown(
        Reason.AMBIGUOUS,
        "more than one commit begins with %s; give more digits".formatted(question.commit()));
  }

  private static Set<RevCommit> commits(RevWalk walk, Collection<ObjectId> ids) throws IOException {
    var commits = new LinkedHashSet<RevCommit>();
    for (var id : ids) {
      if (walk.getObjectReader().has(id) && walk.parseAny(id) instanceof RevCommit commit) {
        commits.add(commit);
      }
    }
    return commits;
  }

  /** Those of the wanted commits that are in the history of the tips. */
  private static Set<RevCommit> reached(RevWalk walk, Set<RevCommit> wanted, Set<RevCommit> tips)
      throws IOException {
    var reached = new HashSet<RevCommit>();
    walk.reset();
    walk.markStart(tips);
    while (reached.size() < wanted.size()) {
      @Nullable RevCommit next = walk.next();
      if (next == null) {
        break;
      }
      if (wanted.contains(next)) {
        reached.add(next);
      }
    }
    walk.reset();
    return reached;
  }

  private static boolean touches(RevWalk walk, RevCommit commit, String path) throws IOException {
    if (path.isEmpty()) {
      return true;
    }
    var reader = walk.getObjectReader();
    var after = at(reader, path, commit);
    if (commit.getParentCount() == 0) {
      return after != null;
    }
    return !Objects.equals(at(reader, path, walk.parseCommit(commit.getParent(0))), after);
  }

  private static @Nullable Entry at(ObjectReader reader, String path, RevCommit commit)
      throws IOException {
    try (var walk = TreeWalk.forPath(reader, path, commit.getTree())) {
      return walk == null ? null : new Entry(walk.getRawMode(0), walk.getObjectId(0));
    }
  }

  private record Entry(int mode, ObjectId id) {}
}
