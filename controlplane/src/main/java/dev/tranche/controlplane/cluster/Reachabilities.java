package dev.tranche.controlplane.cluster;

import dev.tranche.assemblage.kube.ObjectKey;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Which clusters our own connections reach, told by these and asked by everyone else. */
public final class Reachabilities {
  private static final Reachability UNKNOWN = new Reachability.Unknown();

  private final Map<ObjectKey, Reachability> states = new ConcurrentHashMap<>();
  private final List<Consumer<ObjectKey>> listeners = new CopyOnWriteArrayList<>();

  /** Whether this cluster is reached. */
  public Reachability of(ObjectKey cluster) {
    return states.getOrDefault(cluster, UNKNOWN);
  }

  /** Tells whether a cluster is reached. */
  public void set(ObjectKey cluster, Reachability now) {
    var before =
        now instanceof Reachability.Unknown ? states.remove(cluster) : states.put(cluster, now);
    boolean wasUnreachable = before instanceof Reachability.Unreachable;
    boolean isUnreachable = now instanceof Reachability.Unreachable;
    if (wasUnreachable != isUnreachable || (isUnreachable && !now.equals(before))) {
      listeners.forEach(listener -> listener.accept(cluster));
    }
  }

  /** Calls somebody with every cluster that becomes unreachable, or does not stay so. */
  public void onChange(Consumer<ObjectKey> listener) {
    listeners.add(listener);
  }
}
