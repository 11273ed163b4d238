package dev.tranche.controlplane.source;

import static java.util.stream.Collectors.toMap;

import dev.tranche.controlplane.oci.OciException;
import dev.tranche.controlplane.oci.OciQuestions;
import dev.tranche.controlplane.oci.OciRemote;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Registries of OCI artifacts. No artifact is ever fetched. */
final class OciUpstream implements Upstream {
  private final Secrets secrets;
  private final Duration deadline;

  /**
   * Asks nothing yet.
   *
   * @param deadline until which a registry has to have answered completely
   */
  OciUpstream(Secrets secrets, Duration deadline) {
    this.secrets = secrets;
    this.deadline = deadline;
  }

  @Override
  public Map<WantedVersion, SourceAnswer> ask(Repository repository, Set<WantedVersion> versions)
      throws InterruptedException {
    try {
      var remote =
          new OciRemote(
              repository.url(),
              content(repository, repository.secret()),
              content(repository, repository.certSecret()),
              content(repository, repository.proxySecret()),
              repository.insecure());
      try (var questions = OciQuestions.to(remote, deadline)) {
        return answers(remote, questions, versions);
      }
    } catch (MissingSecretException e) {
      return all(versions, SourceAnswer.SECRET_NOT_FOUND, e.getMessage());
    } catch (OciException e) {
      return all(versions, e.reason(), e.getMessage());
    }
  }

  private static Map<WantedVersion, SourceAnswer> answers(
      OciRemote remote, OciQuestions questions, Set<WantedVersion> versions)
      throws OciException, InterruptedException {
    boolean ranges = versions.stream().anyMatch(WantedVersion.Range.class::isInstance);
    List<String> tags = ranges ? questions.tags() : List.of();
    var answers = new HashMap<WantedVersion, SourceAnswer>();
    for (var version : versions) {
      answers.put(
          version,
          switch (version) {
            case WantedVersion.Tag(var name) -> tag(remote, questions, name);
            case WantedVersion.Range(var semver) -> highest(remote, questions, tags, semver);
          });
    }
    return answers;
  }

  private static SourceAnswer tag(OciRemote remote, OciQuestions questions, String tag)
      throws OciException, InterruptedException {
    return questions
        .digest(tag)
        .<SourceAnswer>map(digest -> new SourceAnswer.Found(tag, digest))
        .orElseGet(() ->
            new SourceAnswer.NotFound(
                SourceAnswer.TAG_NOT_FOUND, "%s has no tag %s".formatted(remote.place(), tag)));
  }

  private static SourceAnswer highest(
      OciRemote remote, OciQuestions questions, List<String> tags, String semver)
      throws OciException, InterruptedException {
    VersionRange range;
    try {
      range = VersionRange.of(semver);
    } catch (IllegalArgumentException e) {
      return new SourceAnswer.NotFound(
          SourceAnswer.INVALID_RANGE, "the range '%s' %s".formatted(semver, e.getMessage()));
    }
    // Of equal ones, such as 1.0.0 and v1.0.0, always the same one.
    Optional<String> best =
        tags.stream()
            .filter(tag -> Version.ofTag(tag).filter(range::contains).isPresent())
            .max(
                Comparator.<String, Version>comparing(tag -> Version.ofTag(tag).orElseThrow())
                    .thenComparing(Comparator.naturalOrder()));
    return best.isEmpty()
        ? new SourceAnswer.NotFound(
            SourceAnswer.NO_MATCHING_TAG,
            "%s has no tag in the range '%s'".formatted(remote.place(), semver))
        : tag(remote, questions, best.get());
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
