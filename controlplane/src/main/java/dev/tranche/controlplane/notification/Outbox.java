package dev.tranche.controlplane.notification;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.notification.EventReceiver.Answer;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.PendingEvent;
import io.fabric8.kubernetes.api.model.ObjectReference;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands events about modules over to a receiver that takes them as Flux's controllers post them.
 *
 * <p>What is {@linkplain #tell told} may get lost with this process. What is to arrive whatever
 * happens is written into the status of the module by the same write that records what it tells of,
 * and {@linkplain #handOver handed over} after that; the next write of the status leaves out what
 * has arrived, as {@link #pending} says. So an event may arrive twice, with the same token, and is
 * never lost while its module is there.
 *
 * <p>Events go one at a time, in the order in which they came. Whoever hands them over never waits.
 */
public final class Outbox implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Outbox.class);

  /** How many events of a module are kept in its status. */
  static final int KEPT = 32;

  /** How many events are kept that no status has. */
  static final int FLEETING = 1_000;

  /** A receiver that fails on one event again and again may still take the others. */
  private static final int TRIES_IN_A_ROW = 5;

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration FIRST_WAIT = Duration.ofMillis(500);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

  private final @Nullable EventReceiver receiver;
  private final ObjectMapper json;
  private final String instance;
  private final BlockingDeque<Post> queue = new LinkedBlockingDeque<>();
  private final AtomicInteger fleeting = new AtomicInteger();

  /** By the uid of their module: which of the events in its status have arrived. */
  private final Map<String, Map<String, Boolean>> arrived = new HashMap<>();

  /** The uids of modules that are gone while events of theirs are on their way. */
  private final Set<String> departed = new HashSet<>();

  private final Set<Integer> refusals = new HashSet<>();
  private volatile Listener listener = (kind, module) -> {};
  private volatile @Nullable Thread thread;

  /** Who wants to know when events have arrived that a status still has. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Called soon after; must not block.
     *
     * @param kind of the module
     */
    void arrived(String kind, ObjectKey module);
  }

  /** An event on its way; {@code kept} where a status has it too. */
  private record Post(ObjectReference about, PendingEvent event, boolean kept) {}

  private Outbox(@Nullable EventReceiver receiver, ObjectMapper json, String instance) {
    this.receiver = receiver;
    this.json = json;
    this.instance = instance;
  }

  /** An outbox that nothing leaves, and so that keeps nothing. */
  public static Outbox closed() {
    return new Outbox(null, new ObjectMapper(), "");
  }

  /**
   * An outbox for a receiver.
   *
   * @param receiver as {@link #receiver} returns it
   * @param instance tells this process from others of the control plane
   */
  public static Outbox to(URI receiver, String instance) {
    return to(receiver, instance, TIMEOUT);
  }

  static Outbox to(URI receiver, String instance, Duration timeout) {
    return new Outbox(new EventReceiver(receiver, timeout), new ObjectMapper(), instance);
  }

  /**
   * The URL of a receiver, as people write it.
   *
   * @throws IllegalArgumentException where it is none; the message says what to give
   */
  public static URI receiver(String text) {
    return EventReceiver.url(text);
  }

  /** Begins to post. */
  public void start() {
    if (receiver != null) {
      thread = Thread.ofVirtual().name("outbox").start(() -> postAll(receiver));
    }
  }

  /** Sets who is called when events have arrived. */
  public void onArrival(Listener whom) {
    listener = whom;
  }

  /**
   * What the status of a module is to keep: of what it has, that which has not arrived, and what is
   * new. Where there is no receiver, nothing.
   *
   * @param fresh the newest last
   */
  public List<PendingEvent> pending(FleetModule module, List<PendingEvent> fresh) {
    if (receiver == null) {
      return List.of();
    }
    var pending = new ArrayList<PendingEvent>();
    synchronized (arrived) {
      var known = arrived.getOrDefault(module.getMetadata().getUid(), Map.of());
      recorded(module).stream()
          .filter(event -> !known.getOrDefault(event.id(), false))
          .forEach(pending::add);
    }
    pending.addAll(fresh);
    if (pending.size() <= KEPT) {
      return pending;
    }
    var dropped = pending.subList(0, pending.size() - KEPT);
    log.atWarn()
        .addKeyValue("kind", module.getKind())
        .addKeyValue("module", ObjectKey.of(module))
        .addKeyValue("events", dropped.stream().map(PendingEvent::reason).toList())
        .log("events dropped, since the receiver has not taken them for long");
    return List.copyOf(pending.subList(dropped.size(), pending.size()));
  }

  /** Posts what the status of a module has and that is not on its way yet. */
  public void handOver(FleetModule module) {
    if (receiver == null) {
      return;
    }
    var events = recorded(module);
    var uid = module.getMetadata().getUid();
    synchronized (arrived) {
      if (events.isEmpty() && !arrived.containsKey(uid)) {
        return;
      }
      var about = FluxEvent.reference(module);
      var before = arrived.getOrDefault(uid, Map.of());
      var now = new HashMap<String, Boolean>();
      for (var event : events) {
        var known = before.get(event.id());
        now.put(event.id(), known != null && known);
        if (known == null) {
          queue.add(new Post(about, event, true));
        }
      }
      if (now.isEmpty()) {
        arrived.remove(uid);
      } else {
        arrived.put(uid, now);
      }
    }
  }

  /** Posts what is on its way of a module that is gone, and keeps nothing of it any longer. */
  public void forget(FleetModule module) {
    var uid = module.getMetadata().getUid();
    synchronized (arrived) {
      departed.add(uid);
      endDeparted(uid);
    }
  }

  private void endDeparted(String uid) {
    if (departed.contains(uid) && !arrived.getOrDefault(uid, Map.of()).containsValue(false)) {
      arrived.remove(uid);
      departed.remove(uid);
    }
  }

  /** Posts an event that may get lost with this process, or when very many wait. */
  public void tell(FleetModule module, PendingEvent event) {
    if (receiver == null) {
      return;
    }
    if (fleeting.incrementAndGet() > FLEETING) {
      fleeting.decrementAndGet();
      log.atWarn()
          .addKeyValue("kind", module.getKind())
          .addKeyValue("module", ObjectKey.of(module))
          .addKeyValue("reason", event.reason())
          .log("event dropped, since too many wait for the receiver");
      return;
    }
    queue.add(new Post(FluxEvent.reference(module), event, false));
  }

  @Override
  public void close() {
    var running = thread;
    if (running != null) {
      running.interrupt();
    }
    if (receiver != null) {
      receiver.close();
    }
  }

  private static List<PendingEvent> recorded(FleetModule module) {
    var status = module.getStatus();
    return status == null || status.rollout() == null ? List.of() : status.rollout().events();
  }

  private void postAll(EventReceiver to) {
    int failures = 0;
    int tries = 0;
    try {
      while (true) {
        var post = queue.takeFirst();
        if (!isWanted(post)) {
          continue;
        }
        tries++;
        switch (to.post(bytes(post))) {
          case Answer.Taken() -> {
            if (failures > 0) {
              log.atInfo().addKeyValue("receiver", to.name()).log("events are taken again");
            }
            done(post);
            refusals.clear();
            failures = 0;
            tries = 0;
          }
          case Answer.Refused(int status) -> {
            tellRefusal(to, status);
            done(post);
            failures = 0;
            tries = 0;
          }
          case Answer.Failed(String why) -> {
            if (tries < TRIES_IN_A_ROW) {
              queue.addFirst(post);
            } else {
              queue.addLast(post);
              tries = 0;
            }
            rest(to, failures++, why);
          }
          case Answer.Away(String why) -> {
            queue.addFirst(post);
            tries = 0;
            rest(to, failures++, why);
          }
        }
      }
    } catch (InterruptedException e) {
      log.debug("stopping");
    }
  }

  /** Whether the status still has it; what it has too much of is dropped, the oldest first. */
  private boolean isWanted(Post post) {
    if (!post.kept()) {
      return true;
    }
    synchronized (arrived) {
      var known = arrived.get(post.about().getUid());
      return known != null && known.containsKey(post.event().id());
    }
  }

  private void done(Post post) {
    if (!post.kept()) {
      fleeting.decrementAndGet();
      return;
    }
    synchronized (arrived) {
      var known = arrived.get(post.about().getUid());
      if (known != null) {
        known.replace(post.event().id(), true);
      }
      endDeparted(post.about().getUid());
    }
    listener.arrived(
        post.about().getKind(), new ObjectKey(post.about().getNamespace(), post.about().getName()));
  }

  private static void rest(EventReceiver to, int failuresBefore, String why)
      throws InterruptedException {
    long longest =
        Math.min(LONGEST_WAIT.toMillis(), FIRST_WAIT.toMillis() << Math.min(failuresBefore, 10));
    if (failuresBefore == 0) {
      log.atWarn()
          .addKeyValue("receiver", to.name())
          .addKeyValue("error", why)
          .log("events are not taken, trying again");
    }
    Thread.sleep(Duration.ofMillis(ThreadLocalRandom.current().nextLong(longest / 2, longest)));
  }

  private void tellRefusal(EventReceiver to, int status) {
    if (refusals.add(status)) {
      log.atError()
          .addKeyValue("receiver", to.name())
          .addKeyValue("status", status)
          .log(
              "events are refused and dropped: check that --events-addr is the full URL of a"
                  + " receiver of Flux's events, such as"
                  + " http://notification-controller.flux-system.svc.cluster.local./");
    }
  }

  private byte[] bytes(Post post) {
    try {
      return json.writeValueAsBytes(FluxEvent.of(post.about(), post.event(), instance));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
