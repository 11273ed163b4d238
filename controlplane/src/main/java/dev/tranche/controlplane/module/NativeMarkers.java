package dev.tranche.controlplane.module;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tranche.assemblage.Names;
import dev.tranche.assemblage.binding.ObjectLookup;
import dev.tranche.assemblage.binding.ObjectReference;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.lookup.ReferencedObjects;
import dev.tranche.controlplane.source.VersionedSource;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.rollout.Reason;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps markers in an annotation of the Secret with the source's credentials; those of modules
 * without one are in their status alone.
 */
final class NativeMarkers implements MarkerKeeper {
  private static final Logger log = LoggerFactory.getLogger(NativeMarkers.class);
  private static final String PREFIX = "sync-marker." + FleetModule.GROUP + "/";

  private final KubernetesClient client;
  private final ReferencedObjects references;

  /** The versions that our writes made. */
  private final Map<String, Written> written = new ConcurrentHashMap<>();

  NativeMarkers(KubernetesClient client, ReferencedObjects references) {
    this.client = client;
    this.references = references;
  }

  @Override
  public @Nullable String place(FleetModule module) {
    var secret = secret(module);
    return secret == null ? null : "Secret " + secret;
  }

  @Override
  public Reading read(FleetModule module) {
    var secret = secret(module);
    if (secret == null) {
      return new Reading.Stored(recorded(module));
    }
    var reference = new ObjectReference("v1", "Secret", secret);
    return switch (references.in(module.getMetadata().getNamespace()).find(reference)) {
      case ObjectLookup.NotLoaded _ -> new Reading.Pending(null);
      case ObjectLookup.Found(var object) ->
          new Reading.Stored(seen(module, object.path("metadata")));
      case ObjectLookup.Missing _, ObjectLookup.UnknownKind _ ->
          new Reading.Refused(
              new Reason(
                  "SecretNotFound",
                  "the marker is kept in the status alone: there is no Secret %s"
                      .formatted(secret)));
      case ObjectLookup.Forbidden _ ->
          new Reading.Refused(
              new Reason(
                  "SecretNotReadable",
                  "the marker is kept in the status alone: Tranche may not list the Secrets of this namespace"));
    };
  }

  @Override
  public Outcome move(FleetModule module, MarkerDecision.Move move) {
    var secret = secret(module);
    if (secret == null) {
      return new Outcome.Done();
    }
    try {
      var stored = find(module, secret);
      if (stored == null) {
        return new Outcome.Underway(null);
      }
      var annotations = stored.getMetadata().getAnnotations();
      var found = annotations == null ? null : annotations.get(annotation(module));
      if (move.to().equals(found)) {
        return new Outcome.Done();
      }
      if (found != null && !found.equals(move.from())) {
        return new Outcome.MovedByOther(found);
      }
      var now = annotate(module, stored, move.to());
      written.put(
          module.getMetadata().getUid(),
          new Written(now.getMetadata().getResourceVersion(), move.to()));
      log.atInfo()
          .addKeyValue("module", ObjectKey.of(module))
          .addKeyValue("secret", secret)
          .addKeyValue("revision", move.to())
          .log("sync marker moved");
      return new Outcome.Done();
    } catch (KubernetesClientException e) {
      return new Outcome.Underway(
          e.getCode() == HttpURLConnection.HTTP_CONFLICT
              ? null
              : new Reason(
                  "SecretNotWritten",
                  "the marker cannot be written into Secret %s: %s"
                      .formatted(secret, e.getMessage())));
    }
  }

  @Override
  public void remove(FleetModule module, String recorded) {
    written.remove(module.getMetadata().getUid());
    var secret = secret(module);
    try {
      var stored = secret == null ? null : find(module, secret);
      if (stored != null
          && stored.getMetadata().getAnnotations() != null
          && recorded.equals(stored.getMetadata().getAnnotations().get(annotation(module)))) {
        annotate(module, stored, null);
      }
    } catch (KubernetesClientException e) {
      log.atWarn()
          .addKeyValue("module", ObjectKey.of(module))
          .addKeyValue("secret", secret)
          .addKeyValue("error", e.getMessage())
          .log("sync marker not removed");
    }
  }

  private @Nullable Secret find(FleetModule module, String secret) {
    return client.secrets().inNamespace(module.getMetadata().getNamespace()).withName(secret).get();
  }

  /** Carries the version that it was worked out from, so that nobody's move is overwritten. */
  private Secret annotate(FleetModule module, Secret stored, @Nullable String value) {
    var patch = JsonNodeFactory.instance.objectNode();
    var metadata = patch.putObject("metadata");
    metadata.put("resourceVersion", stored.getMetadata().getResourceVersion());
    metadata.putObject("annotations").put(annotation(module), value);
    return client.resource(stored).patch(PatchContext.of(PatchType.JSON_MERGE), patch.toString());
  }

  /** What the watch shows may be from before our own write. */
  private @Nullable String seen(FleetModule module, JsonNode metadata) {
    var ours = written.get(module.getMetadata().getUid());
    return ours != null && isBefore(metadata.path("resourceVersion").asText(), ours.version())
        ? ours.revision()
        : metadata.path("annotations").path(annotation(module)).asText(null);
  }

  /** Kubernetes promises since 1.35 that versions of one kind are numbers that grow. */
  private static boolean isBefore(String version, String other) {
    return version.length() == other.length()
        ? version.compareTo(other) < 0
        : version.length() < other.length();
  }

  private static @Nullable String recorded(FleetModule module) {
    return module.getStatus() == null || module.getStatus().marker() == null
        ? null
        : module.getStatus().marker().revision();
  }

  private static @Nullable String secret(FleetModule module) {
    return new VersionedSource(module.getSpec().sync().source()).secret();
  }

  private static String annotation(FleetModule module) {
    return PREFIX
        + Names.labelValue(
            module.getKind().toLowerCase(Locale.ROOT) + "." + module.getMetadata().getName());
  }

  private record Written(String version, String revision) {}
}
