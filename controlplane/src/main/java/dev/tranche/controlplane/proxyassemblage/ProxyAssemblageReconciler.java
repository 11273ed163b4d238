package dev.tranche.controlplane.proxyassemblage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.assemblage.kube.Events;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.assemblage.status.AssemblageReport;
import dev.tranche.assemblage.status.Conditions;
import dev.tranche.controlplane.cluster.AssemblageAccess;
import dev.tranche.controlplane.cluster.Clusters;
import dev.tranche.controlplane.cluster.Reachability;
import dev.tranche.controlplane.connection.Observed;
import dev.tranche.controlplane.proxyassemblage.ProxiedCluster.View;
import dev.tranche.crd.v1alpha1.Assemblage;
import dev.tranche.crd.v1alpha1.ProxyAssemblage;
import dev.tranche.crd.v1alpha1.ProxyAssemblageStatus;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.PrimaryUpdateAndCacheUtils;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has a cluster keep the Assemblage that is desired of it, and says what it reports. */
final class ProxyAssemblageReconciler
    implements Reconciler<ProxyAssemblage>, Cleaner<ProxyAssemblage> {
  private static final Logger log = LoggerFactory.getLogger(ProxyAssemblageReconciler.class);

  /** That something is being updated is written when it takes longer than this. */
  private static final Duration UPDATING_IS_NEWS_AFTER = Duration.ofSeconds(15);

  /** How long a cluster is tried to be told that its Assemblage goes. */
  private static final Duration FAREWELL = Duration.ofSeconds(30);

  private static final Duration AFTER_FAILURE = Duration.ofSeconds(2);
  private static final Duration OVERTAKEN = Duration.ofMillis(200);
  private static final Duration GOING = Duration.ofSeconds(2);

  private final KubernetesClient client;
  private final ProxiedClusters proxied;
  private final HubSecrets secrets;
  private final AssemblageAccess access;
  private final MirroredStatus mirror;
  private final Events events;
  private final Clock clock;
  private final SimpleInboundEventSource<ProxyAssemblage> wakeUps =
      new SimpleInboundEventSource<>("cluster");
  private final Map<String, Instant> heldBack = new ConcurrentHashMap<>();

  ProxyAssemblageReconciler(
      KubernetesClient client,
      ProxiedClusters proxied,
      HubSecrets secrets,
      AssemblageAccess access,
      Events events,
      Clock clock) {
    this.client = client;
    this.proxied = proxied;
    this.secrets = secrets;
    this.access = access;
    this.mirror = new MirroredStatus(client.getKubernetesSerialization());
    this.events = events;
    this.clock = clock;
  }

  void wake(ObjectKey proxy) {
    wakeUps.propagateEvent(new ResourceID(proxy.name(), proxy.namespace()));
  }

  @Override
  public List<EventSource<?, ProxyAssemblage>> prepareEventSources(
      EventSourceContext<ProxyAssemblage> context) {
    return List.of(wakeUps);
  }

  @Override
  public UpdateControl<ProxyAssemblage> reconcile(
      ProxyAssemblage proxy, Context<ProxyAssemblage> context) {
    var state = access.of(proxy, proxy.getSpec().kubeconfigRef());
    if (state instanceof AssemblageAccess.Ending) {
      return delete(proxy, "its cluster is being deleted");
    }
    var cluster = proxied.of(proxy);
    var wanted = wanted(proxy, cluster.ownership());
    var isEmpty = wanted.getSpec().syncs().isEmpty() && access.isOwnedByCluster(proxy);
    var before = cluster.view();
    cluster.keep(
        state instanceof AssemblageAccess.Open
            ? isEmpty && isDrained(before, cluster.ownership())
                ? new Desired.Gone(places(proxy, wanted))
                : kept(proxy, wanted)
            : new Desired.Untouched());
    var view = cluster.view();
    if (isEmpty && isGone(state, view)) {
      return delete(proxy, "nothing is assigned any more");
    }
    var again = report(proxy, mirror.of(proxy, wanted, state, view, clock.instant()), context);
    if (view.outcome() instanceof Outcome.Failed) {
      again = again == null || again.compareTo(AFTER_FAILURE) > 0 ? AFTER_FAILURE : again;
    }
    return again == null
        ? UpdateControl.noUpdate()
        : UpdateControl.<ProxyAssemblage>noUpdate().rescheduleAfter(again);
  }

  /** Tells the cluster that nobody looks after its Assemblage any more, as long as it listens. */
  @Override
  public DeleteControl cleanup(ProxyAssemblage proxy, Context<ProxyAssemblage> context) {
    var cluster = proxied.of(proxy);
    cluster.keep(new Desired.Gone(places(proxy, wanted(proxy, cluster.ownership()))));
    var outcome = cluster.view().outcome();
    if (outcome instanceof Outcome.Removed) {
      return forget(proxy);
    }
    var since = Instant.parse(proxy.getMetadata().getDeletionTimestamp());
    if (clock.instant().isBefore(since.plus(FAREWELL))) {
      return DeleteControl.noFinalizerRemoval().rescheduleAfter(GOING.toMillis());
    }
    var why =
        outcome instanceof Outcome.Failed(var _, var message, var _)
            ? message
            : "it is not reached";
    events.emit(
        proxy,
        Events.Type.WARNING,
        "AssemblageLeftBehind",
        "Withdraw",
        "the cluster keeps its Assemblage %s, and Secrets that were copied there: %s"
            .formatted(
                places(proxy, wanted(proxy, cluster.ownership())).stream()
                    .map(ObjectKey::toString)
                    .collect(Collectors.joining(", ")),
                why));
    log.atWarn()
        .addKeyValue("proxyassemblage", ObjectKey.of(proxy))
        .log("its Assemblage is left in the cluster: " + why);
    return forget(proxy);
  }

  private DeleteControl forget(ProxyAssemblage proxy) {
    proxied.forget(ObjectKey.of(proxy));
    heldBack.remove(proxy.getMetadata().getUid());
    return DeleteControl.defaultDelete();
  }

  private UpdateControl<ProxyAssemblage> delete(ProxyAssemblage proxy, String why) {
    try {
      client.resource(proxy).lockResourceVersion(proxy.getMetadata().getResourceVersion()).delete();
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        return UpdateControl.<ProxyAssemblage>noUpdate().rescheduleAfter(OVERTAKEN);
      }
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
    log.atInfo()
        .addKeyValue("proxyassemblage", ObjectKey.of(proxy))
        .addKeyValue("why", why)
        .log("proxyassemblage deleted");
    return UpdateControl.noUpdate();
  }

  /** Whether the cluster says that nothing is left of any sync, also of those of others. */
  private static boolean isDrained(View view, Ownership ownership) {
    if (!(view.reachability() instanceof Reachability.Reached)) {
      return false;
    }
    return view.outcome() instanceof Outcome.Removed
        || view.assemblage() instanceof Observed.Absent
        || (view.assemblage() instanceof Observed.Present<Assemblage>(var there)
            && ownership.has(there)
            && there.getSpec().syncs().isEmpty()
            && there.getStatus() != null
            && there.getStatus().syncs().isEmpty()
            && Objects.equals(
                there.getStatus().observedGeneration(), there.getMetadata().getGeneration()));
  }

  private static boolean isGone(AssemblageAccess.State state, View view) {
    return state instanceof AssemblageAccess.Open
        && view.reachability() instanceof Reachability.Reached
        && (view.outcome() instanceof Outcome.Removed
            || view.assemblage() instanceof Observed.KindMissing);
  }

  private Assemblage wanted(ProxyAssemblage proxy, Ownership ownership) {
    var assemblage = new Assemblage();
    assemblage.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(targetNamespace(proxy))
            .withName(proxy.getMetadata().getName())
            .withLabels(Ownership.labels())
            .withAnnotations(ownership.annotations())
            .build());
    assemblage.setSpec(proxy.getSpec().assemblage());
    return assemblage;
  }

  private String targetNamespace(ProxyAssemblage proxy) {
    var annotations = proxy.getMetadata().getAnnotations();
    var own = annotations == null ? null : annotations.get(Clusters.TARGET_NAMESPACE);
    return Optional.ofNullable(own)
        .or(() ->
            access.clusterOf(proxy).flatMap(found -> Optional.ofNullable(found.targetNamespace())))
        .filter(namespace -> !namespace.isBlank())
        .orElse(proxy.getMetadata().getNamespace());
  }

  private Desired kept(ProxyAssemblage proxy, Assemblage wanted) {
    var tree =
        client.getKubernetesSerialization().convertValue(wanted.getSpec().syncs(), JsonNode.class);
    var neededBy = NeededSecrets.of(tree);
    var needed = new LinkedHashMap<String, HubSecrets.State>();
    neededBy
        .keySet()
        .forEach(name ->
            needed.put(
                name, secrets.state(new ObjectKey(proxy.getMetadata().getNamespace(), name))));
    return new Desired.Kept(wanted, formerNamespace(proxy), needed, neededBy);
  }

  private static Set<ObjectKey> places(ProxyAssemblage proxy, Assemblage wanted) {
    var places = new LinkedHashSet<ObjectKey>();
    places.add(ObjectKey.of(wanted));
    var former = formerNamespace(proxy);
    if (former != null) {
      places.add(new ObjectKey(former, proxy.getMetadata().getName()));
    }
    return places;
  }

  private static @Nullable String formerNamespace(ProxyAssemblage proxy) {
    return proxy.getStatus() == null ? null : proxy.getStatus().targetNamespace();
  }

  /**
   * Writes the status where it says something new.
   *
   * @return when to look again because news are held back; null where none are
   */
  private @Nullable Duration report(
      ProxyAssemblage proxy, ProxyAssemblageStatus status, Context<ProxyAssemblage> context) {
    var now = clock.instant();
    var metadata = proxy.getMetadata();
    var before = proxy.getStatus();
    if (status.equals(before)) {
      heldBack.remove(metadata.getUid());
      return null;
    }
    if (!isUrgent(before, status)) {
      var since = heldBack.computeIfAbsent(metadata.getUid(), uid -> now);
      var news = since.plus(UPDATING_IS_NEWS_AFTER);
      if (now.isBefore(news)) {
        return Duration.between(now, news);
      }
    }
    heldBack.remove(metadata.getUid());
    tellOfConnection(proxy, status);
    var patch = new ProxyAssemblage();
    patch.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(metadata.getNamespace())
            .withName(metadata.getName())
            .build());
    patch.setStatus(status);
    PrimaryUpdateAndCacheUtils.ssaPatchStatusAndCacheResource(proxy, patch, context);
    return null;
  }

  /** Whether anything else is new than that something is being updated. */
  private static boolean isUrgent(
      @Nullable ProxyAssemblageStatus before, ProxyAssemblageStatus after) {
    if (before == null
        || !Objects.equals(before.targetNamespace(), after.targetNamespace())
        || !sameConnection(before, after)) {
      return true;
    }
    return AssemblageReport.isUrgent(
            MirroredStatus.asAssemblageStatus(before), MirroredStatus.asAssemblageStatus(after))
        || !sameReadiness(before, after);
  }

  private static boolean sameConnection(ProxyAssemblageStatus before, ProxyAssemblageStatus after) {
    var one = Conditions.find(before.conditions(), MirroredStatus.CONNECTED);
    var other = Conditions.find(after.conditions(), MirroredStatus.CONNECTED);
    return one != null
        && other != null
        && Objects.equals(one.getStatus(), other.getStatus())
        && Objects.equals(one.getReason(), other.getReason());
  }

  private static boolean sameReadiness(ProxyAssemblageStatus before, ProxyAssemblageStatus after) {
    var one = Conditions.find(before.conditions(), Conditions.READY);
    var other = Conditions.find(after.conditions(), Conditions.READY);
    return one != null
        && other != null
        && (Objects.equals(other.getReason(), "Updating")
            || Objects.equals(one.getReason(), other.getReason()));
  }

  private void tellOfConnection(ProxyAssemblage proxy, ProxyAssemblageStatus status) {
    var before =
        proxy.getStatus() == null
            ? null
            : Conditions.find(proxy.getStatus().conditions(), MirroredStatus.CONNECTED);
    var after = Conditions.find(status.conditions(), MirroredStatus.CONNECTED);
    if (after == null
        || (before != null && Objects.equals(before.getStatus(), after.getStatus()))) {
      return;
    }
    if ("True".equals(after.getStatus())) {
      events.emit(proxy, Events.Type.NORMAL, "Connected", "Connect", after.getMessage());
    } else if (before != null && "False".equals(after.getStatus())) {
      events.emit(proxy, Events.Type.WARNING, "Disconnected", "Connect", after.getMessage());
    }
  }
}
