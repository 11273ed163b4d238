package dev.tranche.controlplane.git;

import java.io.EOFException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.eclipse.jgit.errors.NoRemoteRepositoryException;
import org.jspecify.annotations.Nullable;

/** The one place where what JGit and what is below it throws becomes an answer for people. */
final class Failure {
  private static final int LONGEST_CHAIN = 20;

  private final GitRemote remote;
  private final Trail trail;

  Failure(GitRemote remote, Trail trail) {
    this.remote = remote;
    this.trail = trail;
  }

  GitException of(Throwable thrown) {
    if (thrown instanceof GitException said) {
      return said;
    }
    if (thrown instanceof Error error) {
      throw error;
    }
    var chain =
        Stream.<Throwable>iterate(thrown, cause -> cause != null, Throwable::getCause)
            .limit(LONGEST_CHAIN)
            .toList();
    var hostKey = trail.refusedHostKey();
    if (hostKey != null) {
      return failure(GitException.HOST_KEY_REFUSED, hostKey);
    }
    var refused = first(chain, ProxyTunnels.RefusedException.class);
    if (refused != null) {
      return proxy(remote.quote(refused.getMessage()));
    }
    var answered = ofStatus(trail.status());
    if (answered != null) {
      return answered;
    }
    var ofConnection = ofConnection(chain);
    if (ofConnection != null) {
      return ofConnection;
    }
    if (first(chain, NoRemoteRepositoryException.class) != null) {
      return notFound();
    }
    if (thrown instanceof RuntimeException mistake) {
      throw mistake;
    }
    if (remote.url().startsWith("http") && trail.status() == 0) {
      return unreachable(chain.getLast());
    }
    return failure(
        GitException.INVALID_ANSWER,
        "did not answer as a git server does: %s"
            .formatted(remote.quote(chain.getLast().getMessage())));
  }

  private @Nullable GitException ofStatus(int status) {
    if (status == 401) {
      return authentication();
    } else if (status == 403) {
      return failure(
          GitException.PERMISSION_DENIED,
          "does not permit this (403); the credentials need more rights");
    } else if (status == 404 || status == 410) {
      return notFound();
    } else if (status == 407) {
      return proxy("407 Proxy Authentication Required");
    } else if (status == 429 || status >= 500) {
      return failure(GitException.SERVER_ERROR, "answers with status %d".formatted(status));
    } else if (status >= 300) {
      return failure(
          GitException.INVALID_ANSWER,
          "answers with status %d, which leads to no repository".formatted(status));
    }
    return null;
  }

  private @Nullable GitException ofConnection(List<Throwable> chain) {
    for (var cause : chain.reversed()) {
      switch (cause) {
        case CertificateException _ -> {
          return certificate(chain.getLast());
        }
        case SSLHandshakeException _ -> {
          return certificate(chain.getLast());
        }
        case SSLPeerUnverifiedException _ -> {
          return certificate(chain.getLast());
        }
        case SSLException e -> {
          return failure(
              GitException.UNREACHABLE,
              "does not speak TLS as expected: %s".formatted(remote.quote(e.getMessage())));
        }
        case SshException e
            when e.getDisconnectCode()
                == SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE -> {
          return authentication();
        }
        case UnknownHostException _ -> {
          return failure(GitException.UNREACHABLE, "has a host name that is not known");
        }
        case UnresolvedAddressException _ -> {
          return failure(GitException.UNREACHABLE, "has a host name that is not known");
        }
        case InterruptedIOException _ -> {
          return failure(GitException.TIMED_OUT, "did not answer in time");
        }
        case InterruptedException _ -> {
          return failure(GitException.TIMED_OUT, "did not answer in time");
        }
        case SocketException e -> {
          return unreachable(e);
        }
        case SshException e -> {
          return unreachable(e);
        }
        case EOFException e -> {
          return unreachable(e);
        }
        default -> {}
      }
    }
    return null;
  }

  private GitException authentication() {
    return failure(
        GitException.AUTHENTICATION_FAILED,
        remote.secret().isEmpty()
            ? "asks for credentials, and there is no secretRef"
            : "does not accept the credentials of the Secret");
  }

  private GitException certificate(Throwable e) {
    return failure(
        GitException.CERTIFICATE_REFUSED,
        "shows a certificate that is not trusted (%s); its authority can be added as ca.crt to the Secret"
            .formatted(remote.quote(e.getMessage())));
  }

  private GitException notFound() {
    return failure(
        GitException.REPOSITORY_NOT_FOUND,
        "is not there, or the credentials do not permit to see it");
  }

  private GitException proxy(String answer) {
    return failure(
        GitException.PROXY_FAILED, "is not reached through the proxy: %s".formatted(answer));
  }

  private GitException unreachable(Throwable e) {
    return failure(
        GitException.UNREACHABLE, "is not reached: %s".formatted(remote.quote(e.getMessage())));
  }

  private GitException failure(String reason, String predicate) {
    return new GitException(reason, "%s %s".formatted(remote.place(), predicate));
  }

  private static <E> @Nullable E first(List<Throwable> chain, Class<E> type) {
    return chain.stream().filter(type::isInstance).map(type::cast).findFirst().orElse(null);
  }
}
