package dev.tranche.testbed.git;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.dircache.DirCache;
import org.eclipse.jgit.dircache.DirCacheEntry;
import org.eclipse.jgit.lib.CommitBuilder;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.NullProgressMonitor;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.TagBuilder;
import org.eclipse.jgit.merge.MergeStrategy;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.transport.ReceiveCommand;
import org.eclipse.jgit.transport.ReceivePack;
import org.eclipse.jgit.transport.UploadPack;
import org.eclipse.jgit.treewalk.TreeWalk;
import org.jspecify.annotations.Nullable;

/**
 * A repository of the test's own git server. Commits are made in it directly, as if others had
 * pushed them; commits are full hashes everywhere.
 */
public final class GitRepo {
  private static final String MAIN = "main";

  private final Repository repository;
  private final String url;
  private final AtomicInteger infoRefs = new AtomicInteger();
  private final AtomicInteger uploads = new AtomicInteger();
  private final AtomicInteger receives = new AtomicInteger();
  private final AtomicLong bytesServed = new AtomicLong();
  private volatile boolean unavailable;
  private volatile @Nullable String authorization;
  private volatile boolean forbidsPushes;
  private volatile @Nullable String declines;
  private final AtomicReference<GitTransfers> transfers =
      new AtomicReference<>(new GitTransfers(0, 0, 0, 0));
  private final AtomicReference<@Nullable Runnable> beforeNextPush = new AtomicReference<>();
  private final Queue<String> pushed = new ConcurrentLinkedQueue<>();

  GitRepo(Path directory, String url) {
    this.url = url;
    try {
      repository =
          Git.init()
              .setBare(true)
              .setInitialBranch(MAIN)
              .setDirectory(directory.toFile())
              .call()
              .getRepository();
      // Tests look at what is there, and not at what is left of it.
      repository.getConfig().setBoolean("receive", null, "autogc", false);
    } catch (GitAPIException e) {
      throw new IllegalStateException("cannot make a repository in " + directory, e);
    }
  }

  /** Where it is cloned from. */
  public String url() {
    return url;
  }

  /** Adds or replaces files, by their paths, on {@code main}. */
  public String commit(Map<String, String> files, String message) {
    return commit(MAIN, files, message);
  }

  /** Adds or replaces files, by their paths, on a branch, which may be new. */
  public String commit(String branch, Map<String, String> files, String message) {
    return change(branch, files, Set.of(), message);
  }

  /** Merges a branch into another, as {@code git merge --no-ff} does; there are no conflicts. */
  public String merge(String into, String from, String message) {
    try (var inserter = repository.newObjectInserter()) {
      var ours = repository.resolve(Constants.R_HEADS + into);
      var theirs = repository.resolve(Constants.R_HEADS + from);
      var merger = MergeStrategy.RECURSIVE.newMerger(repository, true);
      if (!merger.merge(ours, theirs)) {
        throw new IllegalArgumentException("%s and %s are in conflict".formatted(into, from));
      }
      var commit = commit(inserter, merger.getResultTreeId(), List.of(ours, theirs), message);
      update(Constants.R_HEADS + into, commit);
      return commit.name();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes files, by their paths, on {@code main}. */
  public String remove(Set<String> files, String message) {
    return change(MAIN, Map.of(), files, message);
  }

  /** The newest commit of {@code main}. */
  public String head() {
    return resolve(Constants.R_HEADS + MAIN)
        .orElseThrow(() -> new IllegalStateException("nothing has been committed yet"));
  }

  /** Makes a branch or moves it, forwards or not. */
  public void branch(String name, String commit) {
    update(Constants.R_HEADS + name, ObjectId.fromString(commit));
  }

  /** Tags the newest commit of {@code main}; a lightweight tag. */
  public void tag(String name) {
    tag(name, head());
  }

  /** Tags a commit; a lightweight tag. */
  public void tag(String name, String commit) {
    if (tagged(name).isPresent()) {
      throw new IllegalArgumentException("there is a tag " + name + " already");
    }
    moveTag(name, commit);
  }

  /** Tags a commit with many names at once, which have to be new; lightweight tags. */
  public void tags(Collection<String> names, String commit) {
    try (var walk = new RevWalk(repository)) {
      var batch = repository.getRefDatabase().newBatchUpdate();
      // Otherwise each is a file of its own.
      batch.setAtomic(true);
      var target = ObjectId.fromString(commit);
      names.forEach(name ->
          batch.addCommand(new ReceiveCommand(ObjectId.zeroId(), target, Constants.R_TAGS + name)));
      batch.execute(walk, NullProgressMonitor.INSTANCE);
      if (!batch.getCommands().stream()
          .allMatch(command -> command.getResult() == ReceiveCommand.Result.OK)) {
        throw new IllegalArgumentException("not all of these tags can be made");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Tags a commit with an object of the tag's own, as {@code git tag --annotate} does. */
  public void annotatedTag(String name, String commit, String message) {
    try (var inserter = repository.newObjectInserter()) {
      var tag = new TagBuilder();
      tag.setTag(name);
      tag.setObjectId(ObjectId.fromString(commit), Constants.OBJ_COMMIT);
      tag.setTagger(author());
      tag.setMessage(message);
      var object = inserter.insert(tag);
      inserter.flush();
      update(Constants.R_TAGS + name, object);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets a tag mean another commit, which it should not. */
  public void moveTag(String name, String commit) {
    update(Constants.R_TAGS + name, ObjectId.fromString(commit));
  }

  /** Removes a tag. */
  public void deleteTag(String name) {
    try {
      var update = repository.updateRef(Constants.R_TAGS + name);
      update.setForceUpdate(true);
      require(update, update.delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The commit that a tag means, whoever made it. */
  public Optional<String> tagged(String name) {
    return resolve(Constants.R_TAGS + name + "^{commit}");
  }

  /** From now on clones, fetches and pushes need these credentials. */
  public void requireCredentials(String user, String password) {
    var pair = Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
    authorization = "Basic " + pair;
  }

  /** From now on clones, fetches and pushes need this token. */
  public void requireBearer(String token) {
    authorization = "Bearer " + token;
  }

  /** Whether the server answers every request with 503. */
  public void unavailable(boolean refuse) {
    unavailable = refuse;
  }

  /** Whether clones and fetches may leave out objects, as in {@code --filter=blob:none}. */
  public void allowFilters(boolean allow) {
    repository.getConfig().setBoolean("uploadpack", null, "allowfilter", allow);
  }

  /** Whether pushes are answered with 403, as they are without the right to push. */
  public void forbidPushes(boolean forbid) {
    forbidsPushes = forbid;
  }

  /** What a hook says to every push, which it refuses; null where it takes them. */
  public void declinePushes(@Nullable String message) {
    declines = message;
  }

  /** Lets something happen when the next push has arrived, before it is looked at. */
  public void beforeNextPush(Runnable action) {
    beforeNextPush.set(action);
  }

  /** The refs that pushes changed, in that order. */
  public List<String> pushed() {
    return List.copyOf(pushed);
  }

  /** What has been sent so far. */
  public GitTransfers transfers() {
    return transfers.get();
  }

  /** What has been asked for so far. */
  public GitRequests requests() {
    return new GitRequests(infoRefs.get(), uploads.get(), receives.get());
  }

  /** How many bytes it has answered so far, without headers. */
  public long bytesServed() {
    return bytesServed.get();
  }

  OutputStream counting(OutputStream out) {
    return new FilterOutputStream(out) {
      @Override
      public void write(int one) throws IOException {
        out.write(one);
        bytesServed.incrementAndGet();
      }

      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        out.write(bytes, from, length);
        bytesServed.addAndGet(length);
      }
    };
  }

  Repository repository() {
    return repository;
  }

  boolean isUnavailable() {
    return unavailable;
  }

  boolean admits(@Nullable String given) {
    var required = authorization;
    return required == null || required.equals(given);
  }

  boolean forbidsPushes() {
    return forbidsPushes;
  }

  void watch(UploadPack upload) {
    upload.setPostUploadHook(sent -> {
      var more =
          new GitTransfers(
              1,
              sent.byObjectType(Constants.OBJ_COMMIT).getObjects(),
              sent.byObjectType(Constants.OBJ_BLOB).getObjects(),
              sent.getTotalBytes());
      transfers.accumulateAndGet(more, GitTransfers::plus);
    });
  }

  void pushArrived() {
    var action = beforeNextPush.getAndSet(null);
    if (action != null) {
      action.run();
    }
  }

  void watch(ReceivePack receive) {
    receive.setPreReceiveHook((pack, commands) -> {
      var message = declines;
      if (message != null) {
        commands.forEach(c -> c.setResult(ReceiveCommand.Result.REJECTED_OTHER_REASON, message));
      }
    });
    receive.setPostReceiveHook((pack, commands) ->
        commands.stream()
            .filter(command -> command.getResult() == ReceiveCommand.Result.OK)
            .forEach(command -> pushed.add(command.getRefName())));
  }

  void count(String service) {
    var counter =
        switch (service) {
          case "info/refs" -> infoRefs;
          case "git-upload-pack" -> uploads;
          default -> receives;
        };
    counter.incrementAndGet();
  }

  void close() {
    repository.close();
  }

  private synchronized String change(
      String branch, Map<String, String> changed, Set<String> removed, String message) {
    var ref = Constants.R_HEADS + branch;
    try (var inserter = repository.newObjectInserter()) {
      var parent = repository.resolve(ref);
      var index = DirCache.newInCore();
      var builder = index.builder();
      if (parent != null) {
        try (var walk = new TreeWalk(repository)) {
          walk.addTree(new RevWalk(repository).parseCommit(parent).getTree());
          walk.setRecursive(true);
          while (walk.next()) {
            if (!changed.containsKey(walk.getPathString())
                && !removed.contains(walk.getPathString())) {
              var entry = new DirCacheEntry(walk.getPathString());
              entry.setFileMode(walk.getFileMode());
              entry.setObjectId(walk.getObjectId(0));
              builder.add(entry);
            }
          }
        }
      }
      for (var file : changed.entrySet()) {
        var entry = new DirCacheEntry(file.getKey());
        entry.setFileMode(FileMode.REGULAR_FILE);
        entry.setObjectId(inserter.insert(Constants.OBJ_BLOB, file.getValue().getBytes(UTF_8)));
        builder.add(entry);
      }
      builder.finish();
      var parents = parent == null ? List.<ObjectId>of() : List.of(parent);
      var commit = commit(inserter, index.writeTree(inserter), parents, message);
      update(ref, commit);
      return commit.name();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ObjectId commit(
      ObjectInserter inserter, ObjectId tree, List<? extends ObjectId> parents, String message)
      throws IOException {
    var commit = new CommitBuilder();
    commit.setTreeId(tree);
    commit.setParentIds(parents);
    commit.setAuthor(author());
    commit.setCommitter(author());
    commit.setMessage(message);
    var id = inserter.insert(commit);
    inserter.flush();
    return id;
  }

  private static PersonIdent author() {
    return new PersonIdent("Testbed", "testbed@tranche.example");
  }

  private Optional<String> resolve(String revision) {
    try {
      return Optional.ofNullable(repository.resolve(revision)).map(ObjectId::name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void update(String ref, ObjectId target) {
    try {
      var update = repository.updateRef(ref);
      update.setNewObjectId(target);
      update.setForceUpdate(true);
      require(update, update.update());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void require(RefUpdate update, RefUpdate.Result result) {
    switch (result) {
      case NEW, FORCED, FAST_FORWARD, NO_CHANGE -> {}
      default -> throw new IllegalStateException("cannot move " + update.getName() + ": " + result);
    }
  }
}
