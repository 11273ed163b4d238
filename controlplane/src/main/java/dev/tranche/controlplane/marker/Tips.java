package dev.tranche.controlplane.marker;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.transport.FetchConnection;

/**
 * What the branches and the tags of a repository named when it was asked.
 *
 * @param refs a ref for each object that one names; for an annotated tag, the object that it tags
 * @param at when it was asked, as {@link System#nanoTime} counts
 */
record Tips(Map<ObjectId, Ref> refs, long at) {
  /** What has to be asked for; the server may tell of more. */
  static final String[] PREFIXES = {Constants.R_HEADS, Constants.R_TAGS};

  /** Our own markers are left out: a commit is no part of anything because we marked it. */
  static Tips listed(FetchConnection connection, long at) {
    var refs = new LinkedHashMap<ObjectId, Ref>();
    for (var ref : connection.getRefs()) {
      var name = ref.getName();
      if ((name.startsWith(Constants.R_HEADS) || name.startsWith(Constants.R_TAGS))
          && !name.startsWith(MarkerName.PREFIX)
          && ref.getObjectId() != null) {
        var peeled = ref.getPeeledObjectId();
        refs.putIfAbsent(peeled == null ? ref.getObjectId() : peeled, ref);
      }
    }
    return new Tips(refs, at);
  }

  Collection<ObjectId> ids() {
    return refs.keySet();
  }
}
