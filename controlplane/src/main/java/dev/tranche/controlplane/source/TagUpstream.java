package dev.tranche.controlplane.source;

import static java.util.stream.Collectors.toMap;

import dev.tranche.controlplane.server.Secrets;
import dev.tranche.controlplane.server.ServerException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Servers whose versions are tags. A subclass says how they are talked to. */
abstract class TagUpstream implements Upstream {
  private final Secrets secrets;

  /** Reads Secrets before each question. */
  TagUpstream(Secrets secrets) {
    this.secrets = secrets;
  }

  /** The tags of one repository. */
  interface Tags {
    /** What a tag is; empty where there is none of this name. */
    Optional<SourceAnswer.Found> find(String tag) throws ServerException, InterruptedException;

    /** All of them. */
    Stream<String> names() throws ServerException, InterruptedException;
  }

  /**
   * Asks a repository by {@link #answers}.
   *
   * @throws ServerException where there is no answer to any
   */
  abstract Map<WantedVersion, SourceAnswer> answers(
      Repository repository, Set<WantedVersion> versions)
      throws ServerException, InterruptedException;

  @Override
  public final Map<WantedVersion, SourceAnswer> ask(
      Repository repository, Set<WantedVersion> versions) throws InterruptedException {
    try {
      return answers(repository, versions);
    } catch (ServerException e) {
      var answer = new SourceAnswer.Unavailable(e.reason(), e.getMessage());
      return versions.stream().collect(toMap(version -> version, version -> answer));
    }
  }

  /**
   * What a Secret says.
   *
   * @param name null where none is given, which says nothing
   */
  final Map<String, String> content(Repository repository, @Nullable String name)
      throws ServerException {
    var key = repository.key(name);
    if (key.isEmpty()) {
      return Map.of();
    }
    return secrets
        .read(key.get())
        .orElseThrow(() ->
            new ServerException(SourceAnswer.SECRET_NOT_FOUND, "there is no Secret " + key.get()));
  }

  /**
   * An answer to each version.
   *
   * @param place where the tags are, as people are told
   */
  static Map<WantedVersion, SourceAnswer> answers(
      String place, Tags tags, Set<WantedVersion> versions)
      throws ServerException, InterruptedException {
    var answers = new HashMap<WantedVersion, SourceAnswer>();
    for (var version : versions) {
      answers.put(
          version,
          switch (version) {
            case WantedVersion.Tag(var name) -> tag(place, tags, name);
            case WantedVersion.Range(var semver) -> highest(place, tags, semver);
          });
    }
    return answers;
  }

  private static SourceAnswer tag(String place, Tags tags, String name)
      throws ServerException, InterruptedException {
    var found = tags.find(name);
    return found.isPresent()
        ? found.get()
        : new SourceAnswer.NotFound(
            SourceAnswer.TAG_NOT_FOUND, "%s has no tag %s".formatted(place, name));
  }

  private static SourceAnswer highest(String place, Tags tags, String semver)
      throws ServerException, InterruptedException {
    VersionRange range;
    try {
      range = VersionRange.of(semver);
    } catch (IllegalArgumentException e) {
      return new SourceAnswer.NotFound(
          SourceAnswer.INVALID_RANGE, "the range '%s' %s".formatted(semver, e.getMessage()));
    }
    var highest = range.highest(tags.names());
    return highest.isPresent()
        ? tag(place, tags, highest.get())
        : new SourceAnswer.NotFound(
            SourceAnswer.NO_MATCHING_TAG,
            "%s has no tag in the range '%s'".formatted(place, semver));
  }
}
