package dev.tranche.controlplane.git;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.eclipse.jgit.transport.SshConfigStore;
import org.eclipse.jgit.transport.sshd.ProxyData;
import org.eclipse.jgit.transport.sshd.ServerKeyDatabase;
import org.eclipse.jgit.transport.sshd.SshdSessionFactory;
import org.eclipse.jgit.transport.sshd.agent.ConnectorFactory;
import org.jspecify.annotations.Nullable;

/**
 * The ssh sessions of one conversation: with the key of its Secret, to the hosts that the Secret
 * knows, and without the files and the agent of whoever runs the program.
 */
final class SshAccess extends SshdSessionFactory {
  private final List<KeyPair> keys;
  private final KnownHosts hosts;

  private SshAccess(List<KeyPair> keys, KnownHosts hosts, @Nullable GitProxy proxy) {
    super(null, proxy == null ? null : remote -> data(proxy));
    this.keys = keys;
    this.hosts = hosts;
    // Neither is read, but without them JGit looks for those of the person.
    setHomeDirectory(new File("/nonexistent"));
    setSshDirectory(new File("/nonexistent/.ssh"));
  }

  static SshAccess of(GitRemote remote, @Nullable GitProxy proxy, Trail trail) throws GitException {
    var identity = remote.value("identity");
    var hosts = remote.value("known_hosts");
    if (identity == null || hosts == null) {
      throw invalid("needs the keys identity and known_hosts for an ssh:// URL");
    }
    return new SshAccess(
        keys(identity, remote.value("password")), KnownHosts.of(hosts, remote.uri(), trail), proxy);
  }

  @Override
  protected @Nullable File getSshConfig(File directory) {
    return null;
  }

  @Override
  protected @Nullable SshConfigStore createSshConfigStore(
      File home, @Nullable File config, String user) {
    return null;
  }

  @Override
  protected ServerKeyDatabase getServerKeyDatabase(File home, File directory) {
    return hosts;
  }

  @Override
  protected List<Path> getDefaultKnownHostsFiles(File directory) {
    return List.of();
  }

  @Override
  protected Iterable<KeyPair> getDefaultKeys(File directory) {
    return keys;
  }

  @Override
  protected String getDefaultPreferredAuthentications() {
    return "publickey";
  }

  @Override
  protected @Nullable ConnectorFactory getConnectorFactory() {
    return null;
  }

  private static List<KeyPair> keys(String identity, @Nullable String password)
      throws GitException {
    var pem = identity.endsWith("\n") ? identity : identity + "\n";
    var keys = new ArrayList<KeyPair>();
    try {
      var found =
          SecurityUtils.loadKeyPairIdentities(
              null,
              NamedResource.ofName("identity"),
              new ByteArrayInputStream(pem.getBytes(UTF_8)),
              password == null
                  ? FilePasswordProvider.EMPTY
                  : FilePasswordProvider.of(password.strip()));
      if (found != null) {
        found.forEach(keys::add);
      }
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw unreadable();
    }
    if (keys.isEmpty()) {
      throw unreadable();
    }
    return List.copyOf(keys);
  }

  private static ProxyData data(GitProxy proxy) {
    var password = proxy.password();
    return new ProxyData(
        proxy.proxy(), proxy.username(), password == null ? null : password.toCharArray());
  }

  private static GitException unreadable() {
    return invalid(
        "has no private key that can be read in identity; one with a passphrase needs it in password");
  }

  private static GitException invalid(String problem) {
    return new GitException(GitException.INVALID_CREDENTIALS, "the Secret " + problem);
  }
}
