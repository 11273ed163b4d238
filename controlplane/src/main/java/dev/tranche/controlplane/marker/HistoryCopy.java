package dev.tranche.controlplane.marker;

import dev.tranche.controlplane.git.GitException;
import dev.tranche.controlplane.git.GitRemote;
import dev.tranche.controlplane.git.GitTransports;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jgit.errors.PackProtocolException;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.transport.FilterSpec;
import org.eclipse.jgit.transport.TagOpt;
import org.eclipse.jgit.transport.Transport;
import org.jspecify.annotations.Nullable;

/**
 * The copy of one repository's history, with what the repository said last. All but the lock and
 * {@link #bytes} is for who holds the lock.
 */
final class HistoryCopy {
  private static final FilterSpec WITHOUT_FILES = withoutFiles();

  private final ReentrantLock lock = new ReentrantLock();
  private final CacheFolder folder;
  private final GitTransports transports;
  private final HistoryBounds bounds;
  private @Nullable Mirror mirror;
  private @Nullable Tips tips;
  private Set<ObjectId> fetched = Set.of();
  private volatile long bytes;

  private enum Fetched {
    ALL,
    TOO_MUCH,
    NOTHING_WITH_THAT_FILTER
  }

  HistoryCopy(CacheFolder folder, GitTransports transports, HistoryBounds bounds) {
    this.folder = folder;
    this.transports = transports;
    this.bounds = bounds;
  }

  ReentrantLock lock() {
    return lock;
  }

  /** How large its files were when it last grew. */
  long bytes() {
    return bytes;
  }

  /**
   * Answers, having asked the repository as far as is needed.
   *
   * @param asked when the question came, as {@link System#nanoTime} counts
   * @throws GitException where the repository does not answer
   * @throws IOException where the folder fails
   */
  CommitAnswer ask(GitRemote remote, CommitQuestion question, long asked)
      throws IOException, GitException, InterruptedException {
    var here = mirror == null ? new Mirror(folder.path()) : mirror;
    mirror = here;
    if (tips == null || tips.at() - asked + bounds.fresh().toNanos() < 0) {
      tips = transports.talk(here.repository(), remote, bounds.list(), HistoryCopy::list);
    }
    var answer = here.answer(question, tips.ids());
    if (answer.isPresent()) {
      return answer.get();
    }
    var grown = grow(here, remote);
    if (grown == Fetched.TOO_MUCH) {
      return new CommitAnswer.Unavailable(
          "HistoryTooLarge",
          "the history of %s does not fit into the %d MiB that are set aside for it"
              .formatted(remote.place(), bounds.bytes() >> 20));
    }
    answer = here.answer(question, tips.ids());
    if (here.packs() > bounds.packs()) {
      delete();
    }
    return answer.orElseGet(() ->
        new CommitAnswer.Unavailable(
            "HistoryIncomplete", remote.place() + " left out what it was asked for"));
  }

  /** Removes its files; it can be asked again. */
  void delete() throws IOException {
    if (mirror != null) {
      mirror.close();
      mirror = null;
    }
    tips = null;
    fetched = Set.of();
    folder.delete();
    bytes = 0;
  }

  private Fetched grow(Mirror here, GitRemote remote)
      throws IOException, GitException, InterruptedException {
    var limit = new FetchBounds(folder, bounds.bytes());
    try {
      var grown = fetch(here, remote, limit, WITHOUT_FILES);
      // Whether a server can leave out files, JGit does not say before it gives up over it.
      return grown == Fetched.NOTHING_WITH_THAT_FILTER
          ? fetch(here, remote, limit, FilterSpec.NO_FILTER)
          : grown;
    } finally {
      limit.end();
      bytes = folder.bytes();
    }
  }

  private Fetched fetch(Mirror here, GitRemote remote, FetchBounds limit, FilterSpec filter)
      throws GitException, InterruptedException {
    record Outcome(Fetched fetched, Tips tips) {}
    var known = fetched;
    var outcome =
        transports.talk(
            here.repository(),
            remote,
            bounds.fetch(),
            transport -> {
              transport.setFilterSpec(filter);
              transport.setTagOpt(TagOpt.NO_TAGS);
              var at = System.nanoTime();
              try (var connection = transport.openFetch(List.of(), Tips.PREFIXES)) {
                var listed = Tips.listed(connection, at);
                var missing = new LinkedHashMap<String, Ref>();
                for (var tip : listed.refs().entrySet()) {
                  if (!here.has(tip.getKey())) {
                    missing.put(tip.getValue().getName(), tip.getValue());
                  }
                }
                try {
                  connection.fetch(limit, missing.values(), known);
                } catch (TransportException e) {
                  if (limit.tooLarge()) {
                    return new Outcome(Fetched.TOO_MUCH, listed);
                  }
                  if (!filter.isNoOp() && e.getCause() instanceof PackProtocolException) {
                    return new Outcome(Fetched.NOTHING_WITH_THAT_FILTER, listed);
                  }
                  throw e;
                }
                return new Outcome(limit.tooLarge() ? Fetched.TOO_MUCH : Fetched.ALL, listed);
              }
            });
    tips = outcome.tips();
    if (outcome.fetched() == Fetched.ALL) {
      fetched = Set.copyOf(outcome.tips().ids());
    }
    return outcome.fetched();
  }

  private static Tips list(Transport transport) throws IOException {
    var at = System.nanoTime();
    try (var connection = transport.openFetch(List.of(), Tips.PREFIXES)) {
      return Tips.listed(connection, at);
    }
  }

  private static FilterSpec withoutFiles() {
    try {
      return FilterSpec.fromFilterLine("blob:none");
    } catch (PackProtocolException e) {
      throw new IllegalStateException("git knows this filter", e);
    }
  }
}
