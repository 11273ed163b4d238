package dev.tranche.controlplane.git;

import java.io.IOException;
import java.io.StringReader;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.client.config.hosts.KnownHostEntry;
import org.apache.sshd.common.config.keys.AuthorizedKeyEntry;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.eclipse.jgit.transport.CredentialsProvider;
import org.eclipse.jgit.transport.SshConstants;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.transport.sshd.ServerKeyDatabase;
import org.jspecify.annotations.Nullable;

/**
 * What the {@code known_hosts} of one Secret says of one server, by the name that the URL has for
 * it; keys that are not in it are refused.
 */
final class KnownHosts implements ServerKeyDatabase {
  private final List<Host> hosts;
  private final Trail trail;

  private record Host(KnownHostEntry entry, PublicKey key) {}

  private KnownHosts(List<Host> hosts, Trail trail) {
    this.hosts = hosts;
    this.trail = trail;
  }

  static KnownHosts of(String file, URIish server, Trail trail) throws GitException {
    var hosts = new ArrayList<Host>();
    var port = server.getPort() > 0 ? server.getPort() : SshConstants.SSH_DEFAULT_PORT;
    try {
      for (var entry : KnownHostEntry.readKnownHostEntries(new StringReader(file), true)) {
        AuthorizedKeyEntry key = entry.getKeyEntry();
        // Of a certificate authority no host has the key itself.
        if (!"cert-authority".equals(entry.getMarker())
            && entry.isHostMatch(server.getHost(), port)) {
          hosts.add(new Host(entry, key.resolvePublicKey(null, PublicKeyEntryResolver.IGNORING)));
        }
      }
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw new GitException(
          GitException.INVALID_CREDENTIALS,
          "known_hosts of the Secret has a line that is not as ssh-keyscan writes it");
    }
    hosts.removeIf(host -> host.key() == null);
    return new KnownHosts(List.copyOf(hosts), trail);
  }

  @Override
  public List<PublicKey> lookup(
      String address, InetSocketAddress remote, Configuration configuration) {
    return hosts.stream().filter(host -> !isRevoked(host)).map(Host::key).toList();
  }

  @Override
  public boolean accept(
      String address,
      InetSocketAddress remote,
      PublicKey key,
      Configuration configuration,
      @Nullable CredentialsProvider provider) {
    var ofThisKey = hosts.stream().filter(host -> KeyUtils.compareKeys(host.key(), key)).toList();
    var fingerprint = KeyUtils.getFingerPrint(key);
    if (ofThisKey.stream().anyMatch(KnownHosts::isRevoked)) {
      trail.refusedHostKey("shows the key %s, which known_hosts revokes".formatted(fingerprint));
    } else if (!ofThisKey.isEmpty()) {
      return true;
    } else if (hosts.isEmpty()) {
      trail.refusedHostKey(
          "is not in known_hosts of the Secret; it shows the key %s".formatted(fingerprint));
    } else {
      trail.refusedHostKey(
          "shows the key %s, which is not the one in known_hosts of the Secret; either its key was changed or this is another server"
              .formatted(fingerprint));
    }
    return false;
  }

  private static boolean isRevoked(Host host) {
    return "revoked".equals(host.entry().getMarker());
  }
}
