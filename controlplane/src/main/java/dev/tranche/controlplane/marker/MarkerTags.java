package dev.tranche.controlplane.marker;

import dev.tranche.controlplane.git.GitException;
import dev.tranche.controlplane.git.GitRemote;
import dev.tranche.controlplane.git.GitTransports;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.internal.JGitText;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.NullProgressMonitor;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.TagBuilder;
import org.eclipse.jgit.transport.RemoteRefUpdate;
import org.eclipse.jgit.transport.Transport;
import org.jspecify.annotations.Nullable;

/**
 * The tags that say in a module's own repository how far it has been applied everywhere. They are
 * moved with a lease: the server compares what the tag names with what we saw there, so that a move
 * by somebody else in between is never overwritten.
 */
public final class MarkerTags {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final Set<String> MISSING_RIGHTS =
      Set.of(
          GitException.AUTHENTICATION_FAILED,
          GitException.PERMISSION_DENIED,
          GitException.REPOSITORY_NOT_FOUND);
  // What servers say where two pushes meet, or a lease is lost. A refusal for good may sound alike.
  private static final Pattern RACE =
      Pattern.compile("lock|old id|expected|failed to update", Pattern.CASE_INSENSITIVE);
  private static final int TRIES = 4;
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final String INTERRUPTED = "Interrupted";
  private static final int LONGEST_WORDS = 200;

  private final GitTransports transports;
  private final Clock clock;

  /**
   * Asks nothing yet.
   *
   * @param clock what the tags are dated by
   */
  public MarkerTags(GitTransports transports, Clock clock) {
    this.transports = transports;
    this.clock = clock;
  }

  /** Where a marker is now, whoever moved it there. Blocks while the repository is asked. */
  public MarkerReading read(GitRemote remote, MarkerName name) {
    try {
      return transports.talk(remote, DEADLINE, transport -> read(transport, name.ref()));
    } catch (GitException e) {
      return new MarkerReading.Unavailable(e.reason(), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new MarkerReading.Unavailable(INTERRUPTED, "reading the marker was called off");
    }
  }

  /**
   * Lets a marker mean a commit. Blocks while the repository is asked.
   *
   * @param expected the full hash of the commit that it should mean until now; null where there
   *     should be none
   * @param commit the full hash of the commit that it is to mean, which the repository has
   */
  public MarkerMove move(
      GitRemote remote, MarkerName name, @Nullable String expected, String commit) {
    return change(remote, name, expected, commit);
  }

  /**
   * Removes a marker. Blocks while the repository is asked.
   *
   * @param expected the full hash of the commit that it should mean until now
   */
  public MarkerMove remove(GitRemote remote, MarkerName name, String expected) {
    return change(remote, name, expected, null);
  }

  private MarkerMove change(
      GitRemote remote, MarkerName name, @Nullable String expected, @Nullable String wanted) {
    if (!Repository.isValidRefName(name.ref())) {
      return new MarkerMove.PushRefused(
          "git allows no tag %s; use --sync-state=native for this module's markers"
              .formatted(name.tag()));
    }
    if (wanted != null && !ObjectId.isId(wanted)) {
      return new MarkerMove.PushRefused(
          "%s is no commit of 40 hexadecimal digits, and others cannot be marked in git; use --sync-state=native"
              .formatted(wanted));
    }
    try {
      return tryToChange(remote, name, expected, wanted);
    } catch (GitException e) {
      // It can be read with the same credentials, as we have just seen.
      return MISSING_RIGHTS.contains(e.reason())
          ? refused(remote, name, e.getMessage())
          : new MarkerMove.Unavailable(e.reason(), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new MarkerMove.Unavailable(INTERRUPTED, "moving the marker was called off");
    }
  }

  private MarkerMove tryToChange(
      GitRemote remote, MarkerName name, @Nullable String expected, @Nullable String wanted)
      throws GitException, InterruptedException {
    var refusal = Optional.<String>empty();
    for (int tries = 0; ; tries++) {
      var seen = read(remote, name);
      var settled = settled(seen, expected, wanted);
      if (settled.isPresent()) {
        return settled.get();
      }
      if (refusal.isPresent()) {
        if (tries == TRIES || !RACE.matcher(refusal.get()).find()) {
          return refused(remote, name, refusal.get());
        }
        Thread.sleep(PAUSE.multipliedBy(ThreadLocalRandom.current().nextInt(1, 1 << tries)));
      }
      refusal = push(remote, name, lease(seen), wanted);
      if (refusal.isEmpty()) {
        return new MarkerMove.Moved();
      }
    }
  }

  /** What became of it, unless there is something to push. */
  private static Optional<MarkerMove> settled(
      MarkerReading reading, @Nullable String expected, @Nullable String wanted) {
    return switch (reading) {
      case MarkerReading.Unavailable(var reason, var message) ->
          Optional.of(new MarkerMove.Unavailable(reason, message));
      case MarkerReading.Absent() -> settled((String) null, expected, wanted);
      case MarkerReading.Found(var commit, var object) -> settled(commit, expected, wanted);
    };
  }

  private static Optional<MarkerMove> settled(
      @Nullable String found, @Nullable String expected, @Nullable String wanted) {
    if (Objects.equals(found, wanted)) {
      return Optional.of(new MarkerMove.AlreadyThere());
    }
    return Objects.equals(found, expected)
        ? Optional.empty()
        : Optional.of(new MarkerMove.MovedByOther(found));
  }

  private static ObjectId lease(MarkerReading reading) {
    return switch (reading) {
      case MarkerReading.Found(var commit, var object) -> ObjectId.fromString(object);
      case MarkerReading.Absent(), MarkerReading.Unavailable _ -> ObjectId.zeroId();
    };
  }

  private static MarkerReading read(Transport transport, String name) throws IOException {
    try (var connection = transport.openFetch(List.of(), name)) {
      @Nullable Ref ref = connection.getRef(name);
      if (ref == null) {
        return new MarkerReading.Absent();
      }
      @Nullable ObjectId object = ref.getObjectId();
      if (object == null) {
        return new MarkerReading.Absent();
      }
      @Nullable ObjectId peeled = ref.getPeeledObjectId();
      return new MarkerReading.Found((peeled == null ? object : peeled).name(), object.name());
    }
  }

  /** Empty where the server took it; what it said otherwise. */
  private Optional<String> push(
      GitRemote remote, MarkerName name, ObjectId lease, @Nullable String wanted)
      throws GitException, InterruptedException {
    var alone = wanted == null ? TagAlone.none() : TagAlone.of(tag(name, wanted));
    try (var local = new BareObjects(alone)) {
      return transports.talk(
          local,
          remote,
          DEADLINE,
          transport -> {
            try (var connection = transport.openPush()) {
              connection.getRefs().stream()
                  .map(Ref::getObjectId)
                  .filter(Objects::nonNull)
                  .findFirst()
                  .ifPresent(alone::serverHas);
              var ref = name.ref();
              var update =
                  new RemoteRefUpdate(local, (String) null, alone.tag(), ref, true, null, lease);
              connection.push(NullProgressMonitor.INSTANCE, Map.of(ref, update));
              return update.getStatus() == RemoteRefUpdate.Status.OK
                  ? Optional.empty()
                  : Optional.of(
                      Objects.requireNonNullElse(update.getMessage(), "it gave no reason"));
            } catch (TransportException e) {
              // What JGit makes of a server that closes the connection, but lets us read.
              if (String.valueOf(e.getMessage()).endsWith(JGitText.get().pushNotPermitted)) {
                return Optional.of("it does not permit to push");
              }
              throw e;
            }
          });
    }
  }

  private static MarkerMove refused(GitRemote remote, MarkerName name, String words) {
    return new MarkerMove.PushRefused(
        "%s does not take the tag %s (%s); give its credentials the right to create, move and delete tags under tranche/, or use --sync-state=native"
            .formatted(remote.place(), name.tag(), line(words)));
  }

  /** What somebody else said, as a part of a sentence. */
  private static String line(String words) {
    var line = words.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    return line.length() > LONGEST_WORDS ? line.substring(0, LONGEST_WORDS) + "…" : line;
  }

  private TagBuilder tag(MarkerName name, String commit) {
    var tag = new TagBuilder();
    tag.setTag(name.tag());
    tag.setObjectId(ObjectId.fromString(commit), Constants.OBJ_COMMIT);
    tag.setTagger(new PersonIdent("tranche", "", clock.instant(), ZoneOffset.UTC));
    tag.setMessage(
        """
        %s/%s is applied everywhere at %s

        Tranche moves this tag when a rollout completes.
        """
            .formatted(name.namespace(), name.module(), commit));
    return tag;
  }
}
