package dev.tranche.controlplane.git;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyEncryptionContext;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.AbstractCommandSupport;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.transport.UploadPack;
import org.jspecify.annotations.Nullable;

/** A git server over ssh on the loopback address, for one user's key. */
final class SshGitServer implements AutoCloseable {
  private static final Pattern COMMAND = Pattern.compile("git-upload-pack '(?<path>/[^']+)'");

  private final SshServer server = SshServer.setUpDefaultServer();
  private final AtomicInteger sessions = new AtomicInteger();
  private volatile KeyPair hostKey;

  SshGitServer(Path directory, KeyPair user) throws IOException {
    hostKey = ed25519();
    server.setHost(InetAddress.getLoopbackAddress().getHostAddress());
    server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
    server.setPublickeyAuthenticator(
        (name, key, session) -> name.equals("git") && KeyUtils.compareKeys(key, user.getPublic()));
    server.setCommandFactory((channel, command) -> new Upload(directory, command));
    server.start();
  }

  /** Where a repository of the directory is. */
  String url(String path) {
    return "ssh://git@127.0.0.1:%d/%s".formatted(server.getPort(), path);
  }

  /** As {@code ssh-keyscan} writes it. */
  String knownHosts() {
    return "[127.0.0.1]:%d %s\n"
        .formatted(server.getPort(), PublicKeyEntry.toString(hostKey.getPublic()));
  }

  /** From now on it is another server, to those who look. */
  void changeHostKey() {
    hostKey = ed25519();
    server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
  }

  /** How often somebody came as far as asking for a repository. */
  int sessions() {
    return sessions.get();
  }

  @Override
  public void close() throws IOException {
    server.stop(true);
  }

  static KeyPair ed25519() {
    return key(KeyPairProvider.SSH_ED25519, 256);
  }

  static KeyPair rsa() {
    return key(KeyPairProvider.SSH_RSA, 3072);
  }

  private static KeyPair key(String type, int bits) {
    try {
      return KeyUtils.generateKeyPair(type, bits);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * As {@code ssh-keygen} writes it.
   *
   * @param passphrase null for none
   */
  static String openSsh(KeyPair key, @Nullable String passphrase) {
    var out = new ByteArrayOutputStream();
    var protection = new OpenSSHKeyEncryptionContext();
    if (passphrase != null) {
      protection.setCipherType("256");
      protection.setCipherMode("CTR");
      protection.setPassword(passphrase);
    }
    try {
      OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(
          key, "test", passphrase == null ? null : protection, out);
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    return out.toString(StandardCharsets.US_ASCII);
  }

  private final class Upload extends AbstractCommandSupport {
    private final Path directory;

    Upload(Path directory, String command) {
      super(command, null);
      this.directory = directory;
    }

    @Override
    public void start(ChannelSession channel, Environment environment) throws IOException {
      sessions.incrementAndGet();
      super.start(channel, environment);
    }

    @Override
    public void run() {
      var command = COMMAND.matcher(getCommand());
      var folder =
          command.matches() ? directory.resolve(command.group("path").substring(1)) : directory;
      if (!folder.resolve("HEAD").toFile().isFile()) {
        say("ERROR: Repository not found.\n");
        onExit(1, "not found");
        return;
      }
      try (var repository = new FileRepository(folder.toFile())) {
        new UploadPack(repository).upload(getInputStream(), getOutputStream(), getErrorStream());
        onExit(0);
      } catch (IOException e) {
        onExit(1, "broken");
      }
    }

    private void say(String text) {
      try {
        getErrorStream().write(text.getBytes(StandardCharsets.UTF_8));
        getErrorStream().flush();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
