package dev.tranche.testbed.git;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What git itself says to the server. */
final class GitServerTest {
  @TempDir private Path folder;
  private GitServer server;
  private GitRepo repository;

  @BeforeEach
  void startServer() {
    server = GitServer.start(folder.resolve("server"));
    repository = server.createRepository("platform/ingress");
  }

  @AfterEach
  void closeServer() {
    server.close();
  }

  @Test
  void servesClonesAndFetches() throws Exception {
    var first = repository.commit(Map.of("deploy/a.yaml", "a: 1\n", "b.yaml", "b: 1\n"), "First");
    var clone = clone(repository.url());
    assertThat(clone.resolve("deploy/a.yaml")).hasContent("a: 1");

    var second = repository.commit(Map.of("deploy/a.yaml", "a: 2\n"), "Second");
    var third = repository.remove(Set.of("b.yaml"), "Third");
    git(clone, "pull", "--quiet");
    assertThat(clone.resolve("deploy/a.yaml")).hasContent("a: 2");
    assertThat(clone.resolve("b.yaml")).doesNotExist();
    assertThat(git(clone, "rev-list", "HEAD").lines()).containsExactly(third, second, first);
    assertThat(repository.head()).isEqualTo(third);
  }

  @Test
  void servesASingleCommit() throws Exception {
    var first = repository.commit(Map.of("a.yaml", "a: 1\n"), "First");
    repository.commit(Map.of("a.yaml", "a: 2\n"), "Second");
    git(folder, "init", "--quiet", "single");
    git(folder.resolve("single"), "fetch", "--quiet", "--depth=1", repository.url(), first);
    assertThat(git(folder.resolve("single"), "show", "FETCH_HEAD:a.yaml")).isEqualTo("a: 1\n");
  }

  @Test
  void movesAndDeletesTagsAndBranches() throws Exception {
    var first = repository.commit(Map.of("a.yaml", "a: 1\n"), "First");
    repository.tag("v1");
    repository.annotatedTag("v1-signed-off", first, "Good");
    var second = repository.commit(Map.of("a.yaml", "a: 2\n"), "Second");
    repository.tag("v2");
    assertThat(refs())
        .contains(
            first + "\trefs/tags/v1",
            first + "\trefs/tags/v1-signed-off^{}",
            second + "\trefs/tags/v2");
    assertThatThrownBy(() -> repository.tag("v1")).isInstanceOf(IllegalArgumentException.class);

    repository.moveTag("v1", second);
    repository.deleteTag("v2");
    repository.branch("main", first);
    repository.branch("release", second);
    assertThat(refs())
        .contains(
            second + "\trefs/tags/v1", first + "\trefs/heads/main", second + "\trefs/heads/release")
        .noneMatch(ref -> ref.endsWith("refs/tags/v2"));
  }

  @Test
  void takesPushes() throws Exception {
    repository.commit(Map.of("a.yaml", "a: 1\n"), "First");
    var clone = clone(repository.url());
    git(clone, "tag", "applied");
    git(clone, "push", "--quiet", "origin", "applied");
    assertThat(repository.tagged("applied")).contains(repository.head());
    assertThat(repository.requests().receives()).isPositive();
  }

  @Test
  void asksForCredentials() throws Exception {
    repository.commit(Map.of("a.yaml", "a: 1\n"), "First");
    repository.requireCredentials("reader", "secret");
    assertThatThrownBy(() -> clone(repository.url())).hasMessageContaining("ead Username");
    assertThatThrownBy(() -> clone(repository.url().replace("//", "//reader:wrong@")))
        .hasMessageContaining("Authentication failed");
    assertThat(clone(repository.url().replace("//", "//reader:secret@")).resolve("a.yaml"))
        .exists();
  }

  @Test
  void canBeUnavailableForAWhile() throws Exception {
    repository.commit(Map.of("a.yaml", "a: 1\n"), "First");
    repository.unavailable(true);
    assertThatThrownBy(() -> clone(repository.url())).hasMessageContaining("503");
    repository.unavailable(false);
    assertThat(clone(repository.url())).exists();
  }

  @Test
  void countsWhatIsAskedOfEachRepository() throws Exception {
    var other = server.createRepository("other");
    repository.commit(Map.of("a.yaml", "a: 1\n"), "First");
    refs();
    refs();
    assertThat(repository.requests().infoRefs()).isEqualTo(2);
    clone(repository.url());
    assertThat(repository.requests().infoRefs()).isEqualTo(3);
    assertThat(repository.requests().uploads()).isPositive();
    assertThat(other.requests()).isEqualTo(new GitRequests(0, 0, 0));
  }

  @Test
  void knowsNoOtherRepositories() {
    assertThatThrownBy(() -> clone(repository.url().replace("ingress", "egress")))
        .hasMessageContaining("not found");
  }

  private List<String> refs() throws IOException, InterruptedException {
    return git(folder, "ls-remote", repository.url()).lines().toList();
  }

  private Path clone(String url) throws IOException, InterruptedException {
    var clone = Files.createTempDirectory(folder, "clone");
    git(folder, "clone", "--quiet", url, clone.toString());
    return clone;
  }

  private static String git(Path directory, String... arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.redirectErrorStream(true);
    // Settings of the person who runs the tests must not decide how they end.
    builder
        .environment()
        .putAll(
            Map.of(
                "GIT_CONFIG_GLOBAL", "/dev/null",
                "GIT_CONFIG_NOSYSTEM", "1",
                "GIT_TERMINAL_PROMPT", "0",
                "LC_ALL", "C"));
    var process = builder.start();
    process.getOutputStream().close();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(output);
    }
    return output;
  }
}
