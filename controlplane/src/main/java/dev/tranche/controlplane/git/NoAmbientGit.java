package dev.tranche.controlplane.git;

import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.storage.file.FileBasedConfig;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.SystemReader;
import org.jspecify.annotations.Nullable;

/**
 * Git without the settings of whoever runs the program: those of a person or a machine may turn off
 * the verification of certificates, add headers and name other programs to run.
 */
final class NoAmbientGit extends SystemReader.Delegate {
  private NoAmbientGit(SystemReader surroundings) {
    super(surroundings);
  }

  /** JGit has one such reader, and asks it wherever it is not told otherwise. */
  static synchronized void prevail() {
    if (!(SystemReader.getInstance() instanceof NoAmbientGit)) {
      SystemReader.setInstance(new NoAmbientGit(SystemReader.getInstance()));
    }
  }

  @Override
  public @Nullable String getenv(String variable) {
    // HOME and XDG_CONFIG_HOME lead to settings, GIT_SSH to a program.
    return null;
  }

  @Override
  public FileBasedConfig openUserConfig(@Nullable Config parent, FS fs) {
    return new Empty(parent, fs);
  }

  @Override
  public FileBasedConfig openSystemConfig(@Nullable Config parent, FS fs) {
    return new Empty(parent, fs);
  }

  @Override
  public FileBasedConfig openJGitConfig(@Nullable Config parent, FS fs) {
    return new Empty(parent, fs);
  }

  private static final class Empty extends FileBasedConfig {
    @SuppressWarnings("NullAway") // as JGit itself does where there is no file
    Empty(@Nullable Config parent, FS fs) {
      super(parent, null, fs);
    }

    @Override
    public void load() {}

    @Override
    public void save() {}

    @Override
    public boolean isOutdated() {
      return false;
    }
  }
}
