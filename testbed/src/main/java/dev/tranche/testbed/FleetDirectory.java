package dev.tranche.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A fleet's temporary directory. Its owner holds a lock in it, so that the next fleet can tell, and
 * delete, what a killed one left behind.
 */
final class FleetDirectory implements AutoCloseable {
  private static final String PREFIX = "tranche-fleet-";
  private static final String LOCK = "lock";
  // A process loses its lock on a file when it closes any channel to it: this JVM never looks at
  // the locks of its own.
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel lock;

  private FleetDirectory(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  static FleetDirectory create() {
    try {
      var parent = Path.of(System.getProperty("java.io.tmpdir"));
      deleteAbandoned(parent);
      // The lock is taken before the directory has its final name: nobody sees it unlocked.
      var unnamed = Files.createTempDirectory(parent, ".tranche-fleet-");
      var lock =
          FileChannel.open(
              unnamed.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      lock.lock();
      var path = parent.resolve(unnamed.getFileName().toString().substring(1));
      OWN.add(path);
      Files.move(unnamed, path);
      Files.createDirectory(path.resolve("logs"));
      return new FleetDirectory(path, lock);
    } catch (IOException e) {
      throw new FleetException("a fleet needs a temporary directory", e);
    }
  }

  Path path() {
    return path;
  }

  Path logs() {
    return path.resolve("logs");
  }

  @Override
  public void close() {
    try {
      lock.close();
      delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void deleteAbandoned(Path parent) throws IOException {
    try (var directories = Files.newDirectoryStream(parent, PREFIX + "*")) {
      for (var directory : directories) {
        if (!OWN.contains(directory) && isAbandoned(directory)) {
          delete(directory);
        }
      }
    }
  }

  private static boolean isAbandoned(Path directory) {
    try (var channel = FileChannel.open(directory.resolve(LOCK), StandardOpenOption.WRITE);
        var lock = channel.tryLock()) {
      return lock != null;
    } catch (IOException e) {
      return false;
    }
  }

  private static void delete(Path directory) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e)
              throws IOException {
            Files.deleteIfExists(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
