package dev.tranche.controlplane;

import dev.tranche.testbed.git.GitRepo;
import dev.tranche.testbed.git.GitServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A repository for tests that are not about what is in it: it has every tag that a test asks for.
 * One for all of them.
 */
final class AppRepository {
  private static final GitRepo REPOSITORY = create();

  private AppRepository() {}

  static String url() {
    return REPOSITORY.url();
  }

  /** The commit of a tag, which is made where it is not there yet. */
  static synchronized String commit(String tag) {
    return REPOSITORY
        .tagged(tag)
        .orElseGet(() -> {
          REPOSITORY.commit(Map.of("version", tag), tag);
          REPOSITORY.tag(tag);
          return REPOSITORY.head();
        });
  }

  private static GitRepo create() {
    try {
      var directory = Files.createTempDirectory(Path.of("target"), "app-repository");
      return GitServer.start(directory).createRepository("app");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
