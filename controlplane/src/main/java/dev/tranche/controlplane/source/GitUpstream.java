package dev.tranche.controlplane.source;

import dev.tranche.controlplane.git.GitRemote;
import dev.tranche.controlplane.git.GitTransports;
import dev.tranche.controlplane.server.Secrets;
import dev.tranche.controlplane.server.ServerException;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.Transport;

/** Git servers. Only tags are listed, and no object is ever fetched. */
final class GitUpstream extends TagUpstream {
  private static final int MOST_SINGLE_TAGS = 16;

  private final GitTransports transports;
  private final Duration deadline;

  /**
   * Asks nothing yet.
   *
   * @param deadline until which a server has to have answered completely
   */
  GitUpstream(GitTransports transports, Secrets secrets, Duration deadline) {
    super(secrets);
    this.transports = transports;
    this.deadline = deadline;
  }

  @Override
  Map<WantedVersion, SourceAnswer> answers(Repository repository, Set<WantedVersion> versions)
      throws ServerException, InterruptedException {
    var remote =
        new GitRemote(
            repository.url(),
            content(repository, repository.secret()),
            content(repository, repository.proxySecret()));
    var tags = transports.talk(remote, deadline, transport -> tags(transport, versions));
    return answers(remote.place(), tags, versions);
  }

  private static GitTags tags(Transport transport, Set<WantedVersion> versions) throws IOException {
    try (var connection = transport.openFetch(wanted(versions))) {
      var tags = new HashMap<String, Ref>();
      connection.getRefs().forEach(ref -> tags.put(ref.getName(), ref));
      return new GitTags(tags);
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

  /**
   * What a server has listed.
   *
   * @param refs by their full names
   */
  private record GitTags(Map<String, Ref> refs) implements Tags {
    @Override
    public Optional<SourceAnswer.Found> find(String tag) {
      return candidates(tag).stream()
          .map(refs::get)
          .filter(Objects::nonNull)
          .findFirst()
          .map(GitTags::found);
    }

    @Override
    public Stream<String> names() {
      return refs.keySet().stream()
          .filter(name -> name.startsWith(Constants.R_TAGS))
          .map(name -> name.substring(Constants.R_TAGS.length()));
    }

    private static SourceAnswer.Found found(Ref ref) {
      var commit = ref.getPeeledObjectId() == null ? ref.getObjectId() : ref.getPeeledObjectId();
      if (commit == null) {
        throw new IllegalStateException("a server lists a tag without an object");
      }
      return new SourceAnswer.Found(
          ref.getName().substring(Constants.R_TAGS.length()), commit.name());
    }
  }
}
