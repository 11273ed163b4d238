package dev.tranche.controlplane.marker;

import java.io.IOException;
import org.eclipse.jgit.attributes.AttributesNodeProvider;
import org.eclipse.jgit.internal.storage.dfs.DfsRepositoryDescription;
import org.eclipse.jgit.internal.storage.dfs.InMemoryRepository;
import org.eclipse.jgit.lib.BaseRepositoryBuilder;
import org.eclipse.jgit.lib.ObjectDatabase;
import org.eclipse.jgit.lib.RefDatabase;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.StoredConfig;
import org.eclipse.jgit.util.FS;

/**
 * Objects to fetch into or to push from, and nothing else that repositories have: no refs and no
 * settings.
 */
final class BareObjects extends Repository {
  private final ObjectDatabase objects;
  private final InMemoryRepository empty =
      new InMemoryRepository(new DfsRepositoryDescription("objects"));

  BareObjects(ObjectDatabase objects) {
    super(new Builder().setBare().setFS(FS.DETECTED));
    this.objects = objects;
  }

  @Override
  public ObjectDatabase getObjectDatabase() {
    return objects;
  }

  @Override
  public RefDatabase getRefDatabase() {
    return empty.getRefDatabase();
  }

  @Override
  public StoredConfig getConfig() {
    return empty.getConfig();
  }

  @Override
  public AttributesNodeProvider createAttributesNodeProvider() {
    return empty.createAttributesNodeProvider();
  }

  @Override
  public String getIdentifier() {
    return empty.getIdentifier();
  }

  @Override
  public void create(boolean bare) throws IOException {
    throw new IOException("it is there from the start");
  }

  @Override
  public void scanForRepoChanges() {
    // Nobody else changes it.
  }

  @Override
  public void notifyIndexChanged(boolean internal) {
    // It has no index.
  }

  private static final class Builder extends BaseRepositoryBuilder<Builder, BareObjects> {}
}
