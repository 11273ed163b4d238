package dev.tranche.controlplane.history;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tranche.assemblage.kube.Namespaces;
import dev.tranche.assemblage.kube.ObjectCache;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.source.SourceAnswer;
import dev.tranche.controlplane.source.VersionedSource;
import dev.tranche.crd.v1alpha1.Binding;
import dev.tranche.crd.v1alpha1.Delivery;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.Source;
import dev.tranche.crd.v1alpha1.Sync;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.ControllerRevisionBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.net.HttpURLConnection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The former contents of modules, one ControllerRevision for each, owned by its module. */
public final class ModuleHistory implements AutoCloseable {
  /** The label of a module's revisions; its value is the kind of the module. */
  public static final String LABEL = FleetModule.GROUP + "/module-kind";

  /** The annotation with the version as a person says it. */
  public static final String VERSION = FleetModule.GROUP + "/version";

  private static final Logger log = LoggerFactory.getLogger(ModuleHistory.class);
  private static final String OWNER = "owner";
  private static final int NAME_ROOM = 180;
  private static final Comparator<ControllerRevision> NEWEST_FIRST =
      Comparator.comparing(ControllerRevision::getRevision)
          .thenComparing(entry -> entry.getMetadata().getName())
          .reversed();

  private final KubernetesClient client;
  private final KubernetesSerialization serialization;
  private final ObjectCache<ControllerRevision> revisions;

  /** Reads the revisions of modules in these namespaces once it is started. */
  public ModuleHistory(KubernetesClient client, Namespaces namespaces) {
    this.client = client;
    this.serialization = client.getKubernetesSerialization();
    this.revisions =
        ObjectCache.of(client, ControllerRevision.class, namespaces)
            .withLabel(LABEL)
            .indexed(Map.of(OWNER, ModuleHistory::owners))
            .build();
  }

  /**
   * What a ControllerRevision holds; named as in the spec, so that it can be put back there.
   *
   * @param delivery null means Remote
   * @param foundAt the commit or the digest of the tag in {@code sync}; null where that names none,
   *     or one that differs per cluster
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Data(
      Sync sync,
      List<Binding> controlPlaneBindings,
      @Nullable Delivery delivery,
      @Nullable String foundAt) {
    static Data of(ModuleContent content) {
      var sync = content.sync();
      var found = new VersionedSource(sync.source()).found();
      return new Data(
          found == null
              ? sync
              : with(sync, new VersionedSource(sync.source()).at(found.tag(), null)),
          content.controlPlaneBindings(),
          content.delivery() == Delivery.REMOTE ? null : content.delivery(),
          found == null ? null : found.revision());
    }

    Sync exactSync() {
      var source = new VersionedSource(sync.source());
      return foundAt == null ? sync : with(sync, source.at(source.word(), foundAt));
    }

    private static Sync with(Sync sync, Source source) {
      return new Sync(source, sync.syncPackage(), sync.bindings());
    }
  }

  /** Starts to read; returns at once. */
  public void start() {
    revisions.start();
  }

  /** Whether everything was read once. */
  public boolean synced() {
    return revisions.synced();
  }

  @Override
  public void close() {
    revisions.close();
  }

  /**
   * The content that a word stands for: a revision, the name of a ControllerRevision, or a version
   * as a person says it, of which the newest counts. Empty where the history has none.
   */
  public Optional<ModuleContent> find(FleetModule module, String word) {
    var entries = entries(module);
    return entries.stream()
        .filter(entry -> word.equals(revision(entry)) || word.equals(entry.getMetadata().getName()))
        .findFirst()
        .or(() ->
            entries.stream()
                .filter(entry -> word.equals(entry.getMetadata().getAnnotations().get(VERSION)))
                .findFirst())
        .flatMap(this::content);
  }

  /**
   * Where tags of a repository were found when a module first had them, the newest entry first.
   *
   * @param url of the repository
   */
  public Stream<SourceAnswer.Found> found(FleetModule module, String url) {
    return entries(module).stream()
        .map(this::content)
        .flatMap(Optional::stream)
        .map(content -> new VersionedSource(content.sync().source()))
        .filter(source -> source.url().equals(url))
        .map(VersionedSource::found)
        .filter(Objects::nonNull);
  }

  /** Makes sure that the newest entry is this content. */
  public void record(FleetModule module, ModuleContent content) {
    var entries = entries(module);
    long next = entries.isEmpty() ? 1 : entries.getFirst().getRevision() + 1;
    if (!entries.isEmpty() && content.revision().equals(revision(entries.getFirst()))) {
      return;
    }
    var known =
        entries.stream().filter(entry -> content.revision().equals(revision(entry))).findFirst();
    if (known.isPresent()) {
      renumber(known.get(), next);
    } else {
      create(module, content, next);
    }
  }

  /**
   * Deletes the oldest entries beyond the limit of a module.
   *
   * @param inUse revisions that are kept and do not count
   */
  public void trim(FleetModule module, Set<String> inUse) {
    int limit =
        module.getSpec().revisionHistoryLimit() == null
            ? 10
            : module.getSpec().revisionHistoryLimit();
    entries(module).stream()
        .filter(entry -> !inUse.contains(revision(entry)))
        .skip(limit)
        .forEach(entry -> {
          client.resource(entry).delete();
          log.atInfo()
              .addKeyValue("controllerrevision", ObjectKey.of(entry))
              .log("controllerrevision deleted");
        });
  }

  private void create(FleetModule module, ModuleContent content, long number) {
    var entry =
        new ControllerRevisionBuilder()
            .withNewMetadata()
            .withNamespace(module.getMetadata().getNamespace())
            .withName(name(module, content.revision()))
            .addToLabels(LABEL, module.getKind())
            .addToAnnotations(VERSION, content.version())
            .withOwnerReferences(ownerReference(module))
            .endMetadata()
            .withRevision(number)
            .withData(Data.of(content))
            .build();
    try {
      revisions.wrote(client.resource(entry).create());
      log.atInfo()
          .addKeyValue("controllerrevision", ObjectKey.of(entry))
          .addKeyValue("revision", number)
          .log("controllerrevision created");
    } catch (KubernetesClientException e) {
      // Another replica was faster, or our cache lags behind our own write.
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }

  private void renumber(ControllerRevision entry, long number) {
    revisions.wrote(
        client
            .resource(entry)
            .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"revision\":%d}".formatted(number)));
  }

  private List<ControllerRevision> entries(FleetModule module) {
    return revisions.byIndex(OWNER, module.getMetadata().getUid()).stream()
        .map(entry -> revisions.find(ObjectKey.of(entry)).orElse(entry))
        .sorted(NEWEST_FIRST)
        .toList();
  }

  private Optional<ModuleContent> content(ControllerRevision entry) {
    try {
      var data = serialization.convertValue(entry.getData(), Data.class);
      return Optional.of(
          new ModuleContent(
              revision(entry),
              data.delivery() == null ? Delivery.REMOTE : data.delivery(),
              data.exactSync(),
              data.controlPlaneBindings()));
    } catch (IllegalArgumentException e) {
      log.atWarn()
          .addKeyValue("controllerrevision", ObjectKey.of(entry))
          .addKeyValue("error", e.getMessage())
          .log("controllerrevision cannot be read");
      return Optional.empty();
    }
  }

  private static List<String> owners(ControllerRevision entry) {
    return entry.getMetadata().getOwnerReferences().stream().map(OwnerReference::getUid).toList();
  }

  private static String revision(ControllerRevision entry) {
    var name = entry.getMetadata().getName();
    return name.substring(name.lastIndexOf('-') + 1);
  }

  /** The reference by which a module owns what is made for it. */
  public static OwnerReference ownerReference(FleetModule module) {
    return new OwnerReferenceBuilder()
        .withApiVersion(module.getApiVersion())
        .withKind(module.getKind())
        .withName(module.getMetadata().getName())
        .withUid(module.getMetadata().getUid())
        .withController(true)
        .build();
  }

  private static String name(FleetModule module, String revision) {
    var name = module.getMetadata().getName();
    var cut =
        name.length() <= NAME_ROOM
            ? name
            : name.substring(0, NAME_ROOM).replaceAll("[^a-z0-9]+$", "")
                + "-"
                + module.getMetadata().getUid();
    return "%s-%s-%s".formatted(module.getKind().toLowerCase(Locale.ROOT), cut, revision);
  }
}
