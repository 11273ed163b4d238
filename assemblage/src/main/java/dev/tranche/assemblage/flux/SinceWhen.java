package dev.tranche.assemblage.flux;

import dev.tranche.assemblage.kube.ObjectKey;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Since when something holds of an assemblage, as far as this process has seen. */
final class SinceWhen {
  private final Map<ObjectKey, Map<String, Instant>> since = new ConcurrentHashMap<>();

  /**
   * Notes what holds now, and forgets what does not any more.
   *
   * @param things whatever tells apart what may hold, such as uids
   * @return since when each of the things holds
   */
  Map<String, Instant> holds(ObjectKey assemblage, Collection<String> things, Instant now) {
    var before = since.getOrDefault(assemblage, Map.of());
    var after = new HashMap<String, Instant>();
    things.forEach(thing -> after.put(thing, before.getOrDefault(thing, now)));
    if (after.isEmpty()) {
      since.remove(assemblage);
    } else {
      since.put(assemblage, after);
    }
    return after;
  }

  /** Forgets all that holds of an assemblage. */
  void forget(ObjectKey assemblage) {
    since.remove(assemblage);
  }
}
