package dev.tranche.demo;

import dev.tranche.testbed.Fleet;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Which versions of the greeting each cluster has had, watched in the clusters themselves. */
final class Sightings implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Map<String, Observer> observers = new HashMap<>();
  private final List<Watch> watches = new ArrayList<>();

  private Sightings() {}

  /** A cluster turned to a version, as it was seen from outside. */
  record Sighting(String version, Instant at) {}

  /** Begins to watch; what a cluster had before is missed. */
  static Sightings begin(Fleet fleet, List<City> cities) {
    var sightings = new Sightings();
    for (var city : cities) {
      var observer = new Observer();
      sightings.observers.put(city.name(), observer);
      sightings.watches.add(
          fleet
              .cluster(city.name())
              .client()
              .configMaps()
              .inNamespace("apps")
              .withName("greeting")
              .watch(observer));
    }
    return sightings;
  }

  /**
   * All that a cluster turned to, the oldest first.
   *
   * @param present what it has now; everything up to that was seen when this returns
   */
  List<Sighting> of(City city, ConfigMap present) {
    return Objects.requireNonNull(observers.get(city.name()))
        .upTo(present.getMetadata().getResourceVersion())
        .orElseThrow(() -> new DemoException("the watch of %s was lost".formatted(city.name())));
  }

  @Override
  public void close() {
    watches.forEach(Watch::close);
  }

  private static final class Observer implements Watcher<ConfigMap> {
    private final List<Sighting> seen = new ArrayList<>();
    private String resourceVersion = "";

    @Override
    public synchronized void eventReceived(Action action, ConfigMap greeting) {
      var data = greeting.getData();
      var version = action == Action.DELETED || data == null ? "nothing" : data.get("version");
      if (seen.isEmpty() || !seen.getLast().version().equals(version)) {
        seen.add(new Sighting(String.valueOf(version), Instant.now()));
      }
      resourceVersion = greeting.getMetadata().getResourceVersion();
      notifyAll();
    }

    /** Comes when events may have been missed, so that nothing can be said from here on. */
    @Override
    public synchronized void onClose(WatcherException cause) {
      resourceVersion = "lost";
    }

    synchronized Optional<List<Sighting>> upTo(String wanted) {
      var until = Instant.now().plus(PATIENCE);
      try {
        while (!resourceVersion.equals(wanted)) {
          var left = Duration.between(Instant.now(), until);
          if (!left.isPositive()) {
            return Optional.empty();
          }
          wait(left.toMillis() + 1);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new DemoException("interrupted");
      }
      return Optional.of(List.copyOf(seen));
    }
  }
}
