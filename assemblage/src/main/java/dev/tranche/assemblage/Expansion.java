package dev.tranche.assemblage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tranche.assemblage.Applier.Kustomized;
import dev.tranche.assemblage.Applier.Released;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.DeletionPolicy;
import dev.tranche.crd.v1alpha1.SyncKey;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a sync becomes in Flux: a GitRepository or an OCIRepository, a HelmChart where a chart is
 * made from git, and a Kustomization or a HelmRelease.
 *
 * <p>Every field that Flux's schema has a default for is written out, so that what the API server
 * stores is what was written.
 */
public final class Expansion {
  /** The label of everything that is made here; its value is {@value #MANAGER}. */
  public static final String MANAGED_BY = "app.kubernetes.io/managed-by";

  /** The value of {@link #MANAGED_BY}. */
  public static final String MANAGER = "tranche";

  /**
   * On an applier, the label with {@link #assemblageLabel} of its assemblage, and the annotation
   * with the full name of it.
   */
  public static final String ASSEMBLAGE = "fleet.tranche.dev/assemblage";

  /** On an applier that nobody owns, the annotation with the kind of its assemblage. */
  public static final String ASSEMBLAGE_KIND = "fleet.tranche.dev/assemblage-kind";

  /** On an applier, the annotation with the origin of its sync. */
  public static final String ORIGIN = "fleet.tranche.dev/origin";

  /** On an applier, the annotation with the name of its sync. */
  public static final String SYNC = "fleet.tranche.dev/sync";

  /** On an applier, the annotation that says Orphan where its withdrawal removes nothing. */
  public static final String DELETION_POLICY = "fleet.tranche.dev/deletion-policy";

  /** On a GitRepository that is given a tag alone, the annotation with the commit it has to be. */
  public static final String COMMIT = "fleet.tranche.dev/commit";

  /** On what a Helm release installs, the annotation with the name of the chart's source. */
  static final String SOURCE = "fleet.tranche.dev/source";

  static final String ORPHAN = "Orphan";

  /** Flux looks at what this annotation changes on at once. */
  private static final String REQUESTED_AT = "reconcile.fluxcd.io/requestedAt";

  private static final String TAKEN_BACK = "taken-back-";

  private Expansion() {}

  /**
   * Expands one sync of an assemblage.
   *
   * @param sync with its bindings replaced; its defaults need not be filled in
   * @throws IllegalArgumentException if the sync's version is none that is exact, which its schema
   *     forbids
   */
  public static ExpandedSync of(Target target, AssignedSync sync) {
    var syncPackage = SyncDefaults.fill(sync.syncPackage());
    var sources =
        SourceExpansion.of(target.namespace(), SyncDefaults.fill(sync.source()), syncPackage);
    var metadata = metadata(target, sync);
    var applier =
        syncPackage.helm() != null
            ? new Released(
                HelmReleaseExpansion.of(
                    target, sync.name(), metadata, syncPackage.helm(), sources.getLast()))
            : new Kustomized(
                KustomizationExpansion.of(
                    target,
                    metadata,
                    Objects.requireNonNull(syncPackage.kustomize()),
                    sources.getLast()));
    return new ExpandedSync(sync.key(), sync.revision(), sources, applier);
  }

  /**
   * The name of the applier of a sync: a DNS label that is short enough for a label value, and
   * another one for every assemblage, origin and name.
   */
  public static String applierName(Target target, SyncKey key) {
    // A cluster may be a hub too, with both kinds of assemblage of one name beside each other.
    var hash =
        target.kubeconfigRef() == null
            ? Names.hash(target.assemblage(), key.origin(), key.name(), "here")
            : Names.hash(target.assemblage(), key.origin(), key.name());
    return Names.label(target.assemblage(), key.name(), hash);
  }

  /**
   * The JSON merge patch that marks an applier so.
   *
   * @param policy null means Prune
   */
  public static JsonNode deletionPolicyPatch(@Nullable DeletionPolicy policy) {
    var patch = JsonNodeFactory.instance.objectNode();
    patch
        .putObject("metadata")
        .putObject("annotations")
        .put(DELETION_POLICY, policy == DeletionPolicy.ORPHAN ? ORPHAN : null);
    return patch;
  }

  /**
   * The JSON merge patch that has Flux apply again what an applier applied before: as long as it
   * was marked to leave, another one may have changed that.
   *
   * @param word another one each time
   */
  public static JsonNode takenBackPatch(String word) {
    var patch = JsonNodeFactory.instance.objectNode();
    patch.putObject("metadata").putObject("annotations").put(REQUESTED_AT, TAKEN_BACK + word);
    return patch;
  }

  /** What was asked of Flux by {@link #takenBackPatch}; empty where nothing was. */
  public static Optional<String> takenBack(ObjectMeta metadata) {
    return Optional.ofNullable(metadata.getAnnotations())
        .map(annotations -> annotations.get(REQUESTED_AT))
        .filter(word -> word.startsWith(TAKEN_BACK));
  }

  /**
   * The names of the sources of a sync, whatever their kinds: no two kinds of source share a name.
   *
   * @throws IllegalArgumentException if its version is none that is exact
   */
  public static List<String> sourceNames(AssignedSync sync) {
    return SourceExpansion.names(
        SyncDefaults.fill(sync.source()), SyncDefaults.fill(sync.syncPackage()));
  }

  /** The value of the label {@link #ASSEMBLAGE} for an assemblage of this name. */
  public static String assemblageLabel(String assemblage) {
    return Names.labelValue(assemblage);
  }

  private static ObjectMeta metadata(Target target, AssignedSync sync) {
    var metadata =
        new ObjectMetaBuilder()
            .withNamespace(target.namespace())
            .withName(applierName(target, sync.key()))
            .addToLabels(MANAGED_BY, MANAGER)
            .addToLabels(ASSEMBLAGE, assemblageLabel(target.assemblage()))
            .withAnnotations(
                Map.of(ASSEMBLAGE, target.assemblage(), ORIGIN, sync.origin(), SYNC, sync.name()))
            .build();
    if (sync.deletionPolicy() == DeletionPolicy.ORPHAN) {
      metadata.getAnnotations().put(DELETION_POLICY, ORPHAN);
    }
    return metadata;
  }
}
