package dev.tranche.demo;

import static java.util.stream.Collectors.toMap;

import dev.tranche.testbed.git.GitServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Puts the folders {@code REPOSITORY/TAG/files} on a git server: a repository each, with a tagged
 * commit for each of its folders.
 */
final class Repositories {
  private Repositories() {}

  /** Returns where each repository is, by its name. */
  static Map<String, String> publish(Path folder, GitServer server) {
    return children(folder).stream()
        .collect(
            toMap(
                Repositories::name,
                repository -> {
                  var published = server.createRepository(name(repository));
                  for (var version : children(repository)) {
                    var tag = name(version);
                    published.commit(files(version), tag);
                    published.tag(tag);
                  }
                  return published.url();
                }));
  }

  /** Puts the files of a folder on a git server, under a tag; returns where the repository is. */
  static String publish(String name, Path folder, String tag, GitServer server) {
    var published = server.createRepository(name);
    published.commit(files(folder), tag);
    published.tag(tag);
    return published.url();
  }

  private static Map<String, String> files(Path version) {
    return children(version).stream().collect(toMap(Repositories::name, Repositories::read));
  }

  private static List<Path> children(Path folder) {
    try (var children = Files.list(folder)) {
      return children.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String name(Path path) {
    return path.getFileName().toString();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
