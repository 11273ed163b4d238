package dev.tranche.controlplane.connection;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.cluster.ClusterView;
import dev.tranche.controlplane.cluster.Clusters;
import dev.tranche.controlplane.cluster.KubeconfigState;
import dev.tranche.controlplane.cluster.Kubeconfigs;
import dev.tranche.controlplane.cluster.Reachabilities;
import dev.tranche.controlplane.cluster.Reachability;
import dev.tranche.crd.v1alpha1.KubeconfigRef;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The connections of the fleet: one to every cluster that takes part, and to whatever else an
 * assemblage names a kubeconfig for.
 */
public final class Connections implements AutoCloseable {
  private final Clusters clusters;
  private final Reachabilities reachabilities;
  private final Transport transport;
  private final Surroundings surroundings;
  private final Map<KubeconfigKey, Held> held = new HashMap<>();
  private boolean started;

  /** A connection and for whom it is there. */
  private static final class Held {
    private final Connection connection;
    private final List<Runnable> listeners = new ArrayList<>();
    private @Nullable ObjectKey cluster;

    Held(Connection connection) {
      this.connection = connection;
    }
  }

  /**
   * Connects nothing before it is started. The parameters are started and ended by their owners.
   *
   * @param hub where the kubeconfigs are
   * @param reachabilities told of every cluster
   * @param unreachableAfter how long a cluster may not be heard of
   */
  public Connections(
      KubernetesClient hub,
      Clusters clusters,
      Kubeconfigs kubeconfigs,
      Reachabilities reachabilities,
      Clock clock,
      Duration unreachableAfter) {
    this.clusters = clusters;
    this.reachabilities = reachabilities;
    transport = new Transport();
    surroundings = new Surroundings(hub, transport, new Doorway(), clock, unreachableAfter);
    clusters.onChange(this::clusterChanged);
    kubeconfigs.onChange(this::kubeconfigChanged);
  }

  /** Connects from now on. */
  public void start() {
    synchronized (held) {
      started = true;
      held.values().forEach(each -> each.connection.start());
    }
  }

  /**
   * The connection of a kubeconfig, whether or not it is there yet.
   *
   * @param changed called, by any thread, whenever its reachability has changed; must not block
   */
  public Lease lease(KubeconfigKey key, Runnable changed) {
    synchronized (held) {
      var each = hold(key);
      each.listeners.add(changed);
      return new Lease(key, each.connection, changed);
    }
  }

  /** The use of a connection. */
  public final class Lease implements AutoCloseable {
    private final KubeconfigKey key;
    private final Connection connection;
    private final Runnable listener;

    private Lease(KubeconfigKey key, Connection connection, Runnable listener) {
      this.key = key;
      this.connection = connection;
      this.listener = listener;
    }

    /** Where its kubeconfig is kept. */
    public KubeconfigKey key() {
      return key;
    }

    /** The connection; not to be used once this is closed. */
    public Connection connection() {
      return connection;
    }

    @Override
    public void close() {
      synchronized (held) {
        var each = held.get(key);
        if (each != null) {
          each.listeners.remove(listener);
          dropIfUnused(key, each);
        }
      }
    }
  }

  @Override
  public void close() {
    synchronized (held) {
      held.values().forEach(each -> each.connection.close());
      held.clear();
      started = false;
    }
    transport.close();
  }

  private Held hold(KubeconfigKey key) {
    var known = held.get(key);
    if (known != null) {
      return known;
    }
    var connection = new Connection(key, surroundings, () -> changed(key));
    var each = new Held(connection);
    held.put(key, each);
    if (started) {
      connection.start();
    }
    return each;
  }

  private void dropIfUnused(KubeconfigKey key, Held each) {
    if (each.cluster == null && each.listeners.isEmpty()) {
      held.remove(key);
      each.connection.close();
    }
  }

  private void clusterChanged(ObjectKey cluster) {
    var view = clusters.find(cluster).filter(Connections::isWorthConnecting);
    var key =
        new KubeconfigKey(
            new ObjectKey(cluster.namespace(), cluster.name() + "-kubeconfig"),
            KubeconfigRef.DEFAULT_KEY);
    boolean forgotten = false;
    synchronized (held) {
      if (view.isPresent()) {
        hold(key).cluster = cluster;
      } else {
        var each = held.get(key);
        if (each != null && each.cluster != null) {
          each.cluster = null;
          forgotten = true;
          dropIfUnused(key, each);
        }
      }
    }
    if (view.isPresent()) {
      changed(key);
    } else if (forgotten) {
      reachabilities.set(cluster, new Reachability.Unknown());
    }
  }

  private static boolean isWorthConnecting(ClusterView cluster) {
    return !cluster.deleting()
        && cluster.initialized()
        && cluster.kubeconfig() instanceof KubeconfigState.Usable;
  }

  private void kubeconfigChanged(ObjectKey secret) {
    synchronized (held) {
      held.forEach((key, each) -> {
        if (key.secret().equals(secret)) {
          each.connection.kubeconfigChanged();
        }
      });
    }
  }

  private void changed(KubeconfigKey key) {
    List<Runnable> listeners;
    // As one step, so that what is told last is what is true.
    synchronized (reachabilities) {
      @Nullable ObjectKey cluster;
      Reachability now;
      synchronized (held) {
        var each = held.get(key);
        if (each == null) {
          return;
        }
        cluster = each.cluster;
        listeners = List.copyOf(each.listeners);
        now = each.connection.reachability();
      }
      if (cluster != null) {
        reachabilities.set(cluster, now);
      }
    }
    listeners.forEach(Runnable::run);
  }
}
