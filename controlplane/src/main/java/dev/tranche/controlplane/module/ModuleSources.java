package dev.tranche.controlplane.module;

import dev.tranche.assemblage.Revisions;
import dev.tranche.assemblage.binding.Resolution;
import dev.tranche.controlplane.history.ModuleContent;
import dev.tranche.controlplane.history.ModuleHistory;
import dev.tranche.controlplane.source.Known;
import dev.tranche.controlplane.source.SourceAnswer;
import dev.tranche.controlplane.source.SourceRequest;
import dev.tranche.controlplane.source.Sources;
import dev.tranche.controlplane.source.VersionedSource;
import dev.tranche.controlplane.source.Wanted;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.Source;
import dev.tranche.crd.v1alpha1.Sync;
import dev.tranche.rollout.Reason;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What modules declare, at exact versions. A tag is where it was when the module had it first: that
 * stands in the history of the module, and what becomes of the tag later is told and not followed.
 */
final class ModuleSources {
  /** How long a server may take before a module says that it waits for it. */
  static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Sources sources;
  private final ModuleHistory history;
  private final KubernetesSerialization serialization;
  private final Map<String, Asked> modules = new ConcurrentHashMap<>();

  ModuleSources(Sources sources, ModuleHistory history, KubernetesSerialization serialization) {
    this.sources = sources;
    this.history = history;
    this.serialization = serialization;
  }

  /** What a module declares at this moment; from now on it is asked for. */
  SourceReport report(FleetModule module, Instant now) {
    return modules.computeIfAbsent(module.getMetadata().getUid(), Asked::new).look(module, now);
  }

  /** What a module of somebody else's look declares; empty where it is not known yet. */
  Optional<ModuleContent> known(FleetModule module) {
    var asked = modules.get(module.getMetadata().getUid());
    return asked == null ? Optional.empty() : asked.content(module);
  }

  /** Takes note of what a cluster was assigned, which is where its tag was found. */
  void assigned(FleetModule module, Source source) {
    var found = new VersionedSource(source).found();
    var asked = modules.get(module.getMetadata().getUid());
    if (found != null && asked != null) {
      asked.assigned.putIfAbsent(new Place(new VersionedSource(source).url(), found.tag()), found);
    }
  }

  /** The same at an exact version, for a source that is another one for each cluster. */
  Resolution exact(FleetModule module, Delivery delivery, Resolution resolution) {
    if (!(resolution instanceof Resolution.Resolved resolved)
        || new VersionedSource(resolved.sync().source()).revision() != null) {
      return resolution;
    }
    var asked = modules.computeIfAbsent(module.getMetadata().getUid(), Asked::new);
    return asked.exact(module, delivery, resolved);
  }

  /** Asks for something else than what a module declares, as long as each look at it does. */
  Known ask(FleetModule module, SourceRequest request) {
    var asked = modules.computeIfAbsent(module.getMetadata().getUid(), Asked::new);
    asked.touched.add(request);
    return sources.answer(module.getMetadata().getUid(), request);
  }

  /**
   * The look at a module is over: what it did not ask for is asked no longer.
   *
   * @return whether it is to be looked at again at once, since somebody else had asked already
   */
  boolean looked(FleetModule module) {
    var asked = modules.get(module.getMetadata().getUid());
    return asked != null && asked.looked();
  }

  /** Has the servers asked at once for what a module declares. */
  void askNow(FleetModule module) {
    sources.askNow(module.getMetadata().getUid());
  }

  void forget(FleetModule module) {
    var uid = module.getMetadata().getUid();
    modules.remove(uid);
    sources.want(uid, Set.of());
  }

  private record Place(String url, String tag) {}

  /** What one module asks for. */
  private final class Asked {
    private final String uid;
    private final Map<SourceRequest, Optional<SourceAnswer.Found>> chosen =
        new ConcurrentHashMap<>();
    private final Map<Place, SourceAnswer.Found> assigned = new ConcurrentHashMap<>();
    private final Set<SourceRequest> touched = ConcurrentHashMap.newKeySet();
    private volatile Set<SourceRequest> wanted = Set.of();
    private volatile @Nullable Last last;
    private @Nullable SourceRequest asking;
    private Instant askingSince = Instant.MIN;

    Asked(String uid) {
      this.uid = uid;
    }

    SourceReport look(FleetModule module, Instant now) {
      touched.clear();
      var source = new VersionedSource(module.getSpec().sync().source());
      if (source.revision() != null) {
        return known(module, source.at(null, source.revision()), null);
      }
      if (source.mentionsBindings()) {
        return known(module, source.content(), null);
      }
      var request = source.request(module.getMetadata().getNamespace(), source.interval());
      var choice = choose(request, () -> recorded(module, request));
      if (choice.found() != null) {
        return known(
            module, source.at(choice.found().tag(), choice.found().revision()), choice.trouble());
      }
      var former = former(module);
      if (choice.trouble() != null) {
        return SourceReport.unknown(module, former, false, choice.trouble());
      }
      if (!request.equals(asking)) {
        asking = request;
        askingSince = now;
      }
      return SourceReport.unknown(
          module,
          former,
          now.isBefore(askingSince.plus(PATIENCE)),
          new Reason(
              "ResolvingSource",
              "asking %s which commit %s is".formatted(source.url(), source.word())));
    }

    /** What the module was last found to declare. */
    private @Nullable ModuleContent former(FleetModule module) {
      var status = module.getStatus();
      return status == null || status.targetRevision() == null
          ? null
          : history.find(module, status.targetRevision()).orElse(null);
    }

    Optional<ModuleContent> content(FleetModule module) {
      var known = last;
      return known != null && known.generation() == module.getMetadata().getGeneration()
          ? Optional.of(known.content())
          : Optional.empty();
    }

    Resolution exact(FleetModule module, Delivery delivery, Resolution.Resolved resolved) {
      var source = new VersionedSource(resolved.sync().source());
      var interval = new VersionedSource(module.getSpec().sync().source()).interval();
      var request = source.request(module.getMetadata().getNamespace(), interval);
      var answer = choose(request, () -> assigned(request));
      if (answer.found() == null) {
        return answer.trouble() == null
            ? new Resolution.Unresolvable(
                Resolution.Reason.NOT_LOADED,
                "asking %s for %s".formatted(source.url(), source.word()),
                resolved.references())
            : new Resolution.Unresolvable(
                Resolution.Reason.SOURCE_NOT_RESOLVED,
                answer.trouble().message(),
                resolved.references());
      }
      var sync =
          new Sync(
              source.at(answer.found().tag(), answer.found().revision()),
              resolved.sync().syncPackage(),
              resolved.sync().bindings());
      return new Resolution.Resolved(
          sync,
          switch (delivery) {
            case REMOTE -> Revisions.of(sync);
            case PROXY -> Revisions.ofProxied(sync);
          },
          resolved.references(),
          resolved.secret());
    }

    boolean looked() {
      chosen.keySet().retainAll(touched);
      var before = wanted;
      var now = Set.copyOf(touched);
      if (now.equals(before)) {
        return false;
      }
      wanted = now;
      sources.want(
          uid,
          now.stream()
              .map(request ->
                  new Wanted(request, chosen.getOrDefault(request, Optional.empty()).orElse(null)))
              .toList());
      return now.stream()
          .filter(request -> !before.contains(request))
          .anyMatch(request -> sources.answer(uid, request).newest() != null);
    }

    private Choice choose(SourceRequest request, Supplier<Optional<SourceAnswer.Found>> recorded) {
      touched.add(request);
      var before = chosen.computeIfAbsent(request, asked -> recorded.get()).orElse(null);
      var choice = Choice.of(request, before, sources.answer(uid, request));
      chosen.put(request, Optional.ofNullable(choice.found()));
      return choice;
    }

    /** What the history has of it: so that a restart, or going back, brings the same content. */
    private Optional<SourceAnswer.Found> recorded(FleetModule module, SourceRequest request) {
      return history
          .found(module, request.url())
          .filter(found -> request.version().admits(found.tag()))
          .findFirst();
    }

    private Optional<SourceAnswer.Found> assigned(SourceRequest request) {
      return assigned.entrySet().stream()
          .filter(entry -> entry.getKey().url().equals(request.url()))
          .map(Map.Entry::getValue)
          .filter(found -> request.version().admits(found.tag()))
          .findFirst();
    }

    private SourceReport known(FleetModule module, Source source, @Nullable Reason news) {
      var before = last;
      long generation = module.getMetadata().getGeneration();
      if (before == null
          || before.generation() != generation
          || !before.content().sync().source().equals(source)) {
        before = new Last(generation, ModuleContent.of(module, source, serialization));
        last = before;
      }
      return SourceReport.known(before.content(), news);
    }
  }

  private record Last(long generation, ModuleContent content) {}
}
