package dev.tranche.controlplane.marker;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UnsupportedEncodingException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.eclipse.jgit.errors.IncorrectObjectTypeException;
import org.eclipse.jgit.errors.MissingObjectException;
import org.eclipse.jgit.lib.AbbreviatedObjectId;
import org.eclipse.jgit.lib.AnyObjectId;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectDatabase;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.TagBuilder;
import org.jspecify.annotations.Nullable;

/**
 * What is pushed to tag a commit that we do not have: the tag, and nothing that the server has
 * already.
 *
 * <p>Git makes a pack by walking from what is new to what the server says it has. We know that the
 * server has the commit, but none of the history between it and the refs that the server lists. To
 * fetch that history, or the commit with all of its files, would cost as much as a clone, for a tag
 * of two hundred bytes. So one of the listed refs is told to be a child of the commit, as git's
 * grafts do: the walk ends there at once, and the pack has the tag alone. These stand-ins are never
 * sent. The server checks that it has the commit before it takes the tag.
 */
final class TagAlone extends ObjectDatabase {
  private final Map<ObjectId, ObjectLoader> objects = new HashMap<>();
  private final ObjectId tag;
  private final ObjectId commit;

  private TagAlone(ObjectId tag, ObjectId commit) {
    this.tag = tag;
    this.commit = commit;
  }

  /** Nothing to push, as where a tag is removed. */
  static TagAlone none() {
    return new TagAlone(ObjectId.zeroId(), ObjectId.zeroId());
  }

  /** Of an annotated tag of a commit. */
  static TagAlone of(TagBuilder tag) {
    try (var names = new ObjectInserter.Formatter()) {
      var bytes = tag.build();
      var name = names.idFor(Constants.OBJ_TAG, bytes);
      var alone = new TagAlone(name, tag.getObjectId());
      alone.put(name, Constants.OBJ_TAG, bytes);
      alone.put(Constants.EMPTY_TREE_ID, Constants.OBJ_TREE, new byte[0]);
      alone.standIn(alone.commit, "", 1);
      return alone;
    } catch (UnsupportedEncodingException e) {
      throw new IllegalStateException("every JDK has UTF-8", e);
    }
  }

  /** The server has an object of this name: the commit or any other. Told before the push. */
  void serverHas(ObjectId listed) {
    if (!listed.equals(commit)) {
      // The walk goes from young to old.
      standIn(listed, "parent " + commit.name() + "\n", 2);
    }
  }

  /** The name of the tag object; zero where there is none. */
  ObjectId tag() {
    return tag;
  }

  @Override
  public ObjectReader newReader() {
    return new Reader();
  }

  @Override
  public ObjectInserter newInserter() {
    throw new UnsupportedOperationException("nothing is added to it");
  }

  @Override
  public long getApproximateObjectCount() {
    return objects.size();
  }

  @Override
  public void close() {
    // Memory only.
  }

  private void standIn(ObjectId id, String parent, int seconds) {
    var text =
        "tree %s\n%sauthor tranche <> %3$d +0000\ncommitter tranche <> %3$d +0000\n\n"
            .formatted(Constants.EMPTY_TREE_ID.name(), parent, seconds);
    put(id.copy(), Constants.OBJ_COMMIT, text.getBytes(US_ASCII));
  }

  private void put(ObjectId id, int type, byte[] content) {
    objects.put(id, new ObjectLoader.SmallObject(type, content));
  }

  private final class Reader extends ObjectReader {
    @Override
    public ObjectReader newReader() {
      return new Reader();
    }

    @Override
    public Collection<ObjectId> resolve(AbbreviatedObjectId id) {
      return objects.keySet().stream().filter(object -> id.prefixCompare(object) == 0).toList();
    }

    @Override
    public ObjectLoader open(AnyObjectId id, int type) throws IOException {
      @Nullable ObjectLoader found = objects.get(id.toObjectId());
      if (found == null) {
        throw new MissingObjectException(id.copy(), "object");
      }
      if (type != OBJ_ANY && type != found.getType()) {
        throw new IncorrectObjectTypeException(id.copy(), type);
      }
      return found;
    }

    @Override
    public Set<ObjectId> getShallowCommits() {
      return Set.of();
    }

    @Override
    public void close() {
      // Memory only.
    }
  }
}
