package dev.tranche.controlplane.source;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * How many questions may be under way. A host has few at once, so that one that hangs holds few.
 * Those who failed last time have lanes of their own: however many hosts hang, they hold up nobody
 * whose server answers.
 */
final class Permits {
  private static final int PER_HOST = 4;
  private static final int PROMISING = 128;
  private static final int DOUBTFUL = 32;

  private final Semaphore promising = new Semaphore(PROMISING, true);
  private final Semaphore doubtful = new Semaphore(DOUBTFUL, true);
  private final Map<String, Host> hosts = new HashMap<>();

  /** A question that may be asked, until this is closed. */
  interface Permit extends AutoCloseable {
    @Override
    void close();
  }

  /** Waits until the host may be asked. */
  Permit acquire(String host, boolean failing) throws InterruptedException {
    var lane = failing ? doubtful : promising;
    var ofHost = enter(host);
    try {
      ofHost.asks.acquire();
      try {
        lane.acquire();
      } catch (InterruptedException e) {
        ofHost.asks.release();
        throw e;
      }
    } catch (InterruptedException e) {
      leave(host, ofHost);
      throw e;
    }
    return () -> {
      lane.release();
      ofHost.asks.release();
      leave(host, ofHost);
    };
  }

  private synchronized Host enter(String name) {
    var host = hosts.computeIfAbsent(name, _ -> new Host());
    host.users++;
    return host;
  }

  private synchronized void leave(String name, Host host) {
    host.users--;
    if (host.users == 0) {
      hosts.remove(name);
    }
  }

  private static final class Host {
    private final Semaphore asks = new Semaphore(PER_HOST, true);
    private int users;
  }
}
