package dev.tranche.controlplane.marker;

import dev.tranche.controlplane.git.GitException;
import dev.tranche.controlplane.git.GitRemote;
import dev.tranche.controlplane.git.GitTransports;
import dev.tranche.controlplane.marker.CommitAnswer.Unknown.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what commits of git repositories are part of. For that it keeps copies of their commits and
 * trees, never of files where the server can leave them out. Each question asks the server what its
 * branches and tags name, and fetches only where that is new and the question needs it.
 *
 * <p>The copies are a cache: they are limited in number and size, and gone with the process.
 */
public final class GitHistory implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GitHistory.class);
  private static final Pattern COMMIT = Pattern.compile("[0-9a-fA-F]{4,40}");
  private static final Pattern OURS = Pattern.compile("[0-9a-f]{64}");

  private final Path folder;
  private final GitTransports transports;
  private final HistoryBounds bounds;
  // From the one that was used longest ago to the one that was used last.
  private final Map<MirrorKey, HistoryCopy> copies = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * Asks nothing yet.
   *
   * @param folder for the copies, made where it is missing; of one process alone, which removes
   *     copies that an earlier one left
   * @throws UncheckedIOException where the folder cannot be used
   */
  public GitHistory(Path folder, GitTransports transports) {
    this(folder, transports, HistoryBounds.DEFAULT);
  }

  GitHistory(Path folder, GitTransports transports, HistoryBounds bounds) {
    this.folder = folder;
    this.transports = transports;
    this.bounds = bounds;
    try {
      Files.createDirectories(folder);
      try (var entries = Files.list(folder)) {
        for (var entry : entries.toList()) {
          if (OURS.matcher(entry.getFileName().toString()).matches()) {
            new CacheFolder(entry).delete();
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the folder for git histories cannot be used: " + folder, e);
    }
  }

  /**
   * What the repository says about a commit now. Blocks while it is asked, for a few minutes at
   * most; questions about one repository wait for each other.
   *
   * @param key whose copy may be used for the answer
   * @param remote where the repository is, with the credentials of the key's Secrets as they are
   *     now
   */
  public CommitAnswer ask(MirrorKey key, GitRemote remote, CommitQuestion question) {
    if (!COMMIT.matcher(question.commit()).matches()) {
      return new CommitAnswer.Unknown(
          Reason.NOT_A_COMMIT, "give a commit as 4 to 40 hexadecimal digits");
    }
    var asked = System.nanoTime();
    try {
      var locked = lock(key);
      if (locked.isEmpty()) {
        return new CommitAnswer.Unavailable(
            "Busy",
            "the history of %s is still being fetched; ask again later".formatted(remote.place()));
      }
      var copy = locked.get();
      try {
        return copy.ask(remote, question, asked);
      } catch (IOException e) {
        // The folder is full, or others have been in it: better to begin anew.
        log.atWarn().addKeyValue("folder", folder).setCause(e).log("copy of a history lost");
        delete(copy);
        return new CommitAnswer.Unavailable(
            "HistoryLost", "the copy of the repository's history was lost; ask again");
      } finally {
        copy.lock().unlock();
        trim();
      }
    } catch (GitException e) {
      return new CommitAnswer.Unavailable(e.reason(), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new CommitAnswer.Unavailable("Interrupted", "the question was called off");
    }
  }

  /**
   * Removes all copies, once the questions that are being asked are answered, and the folder where
   * nothing else is in it.
   */
  @Override
  public void close() {
    for (var copy : all()) {
      copy.lock().lock();
      try {
        forget(copy);
      } finally {
        copy.lock().unlock();
      }
    }
    try {
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      log.atDebug().addKeyValue("folder", folder).log("not removed");
    }
  }

  private Optional<HistoryCopy> lock(MirrorKey key) throws InterruptedException {
    while (true) {
      HistoryCopy copy;
      synchronized (copies) {
        copy = copies.computeIfAbsent(key, this::newCopy);
      }
      if (!copy.lock().tryLock(bounds.patience().toMillis(), TimeUnit.MILLISECONDS)) {
        return Optional.empty();
      }
      synchronized (copies) {
        if (copies.get(key) == copy) {
          return Optional.of(copy);
        }
      }
      copy.lock().unlock();
    }
  }

  private HistoryCopy newCopy(MirrorKey key) {
    return new HistoryCopy(new CacheFolder(folder.resolve(key.folder())), transports, bounds);
  }

  /** Removes copies, those first that nobody asked for longest, until the rest is small enough. */
  private void trim() {
    var all = all();
    int repositories = all.size();
    long bytes = all.stream().mapToLong(HistoryCopy::bytes).sum();
    for (var copy : all) {
      if (repositories <= bounds.repositories() && bytes <= bounds.bytes()) {
        return;
      }
      if (copy.lock().tryLock()) {
        try {
          bytes -= copy.bytes();
          repositories--;
          forget(copy);
        } finally {
          copy.lock().unlock();
        }
      }
    }
  }

  private void forget(HistoryCopy copy) {
    delete(copy);
    synchronized (copies) {
      copies.values().remove(copy);
    }
  }

  private void delete(HistoryCopy copy) {
    try {
      copy.delete();
    } catch (IOException e) {
      log.atWarn().addKeyValue("folder", folder).setCause(e).log("copy of a history not removed");
    }
  }

  private List<HistoryCopy> all() {
    synchronized (copies) {
      return List.copyOf(copies.values());
    }
  }
}
