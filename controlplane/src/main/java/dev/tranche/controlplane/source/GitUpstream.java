package dev.tranche.controlplane.source;

import static java.util.stream.Collectors.toMap;

import dev.tranche.controlplane.git.GitException;
import dev.tranche.controlplane.git.GitRemote;
import dev.tranche.controlplane.git.GitTransports;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.Transport;
import org.jspecify.annotations.Nullable;

/** Git servers. Only tags are listed, and no object is ever fetched. */
final class GitUpstream implements Upstream {
  private static final int MOST_SINGLE_TAGS = 16;

  private final GitTransports transports;
  private final Secrets secrets;
  private final Duration deadline;

  /**
   * Asks nothing yet.
   *
   * @param deadline until which a server has to have answered completely
   */
  GitUpstream(GitTransports transports, Secrets secrets, Duration deadline) {
    this.transports = transports;
    this.secrets = secrets;
    this.deadline = deadline;
  }

  @Override
  public Map<WantedVersion, SourceAnswer> ask(Repository repository, Set<WantedVersion> versions)
      throws InterruptedException {
    Map<String, String> secret;
    Map<String, String> proxy;
    try {
      secret = content(repository, repository.secret());
      proxy = content(repository, repository.proxySecret());
    } catch (MissingSecretException e) {
      return all(versions, SourceAnswer.SECRET_NOT_FOUND, e.getMessage());
    }
    var remote = new GitRemote(repository.url(), secret, proxy);
    try {
      return transports.talk(
          remote, deadline, transport -> answers(remote, tags(transport, versions), versions));
    } catch (GitException e) {
      return all(versions, e.reason(), e.getMessage());
    }
  }

  private Map<String, String> content(Repository repository, @Nullable String name)
      throws MissingSecretException {
    var key = repository.key(name);
    if (key.isEmpty()) {
      return Map.of();
    }
    return secrets
        .read(key.get())
        .orElseThrow(() -> new MissingSecretException("there is no Secret " + key.get()));
  }

  private static Collection<Ref> tags(Transport transport, Set<WantedVersion> versions)
      throws IOException {
    try (var connection = transport.openFetch(wanted(versions))) {
      return connection.getRefs();
    }
  }

  /** What the server is asked to list; one that speaks an old protocol lists all it has. */
  private static List<RefSpec> wanted(Set<WantedVersion> versions) {
    var names =
        versions.stream()
            .flatMap(version ->
                switch (version) {
                  case WantedVersion.Tag(var name) -> candidates(name).stream();
                  case WantedVersion.Range _ -> List.of(Constants.R_TAGS + "*").stream();
                })
            .distinct()
            .toList();
    return names.isEmpty()
            || names.size() > MOST_SINGLE_TAGS
            || names.contains(Constants.R_TAGS + "*")
        ? List.of(new RefSpec("refs/tags/*:refs/tags/*"))
        : names.stream().map(name -> new RefSpec(name + ":" + name)).toList();
  }

  /** The full names that a tag may have, the likelier one first; empty where it can have none. */
  private static List<String> candidates(String tag) {
    var below = Constants.R_TAGS + tag;
    var names = tag.startsWith(Constants.R_TAGS) ? List.of(tag, below) : List.of(below);
    return names.stream().filter(org.eclipse.jgit.lib.Repository::isValidRefName).toList();
  }

  private static Map<WantedVersion, SourceAnswer> answers(
      GitRemote remote, Collection<Ref> tags, Set<WantedVersion> versions) {
    var byName = new HashMap<String, Ref>();
    tags.forEach(ref -> byName.put(ref.getName(), ref));
    var answers = new HashMap<WantedVersion, SourceAnswer>();
    for (var version : versions) {
      answers.put(
          version,
          switch (version) {
            case WantedVersion.Tag(var name) -> tag(remote, byName, name);
            case WantedVersion.Range(var semver) -> highest(remote, tags, semver);
          });
    }
    return answers;
  }

  private static SourceAnswer tag(GitRemote remote, Map<String, Ref> byName, String name) {
    for (var candidate : candidates(name)) {
      var ref = byName.get(candidate);
      if (ref != null) {
        return found(ref);
      }
    }
    return new SourceAnswer.NotFound(
        SourceAnswer.TAG_NOT_FOUND, "%s has no tag %s".formatted(remote.place(), name));
  }

  private static SourceAnswer highest(GitRemote remote, Collection<Ref> tags, String semver) {
    VersionRange range;
    try {
      range = VersionRange.of(semver);
    } catch (IllegalArgumentException e) {
      return new SourceAnswer.NotFound(
          SourceAnswer.INVALID_RANGE, "the range '%s' %s".formatted(semver, e.getMessage()));
    }
    Ref best = null;
    Version highest = null;
    for (var ref : tags) {
      var version = version(ref);
      if (version == null || !range.contains(version)) {
        continue;
      }
      // Of equal ones, such as 1.0.0 and v1.0.0, always the same one.
      var compared = highest == null ? 1 : version.compareTo(highest);
      if (best == null
          || compared > 0
          || (compared == 0 && ref.getName().compareTo(best.getName()) > 0)) {
        best = ref;
        highest = version;
      }
    }
    return best == null
        ? new SourceAnswer.NotFound(
            SourceAnswer.NO_MATCHING_TAG,
            "%s has no tag in the range '%s'".formatted(remote.place(), semver))
        : found(best);
  }

  private static @Nullable Version version(Ref ref) {
    return ref.getName().startsWith(Constants.R_TAGS)
        ? Version.ofTag(ref.getName().substring(Constants.R_TAGS.length())).orElse(null)
        : null;
  }

  private static SourceAnswer found(Ref ref) {
    var commit = ref.getPeeledObjectId() == null ? ref.getObjectId() : ref.getPeeledObjectId();
    if (commit == null) {
      throw new IllegalStateException("a server lists a tag without an object");
    }
    return new SourceAnswer.Found(
        ref.getName().substring(Constants.R_TAGS.length()), commit.name());
  }

  private static Map<WantedVersion, SourceAnswer> all(
      Set<WantedVersion> versions, String reason, @Nullable String message) {
    var answer = new SourceAnswer.Unavailable(reason, String.valueOf(message));
    return versions.stream().collect(toMap(version -> version, version -> answer));
  }

  private static final class MissingSecretException extends Exception {
    private static final long serialVersionUID = 1L;

    MissingSecretException(String message) {
      super(message);
    }
  }
}
