package dev.tranche.controlplane.source;

import dev.tranche.controlplane.oci.OciQuestions;
import dev.tranche.controlplane.oci.OciRemote;
import dev.tranche.controlplane.server.Secrets;
import dev.tranche.controlplane.server.ServerException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Registries of OCI artifacts. No artifact is ever fetched. */
final class OciUpstream extends TagUpstream {
  private final Duration deadline;

  /**
   * Asks nothing yet.
   *
   * @param deadline until which a registry has to have answered completely
   */
  OciUpstream(Secrets secrets, Duration deadline) {
    super(secrets);
    this.deadline = deadline;
  }

  @Override
  Map<WantedVersion, SourceAnswer> answers(Repository repository, Set<WantedVersion> versions)
      throws ServerException, InterruptedException {
    var remote =
        new OciRemote(
            repository.url(),
            content(repository, repository.secret()),
            content(repository, repository.certSecret()),
            content(repository, repository.proxySecret()),
            repository.insecure());
    try (var questions = OciQuestions.to(remote, deadline)) {
      return answers(remote.place(), new RegistryTags(questions), versions);
    }
  }

  /** Asked one by one, and for all names once. */
  private static final class RegistryTags implements Tags {
    private final OciQuestions questions;
    private @Nullable List<String> names;

    RegistryTags(OciQuestions questions) {
      this.questions = questions;
    }

    @Override
    public Optional<SourceAnswer.Found> find(String tag)
        throws ServerException, InterruptedException {
      return questions.digest(tag).map(digest -> new SourceAnswer.Found(tag, digest));
    }

    @Override
    public Stream<String> names() throws ServerException, InterruptedException {
      if (names == null) {
        names = questions.tags();
      }
      return names.stream();
    }
  }
}
