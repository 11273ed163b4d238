package dev.tranche.controlplane.module;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.marker.MarkerMove;
import dev.tranche.controlplane.marker.MarkerName;
import dev.tranche.controlplane.marker.MarkerTags;
import dev.tranche.controlplane.source.SourceAnswer;
import dev.tranche.controlplane.source.SourceRequest;
import dev.tranche.controlplane.source.VersionedSource;
import dev.tranche.crd.v1alpha1.BootstrapModule;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.rollout.Reason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps markers as tags of the modules' own repositories, and others natively. */
final class GitMarkers implements MarkerKeeper, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GitMarkers.class);

  /** How soon after one that failed a push is tried again, and one that was refused. */
  private static final Duration RETRY = Duration.ofSeconds(10);

  private static final Duration RETRY_REFUSED = Duration.ofMinutes(10);

  private final MarkerTags tags;
  private final ModuleSources sources;
  private final ModuleRemotes remotes;
  private final MarkerKeeper others;
  private final boolean readOnly;
  private final Clock clock;
  private final Consumer<String> news;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, Push> pushes = new ConcurrentHashMap<>();

  /**
   * Pushes nothing yet.
   *
   * @param others of modules whose source is no git repository
   * @param readOnly whether no repository is written to
   * @param news called with the uid of a module when a push of its marker has ended
   */
  GitMarkers(
      MarkerTags tags,
      ModuleSources sources,
      ModuleRemotes remotes,
      MarkerKeeper others,
      boolean readOnly,
      Clock clock,
      Consumer<String> news) {
    this.tags = tags;
    this.sources = sources;
    this.remotes = remotes;
    this.others = others;
    this.readOnly = readOnly;
    this.clock = clock;
    this.news = news;
  }

  /**
   * A push.
   *
   * @param result null while it is underway
   */
  private record Push(MarkerDecision.Move move, @Nullable MarkerMove result, Instant at) {}

  @Override
  public @Nullable String place(FleetModule module) {
    return !isGit(module) ? others.place(module) : readOnly ? null : "tag " + name(module).tag();
  }

  @Override
  public Reading read(FleetModule module) {
    if (!isGit(module)) {
      return others.read(module);
    }
    if (readOnly) {
      return new Reading.Refused(
          new Reason(
              "GitReadOnly",
              "the marker is kept in the status alone: --git-readonly forbids to write the tag %s; use --sync-state=native"
                  .formatted(name(module).tag())));
    }
    var known = sources.ask(module, request(module));
    return switch (known.newest()) {
      case null -> new Reading.Pending(null);
      case SourceAnswer.Found found ->
          new Reading.Stored(seen(module, found.revision(), known.at()));
      case SourceAnswer.NotFound _ -> new Reading.Stored(seen(module, null, known.at()));
      case SourceAnswer.Unavailable away ->
          new Reading.Pending(new Reason(away.reason(), away.message()));
    };
  }

  @Override
  public Outcome move(FleetModule module, MarkerDecision.Move move) {
    if (!isGit(module)) {
      return others.move(module, move);
    }
    var uid = module.getMetadata().getUid();
    var last = pushes.get(uid);
    if (last != null && last.move().equals(move)) {
      switch (last.result()) {
        case null -> {
          return new Outcome.Underway(null);
        }
        case MarkerMove.Moved _, MarkerMove.AlreadyThere _ -> {
          return new Outcome.Done();
        }
        case MarkerMove.MovedByOther(var found) -> {
          return new Outcome.MovedByOther(found);
        }
        case MarkerMove.PushRefused(var message) -> {
          if (isWithin(last, RETRY_REFUSED)) {
            return new Outcome.Underway(new Reason("PushRefused", message));
          }
        }
        case MarkerMove.Unavailable(var reason, var message) -> {
          if (isWithin(last, RETRY)) {
            return new Outcome.Underway(new Reason(reason, message));
          }
        }
      }
    }
    push(module, move);
    return new Outcome.Underway(null);
  }

  @Override
  public void remove(FleetModule module, String recorded) {
    pushes.remove(module.getMetadata().getUid());
    if (!isGit(module)) {
      others.remove(module, recorded);
    } else if (!readOnly) {
      submit(() -> {
        var result = tags.remove(remotes.of(module), name(module), recorded);
        log.atInfo()
            .addKeyValue("module", ObjectKey.of(module))
            .addKeyValue("tag", name(module).tag())
            .addKeyValue("result", result)
            .log("sync marker of a module that is gone");
      });
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  private void push(FleetModule module, MarkerDecision.Move move) {
    var uid = module.getMetadata().getUid();
    var underway = new Push(move, null, clock.instant());
    pushes.put(uid, underway);
    submit(() -> {
      var result = tags.move(remotes.of(module), name(module), move.from(), move.to());
      pushes.replace(uid, underway, new Push(move, result, clock.instant()));
      log.atInfo()
          .addKeyValue("module", ObjectKey.of(module))
          .addKeyValue("tag", name(module).tag())
          .addKeyValue("revision", move.to())
          .addKeyValue("result", result.getClass().getSimpleName())
          .log("sync marker");
      // What the server says from now on is from after the push.
      sources.askNow(module);
      news.accept(uid);
    });
  }

  private void submit(Runnable task) {
    try {
      var _ = threads.submit(task);
    } catch (RejectedExecutionException e) {
      log.debug("stopping");
    }
  }

  /** What the server said last may be from before our own push. */
  private @Nullable String seen(
      FleetModule module, @Nullable String found, @Nullable Instant said) {
    var last = pushes.get(module.getMetadata().getUid());
    return last != null
            && (last.result() instanceof MarkerMove.Moved
                || last.result() instanceof MarkerMove.AlreadyThere)
            && (said == null || !said.isAfter(last.at()))
        ? last.move().to()
        : found;
  }

  private boolean isWithin(Push push, Duration period) {
    return clock.instant().isBefore(push.at().plus(period));
  }

  private static boolean isGit(FleetModule module) {
    var source = new VersionedSource(module.getSpec().sync().source());
    return source.isGit() && !source.mentionsBindings();
  }

  private static SourceRequest request(FleetModule module) {
    var source = new VersionedSource(module.getSpec().sync().source());
    return source.request(
        module.getMetadata().getNamespace(), name(module).tag(), source.interval());
  }

  private static MarkerName name(FleetModule module) {
    var metadata = module.getMetadata();
    return new MarkerName(
        metadata.getNamespace(),
        (module instanceof BootstrapModule ? "bootstrapmodule." : "") + metadata.getName());
  }
}
