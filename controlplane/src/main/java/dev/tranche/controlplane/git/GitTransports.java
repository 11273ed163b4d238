package dev.tranche.controlplane.git;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.transport.SshTransport;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.TransportHttp;
import org.jspecify.annotations.Nullable;

/**
 * Holds conversations with git servers, many at once. Each has the credentials, the trust and the
 * proxy of its remote and nothing besides: no settings of git, ssh or a proxy from around the
 * program.
 */
public final class GitTransports implements AutoCloseable {
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /** Talks to nobody yet. */
  public GitTransports() {
    NoAmbientGit.prevail();
  }

  /** What is said to a server and made of what it answers. */
  @FunctionalInterface
  public interface Conversation<T> {
    /**
     * Called once, in a virtual thread that is interrupted at the deadline.
     *
     * @param transport closed afterwards
     * @throws IOException what JGit throws; it becomes the {@link GitException}
     */
    T with(Transport transport) throws IOException;
  }

  /**
   * Asks what needs no repository on this side, such as which refs there are.
   *
   * @param deadline from now until the whole answer is there
   * @throws GitException where there is none, and why
   */
  public <T> T talk(GitRemote remote, Duration deadline, Conversation<T> conversation)
      throws GitException, InterruptedException {
    return hold(null, remote, deadline, conversation);
  }

  /**
   * Fetches into a repository or pushes from it.
   *
   * @param deadline from now until the whole answer is there
   * @throws GitException where there is none, and why
   */
  public <T> T talk(
      Repository local, GitRemote remote, Duration deadline, Conversation<T> conversation)
      throws GitException, InterruptedException {
    return hold(local, remote, deadline, conversation);
  }

  /** Ends what goes on. */
  @Override
  public void close() {
    threads.shutdownNow();
  }

  private <T> T hold(
      @Nullable Repository local, GitRemote remote, Duration deadline, Conversation<T> conversation)
      throws GitException, InterruptedException {
    var trail = new Trail();
    Future<T> answer =
        threads.submit(() -> {
          try (var transport = open(local, remote, trail, deadline)) {
            return conversation.with(transport);
          }
        });
    try {
      return answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new GitException(
          GitException.TIMED_OUT,
          "%s did not answer completely within %d s".formatted(remote.place(), seconds(deadline)));
    } catch (ExecutionException e) {
      throw new Failure(remote, trail).of(e.getCause() == null ? e : e.getCause());
    } finally {
      // In a virtual thread this closes the socket that is being read.
      answer.cancel(true);
    }
  }

  private static Transport open(
      @Nullable Repository local, GitRemote remote, Trail trail, Duration deadline)
      throws GitException, IOException {
    var uri = remote.uri();
    var proxy = remote.proxySecret().isEmpty() ? null : GitProxy.of(remote.proxySecret());
    if ("ssh".equals(uri.getScheme())) {
      var ssh = SshAccess.of(remote, proxy, trail);
      var named = uri.getUser() == null ? uri.setUser("git") : uri;
      var transport = local == null ? Transport.open(named) : Transport.open(local, named);
      ((SshTransport) transport).setSshSessionFactory(ssh);
      transport.setTimeout(seconds(deadline));
      return transport;
    }
    var http = HttpAccess.of(remote, proxy, trail);
    // JGit prefers what the URL says.
    var anonymous = http.hasAuthorization() ? uri.setUser(null).setPass(null) : uri;
    var transport = local == null ? Transport.open(anonymous) : Transport.open(local, anonymous);
    ((TransportHttp) transport).setHttpConnectionFactory(http);
    transport.setTimeout(seconds(deadline));
    return transport;
  }

  private static int seconds(Duration deadline) {
    return Math.toIntExact(Math.max(1, deadline.plusMillis(999).toSeconds()));
  }
}
